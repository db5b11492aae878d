"""Figures of financial statements (financials.csv) from a bookkeeping system's reports, a month at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

from connectors.kit.connector import Row, Setting
from model.money import Money, round_minor
from model.periods import add_months

MONTHS = Setting("financial_months", "of how many past months figures are read from the reports; 0: none", 24, kind=int)


def closed_months(today: dt.date, count: int) -> list[tuple[dt.date, dt.date]]:
    """First and last day of the months that are over, oldest first.

    >>> closed_months(dt.date(2026, 3, 15), 2)
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 31)), (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))]
    """
    first = today.replace(day=1)
    starts = [add_months(first, -back) for back in range(count, 0, -1)]
    return [(start, add_months(start, 1) - dt.timedelta(days=1)) for start in starts]


def is_due(since: dt.datetime, now: dt.datetime, zone: dt.tzinfo) -> bool:
    """Whether figures are read again that were read last at `since`: once a day, for vendors count what is asked.

    >>> noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    >>> is_due(noon, noon + dt.timedelta(hours=1), dt.UTC), is_due(noon, noon + dt.timedelta(hours=12), dt.UTC)
    (False, True)
    """
    return since.astimezone(zone).date() < now.astimezone(zone).date()


def figures(period_end: dt.date, currency: str, amounts: Mapping[str, Decimal]) -> Iterator[Row]:
    """A month's figures as records. Reports round to the cent; more digits are rounded as they would be."""
    for measure, amount in amounts.items():
        money = Money(round_minor(amount, currency), currency)
        yield Row("financials", {"period_end": period_end, "measure": measure, "amount": money, "currency": currency})
