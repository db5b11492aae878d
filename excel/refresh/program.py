"""What the small calculator cannot do, done by a spreadsheet program: its formulas are handed over, its values taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from excel.patch.areas import Area, Place
from excel.patch.package import opened
from excel.patch.values import CellError
from excel.refresh.book import read_book
from excel.refresh.compute import Computation
from excel.refresh.context import Answer, Here, Waiting
from excel.refresh.derive import Desk, Entry, write_workbook
from excel.refresh.grammar import Node
from excel.refresh.libreoffice import ProgramFailed
from excel.refresh.operators import Beyond
from excel.refresh.order import in_order
from excel.refresh.precedents import Spot
from excel.refresh.render import Renderer, Wanting, logical
from excel.refresh.sheets import Held, Scalar, Values

_UNKNOWN = CellError("#NAME?")


class Computes(Protocol):
    """A spreadsheet program that can be given a workbook."""

    def computed(self, path: Path, folder: Path, /) -> Path:
        """Computes a workbook; the copy with the values, in `folder`."""


@dataclass
class Handover:
    """What is handed over in one round: formulas that are ready, and arguments to be computed for our functions.

    `hosts`: the cells of those arguments. `truths`: ready formulas that give a truth value.
    """

    ready: dict[Spot, str] = field(default_factory=dict)
    parts: dict[tuple[Here, Node], Place] = field(default_factory=dict)
    hosts: set[Spot] = field(default_factory=set)
    truths: set[Spot] = field(default_factory=set)


@dataclass
class ByProgram:
    """Computes what is beyond the small calculator by a spreadsheet program. `failed`: why it could not, if so."""

    program: Computes
    failed: str = ""

    def compute(self, state: Computation) -> bool:
        """Settles what the program can compute; whether anything was settled."""
        if self.failed:
            return False
        desk = Desk(_unused(state))
        handover = self._handover(state, desk)
        if not handover.ready and not handover.parts:
            return False
        sheets: dict[str, dict[Place, Entry]] = {name: {} for name in state.scope.book.sheets}
        sheets[desk.name] = desk.cells
        for (sheet, place), entry in _entries(state, handover):
            sheets[state.scope.book.sheets[sheet]][place] = entry
        with tempfile.TemporaryDirectory(prefix="backlog-calculator-") as folder:
            source = Path(folder) / "cells.xlsx"
            write_workbook(source, sheets, state.calculator.day.date1904)
            (Path(folder) / "out").mkdir()
            try:
                made = self.program.computed(source, Path(folder) / "out")
            except ProgramFailed as error:
                self.failed = str(error)
                return False
            _take_back(state, handover, made, len(sheets) - 1)
        state.known.await_cells([cell for cell in state.known.beyond if (cell, None) not in state.tried])
        return True

    def _handover(self, state: Computation, desk: Desk) -> Handover:
        """What can be handed over now: formulas all of whose precedents are known or handed over too."""
        found = Handover()
        renderer = Renderer(state.calculator, desk.put, lambda sheet: state.scope.formulas[sheet].hides)
        pending = set(state.known.beyond) | state.known.awaited
        order, _ = in_order(state.scope, pending)
        truths = _truths(state)
        for cell in order:
            held = state.scope.held(cell)
            others = set(state.scope.read_by(cell)) & pending
            if held is None or held.kind == "data" or (cell, None) in state.tried or not others <= found.ready.keys():
                continue
            if others & found.truths:
                continue  # in another round, when it is seen what they are
            here = state.here(cell, held)
            try:
                tree = state.calculator.tree(held.text)
                text = renderer.text(tree, here)
                _refuse_truths(state, cell, truths)
                found.ready[cell] = text
                state.tried.add((cell, None))
                found.truths |= {cell} if logical(tree) else set()
            except Wanting as wanting:
                self._take_parts(state, cell, wanting, renderer, desk, found)
            except Beyond as error:
                state.known.beyond[cell] = f"it uses {error}"
            except Waiting:
                continue
        return found

    def _take_parts(
        self, state: Computation, cell: Spot, wanting: Wanting, renderer: Renderer, desk: Desk, found: Handover
    ) -> None:
        """Arguments of ours, as expressions on the desk; one that is an array there would not be what Excel passes."""
        for here, node in wanting.parts:
            if here.arrays or (cell, (here, node)) in state.tried:
                state.known.beyond[cell] = state.known.beyond.get(cell) or "an argument could not be computed"
                continue
            try:
                found.parts[here, node] = desk.compute(renderer.text(node, here))
            except (Beyond, Wanting, Waiting) as error:
                if isinstance(error, Beyond):
                    state.known.beyond[cell] = f"it uses {error}"
                continue
            state.tried.add((cell, (here, node)))
            found.hosts.add(cell)


def _truths(state: Computation) -> list[Spot]:
    """The cells that hold a truth value now."""
    known = state.known
    stored = [(sheet, spot) for sheet, spots in known.stored.truths.items() for spot in spots]
    computed = [cell for cell, value in known.values.items() if isinstance(value, bool)]
    return [cell for cell in stored if cell not in known.values] + computed


def _refuse_truths(state: Computation, cell: Spot, truths: list[Spot]) -> None:
    """Raises Beyond where a cell reads a truth value: LibreOffice would count it as a number."""
    for sheet, area in state.scope.graph.reads(cell).areas if truths else ():
        for other in truths:
            if other[0] == sheet and area.holds(other[1]):
                raise Beyond(f"the truth value in {state.known.name(other)}")


def _entries(state: Computation, handover: Handover) -> Iterator[tuple[Spot, Entry]]:
    """Every cell that what is handed over reads, and the formulas themselves."""
    read: dict[int, set[Area]] = {}
    for cell in handover.ready.keys() | handover.hosts:
        for sheet, area in state.scope.graph.reads(cell).areas:
            read.setdefault(sheet, set()).add(area)
    state.known.stored.want(read)
    filled: set[Spot] = set()
    for cell, text in handover.ready.items():
        held = state.scope.held(cell)
        reach = held.reach if held is not None and held.kind in ("array", "spill") else None
        filled |= {(cell[0], place) for place in reach.places()} if reach is not None else {cell}
        yield cell, Entry(text, reach=reach)
    for sheet, areas in read.items():
        told: set[Place] = set()
        for area in sorted(areas, key=lambda area: -area.shape[0] * area.shape[1]):
            if area.shape == (1, 1) and (area.top, area.left) in told:
                continue
            for place, value in state.known.there(sheet, area):
                if place not in told and (sheet, place) not in filled and value is not None:
                    told.add(place)
                    yield (sheet, place), Entry(value=value)


def _take_back(state: Computation, handover: Handover, made: Path, desk: int) -> None:
    """Reads the values of what was handed over; an unknown name is no result."""
    with opened(made) as package:
        values = Values(read_book(package))
        wanted: dict[int, set[Area]] = {desk: {Area(*place, *place) for place in handover.parts.values()}}
        for cell in handover.ready:
            wanted.setdefault(cell[0], set()).add(_reach(cell, state.scope.held(cell)))
        values.want(wanted)
        failed: set[Spot] = set()
        for cell in handover.ready:
            answer = _answer(values, cell, state.scope.held(cell))
            if answer == _UNKNOWN and isinstance(answer, CellError):
                failed.add(cell)
                state.known.give_up(cell, "it uses something LibreOffice does not know")
            elif spoilt := next((other for other in state.scope.read_by(cell) if other in failed), None):
                failed.add(cell)  # it may hide the other's error
                state.known.give_up(cell, f"it uses {state.known.name(spoilt)}, which is left")
            else:
                state.known.beyond.pop(cell, None)
                state.settle(cell, answer)
        for key, place in handover.parts.items():
            value = values.value(desk, place)
            if value != _UNKNOWN or not isinstance(value, CellError):
                state.calculator.settled[key] = value


def _reach(cell: Spot, held: Held | None) -> Area:
    return held.reach if held is not None and held.reach is not None else Area(*cell[1], *cell[1])


def _answer(values: Values, cell: Spot, held: Held | None) -> Answer:
    area = _reach(cell, held)
    rows: list[list[Scalar]] = [
        [values.value(cell[0], (row, column)) for column in range(area.left, area.right + 1)]
        for row in range(area.top, area.bottom + 1)
    ]
    return rows if held is not None and held.kind in ("array", "spill") else rows[0][0]


def _unused(state: Computation) -> str:
    """A name that no sheet of the workbook has."""
    name = "desk"
    while state.scope.book.number(name) is not None:
        name += "_"
    return name
