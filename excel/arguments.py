"""Arguments: how a cell's content becomes a date, a number, a word or a selection.

What arrives differs by host: text from a command line, serial numbers and times from Excel, None or "" from an empty
cell, an error from a formula that failed before. A value that cannot be read is `#VALUE!` with its reason; an error
that is passed in comes out again as it was. Nothing here reads a clock: `today` arrives with the call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from excel import dates
from excel.ranges import Shape, cells
from excel.values import cell_error, quoted
from model.errors import Unanswerable, WrongArgument
from model.money import EXPONENTS

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Reading:
    """What a host knows when it reads arguments: its `today`, its time `zone`, the workbook's date system."""

    today: dt.date
    zone: dt.tzinfo
    date1904: bool = False


@dataclass(frozen=True)
class Given(Generic[T_co]):
    """One argument as it was given: its distinct `values`, and in `codes` (rows × columns) which stands where.

    A value that could not be read is kept as its error, so that one bad cell spoils only its own results.
    """

    name: str
    values: tuple[T_co | Unanswerable, ...]
    codes: npt.NDArray[np.intp]

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.codes.shape[0], self.codes.shape[1]

    def one(self) -> T_co:
        """The single value, for a function that answers with a table; raises its error."""
        if self.shape != (1, 1):
            raise WrongArgument(
                f"{self.name}: one value is needed here, a range of {self.shape[0]} × {self.shape[1]} given"
            )
        value = self.values[0]
        if isinstance(value, Unanswerable):
            raise value
        return value


@dataclass(frozen=True)
class Argument:
    """What an argument takes: its `help`, what a `blank` one means, how one cell is `read`, the `words` it knows."""

    help: str
    blank: str
    read: Callable[[object, Reading], object]
    kind: str
    words: tuple[str, ...] = ()

    def give(self, name: str, value: object, reading: Reading) -> Given[object]:
        """Reads a cell or a range; every distinct content is read once."""
        rows = cells(value)
        known: dict[Hashable, int] = {}
        values: list[object] = []
        codes = np.empty((len(rows), len(rows[0])), np.intp)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                key = _key(cell)
                code = known.get(key)
                if code is None:
                    code = known[key] = len(values)
                    values.append(self._read(name, cell, reading))
                codes[i, j] = code
        return Given(name, tuple(values), codes)

    def _read(self, name: str, cell: object, reading: Reading) -> object:
        if (error := cell_error(cell)) is not None:
            return error
        try:
            return self.read(cell, reading)
        except WrongArgument as error:
            return WrongArgument(f"{name}: {error}")


def text(cell: object, _: Reading) -> str:
    """Text without outer blanks; a whole number reads as its digits (an id typed as a number)."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        raise WrongArgument(f"{quoted(cell)} is no name or id")
    if isinstance(cell, int | float | Decimal):
        number = _decimal(cell)
        return str(int(number)) if number == number.to_integral_value() and abs(number) < 10**18 else str(cell)
    if isinstance(cell, dt.date):
        return cell.isoformat()
    raise WrongArgument(f"{quoted(cell)} is no name or id")


def day(cell: object, reading: Reading) -> dt.date:
    """A day; blank = today."""
    return dates.day(cell, reading.date1904) or reading.today


def first_day(cell: object, reading: Reading) -> dt.date | None:
    """A day; blank = None, since the beginning."""
    return dates.day(cell, reading.date1904)


def instant(cell: object, reading: Reading) -> dt.datetime | None:
    """A moment in UTC; a day means its end in the host's time zone; blank = None, now."""
    return dates.instant(cell, reading.zone, reading.date1904)


def months(cell: object, _: Reading) -> int | None:
    """A whole number of months from 1 on; blank = None, all."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    number = _decimal(cell)
    if number != number.to_integral_value() or not 1 <= number <= 1200:
        raise WrongArgument(f"{quoted(cell)} is no number of months: write a whole number from 1 to 1200, such as 12")
    return int(number)


def currency(cell: object, reading: Reading) -> str:
    """An ISO 4217 code; blank = ""."""
    code = text(cell, reading).upper()
    if code and code not in EXPONENTS:
        raise WrongArgument(f"{quoted(cell)} is no currency: use an ISO 4217 code, such as USD")
    return code


def word(*words: str, blank: str) -> Callable[[object, Reading], str]:
    """A reader of one of the `words`, in any case; a blank reads as `blank`."""

    def read(cell: object, reading: Reading) -> str:
        found = text(cell, reading).lower()
        if not found:
            return blank
        if found not in words:
            raise WrongArgument(f"{quoted(cell)} is not known here: use {', '.join(words[:-1])} or {words[-1]}")
        return found

    return read


def _decimal(cell: object) -> Decimal:
    if not isinstance(cell, bool) and isinstance(cell, int | float | Decimal | str):
        try:
            number = Decimal(cell.strip()) if isinstance(cell, str) else Decimal(cell)
        except InvalidOperation:
            raise WrongArgument(f"{quoted(cell)} is no number") from None
        if number.is_finite() and abs(number.adjusted()) < 400:
            return number
    raise WrongArgument(f"{quoted(cell)} is no number")


def _key(cell: object) -> Hashable:
    # True, 1 and 1.0 are equal in Python and different in a sheet; what has no hash is read each time it stands there.
    try:
        hash(cell)
    except TypeError:
        return (object, id(cell))
    return (type(cell), cell)
