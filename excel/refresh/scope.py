"""Which cells a refresh is about: those that use our functions, the days they are asked for, and all that depends on them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from excel.patch.areas import Area, Place
from excel.refresh.book import Book
from excel.refresh.dependents import Dependents
from excel.refresh.formula import formula, moved
from excel.refresh.precedents import VOLATILE, Reader, Spot
from excel.refresh.sheets import Held, SheetFormulas, scan
from excel.refresh.spelling import foreign, ours_by_name, uses


@dataclass
class Scope:
    """The formulas of a workbook and their part in a refresh.

    `ours`: cells that use our functions. `days`: volatile cells that they read, such as a TODAY() that says which day is
    asked for. `dirty`: all these, and every formula that depends on any of them. `volatile`: cells that Excel computes
    anew whenever it opens the workbook, and what depends on them.
    """

    book: Book
    formulas: dict[int, SheetFormulas]
    reader: Reader
    ours: tuple[Spot, ...]
    days: set[Spot] = field(default_factory=set)
    dirty: set[Spot] = field(default_factory=set)
    volatile: set[Spot] = field(default_factory=set)

    @classmethod
    def of(cls, book: Book, more: Mapping[Spot, Held] | None = None) -> Scope:
        """Looks through every sheet of a workbook. `more`: formulas that are to count as if they stood there."""
        formulas = {number: scan(book, number) for number in range(len(book.sheets))}
        for (sheet, spot), held in (more or {}).items():
            formulas[sheet].cells[spot] = held
        through = ours_by_name(book)
        ours = tuple(
            (sheet, spot)
            for sheet, found in formulas.items()
            for spot, held in found.cells.items()
            if uses(formula(held.text), sheet, book, through)
        )
        scope = cls(book, formulas, Reader(book), ours)
        if ours:
            scope.volatile = scope._volatile()
            scope.days = scope._days()
            scope.reach([*ours, *scope.days, *scope.graph.anywhere])
        return scope

    @cached_property
    def graph(self) -> Dependents:
        """What depends on what."""
        return Dependents(self.reader, self.formulas)

    @cached_property
    def index(self) -> FormulaIndex:
        """Formula cells by area."""
        return FormulaIndex(self.formulas)

    @property
    def strangers(self) -> set[str]:
        """Functions that have a name of ours and are somebody else's, as words for a person."""
        found = set()
        for sheets in self.formulas.values():
            for held in set(sheets.cells.values()):
                for token in formula(held.text).calls:
                    if whose := foreign(token, self.book):
                        found.add(f"{token.text.upper()} of {whose}")
        return found

    def held(self, spot: Spot) -> Held | None:
        """The formula of a cell."""
        return self.formulas[spot[0]].cells.get(spot[1])

    def text(self, spot: Spot) -> str:
        """The formula of a cell as it reads there, with its equals sign; "" where there is none."""
        held = self.held(spot)
        if held is None:
            return ""
        return "=" + moved(held.text, spot[1][0] - held.origin[0], spot[1][1] - held.origin[1])

    def reach(self, cells: Iterable[Spot]) -> set[Spot]:
        """Takes cells that change, and all formulas that depend on them, into `dirty`; what is reached."""
        changing = list(cells)
        found = {cell for cell in changing if self.held(cell) is not None} | self.graph.reached(changing)
        self.dirty |= found
        return found

    def _volatile(self) -> set[Spot]:
        start = [
            (sheet, spot)
            for sheet, found in self.formulas.items()
            for spot, held in found.cells.items()
            if any(name in VOLATILE for name in self.reader.calls(held, sheet))
        ]
        return {*start, *self.graph.reached(start)}

    def _days(self) -> set[Spot]:
        """The volatile cells that ours read, directly or through others, and that do not depend on ours themselves."""
        after, found, waiting = {*self.ours, *self.graph.reached(self.ours)}, set[Spot](), list(self.ours)
        while waiting:
            for reading in self.read_by(waiting.pop()):
                if reading in self.volatile and reading not in found and reading not in after:
                    found.add(reading)
                    waiting.append(reading)
        return found

    def read_by(self, spot: Spot) -> Iterator[Spot]:
        """The formula cells that a formula reads directly."""
        for sheet, area in self.graph.reads(spot).areas:
            yield from self.index.within(sheet, area)


class FormulaIndex:
    """Formula cells of a workbook by area, those included whose result reaches into it."""

    def __init__(self, formulas: dict[int, SheetFormulas]) -> None:
        self._rows: dict[tuple[int, int], list[int]] = {}
        self._columns: dict[int, list[int]] = {}
        self._reaching: dict[int, list[tuple[Area, Place]]] = {}
        for sheet, found in formulas.items():
            for (row, column), held in found.cells.items():
                self._rows.setdefault((sheet, column), []).append(row)
                if held.reach is not None and held.reach.shape != (1, 1):
                    self._reaching.setdefault(sheet, []).append((held.reach, (row, column)))
        for (sheet, column), rows in self._rows.items():
            rows.sort()
            self._columns.setdefault(sheet, []).append(column)
        for columns in self._columns.values():
            columns.sort()

    def within(self, sheet: int, area: Area) -> Iterator[Spot]:
        """The formula cells of an area, and the array formulas that fill a part of it."""
        columns = self._columns.get(sheet, [])
        for column in columns[bisect_left(columns, area.left) : bisect_right(columns, area.right)]:
            rows = self._rows[sheet, column]
            for row in rows[bisect_left(rows, area.top) : bisect_right(rows, area.bottom)]:
                yield sheet, (row, column)
        for reach, spot in self._reaching.get(sheet, ()):
            if reach.overlaps(area) and not area.holds(spot):
                yield sheet, spot
