"""What a cell can hold, as the words of SpreadsheetML (ECMA-376 part 1, 18.3.1.4 and 18.18.11)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from excel.values import ERROR_CODES

LONGEST_TEXT = 32_767
ERRORS_IN_FILES = frozenset(["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"])
"""The errors that ECMA-376 names (part 1, 18.17.3); every reader knows them."""
ERRORS = frozenset({*ERROR_CODES, "#BUSY!"})


class CellError(str):
    """An error value a cell shows, such as `#N/A`.

    >>> CellError("#N/A")
    '#N/A'
    """

    __slots__ = ()

    def __new__(cls, code: str) -> CellError:
        """Only the codes Excel knows."""
        if code not in ERRORS:
            raise ValueError(f"{code!r} is no Excel error; one of {', '.join(sorted(ERRORS))}")
        return super().__new__(cls, code)


Value = Decimal | int | str | bool | dt.date | dt.datetime | CellError | None


class Stored(NamedTuple):
    """A value in the file's words: `kind` is n, s (text), b, e or "" (blank); `text` what stands in the cell."""

    kind: str
    text: str


def stored(value: Value, date1904: bool = False) -> Stored:
    """The file's words for a value. Decimals keep the digits they were given; a float is refused, never rounded.

    >>> stored(Decimal("12000.50")), stored(True)
    (Stored(kind='n', text='12000.50'), Stored(kind='b', text='1'))
    """
    if value is None:
        return Stored("", "")
    if isinstance(value, bool):
        return Stored("b", "1" if value else "0")
    if isinstance(value, CellError):
        return Stored("e", str(value))
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueError(f"a cell holds at most {LONGEST_TEXT:,} characters; this text has {len(value):,}")
        return Stored("s", value)
    if isinstance(value, int):
        return Stored("n", str(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no number a cell can hold")
        return Stored("n", format(value, "f"))
    if isinstance(value, dt.date):
        return Stored("n", format(serial(value, date1904), "f"))
    raise TypeError(f"{type(value).__name__} {value!r} cannot stand in a cell; give Decimal, int, str, bool or a date")


def serial(moment: dt.date, date1904: bool = False) -> Decimal:
    """A day or a moment (its own clock's words) as the workbook's day count.

    >>> serial(dt.date(2026, 10, 31)), serial(dt.date(1900, 2, 28))
    (Decimal('46326'), Decimal('59'))
    """
    day = moment.date() if isinstance(moment, dt.datetime) else moment
    count = (day - (dt.date(1904, 1, 1) if date1904 else dt.date(1899, 12, 30))).days
    if not date1904 and count < 61:
        count -= 1  # Excel counts a 29 February 1900 that never was
    if count < 0:
        raise ValueError(f"{day} lies before the first day of the workbook's calendar")
    if not isinstance(moment, dt.datetime):
        return Decimal(count)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return (Decimal(count) + Decimal(seconds) / 86_400).quantize(Decimal("1e-10"))
