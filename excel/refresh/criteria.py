"""What SUMIFS and its like ask of a cell. It is known exactly or left to a program: what might be a date or a number in some
country, and texts by their order, are not for us."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from excel.patch.values import CellError
from excel.refresh.operators import NUMBER_TEXT, Beyond
from excel.refresh.sheets import Scalar

Meets = Callable[[Scalar], bool]
"""Whether a cell meets a criterion; None: it is blank."""
_SIGN = re.compile(r"<>|<=|>=|=|<|>")
_WORD = re.compile(r"[^\W\d_]{2,}")
_TRUTHS = ("true", "false")
_LONGEST = 255


def criterion(wanted: Scalar) -> Meets:
    """What a criterion asks of a cell. Raises Beyond, as does what it returns."""
    if isinstance(wanted, Decimal):
        return _number("=", wanted)
    if not isinstance(wanted, str) or isinstance(wanted, CellError) or len(wanted) > _LONGEST:
        raise Beyond("a criterion that is blank, a truth value, an error or very long")
    found = _SIGN.match(wanted)
    sign, rest = (found[0], wanted[found.end() :]) if found else ("", wanted)
    if not rest:
        return _nothing(sign)
    if NUMBER_TEXT.match(rest):
        return _number(sign or "=", Decimal(rest.strip()))
    if _may_be_a_number(rest) or rest.casefold() in _TRUTHS or rest.startswith("#"):
        raise Beyond(f"the criterion {wanted[:40]!r}, which may be a date, a number or a truth value")
    if sign not in ("", "=", "<>"):
        raise Beyond("a criterion of the order of texts, which depends on the reader's language")
    return _text(sign == "<>", rest)


def _may_be_a_number(text: str) -> bool:
    """Whether a text could be read as a number, a date or a time somewhere: it has digits and at most one word."""
    return any(c.isdigit() for c in text) and len(_WORD.findall(text)) < 2


def _number(sign: str, wanted: Decimal) -> Meets:
    compare: dict[str, Callable[[Decimal], bool]] = {
        "=": lambda value: value == wanted, "<>": lambda value: value != wanted, "<": lambda value: value < wanted,
        "<=": lambda value: value <= wanted, ">": lambda value: value > wanted, ">=": lambda value: value >= wanted,
    }  # fmt: skip

    def meets(value: Scalar) -> bool:
        if isinstance(value, Decimal):
            return compare[sign](value)
        if sign in ("=", "<>") and isinstance(value, str) and _may_be_a_number(value):
            raise Beyond("a number compared with text that may be one")
        return sign == "<>" and _counted(value)

    return meets


def _text(turned: bool, wanted: str) -> Meets:
    """Texts are compared whole and in any case; * stands for any signs, ? for one, ~ has the next stand for itself."""
    parts = re.findall(r"~[*?~]|.", wanted, re.DOTALL)
    if "~" in parts:
        raise Beyond("a criterion with a ~ that stands before nothing")
    pattern = "".join({"*": ".*", "?": "."}.get(part) or re.escape(part[-1]) for part in parts)
    same = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch

    def meets(value: Scalar) -> bool:
        if isinstance(value, str) and not isinstance(value, CellError):
            return (same(value) is not None) is not turned
        return turned and _counted(value)

    return meets


def _nothing(sign: str) -> Meets:
    """A criterion without a value: of blank cells, or of all others."""
    if sign not in ("", "=", "<>"):
        raise Beyond(f"the criterion {sign!r}")

    def meets(value: Scalar) -> bool:
        if sign and value == "":
            raise Beyond("blank cells sought among empty texts")
        if sign == "<>":
            return value is not None and _counted(value)
        return value is None or value == ""

    return meets


def _counted(value: Scalar) -> bool:
    """A cell that is not what was named; whether an error is such a cell, programs do not agree."""
    if isinstance(value, CellError):
        raise Beyond("an error among cells that are to differ")
    return True
