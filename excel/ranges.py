"""Ranges: what a host hands over as a cell or as rows of cells, and how ranges of several arguments fit together.

A single value is a range of one cell. Ranges combine as in any spreadsheet: a column beside a row gives the table of
both, equal shapes go pairwise, one cell serves all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from model.errors import WrongArgument

Shape = tuple[int, int]
SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
MOST_CELLS = 2_000_000
"""An answer of more cells is refused: a slip of the mouse (two whole columns) must not hang Excel."""


def cells(value: object) -> list[list[object]]:
    """The rows of a cell or range; a flat list is one row. Ragged and empty ranges are refused.

    A whole column (or row) of the sheet counts as far as it is filled.

    >>> cells("Acme"), cells([["Acme"], ["Beta"]])
    ([['Acme']], [['Acme'], ['Beta']])
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return [[value]]
    value = filled(value)
    nested = [isinstance(row, list | tuple) for row in value]
    if any(nested) and not all(nested):
        raise WrongArgument("a range mixes cells and rows: give rows of cells")
    rows = [list(row) for row in value] if any(nested) else [list(value)]
    if not rows[0]:
        raise WrongArgument("a range without a cell was given: name at least one cell")
    if len({len(row) for row in rows}) > 1:
        raise WrongArgument("the rows of a range have different lengths: give a rectangle of cells")
    return rows


def filled(rows: Sequence[Any]) -> Sequence[Any]:
    """Rows of cells as far as they are filled where they are a whole column, or whole rows, of a sheet; others as they are.

    >>> len(filled([["Acme"], *[[None]] * 1_048_575]))
    1
    """
    if len(rows) >= SHEET_ROWS:
        rows = rows[: next((n for n in range(len(rows), 1, -1) if not _blank(rows[n - 1])), 1)]
    if rows and all(isinstance(row, list | tuple) and len(row) >= SHEET_COLUMNS for row in rows):
        last = max((i for row in rows for i, cell in enumerate(row) if cell not in (None, "")), default=0)
        return [row[: last + 1] for row in rows]
    return rows


def _blank(row: Any) -> bool:
    return all(cell in (None, "") for cell in row) if isinstance(row, list | tuple) else row in (None, "")


def fit(shapes: Iterable[Shape]) -> Shape:
    """The shape that ranges of these shapes give together.

    >>> fit([(3, 1), (1, 4), (1, 1)])
    (3, 4)
    """
    known = list(dict.fromkeys(shapes))
    rows, columns = {r for r, _ in known} - {1}, {c for _, c in known} - {1}
    if len(rows) > 1 or len(columns) > 1:
        told = ", ".join(f"{r} × {c}" for r, c in known)
        raise WrongArgument(f"ranges of {told} do not fit together: give equal shapes, or a column beside a row")
    shape = (max(rows, default=1), max(columns, default=1))
    if shape[0] * shape[1] > MOST_CELLS:
        raise WrongArgument(f"{shape[0]} × {shape[1]} results are more than {MOST_CELLS}: name smaller ranges")
    return shape
