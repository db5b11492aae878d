"""Why a cell shows an error: the reasons of the latest answers, by the address of the cell that asked.

The macro WhyBacklogError of the VBA module shows the reason of the selected cell.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from excel.answers import Place

_KEPT = 20_000
"""Cells remembered at most; the oldest are forgotten first."""
_TOLD = 12
"""Reasons told of one range at most; a message box holds a thousand characters."""

_reasons: OrderedDict[str, str] = OrderedDict()


def remember(address: str, name: str, errors: Mapping[Place, Exception]) -> None:
    """Keeps why the function of a cell has no answer in these places of its range."""
    places: dict[str, list[Place]] = {}
    for place, error in errors.items():
        places.setdefault(str(error), []).append(place)
    lines = [f"{name}{_where(at)}: {text}" for text, at in list(places.items())[:_TOLD]]
    if len(places) > _TOLD:
        lines.append(f"and {len(places) - _TOLD} more reasons")
    _reasons.pop(address, None)
    _reasons[address] = "\n".join(lines)
    if len(_reasons) > _KEPT:
        _reasons.popitem(last=False)


def reason(address: str) -> str:
    """The reason of a cell's error, in words.

    >>> reason("[Book1]Sheet1!$Z$99")
    'No error of a Revenue Backlog function is known for this cell: recalculate it, then ask again.'
    """
    return _reasons.get(
        address, "No error of a Revenue Backlog function is known for this cell: recalculate it, then ask again."
    )


def _where(places: list[Place]) -> str:
    if places == [(0, 0)]:
        return ""
    row, column = places[0]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f", row {row + 1} column {column + 1} of its range{more}"
