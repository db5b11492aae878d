"""Where the answer of an array formula goes: a fixed area is filled, a spilling one grows and shrinks, never over a neighbour."""

from __future__ import annotations

from collections.abc import Iterator

from excel.patch.areas import COLUMNS, ROWS, Area, Place
from excel.patch.values import CellError
from excel.refresh.context import Answer, Grid
from excel.refresh.known import Known
from excel.refresh.operators import NOT_AVAILABLE
from excel.refresh.precedents import Spot
from excel.refresh.sheets import Held, Scalar

BLOCKED = CellError("#SPILL!")


def laid(known: Known, cell: Spot, held: Held, answer: Answer) -> tuple[dict[Place, Scalar], Area | None]:
    """The values of each place an answer fills, and the area a spilling formula fills now."""
    spot = cell[1]
    if held.kind == "array" and held.reach is not None:
        return _fitted(held.reach, answer), None
    if held.kind != "spill":
        return {spot: answer[0][0] if isinstance(answer, list) else answer}, None
    grid: Grid = answer if isinstance(answer, list) else [[answer]]
    area = Area(spot[0], spot[1], spot[0] + len(grid) - 1, spot[1] + len(grid[0]) - 1)
    if area.bottom > ROWS or area.right > COLUMNS or _blocked(known, cell, held, area):
        return {spot: BLOCKED}, Area(*spot, *spot)
    return dict(_placed(area, grid)), area


def _placed(area: Area, grid: Grid) -> Iterator[tuple[Place, Scalar]]:
    for place in area.places():
        value = grid[place[0] - area.top][place[1] - area.left]
        yield place, "" if value is None else value


def _fitted(area: Area, answer: Answer) -> dict[Place, Scalar]:
    """An answer in an area chosen beforehand: one row or column is repeated, what it does not reach is #N/A."""
    grid: Grid = answer if isinstance(answer, list) else [[answer]]
    found: dict[Place, Scalar] = {}
    for row, column in area.places():
        i = row - area.top if len(grid) > 1 else 0
        j = column - area.left if len(grid[0]) > 1 else 0
        inside = i < len(grid) and j < len(grid[0])
        found[row, column] = grid[i][j] if inside else NOT_AVAILABLE
    return found


def _blocked(known: Known, cell: Spot, held: Held, area: Area) -> bool:
    """Whether anything stands in an area besides what the formula itself filled."""
    if area.shape == (1, 1):
        return False
    sheet, spot = cell
    former = held.reach or Area(*spot, *spot)
    book = known.scope.book
    if any(table.area.overlaps(area) for table in book.tables_on(sheet)):
        return True
    if any(merged.overlaps(area) for merged in known.scope.formulas[sheet].merged):
        return True
    known.stored.want({sheet: [area]})
    for place, stored in known.stored.within(sheet, area):
        mine = former.holds(place)
        if not mine and (stored.formula or stored.text or stored.kind in ("s", "inlineStr", "str")):
            released = known.values.get((sheet, place), "") is None
            if not released:
                return True
    return any(other != cell and reach.overlaps(area) for other, reach in known.reaches.items() if other[0] == sheet)
