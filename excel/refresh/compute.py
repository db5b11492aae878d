"""A workbook computed: our functions answered in batches, what surrounds them by the small calculator, the rest by a program.

Cells are taken in the order in which they depend on one another. Each wave computes what can be computed, gathers the
calls of ours that stand in the way and answers them together; what the small calculator does not know goes to a
spreadsheet program where there is one, and is left to Excel where there is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from excel.host import Host
from excel.patch.areas import Area
from excel.refresh.asking import Asked, Key, Questions
from excel.refresh.book import Book
from excel.refresh.context import Answer, Here, Waiting
from excel.refresh.evaluate import Calculator
from excel.refresh.formula import formula
from excel.refresh.grammar import Call, NotUnderstood, tree
from excel.refresh.known import Known
from excel.refresh.native import Day
from excel.refresh.operators import Beyond
from excel.refresh.order import in_order
from excel.refresh.precedents import Spot
from excel.refresh.scope import Scope
from excel.refresh.sheets import Held, Values
from excel.refresh.spelling import own
from excel.refresh.spill import laid

_ROUNDS = 12


class Program(Protocol):
    """A spreadsheet program used as a calculator."""

    def compute(self, state: Computation, /) -> bool:
        """Settles what it can of `state.known.beyond`; whether anything was settled."""


@dataclass
class Computation:
    """The computation of one workbook.

    `extra`: formulas whose stored values cannot be relied on; they are computed for those that read them, not written.
    `tried`: what a spreadsheet program was already given. `direct`: cells that are one call, by what they have asked.
    """

    scope: Scope
    known: Known
    questions: Questions
    calculator: Calculator
    today: dt.date
    extra: set[Spot] = field(default_factory=set)
    tried: set[object] = field(default_factory=set)
    direct: dict[Spot, Key] = field(default_factory=dict)

    @property
    def left(self) -> dict[Spot, str]:
        """The cells that should have been computed and could not be, with the reason."""
        return {cell: reason for cell, reason in sorted(self.known.beyond.items()) if cell in self.scope.dirty}

    def here(self, cell: Spot, held: Held) -> Here:
        """Where a formula stands."""
        return Here(*cell, held.origin, held.kind in ("array", "spill"))

    def settle(self, cell: Spot, answer: Answer) -> None:
        """Takes the answer of a cell's formula."""
        held = self.scope.held(cell)
        assert held is not None  # noqa: S101  only formulas are computed
        self.known.settle(cell, *laid(self.known, cell, held, answer))

    def asked(self, cell: Spot) -> list[Asked]:
        """The calls of ours that a cell makes, as far as their arguments are known."""
        held, found = self.scope.held(cell), []
        with suppress(Beyond, RecursionError):
            for call, here in (
                self.calculator.calls(self.calculator.tree(held.text), self.here(cell, held)) if held else ()
            ):
                with suppress(Beyond, Waiting):
                    name = own(call.token, self.scope.book) or ""
                    found.append(Asked(name, tuple(self.calculator.argument(node, here) for node in call.arguments)))
        return found


def compute(
    book: Book, host: Host, program: Program | None = None, more: Mapping[Spot, Held] | None = None
) -> Computation:
    """Computes everything in a workbook that uses our functions or depends on them. Nothing is written.

    `more`: formulas that are to count as if they stood in the workbook, those of a snapshot.
    """
    scope, stored = Scope.of(book, more), Values(book)
    known = Known(scope, stored)
    questions = Questions(host, book.package.date1904)
    calculator = Calculator(book, known, questions, Day(host.today, book.package.date1904))
    state = Computation(scope, known, questions, calculator, host.today)
    fresh = set(scope.dirty)
    met: set[tuple[Spot, Area]] = set()
    for _ in range(_ROUNDS):
        if not fresh:
            break
        _prepare(state, fresh)
        state.tried.clear()
        while _waves(state) or (program is not None and known.beyond and program.compute(state)):
            pass
        fresh = _grown(state, met)
    return state


def _prepare(state: Computation, cells: set[Spot]) -> None:
    """Makes the values known that those cells read, and takes in formulas whose stored values do not count."""
    taken, waiting = set(cells), list(cells)
    areas: dict[int, set[Area]] = {}
    while waiting:
        cell = waiting.pop()
        areas.setdefault(cell[0], set()).update(
            _around(cell) if cell in state.scope.dirty else [Area(*cell[1], *cell[1])]
        )
        held = state.scope.held(cell)
        if held is not None and held.reach is not None:
            areas[cell[0]].add(held.reach)
        for sheet, area in state.scope.graph.reads(cell).areas:
            areas.setdefault(sheet, set()).add(area)
        for other in state.scope.read_by(cell):
            if other not in taken and not _reliable(state, other):
                taken.add(other)
                waiting.append(other)
    state.extra |= taken - state.scope.dirty
    state.known.stored.want(areas)
    state.known.await_cells(taken)


def words_beside(column: int) -> list[int]:
    """The columns that may hold the words by which a person knows a figure: beside it, then first in its row."""
    return [place for place in dict.fromkeys((column - 1, column - 2, 2, 1)) if 0 < place < column]


def _around(cell: Spot) -> Iterator[Area]:
    """A cell with those that may hold the words for it."""
    row, column = cell[1]
    return (Area(row, place, row, place) for place in (column, *words_beside(column)))


def _reliable(state: Computation, cell: Spot) -> bool:
    """Whether the stored value of a formula that those at hand read can be taken as it stands."""
    if cell in state.known.values or cell in state.known.beyond:
        return True  # it was computed before
    whole = state.scope.book.computed_on_opening
    return not whole and cell not in state.scope.dirty and cell[1] not in state.scope.formulas[cell[0]].empty


def _waves(state: Computation) -> bool:
    """Computes what can be computed now; whether anything was."""
    order, circles = in_order(state.scope, state.known.awaited)
    for cell in circles:
        state.known.give_up(cell, "it depends on itself (a circular reference)")
    done = False
    for cell in order:
        _gather(state, cell)
    while order:
        left = [cell for cell in order if not _computed(state, cell)]
        settled = state.questions.settle()
        done = done or len(left) < len(order)
        if not settled and len(left) == len(order):
            break
        order = left
    return done


def _computed(state: Computation, cell: Spot) -> bool:
    """Computes a cell; whether it needs no more waves."""
    held = state.scope.held(cell)
    if held is None or held.kind == "data":
        state.known.give_up(cell, "it belongs to a what-if table")
        return True
    try:
        key = state.direct.pop(cell, None)
        answer = state.calculator.cell(held, *cell) if key is None else state.questions.answer(key)
        state.settle(cell, answer if held.kind or not isinstance(answer, list) else answer[0][0])
    except Waiting as waiting:
        if waiting.key is not None and is_call(state, cell):
            state.direct[cell] = waiting.key  # the answer is the cell's value: nothing is left to compute
        return False
    except Beyond as error:
        state.known.give_up(cell, f"it uses {error}")
    except RecursionError:
        state.known.give_up(cell, "its names are nested too deep")
    return True


def is_call(state: Computation, cell: Spot) -> bool:
    """Whether a cell's formula is one call of ours and nothing else: then its value is the call's answer."""
    held = state.scope.held(cell)
    if held is None or held.kind == "data":
        return False
    try:
        node = tree(held.text)
    except NotUnderstood:
        return False
    return isinstance(node, Call) and own(node.token, state.scope.book) is not None


def _gather(state: Computation, cell: Spot) -> None:
    """Asks every call of ours in a cell that can be asked already, so that one wave answers them all."""
    held = state.scope.held(cell)
    if held is None or len(formula(held.text).calls) < 2:
        return  # one call is asked when the cell is computed
    for asked in state.asked(cell):
        with suppress(Waiting):
            state.questions.ask(asked.name, asked.arguments)


def _grown(state: Computation, met: set[tuple[Spot, Area]]) -> set[Spot]:
    """Formulas that read cells into which a spill has grown since it was last looked at; they are computed again."""
    grown: list[Spot] = []
    for cell, area in state.known.reaches.items():
        if (cell, area) not in met:
            met.add((cell, area))
            held = state.scope.held(cell)
            former = held.reach if held is not None else None
            grown += [(cell[0], place) for place in area.places() if former is None or not former.holds(place)]
    return state.scope.reach(grown) if grown else set()
