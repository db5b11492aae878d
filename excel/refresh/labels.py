"""Changes with the words of the sheet beside them: the nearest text to the left names a figure as a person does."""

from __future__ import annotations

from collections.abc import Sequence

from excel.patch.areas import address
from excel.patch.values import CellError
from excel.refresh.compute import Computation, words_beside
from excel.refresh.edits import Change
from excel.refresh.precedents import Spot
from excel.refresh.report import CellChange

_LONGEST = 60


def cell_changes(state: Computation, changes: Sequence[Change]) -> list[CellChange]:
    """The changes as a report tells them."""
    sheets = state.scope.book.sheets
    return [
        CellChange(
            sheets[change.spot[0]],
            address(change.spot[1]),
            label(state, change.spot),
            change.formula,
            change.before,
            change.after,
            change.ours,
        )
        for change in changes
    ]


def label(state: Computation, cell: Spot) -> str:
    """The nearest text that is written to the left of a cell, of those that were read with it, cut where it is long."""
    sheet, (row, column) = cell
    for place in words_beside(column):
        spot = (sheet, (row, place))
        stored = state.known.stored.cell(*spot)
        value = (
            None if stored is None or stored.formula or spot in state.known.values else state.known.stored.value(*spot)
        )
        if isinstance(value, str) and value.strip() and not isinstance(value, CellError):
            text = " ".join(value.split())
            return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return ""
