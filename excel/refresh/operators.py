"""Operators on single values, as a spreadsheet has them: blanks are 0 or "", text that is a number counts as one.

Numbers are decimals, so that what an amount goes through on its way to a cell loses no cent.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from excel.patch.values import CellError
from excel.refresh.sheets import Scalar

EXACT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN)
NUMBER_TEXT = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?\s*\Z")
"""Text that is a number in every country."""
_ORDER = (Decimal, str, bool)
_MANY = Decimal(10) ** 15
_FEW = Decimal("1e-4")
NOT_AVAILABLE, DIVISION, NUMBER, VALUE = (CellError(code) for code in ("#N/A", "#DIV/0!", "#NUM!", "#VALUE!"))


class Beyond(Exception):
    """What this calculator leaves to a spreadsheet program; the text says what it is."""


def operate(sign: str, left: Scalar, right: Scalar) -> Scalar:
    """The result of an operator between two values; an error among them is the result."""
    for side in (left, right):
        if isinstance(side, CellError):
            return side
    if sign == "&":
        return text(left) + text(right)
    if sign in ("=", "<>", "<", ">", "<=", ">="):
        return _compare(sign, left, right)
    first, second = number(left), number(right)
    if isinstance(first, CellError):
        return first
    return second if isinstance(second, CellError) else _arithmetic(sign, first, second)


def number(value: Scalar) -> Decimal | CellError:
    """A value as a number; text that is none is #VALUE!, text that might be a date is left to a spreadsheet program."""
    if isinstance(value, CellError):
        return value
    if value is None:
        return Decimal(0)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if NUMBER_TEXT.match(value):
        return Decimal(value.strip())
    if any(c.isdigit() for c in value):
        raise Beyond(f"the text {value[:40]!r} taken as a number, which depends on the reader's country")
    return VALUE


def text(value: Scalar) -> str:
    """A value as text, as `&` joins it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return _general(value)
    return value


def truth(value: Scalar) -> bool | CellError:
    """A value as a condition."""
    if isinstance(value, CellError):
        return value
    if isinstance(value, str):
        raise Beyond("text taken as a condition")
    return bool(value)


def checked(value: Decimal) -> Decimal | CellError:
    """A number as a cell holds it: no larger than a double, no more than 17 digits, no minus before a zero."""
    if not value:
        return Decimal(0)
    if not value.is_finite() or value.adjusted() >= 308:
        return NUMBER
    return Decimal(0) if value.adjusted() < -307 else decimal.Context(prec=17).plus(value)


def _arithmetic(sign: str, left: Decimal, right: Decimal) -> Decimal | CellError:
    if sign == "/":
        return EXACT.divide(left, right) if right else DIVISION
    if sign == "^":
        return _power(left, right)
    made = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[sign](left, right)
    return made if made.adjusted() < 308 else NUMBER


def _power(base: Decimal, exponent: Decimal) -> Decimal | CellError:
    if not base:
        return NUMBER if not exponent else Decimal(0) if exponent > 0 else DIVISION
    if exponent != exponent.to_integral_value() or abs(exponent) > 300:
        raise Beyond("a root or a large power")
    with decimal.localcontext(EXACT):
        made = base ** int(exponent)
    return made if made.adjusted() < 308 else NUMBER


def _compare(sign: str, left: Scalar, right: Scalar) -> bool:
    first, second = _beside(left, right), _beside(right, left)
    ranks = [next(n for n, kind in enumerate(_ORDER) if isinstance(side, kind)) for side in (first, second)]
    if isinstance(first, str) and isinstance(second, str):
        one, other = first.casefold(), second.casefold()
        if not (one.isascii() and other.isascii()) and sign not in ("=", "<>"):
            raise Beyond("the order of two texts, which depends on the reader's language")
        below, equal = one < other, one == other
    elif ranks[0] == ranks[1]:
        below, equal = first < second, first == second  # type: ignore[operator]
    else:
        below, equal = ranks[0] < ranks[1], False
    return {
        "=": equal,
        "<>": not equal,
        "<": below,
        "<=": below or equal,
        ">": not below and not equal,
        ">=": not below,
    }[sign]


def _beside(value: Scalar, other: Scalar) -> Decimal | str | bool:
    """A blank takes the kind of what it is compared with."""
    if value is not None:
        return value
    return "" if isinstance(other, str) else False if isinstance(other, bool) else Decimal(0)


def _general(value: Decimal) -> str:
    """A number in the General format, 15 digits at most."""
    value = decimal.Context(prec=15, rounding=decimal.ROUND_HALF_UP).plus(value)
    if not value:
        return "0"
    if not _FEW <= abs(value) < _MANY:
        raise Beyond("a very large or small number as text")
    written = format(value, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
