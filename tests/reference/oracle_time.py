"""The reference implementation, part 1: how much service a term holds and how much of it has passed.

Slow and obvious on purpose: exact fractions, one day and one line at a time, straight from the definitions of
semantics.md and files.md. It shares no code with the engine it is compared with.
"""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction
from functools import lru_cache

DAY = dt.timedelta(days=1)


def round_half_away(amount: Fraction) -> int:
    """The whole number nearest to `amount`; a half goes away from zero, so that a credit mirrors its charge."""
    doubled = 2 * abs(amount)
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return whole if amount >= 0 else -whole


def first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


@lru_cache(maxsize=100_000)
def last_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after the day's month."""
    return last_of_month(day) + DAY


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months on; a month end stays a month end."""
    years, month = divmod(day.month - 1 + months, 12)
    first = dt.date(day.year + years, month + 1, 1)
    if day == last_of_month(day):
        return last_of_month(first)
    return first.replace(day=min(day.day, last_of_month(first).day))


def anniversary(day: dt.date) -> dt.date:
    """The same day a year on; a leap day's is the first of March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return dt.date(day.year + 1, 3, 1)


def service_days(start: dt.date, end: dt.date, month: dt.date, until: dt.date) -> int:
    """Service days of a term that fall in one calendar month, not later than `until`."""
    first = max(start, first_of_month(month))
    last = min(end, last_of_month(month), until)
    return max(0, (last - first).days + 1)


def months_of(start: dt.date, end: dt.date) -> list[dt.date]:
    """The first day of every calendar month that a term touches."""
    months = [first_of_month(start)]
    while next_month(months[-1]) <= end:
        months.append(next_month(months[-1]))
    return months


def thirty_360(day: dt.date) -> int:
    """A day's number where every month has 30: the 31st and the last day of February are day 30."""
    number = 30 if day == last_of_month(day) else min(day.day, 30)
    return 360 * day.year + 30 * day.month + number


def month_weights(method: str, start: dt.date, end: dt.date) -> dict[dt.date, Fraction]:
    """What each month of a term counts under the conventions that weigh whole months."""
    months = months_of(start, end)
    if method == "straight_line_full_months":
        counted = [month for month in months if month < first_of_month(end + DAY)] or months[:1]
        return {month: Fraction(int(month in counted)) for month in months}
    whole = {month: service_days(start, end, month, end) == last_of_month(month).day for month in months}
    return {month: Fraction(1) if whole[month] else Fraction(1, 2) for month in months}


def service(method: str, start: dt.date, end: dt.date, day: dt.date) -> Fraction:
    """Units of service from `start` to the end of `day`, in the unit of the convention."""
    if day < start:
        return Fraction(0)
    day = min(day, end)
    if method == "straight_line_daily":
        return Fraction((day - start).days + 1)
    if method == "straight_line_30_360":
        if start.day == 31 and end > start:  # the 31st adds no day, but the first day of a term is one
            return Fraction(thirty_360(day) - thirty_360(start) + 1)
        return Fraction(thirty_360(day) - thirty_360(start - DAY))
    total = Fraction(0)
    if method == "straight_line_monthly":
        for month in months_of(start, day):
            total += Fraction(service_days(start, end, month, day), last_of_month(month).day)
        return total
    # Whole and half months: each month has its weight, and within it every service day counts alike.
    for month, weight in month_weights(method, start, end).items():
        total += weight * Fraction(service_days(start, end, month, day), service_days(start, end, month, end))
    return total


@lru_cache(maxsize=100_000)
def time_progress(method: str, start: dt.date, end: dt.date, day: dt.date) -> Fraction:
    """The share of a term that has passed at the end of `day`: 0 before it, 1 from its last day on."""
    if day < start:
        return Fraction(0)
    if day >= end:
        return Fraction(1)
    return service(method, start, end, day) / service(method, start, end, end)
