"""The key figures that the demo ends with: the close of October 2026, for the whole company."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.calendar import LAST
from model.money import to_decimal
from model.periods import day_number

if TYPE_CHECKING:
    from engine.ledger import Ledger


@dataclass(frozen=True)
class Figure:
    """A figure by its name, as text with its currency, or the reason why there is none."""

    label: str
    text: str
    currency: str = ""


BETWEEN = "  revenue at the rates of its months, not the last"
"""What stands between contracted less recognized and backlog where several currencies are shown in one: balances are
converted at the closing rate, revenue at the rate of its month. In each contract's own currency it is nothing."""

# label, measure, options; flows are of the month.
_ASKED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Contracted", "contracted", {}),
    ("Recognized to date", "recognized", {}),
    ("Backlog", "backlog", {}),
    ("RPO", "rpo", {}),
    ("  of it within 12 months", "rpo", {"months": 12}),
    ("Deferred revenue, current", "deferred", {"part": "current"}),
    ("Deferred revenue, noncurrent", "deferred", {"part": "noncurrent"}),
    ("Unbilled", "unbilled", {}),
    ("Receivable", "receivable", {}),
    ("Recognized in October 2026", "recognized", {"month": True}),
    ("Booked in October 2026", "bookings", {"month": True}),
    ("Billed in October 2026", "billed", {"month": True}),
)


def key_figures(ledger: Ledger, day: dt.date = LAST) -> list[Figure]:
    """The figures at the end of a day, in the reporting currency."""
    import numpy as np

    from engine.figures import Scope, answer

    days, first = np.array([day_number(day)], np.int64), np.array([day_number(day.replace(day=1))], np.int64)
    figures = []
    minor: dict[str, int] = {}
    for label, measure, options in _ASKED:
        asked = {key: value for key, value in options.items() if key != "month"}
        since = first if options.get("month") else None
        found = answer(ledger, measure, [Scope()], days, since=since, currency=ledger.reporting, **asked)
        if (0, 0) in found.errors:
            figures.append(Figure(label, str(found.errors[0, 0])))
        else:
            minor[label], currency = int(found.minor[0, 0]), found.currency[0]
            if label == "Backlog" and {"Contracted", "Recognized to date"} <= minor.keys():
                between = minor[label] - minor["Contracted"] + minor["Recognized to date"]
                figures.append(_said(BETWEEN, between, currency))
            figures.append(_said(label, minor[label], currency))
    return figures


def _said(label: str, minor: int, currency: str) -> Figure:
    return Figure(label, f"{to_decimal(minor, currency):,}", currency)
