"""What depends on what in a workbook: which formulas a changed cell reaches, however long the chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from excel.patch.areas import Area, Place
from excel.refresh.precedents import Reader, Reads, Spot
from excel.refresh.sheets import Held, SheetFormulas

_NARROW, _SHORT, _BLOCK = 64, 16, 256
"""Areas are found by column and block of rows; those wider or longer (in blocks) than these by the other one alone."""
_KEPT = 100_000
_Key = tuple[int, int | None, int | None]


class Dependents:
    """The formulas of a workbook by what they read."""

    def __init__(self, reader: Reader, sheets: Mapping[int, SheetFormulas]) -> None:
        self._reader = reader
        self._sheets = sheets
        self._known: dict[Spot, Reads] = {}
        self._single: dict[Spot, list[Spot]] = {}
        self._areas: dict[tuple[int, Area], list[Spot]] = {}
        self._index: dict[_Key, list[Area]] = {}
        self.anywhere: list[Spot] = []
        """Formulas that may read cells they do not name."""
        for sheet, found in sheets.items():
            for spot, held in found.cells.items():
                self._add((sheet, spot), held)
        for sheet, area in self._areas:
            for key in _keys(sheet, area):
                self._index.setdefault(key, []).append(area)

    def reads(self, spot: Spot) -> Reads:
        """What the formula of a cell reads."""
        found = self._known.get(spot)
        if found is None:
            sheet, place = spot
            found = self._reader.reads(self._sheets[sheet].cells[place], sheet, place)
            if len(self._known) < _KEPT:
                self._known[spot] = found
        return found

    def reached(self, cells: Iterable[Spot]) -> set[Spot]:
        """The formula cells that read any of those cells, directly or through others; the cells themselves if so."""
        found: set[Spot] = set()
        left = dict(self._index)
        waiting = list(cells)
        seen = set(waiting)
        while waiting:
            sheet, place = waiting.pop()
            for reading in self._readers(sheet, place, left):
                if reading not in found:
                    found.add(reading)
                    for other in self._filled(reading):
                        if other not in seen:
                            seen.add(other)
                            waiting.append(other)
        return found

    def _add(self, spot: Spot, held: Held) -> None:
        reads = self._reader.reads(held, *spot)
        if not reads.all_told:
            self.anywhere.append(spot)
        for sheet, area in dict.fromkeys(reads.areas):
            if area.shape == (1, 1):
                self._single.setdefault((sheet, (area.top, area.left)), []).append(spot)
            else:
                self._areas.setdefault((sheet, area), []).append(spot)

    def _readers(self, sheet: int, place: Place, left: dict[_Key, list[Area]]) -> Iterator[Spot]:
        """The formulas that read a cell; areas that were met are taken out of `left`, for their readers are known."""
        yield from self._single.get((sheet, place), ())
        row, column = place
        block = row // _BLOCK
        for key in ((sheet, column, block), (sheet, column, None), (sheet, None, block), (sheet, None, None)):
            areas = left.get(key)
            if not areas:
                continue
            met = [a for a in areas if a.top <= row <= a.bottom and a.left <= column <= a.right]
            if met:
                left[key] = [a for a in areas if not (a.top <= row <= a.bottom and a.left <= column <= a.right)]
                for area in met:
                    yield from self._areas[sheet, area]

    def _filled(self, spot: Spot) -> Iterator[Spot]:
        """The cells that a formula's result stands in."""
        sheet, place = spot
        held = self._sheets[sheet].cells[place]
        if held.reach is None:
            yield spot
        else:
            yield from ((sheet, other) for other in held.reach.places())


def _keys(sheet: int, area: Area) -> Iterator[_Key]:
    """Under which keys an area is found."""
    wide = area.right - area.left >= _NARROW
    first, last = area.top // _BLOCK, area.bottom // _BLOCK
    for column in (None,) if wide else range(area.left, area.right + 1):
        for block in (None,) if last - first >= _SHORT else range(first, last + 1):
            yield sheet, column, block
