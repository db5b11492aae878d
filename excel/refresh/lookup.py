"""VLOOKUP of one value in a table, exactly: how a sheet picks a line of one of our tables. Its other ways are left to a program."""

from __future__ import annotations

from decimal import Decimal

from excel.patch.values import CellError
from excel.refresh.context import Answer
from excel.refresh.operators import NOT_AVAILABLE, Beyond, number
from excel.refresh.sheets import Scalar

REFERENCE = CellError("#REF!")


def vlookup(wanted: Scalar, table: Answer, column: Scalar, exact: Scalar) -> Scalar:
    """What stands in a column of the first row that begins with a value; text in any case. Raises Beyond for what is not exact."""
    if isinstance(wanted, CellError):
        return wanted
    place = number(column)
    if isinstance(place, CellError):
        return place
    if exact is not False and exact != Decimal(0):
        raise Beyond("VLOOKUP of what is near")
    if (
        wanted is None
        or not isinstance(table, list)
        or (isinstance(wanted, str) and any(sign in wanted for sign in "*?~"))
    ):
        raise Beyond("VLOOKUP of a pattern, of nothing or in what is no table")
    if not 1 <= int(place) <= len(table[0]):
        return REFERENCE if place >= 1 else CellError("#VALUE!")
    for row in table:
        if _same(row[0], wanted):
            return row[int(place) - 1]
    return NOT_AVAILABLE


def _same(cell: Scalar, wanted: Scalar) -> bool:
    if isinstance(cell, CellError) or type(cell) is not type(wanted):
        return False
    return cell.casefold() == wanted.casefold() if isinstance(cell, str) and isinstance(wanted, str) else cell == wanted
