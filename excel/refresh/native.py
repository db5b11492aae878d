"""The spreadsheet's own functions that stand around ours in the plainest workbooks. All others are left to a program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

from excel.patch.values import CellError, serial
from excel.refresh import calendar
from excel.refresh.operators import EXACT, NOT_AVAILABLE, Beyond, number, text
from excel.refresh.sheets import Scalar


@dataclass(frozen=True)
class Day:
    """What a date function must know: `today`, and the workbook's calendar."""

    today: dt.date
    date1904: bool


Function = Callable[[Day, Sequence[Scalar]], Scalar]


def call(name: str, arguments: Sequence[Scalar], day: Day) -> Scalar:
    """A function of single values; an error among them is the result. Raises Beyond for any other function."""
    if name not in FUNCTIONS:
        raise Beyond(f"the function {name}")
    fewest, most, function = FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        raise Beyond(f"{name} with {len(arguments)} arguments")
    for argument in arguments:
        if isinstance(argument, CellError):
            return argument
    return function(day, arguments)


def total(name: str, given: Iterable[tuple[Scalar, bool]]) -> Scalar:
    """SUM, MIN or MAX of values; `given` tells of each whether it was written as an argument or stands in a range.

    In a range text, truth values and blanks do not count.
    """
    numbers: list[Decimal] = []
    for value, written in given:
        if isinstance(value, CellError):
            return value
        if isinstance(value, Decimal):
            numbers.append(value)
        elif written and value is not None:
            found = number(value)
            if isinstance(found, CellError):
                return found
            numbers.append(found)
    if name == "SUM":
        result = Decimal(0)
        for one in numbers:
            result = EXACT.add(result, one)
        return result
    return (min(numbers) if name == "MIN" else max(numbers)) if numbers else Decimal(0)


def _numbers(arguments: Sequence[Scalar], made: Callable[..., Scalar]) -> Scalar:
    """The function of the arguments as numbers, or the first that is none."""
    found: list[Decimal] = []
    for argument in arguments:
        one = number(argument)
        if isinstance(one, CellError):
            return one
        found.append(one)
    return made(*found)


def _date(day: Day, arguments: Sequence[Scalar]) -> Scalar:
    return _numbers(arguments, lambda y, m, d: calendar.date(int(y), int(m), int(d), day.date1904))


def _shift(to_end: bool) -> Function:
    return lambda day, arguments: _numbers(
        arguments, lambda start, months: calendar.shifted(start, months, day.date1904, to_end=to_end)
    )


def _part(name: str) -> Function:
    def made(day: Day, arguments: Sequence[Scalar]) -> Scalar:
        def part(value: Decimal) -> Scalar:
            found = calendar.read(value, day.date1904)
            return found if isinstance(found, CellError) else Decimal(getattr(found, name))

        return _numbers(arguments, part)

    return made


def _rounded(rounding: str) -> Function:
    def made(value: Decimal, digits: Decimal = Decimal(0)) -> Scalar:
        places = int(digits)
        if abs(places) > 20 or value.adjusted() > 20:
            raise Beyond("rounding of a very large number")
        return value.quantize(Decimal(1).scaleb(-places), rounding, EXACT)

    return lambda _, arguments: _numbers(arguments, made)


def _truth(value: Scalar) -> bool:
    if isinstance(value, str):
        raise Beyond("text taken as a condition")
    return bool(value)


FUNCTIONS: Mapping[str, tuple[int, int, Function]] = {
    "DATE": (3, 3, _date),
    "EDATE": (2, 2, _shift(False)),
    "EOMONTH": (2, 2, _shift(True)),
    "TODAY": (0, 0, lambda day, _: serial(day.today, day.date1904)),
    "YEAR": (1, 1, _part("year")),
    "MONTH": (1, 1, _part("month")),
    "DAY": (1, 1, _part("day")),
    "ABS": (1, 1, lambda _, a: _numbers(a, abs)),
    "ROUND": (2, 2, _rounded(ROUND_HALF_UP)),
    "ROUNDUP": (2, 2, _rounded(ROUND_UP)),
    "ROUNDDOWN": (2, 2, _rounded(ROUND_DOWN)),
    "SUBSTITUTE": (3, 3, lambda _, a: text(a[0]).replace(text(a[1]), text(a[2])) if text(a[1]) else text(a[0])),
    "NOT": (1, 1, lambda _, a: not _truth(a[0])),
    "TRUE": (0, 0, lambda _, __: True),
    "FALSE": (0, 0, lambda _, __: False),
    "NA": (0, 0, lambda _, __: NOT_AVAILABLE),
}
"""Name: fewest and most arguments, and the function."""
NO_RANGES = frozenset(["EDATE", "EOMONTH"])
"""They take arrays but no ranges of several cells: for these they have always given #VALUE!."""
TOTALS = frozenset(["SUM", "MIN", "MAX"])
"""Functions of all the values of their ranges."""
TESTS: Mapping[str, Callable[[Scalar], bool]] = {
    "ISERROR": lambda value: isinstance(value, CellError),
    "ISERR": lambda value: isinstance(value, CellError) and value != NOT_AVAILABLE,
    "ISNA": lambda value: value == NOT_AVAILABLE and isinstance(value, CellError),
    "ISBLANK": lambda value: value is None,
    "ISNUMBER": lambda value: isinstance(value, Decimal),
    "ISTEXT": lambda value: isinstance(value, str) and not isinstance(value, CellError),
}
"""Questions about one value, an error included."""
