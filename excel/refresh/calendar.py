"""Days of a workbook's calendar for the functions that make dates: DATE, EDATE, EOMONTH, YEAR, MONTH, DAY."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import ROUND_FLOOR, Decimal

from excel.dates import day
from excel.patch.values import CellError, serial
from excel.refresh.operators import NUMBER, Beyond
from model.errors import WrongArgument

_FIRST, _LAST = 1900, 9999


def date(year: int, month: int, day_of_month: int, date1904: bool) -> Decimal | CellError:
    """The day number of a date; months and days beyond their range run on into the next ones.

    >>> date(2026, 14, 0, False)
    Decimal('46418')
    """
    if 0 <= year < _FIRST:
        year += 1904 if date1904 else _FIRST
    years, month0 = divmod(month - 1, 12)
    if not _FIRST <= year + years <= _LAST or abs(day_of_month) > 4_000_000:
        return NUMBER
    try:
        return _number(dt.date(year + years, month0 + 1, 1) + dt.timedelta(day_of_month - 1), date1904)
    except OverflowError:
        return NUMBER


def shifted(start: Decimal, months: Decimal, date1904: bool, *, to_end: bool) -> Decimal | CellError:
    """The same day so many months later, or the last day of that month."""
    begun = read(start, date1904)
    if isinstance(begun, CellError):
        return begun
    years, month0 = divmod(begun.month - 1 + int(months), 12)
    if not _FIRST <= begun.year + years <= _LAST:
        return NUMBER
    last = calendar.monthrange(begun.year + years, month0 + 1)[1]
    found = dt.date(begun.year + years, month0 + 1, last if to_end else min(begun.day, last))
    return _number(found, date1904)


def read(number: Decimal, date1904: bool) -> dt.date | CellError:
    """The day a number means."""
    number = number.to_integral_value(ROUND_FLOOR)
    if number < 0:
        return NUMBER
    try:
        found = day(number, date1904)
    except WrongArgument:
        # Day 0, and the 29 February 1900 that only spreadsheets know.
        raise Beyond(f"day {number} of the calendar") from None
    return NUMBER if found is None else found


def _number(found: dt.date, date1904: bool) -> Decimal | CellError:
    try:
        return serial(found, date1904)
    except ValueError:
        return NUMBER
