"""Terms and billing periods as days, both ends of a period included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from model.periods import add_months

DAY = dt.timedelta(days=1)


def last_day(first: dt.date, unit: str, count: int) -> dt.date:
    """The last day of a period of so many days, weeks, months or years.

    >>> last_day(dt.date(2026, 1, 31), "month", 1)
    datetime.date(2026, 2, 27)
    """
    if unit in ("day", "week"):
        return first + dt.timedelta(days=count * (7 if unit == "week" else 1) - 1)
    reached = add_months(first.replace(day=1), count * (12 if unit == "year" else 1))
    longest = add_months(reached, 1) - DAY
    return reached.replace(day=min(first.day, longest.day)) - DAY


def periods(first: dt.date, until: dt.date, unit: str, count: int) -> Iterator[tuple[dt.date, dt.date, Decimal]]:
    """The billing periods from a first day to a last one, each with the share of a whole period that it covers.

    >>> [(str(a), str(b), str(share)) for a, b, share in periods(dt.date(2026, 1, 31), dt.date(2026, 3, 30), "month", 1)]
    [('2026-01-31', '2026-02-27', '1'), ('2026-02-28', '2026-03-30', '1')]
    """
    step, start = 1, first
    while start <= until:
        end = last_day(first, unit, count * step)
        days = Decimal((end - start).days + 1)
        yield start, min(end, until), Decimal((min(end, until) - start).days + 1) / days
        start, step = end + DAY, step + 1


def service_days(start: dt.datetime, end: dt.datetime, zone: dt.tzinfo) -> tuple[dt.date, dt.date]:
    """First and last service day of a time from a moment to a moment; the day on which it ends belongs to the next."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date() - DAY
    return first, max(first, last)
