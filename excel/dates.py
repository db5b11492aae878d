"""Dates as spreadsheets write them: serial numbers of two date systems, times, ISO 8601 text.

In the 1900 system serial 1 is 1900-01-01 and serial 60 is 29 February 1900, a day that never was (kept for Lotus
1-2-3): serials before it count from 1899-12-31, those after from 1899-12-30. The 1904 system counts from 1904-01-01.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from excel.values import quoted
from model.errors import WrongArgument

FIRST, LAST = dt.date(1900, 1, 1), dt.date(9999, 12, 31)
_LAST_SERIAL = {False: 2_958_465, True: 2_957_003}
_NUMBER = re.compile(r"[0-9]{5,7}(\.[0-9]{1,12})?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
_SECONDS = 86_400


def day(cell: object, date1904: bool = False) -> dt.date | None:
    """The day a cell means, its time of day dropped; None for a blank cell.

    >>> day("2026-01-31"), day(46053), day(44591, date1904=True)
    (datetime.date(2026, 1, 31), datetime.date(2026, 1, 31), datetime.date(2026, 1, 31))
    """
    moment = _moment(cell, date1904)
    if moment is None:
        return None
    found = moment.date() if isinstance(moment, dt.datetime) else moment
    if not FIRST <= found <= LAST:
        raise WrongArgument(f"{quoted(cell)} lies before {FIRST}, where the calendar of a workbook begins")
    return found


def instant(cell: object, zone: dt.tzinfo, date1904: bool = False) -> dt.datetime | None:
    """The moment a cell means, in UTC: a day is its end, a time without zone is one of `zone`; None for a blank."""
    moment = _moment(cell, date1904)
    if moment is None:
        return None
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time.max)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
    except OverflowError:
        raise WrongArgument(f"{quoted(cell)} lies beyond the calendar") from None


def _moment(cell: object, date1904: bool) -> dt.date | None:
    if cell is None:
        return None
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str):
        return _of_text(cell.strip(), cell, date1904)
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return _of_serial(Decimal(cell), cell, date1904)
    raise _no_date(cell)


def _of_text(content: str, cell: object, date1904: bool) -> dt.date | None:
    if not content:
        return None
    try:
        if _DAY.match(content):
            return dt.date.fromisoformat(content)
        if _TIME.match(content):
            return dt.datetime.fromisoformat(content)
    except ValueError as error:
        raise WrongArgument(f"{quoted(cell)} is not a day of the calendar ({error})") from None
    if _NUMBER.match(content):
        return _of_serial(Decimal(content), cell, date1904)
    raise _no_date(cell)


def _of_serial(serial: Decimal, cell: object, date1904: bool) -> dt.date:
    first = 0 if date1904 else 1
    if not serial.is_finite() or not first <= serial < _LAST_SERIAL[date1904] + 1:
        raise _no_date(cell)
    whole = int(serial)
    if whole == 60 and not date1904:
        raise WrongArgument(f"{quoted(cell)} is 29 February 1900, a day that only spreadsheets know")
    start = dt.date(1904, 1, 1) if date1904 else dt.date(1899, 12, 31 if whole < 60 else 30)
    found = start + dt.timedelta(whole)
    seconds = int((serial - whole) * _SECONDS + Decimal("0.5"))
    if seconds == 0:
        return found
    time = dt.timedelta(seconds=min(seconds, _SECONDS - 1))
    return dt.datetime(found.year, found.month, found.day) + time  # noqa: DTZ001  (a cell's time has no zone)


def _no_date(cell: object) -> WrongArgument:
    return WrongArgument(f"{quoted(cell)} is no date: use a date cell or ISO text, such as 2026-01-31")
