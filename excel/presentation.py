"""Answers as JSON for the command line and other programs: amounts as decimal strings, never as numbers of a float."""

from __future__ import annotations

from excel.answers import Answer, Table, plain, single
from model.errors import Unanswerable


def as_json(answer: Answer) -> dict[str, object]:
    """`{"value": …}` for one cell, `{"rows": …}` for a range, `{"columns": …, "rows": …}` for a table.

    A single cell that has no answer raises its error; within rows it stands as `{"error": reason}`.
    """
    if isinstance(answer, Table):
        return {"columns": list(answer.columns), "rows": _rows(answer)}
    if answer.shape == (1, 1):
        value = single(answer)
        if isinstance(value, Unanswerable):
            raise value
        return {"value": plain(value)}
    return {"rows": _rows(answer)}


def _rows(answer: Answer) -> list[list[object]]:
    return [[plain(cell) for cell in row] for row in answer.rows()]
