"""Answers as JSON: for programs with amounts as decimal strings, for a sheet with numbers, dates and errors as cells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from excel.answers import Answer, Cell, Table, number, plain, single
from excel.batch import Result, excel_error
from model.errors import BacklogError, Unanswerable
from model.money import Money


def as_json(answer: Answer) -> dict[str, object]:
    """`{"value": …}` for one cell, `{"rows": …}` for a range, `{"columns": …, "rows": …}` for a table.

    Amounts are decimal strings, never numbers of a float. A single cell that has no answer raises its error; within
    rows it stands as `{"error": reason}`.
    """
    if isinstance(answer, Table):
        return {"columns": list(answer.columns), "rows": _rows(answer)}
    if answer.shape == (1, 1):
        value = single(answer)
        if isinstance(value, Unanswerable):
            raise value
        return {"value": plain(value)}
    return {"rows": _rows(answer)}


def told(result: Result, *, sheet: bool = False) -> dict[str, object]:
    """A result as JSON; an error is `{"error": reason, "excel": what a cell shows}`.

    `sheet`: in the form of cells, see `in_sheet`.
    """
    if isinstance(result, BacklogError):
        return {"error": str(result), "excel": excel_error(result)}
    return in_sheet(result) if sheet else as_json(result)


def in_sheet(answer: Answer) -> dict[str, object]:
    """`{"value": …}` or `{"rows": …}`, a table with its headings as first row, each cell as a sheet holds it.

    Amounts are the nearest double, dates `{"date": ISO 8601}`, empty cells null, errors `{"error": …, "excel": …}`.
    """
    rows = [[_cell(cell) for cell in row] for row in answer.rows()]
    if isinstance(answer, Table):
        return {"rows": [list(answer.columns), *rows]}
    return {"value": rows[0][0]} if answer.shape == (1, 1) else {"rows": rows}


def _rows(answer: Answer) -> list[list[object]]:
    return [[plain(cell) for cell in row] for row in answer.rows()]


def _cell(cell: Cell) -> object:
    if isinstance(cell, Money):
        return number(cell)
    if isinstance(cell, Unanswerable):
        return {"error": str(cell), "excel": cell.excel}
    if isinstance(cell, dt.datetime):
        return {"date": cell.replace(tzinfo=None).isoformat(timespec="seconds")}
    if isinstance(cell, dt.date):
        return {"date": cell.isoformat()}
    return float(cell) if isinstance(cell, Decimal) else cell
