"""Days and months as accountants count them: whole days since 1970-01-01 within, ISO 8601 at the edge."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from model.errors import RecordRejected

_EPOCH = dt.date(1970, 1, 1).toordinal()
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z")


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01, as numpy's datetime64[D] counts them.

    >>> day_number(dt.date(2026, 1, 31))
    20484
    """
    return day.toordinal() - _EPOCH


def day_of(number: int) -> dt.date:
    """The calendar day of a day number.

    >>> day_of(20484)
    datetime.date(2026, 1, 31)
    """
    return dt.date.fromordinal(int(number) + _EPOCH)


def parse_day(text: str) -> dt.date:
    """A day from ISO 8601 text; a day that the calendar does not have is refused with its name.

    >>> parse_day("2028-02-29")
    datetime.date(2028, 2, 29)
    """
    if _ISO.match(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise RecordRejected(f"{text} is not a day of the calendar ({error})", remedy="Correct the date") from None
    raise RecordRejected(f"{text!r} is no date", remedy="Write it as YYYY-MM-DD, such as 2026-01-31")


def is_month_end(day: dt.date) -> bool:
    """Whether the day is the last of its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def month_end(day: dt.date) -> dt.date:
    """The last day of the day's month.

    >>> month_end(dt.date(2028, 2, 3))
    datetime.date(2028, 2, 29)
    """
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months on; the last day of a month stays the last day of a month.

    Beyond the calendar's end is its last day: people write 9999-12-31 for "ever".

    >>> add_months(dt.date(2027, 2, 28), 12), add_months(dt.date(2026, 1, 30), 1)
    (datetime.date(2028, 2, 29), datetime.date(2026, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.MAXYEAR:
        return dt.date.max
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, last if is_month_end(day) else min(day.day, last))


def parse_month(text: str) -> tuple[dt.date, dt.date]:
    """First and last day of a month written YYYY-MM.

    >>> parse_month("2026-10")
    (datetime.date(2026, 10, 1), datetime.date(2026, 10, 31))
    """
    found = _MONTH.match(text)
    if not found or not 1 <= int(found[2]) <= 12:
        raise RecordRejected(f"{text!r} is no month", remedy="Write it as YYYY-MM, such as 2026-10")
    first = dt.date(int(found[1]), int(found[2]), 1)
    return first, month_end(first)


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """The last day of every month from the month of `first` to the month of `last`.

    >>> month_ends(dt.date(2026, 1, 5), dt.date(2026, 3, 1))[-1]
    datetime.date(2026, 3, 31)
    """
    ends = [month_end(first)]
    while ends[-1] < last.replace(day=1):
        ends.append(add_months(ends[-1], 1))
    return ends
