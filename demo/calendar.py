"""The sample company's calendar: four years that end on 2026-10-31, whatever day it is today."""

from __future__ import annotations

import datetime as dt
from random import Random

from model.periods import add_months

FIRST = dt.date(2022, 11, 1)
LAST = dt.date(2026, 10, 31)
PERIOD = "2026-10"

# Sales teams close at quarter ends, and December is the best month of the year.
_SEASON = {1: 0.8, 2: 0.85, 3: 1.3, 4: 0.85, 5: 0.9, 6: 1.3, 7: 0.75, 8: 0.7, 9: 1.35, 10: 0.9, 11: 1.0, 12: 1.6}
_YEARLY_GROWTH = 0.14


def months() -> list[dt.date]:
    """The first day of each of the 48 months."""
    return [add_months(FIRST, number) for number in range(48)]


def stream(seed: int, purpose: str) -> Random:
    """Chance of its own for one purpose, so that a change in one part of the company leaves the others as they were."""
    return Random(f"{seed}:{purpose}")  # noqa: S311 (invented data, nothing secret)


def signing_day(chance: Random, first: dt.date = FIRST, last: dt.date = LAST) -> dt.date:
    """A working day to sign on, by season and growth, rather late in its month."""
    choices = [month for month in months() if first.replace(day=1) <= month <= last]
    weights = [_SEASON[month.month] * (1 + _YEARLY_GROWTH) ** ((month - FIRST).days / 365) for month in choices]
    month = chance.choices(choices, weights)[0]
    length = (add_months(month, 1) - month).days
    day = month + dt.timedelta(days=round(length * chance.random() ** 0.6 - 0.5))
    day = min(max(day, first), last)
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def whole_term(start: dt.date, months_long: int) -> dt.date:
    """The last day of a term of whole months.

    >>> whole_term(dt.date(2026, 1, 15), 12)
    datetime.date(2027, 1, 14)
    """
    return _same_day(start, months_long) - dt.timedelta(days=1)


def period_starts(start: dt.date, months_each: int, count: int) -> list[dt.date]:
    """The first days of `count` billing periods, all counted from the first, as billing systems do."""
    return [_same_day(start, months_each * number) for number in range(count)]


def _same_day(day: dt.date, count: int) -> dt.date:
    """The same day of the month, or the month's last: 31 January and a month is 28 February, and a month more 31 March.

    Other than model.periods.add_months, 28 February and a month is 28 March.
    """
    first = add_months(day.replace(day=1), count)
    last = (add_months(first, 1) - dt.timedelta(days=1)).day
    return first.replace(day=min(day.day, last))
