"""Answers: what a function gives back, before a host turns it into cells, JSON or text.

`Amounts` is an array of money as columns of minor units, so that a range of thousands of cells costs no object a cell.
`Values` is an array of single values, `Table` rows under headings. Money becomes a decimal (or, in a cell, the nearest
double: a spreadsheet knows no other number) only in the functions at the end of this file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from excel.ranges import Shape
from model.errors import Unanswerable
from model.money import Money, exponent, to_decimal

Cell: TypeAlias = Money | Decimal | dt.date | str | int | Unanswerable | None
Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Amounts:
    """Money, a row and column for each cell asked for.

    `minor`: int64 minor units. `currency`: the ISO code of each. `errors`: the cells without an answer, with the
    reason; what `minor` holds there means nothing.
    """

    minor: npt.NDArray[np.int64]
    currency: npt.NDArray[np.object_]
    errors: Mapping[Place, Unanswerable] = field(default_factory=dict)

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.minor.shape[0], self.minor.shape[1]

    def failures(self) -> Mapping[Place, Unanswerable]:
        """The cells without an answer."""
        return self.errors

    def rows(self) -> list[list[Cell]]:
        """Every cell as Money or as its error."""
        units, codes, errors = self.minor.tolist(), self.currency.tolist(), self.errors
        return [
            [
                errors.get((i, j)) or Money(unit, code)
                for j, (unit, code) in enumerate(zip(line, line_codes, strict=True))
            ]
            for i, (line, line_codes) in enumerate(zip(units, codes, strict=True))
        ]


@dataclass(frozen=True)
class Values:
    """Single values that are no money, a row and column for each cell asked for."""

    cells: Sequence[Sequence[Cell]]

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return len(self.cells), len(self.cells[0])

    def failures(self) -> Mapping[Place, Unanswerable]:
        """The cells without an answer."""
        return _failures(self.cells)

    def rows(self) -> list[list[Cell]]:
        """Every cell."""
        return [list(row) for row in self.cells]


@dataclass(frozen=True)
class Table:
    """Rows under headings. In a sheet it spills with its headings as the first row."""

    columns: tuple[str, ...]
    cells: Sequence[Sequence[Cell]]

    def failures(self) -> Mapping[Place, Unanswerable]:
        """The cells without an answer."""
        return _failures(self.cells)

    def rows(self) -> list[list[Cell]]:
        """The rows without the headings."""
        return [list(row) for row in self.cells]


Answer: TypeAlias = Amounts | Values | Table


def single(answer: Answer) -> Cell:
    """The one value of an answer to a question about one cell."""
    return answer.rows()[0][0]


def plain(cell: Cell) -> object:
    """A value for JSON or text: amounts as decimal strings with their currency's digits, dates as ISO 8601.

    >>> plain(Money(1100000, "USD")), plain(dt.date(2026, 1, 31)), plain(None)
    ('11000.00', '2026-01-31', None)
    """
    if isinstance(cell, Money):
        return str(to_decimal(*cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, Unanswerable):
        return {"error": str(cell)}
    return cell


def number(amount: Money) -> float:
    """The double nearest to the decimal amount, for a spreadsheet's cell.

    >>> number(Money(1234567, "USD")), number(Money(8333, "JPY"))
    (12345.67, 8333.0)
    """
    return float(to_decimal(*amount))


def numbers(amounts: Amounts) -> list[list[float]]:
    """Every amount as the double nearest to it; cells with errors must be replaced by the caller.

    Below 2**53 minor units both the units and the power of ten are exact doubles, so one division rounds correctly;
    above, the decimal is rounded once.
    """
    scale = {code: 10.0 ** exponent(code) for code in set(amounts.currency.ravel().tolist()) if code}
    divisor = np.array([scale.get(code, 1.0) for code in amounts.currency.ravel().tolist()]).reshape(amounts.shape)
    found: list[list[float]] = (amounts.minor / divisor).tolist()
    for i, j in np.argwhere(np.abs(amounts.minor) >= 2**53).tolist():
        found[i][j] = number(Money(int(amounts.minor[i, j]), amounts.currency[i, j]))
    return found


def _failures(cells: Sequence[Sequence[Cell]]) -> dict[Place, Unanswerable]:
    return {(i, j): c for i, row in enumerate(cells) for j, c in enumerate(row) if isinstance(c, Unanswerable)}
