"""Two workbooks compared: the cells of ours, and those that depend on them, whose figures differ, by how much and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from excel.patch.areas import Area, address, place
from excel.patch.package import Package, opened
from excel.refresh.book import read_book
from excel.refresh.compute import Computation, compute, is_call
from excel.refresh.edits import same
from excel.refresh.explain import Compared, explained
from excel.refresh.journal import Standing
from excel.refresh.labels import label
from excel.refresh.past import Past
from excel.refresh.precedents import Spot
from excel.refresh.program import ByProgram, Computes
from excel.refresh.report import CellChange, Reason, change_json, change_lines
from excel.refresh.sheets import Scalar
from excel.refresh.stamp import read_stamp
from excel.refresh.verify import places_of, replayed
from excel.refresh.why import Explainer


@dataclass
class Difference:
    """What differs between two workbooks. `certain`: whether what each stands on is known, or taken from its date."""

    before: Path
    after: Path
    standings: tuple[Standing, Standing]
    certain: tuple[bool, bool]
    changes: list[CellChange] = field(default_factory=list)
    compared: int = 0

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        sides = zip((self.before, self.after), self.standings, self.certain, strict=True)
        told = [{"file": str(p), "certain": known, **s.as_json()} for p, s, known in sides]
        return {
            "before": told[0],
            "after": told[1],
            "cells": self.compared,
            "changes": [change_json(change) for change in self.changes],
        }

    def text(self, *, verbose: bool = False) -> str:
        """For a person; `verbose` has a line for every cell."""
        lines = [f"{self.before.name} → {self.after.name}: {len(self.changes)} of {self.compared} figures changed"]
        for path, standing, known in zip((self.before, self.after), self.standings, self.certain, strict=True):
            if not known:
                moment = standing.known_at.isoformat(sep=" ", timespec="minutes")
                lines.append(f"  {path.name}: no refresh here wrote it; reasons stand on what was known on {moment}")
        return "\n".join([*lines, *change_lines(self.changes, verbose=verbose)])


@dataclass(frozen=True)
class Side:
    """One of the two workbooks, computed on what it stands on."""

    state: Computation
    standing: Standing
    certain: bool

    def cells(self) -> dict[tuple[str, str], Spot]:
        """The cells of ours and those that depend on them, by sheet and address, those that a spill fills included."""
        scope = self.state.scope
        found: dict[tuple[str, str], Spot] = {}
        for cell in scope.dirty:
            held = scope.held(cell)
            area = held.reach if held is not None and held.reach is not None else Area(*cell[1], *cell[1])
            for spot in area.places():
                found[scope.book.sheets[cell[0]], address(spot)] = (cell[0], spot)
        return found

    def stored(self, cell: Spot | None) -> Scalar:
        """What stands in the file."""
        if cell is None:
            return None
        return self.state.known.stored.value(*cell)

    def formula(self, cell: Spot | None) -> str:
        """The formula of a cell, as a person reads it."""
        return "" if cell is None else self.state.scope.text(cell)

    def want(self, cells: Iterable[Spot | None]) -> None:
        """Makes the stored values of cells known, in one pass a sheet."""
        areas: dict[int, set[Area]] = {}
        for cell in cells:
            if cell is not None:
                areas.setdefault(cell[0], set()).add(Area(*cell[1], *cell[1]))
        self.state.known.stored.want(areas)


def compare(before: Path, after: Path, past: Past, program: Computes | None = None) -> Difference:
    """What differs between two workbooks, and why. Raises WorkbookRefused where one of them cannot be read."""
    with ExitStack() as files:
        old, new = (_side(files.enter_context(opened(path)), past, program) for path in (before, after))
        mine, theirs = old.cells(), new.cells()
        made = Difference(before, after, (old.standing, new.standing), (old.certain, new.certain))
        found: list[Compared] = []
        both = mine | theirs
        keys = sorted(both, key=lambda key: both[key])
        places = [(_spot(old, key, mine), _spot(new, key, theirs)) for key in keys]
        old.want(one for one, _ in places)
        new.want(other for _, other in places)
        made.compared = len(keys)
        for key, (one, other) in zip(keys, places, strict=True):
            if not same(old.stored(one), new.stored(other)):
                found.append(_compared(old, new, key, one, other))
        explainer = Explainer(past, old.standing, new.standing, new.state.calculator.day.date1904)
        made.changes = explained(found, explainer)
        return made


def _side(package: Package, past: Past, program: Computes | None) -> Side:
    book = read_book(package)
    stamped = read_stamp(package)
    calculator = None if program is None else ByProgram(program)
    if stamped is not None:
        stamp = stamped[0]
        return Side(replayed(book, stamp, places_of(book, stamp), past, program), stamp.standing, True)
    noted = past.journal.standing(package.path)
    standing = noted or past.guessed(package.path)
    return Side(compute(book, past.on(standing), calculator), standing, noted is not None)


def _spot(side: Side, key: tuple[str, str], cells: Mapping[tuple[str, str], Spot]) -> Spot | None:
    """Where a cell stands in a workbook, though it may depend on nothing of ours there."""
    if key in cells:
        return cells[key]
    number = side.state.scope.book.number(key[0])
    return None if number is None else (number, place(key[1]))


def _compared(old: Side, new: Side, key: tuple[str, str], one: Spot | None, other: Spot | None) -> Compared:
    was, now = old.formula(one), new.formula(other)
    state, cell = (new.state, other) if other is not None else (old.state, one)
    ours = other in new.state.scope.ours or one in old.state.scope.ours
    words = label(state, cell) if cell is not None else ""
    change = CellChange(key[0], key[1], words, now or was, old.stored(one), new.stored(other), ours)
    if was != now:
        change = dataclasses.replace(change, why=(Reason("formula", None, (f"{was or 'none'} → {now or 'none'}",)),))
        return Compared(change, [], [], False)
    asked = [side.state.asked(spot) if spot is not None and ours else [] for side, spot in ((old, one), (new, other))]
    return Compared(change, asked[0], asked[1], other is not None and is_call(new.state, other))
