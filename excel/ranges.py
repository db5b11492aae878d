"""Ranges: what a host hands over as a cell or as rows of cells, and how ranges of several arguments fit together.

A single value is a range of one cell. Ranges combine as in any spreadsheet: a column beside a row gives the table of
both, equal shapes go pairwise, one cell serves all others.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    nested = [isinstance(row, list | tuple) for row in value]
    if any(nested) and not all(nested):
        raise WrongArgument("a range mixes cells and rows: give rows of cells")
    rows = [list(row) for row in value] if any(nested) else [list(value)]
    if not rows[0]:
        raise WrongArgument("a range without a cell was given: name at least one cell")
    if len({len(row) for row in rows}) > 1:
        raise WrongArgument("the rows of a range have different lengths: give a rectangle of cells")
    return _filled(rows)


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


def _filled(rows: list[list[object]]) -> list[list[object]]:
    if len(rows) >= SHEET_ROWS:
        while len(rows) > 1 and all(cell in (None, "") for cell in rows[-1]):
            rows.pop()
    if len(rows[0]) >= SHEET_COLUMNS:
        last = max((i for row in rows for i, cell in enumerate(row) if cell not in (None, "")), default=0)
        return [row[: last + 1] for row in rows]
    return rows
