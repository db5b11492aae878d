"""Service periods as Stripe counts them: from a moment to a moment, the end excluded, on a billing anchor.

https://docs.stripe.com/billing/subscriptions/billing-cycle: a monthly period that starts on the 31st ends on the last
day of shorter months and returns to the 31st.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

DAY = dt.timedelta(days=1)


class Period(NamedTuple):
    """From `start` to `end` in Unix seconds, the end excluded; `share` of a full interval that it covers."""

    start: int
    end: int
    share: Decimal = Decimal(1)


def service_days(start: int, end: int, zone: dt.tzinfo) -> tuple[dt.date, dt.date]:
    """First and last service day of a period; the day on which it ends belongs to the next.

    >>> service_days(1767225600, 1769904000, dt.UTC)
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    """
    first, last = day(start, zone), day(end, zone) - DAY
    return first, max(first, last)


def day(seconds: int, zone: dt.tzinfo) -> dt.date:
    """The calendar day of a moment."""
    return dt.datetime.fromtimestamp(seconds, zone).date()


def periods(start: int, end: int, interval: str, count: int, anchor: int) -> Iterator[Period]:
    """The billing periods from `start` to `end`; the last is cut there and its share told.

    >>> [p.share for p in periods(1767225600, 1772323200, "month", 1, 1767225600)]
    [Decimal('1'), Decimal('1')]
    """
    step = 0
    while start < end:
        while (mark := after(anchor, interval, count * step)) <= start:
            step += 1
        stop = min(mark, end)
        begins = max(start, after(anchor, interval, count * (step - 1)))
        yield Period(start, stop, Decimal(stop - start) / Decimal(mark - begins) if stop < mark else Decimal(1))
        start = stop


def after(anchor: int, interval: str, count: int) -> int:
    """The moment so many intervals after the anchor, in UTC as Stripe reckons."""
    moment = dt.datetime.fromtimestamp(anchor, dt.UTC)
    if interval in ("day", "week"):
        return int((moment + dt.timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    year, month = divmod(moment.year * 12 + moment.month - 1 + count * (12 if interval == "year" else 1), 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(moment.replace(year=year, month=month + 1, day=min(moment.day, last)).timestamp())


def part(amount: Decimal, share: Decimal) -> int:
    """So much of an amount in whole minor units, rounded half away from zero."""
    return int((amount * share).quantize(Decimal(1), ROUND_HALF_UP))
