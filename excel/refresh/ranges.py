"""The values of references: the one that a single cell takes of a range, the rows of a whole one, arrays laid together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from excel.refresh.context import Answer, Cells, Grid, Here, Range
from excel.refresh.operators import NOT_AVAILABLE, VALUE, Beyond
from excel.refresh.sheets import Scalar

_MOST = 2_000_000


def crossing(cells: Cells, found: Range, here: Here) -> Scalar:
    """The one value a single cell takes of a range: that of its own row or column."""
    area, (row, column) = found.area, here.spot
    height, width = area.shape
    if height > 1 and width > 1:
        return VALUE
    spot = (row if height > 1 else area.top, column if width > 1 else area.left)
    return cells.value(found.sheet, spot) if area.holds(spot) else VALUE


def grid(cells: Cells, found: Range) -> Grid:
    """The values of a range, row by row; a whole column or row counts as far as it is filled."""
    known = dict(cells.within(*found))
    area = found.area
    filled = [spot for spot, value in known.items() if value not in (None, "")]
    bottom, right = area.bottom, area.right
    if area.shape[0] > 1_000_000:
        bottom = max((row for row, _ in filled), default=area.top)
    if area.shape[1] > 16_000:
        right = max((column for _, column in filled), default=area.left)
    if (bottom - area.top + 1) * (right - area.left + 1) > _MOST:
        raise Beyond("a range of millions of cells")
    return [[known.get((row, column)) for column in range(area.left, right + 1)] for row in range(area.top, bottom + 1)]


def each_cell(values: Sequence[Answer], made: Callable[[Sequence[Scalar]], Scalar]) -> Answer:
    """Something of single values, cell by cell where one of them is an array."""
    if not any(isinstance(value, list) for value in values):
        return made([value for value in values if not isinstance(value, list)])
    grids = [value if isinstance(value, list) else [[value]] for value in values]
    height, width = max(len(grid) for grid in grids), max(len(grid[0]) for grid in grids)
    if height * width > _MOST:
        raise Beyond("an array of millions of cells")
    return [[made([_at(grid, i, j) for grid in grids]) for j in range(width)] for i in range(height)]


def _at(grid: Grid, row: int, column: int) -> Scalar:
    """The value of a grid laid over a larger one: a single row or column is repeated, beyond that there is nothing."""
    i, j = row if len(grid) > 1 else 0, column if len(grid[0]) > 1 else 0
    return grid[i][j] if i < len(grid) and j < len(grid[0]) else NOT_AVAILABLE
