"""The cells of a workbook while it is computed: what is stored, what is known anew, what is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from excel.patch.areas import Area, Place, address
from excel.refresh.context import Waiting
from excel.refresh.operators import Beyond
from excel.refresh.precedents import Spot
from excel.refresh.scope import Scope
from excel.refresh.sheets import Scalar, Values


@dataclass
class Known:
    """The state of a computation; `evaluate.Cells` for it.

    `values`: computed cells, filled ones included; a cell that a shrunken spill has left is None. `awaited`: formulas
    still to be computed. `beyond`: those that cannot be, with the reason. `reaches`: the area a spilling formula fills now.
    `sources`: the formula that fills a cell.
    """

    scope: Scope
    stored: Values
    values: dict[Spot, Scalar] = field(default_factory=dict)
    awaited: set[Spot] = field(default_factory=set)
    beyond: dict[Spot, str] = field(default_factory=dict)
    reaches: dict[Spot, Area] = field(default_factory=dict)
    sources: dict[Spot, Spot] = field(default_factory=dict)

    def await_cells(self, cells: Iterable[Spot]) -> None:
        """Marks formulas as still to be computed, and the cells they fill with them."""
        for cell in cells:
            self.awaited.add(cell)
            self.beyond.pop(cell, None)
            held = self.scope.held(cell)
            reach = self.reaches.get(cell) or (held.reach if held is not None else None)
            for place in reach.places() if reach is not None else (cell[1],):
                self.values.pop((cell[0], place), None)
                self.sources[cell[0], place] = cell

    def settle(self, cell: Spot, values: dict[Place, Scalar], reach: Area | None) -> None:
        """Takes a formula's result; what it filled before and fills no longer becomes blank."""
        held = self.scope.held(cell)
        former = held.reach if held is not None else None
        if former is not None:
            self.values.update(((cell[0], place), None) for place in former.places())
        for place, value in values.items():
            self.values[cell[0], place] = value
            self.sources[cell[0], place] = cell
        if reach is not None:
            self.reaches[cell] = reach
        self.awaited.discard(cell)

    def give_up(self, cell: Spot, reason: str) -> None:
        """Marks a formula as one that cannot be computed here."""
        self.beyond[cell] = reason
        self.awaited.discard(cell)

    def value(self, sheet: int, spot: Place) -> Scalar:
        """See `evaluate.Cells`."""
        cell = (sheet, spot)
        if cell in self.values:
            return self.values[cell]
        source = self.sources.get(cell)
        if source is not None:
            self._missing(source)
        return self.stored.value(sheet, spot)

    def within(self, sheet: int, area: Area) -> Iterator[tuple[Place, Scalar]]:
        """See `evaluate.Cells`."""
        for source in self.scope.index.within(sheet, area):
            if source in self.awaited or source in self.beyond:
                self._missing(source)
        return ((place, value) for place, value in self.there(sheet, area) if value is not None)

    def there(self, sheet: int, area: Area) -> Iterator[tuple[Place, Scalar]]:
        """The cells of an area as far as they are known, whatever is still to come; None where one was left blank."""
        found = {place: self.stored.value(sheet, place) for place, _ in self.stored.within(sheet, area)}
        found.update(self._computed(sheet, area))
        return iter(found.items())

    def spilled(self, sheet: int, spot: Place) -> Area | None:
        """See `evaluate.Cells`."""
        cell = (sheet, spot)
        if cell in self.awaited or cell in self.beyond:
            self._missing(cell)
        held = self.scope.held(cell)
        return self.reaches.get(cell) or (held.reach if held is not None and held.kind == "spill" else None)

    def name(self, cell: Spot) -> str:
        """A cell as a person writes it."""
        return f"{self.scope.book.sheets[cell[0]]}!{address(cell[1])}"

    def _computed(self, sheet: int, area: Area) -> Iterator[tuple[Place, Scalar]]:
        rows, columns = area.shape
        if rows * columns <= len(self.values):
            return ((p, self.values[sheet, p]) for p in area.places() if (sheet, p) in self.values)
        return (
            (place, value) for (number, place), value in self.values.items() if number == sheet and area.holds(place)
        )

    def _missing(self, source: Spot) -> None:
        """Raises why a cell's value is not there."""
        if source in self.awaited:
            raise Waiting
        if source in self.beyond:
            raise Beyond(f"{self.name(source)}, which is left")
