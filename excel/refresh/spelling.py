"""How our functions are spelled in files: plain, with Excel's prefixes for what it does not know, by the book they are in.

`BACKLOG(` is an xlwings or VBA function of the workbook; `_xldudf_BACKLOG(` one of an Office add-in, with its
namespace where it has one; `_xll.BACKLOG(` one of a registered library; `[1]!BACKLOG(` or `'backlog.xlam'!BACKLOG(` one of
an add-in or another book. A function of that name in somebody else's add-in, or a name that the workbook itself
defines, is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from excel.catalogue import functions
from excel.refresh.book import Book, Name
from excel.refresh.formula import Formula, Token, formula

NAMESPACES = ("BACKLOG", "REVENUE_BACKLOG", "REVENUEBACKLOG")
"""Under these an Office add-in of ours may have been registered."""
_PREFIX = re.compile(
    rf"(?:_xlfn\.|_xlws\.|_xludf\.|_xll\.|_xldudf_(?:(?:{'|'.join(NAMESPACES)})_(?=[A-Z]))?)+", re.IGNORECASE
)
_OURS = re.compile(r"backlog|xlwings|personal\.xlsb", re.IGNORECASE)


@cache
def names() -> frozenset[str]:
    """Every function of the catalogue, and so every word that may be one of ours."""
    return frozenset(function.name for function in functions())


@cache
def hint() -> re.Pattern[bytes]:
    """Finds, in the bytes of a part, what may be a call of ours: quick, and never too narrow."""
    words = "|".join(sorted(names(), key=len, reverse=True))
    return re.compile(rf"(?i)(?:{words})\(".encode())


def own(token: Token, book: Book) -> str | None:
    """The function of ours that a call is; None for any other."""
    key = (token.prefix, token.text)
    if key not in book.spelled:
        book.spelled[key] = _own(token, book)
    return book.spelled[key]


def _own(token: Token, book: Book) -> str | None:
    word = _PREFIX.sub("", token.text).upper()
    if word not in names():
        # A namespace may itself read like a function: _xldudf_BACKLOG_BY is BACKLOG_BY, not BY of the namespace BACKLOG.
        word = re.sub(r"^(?:_xlfn\.|_xldudf_)+", "", token.text, flags=re.IGNORECASE).upper()
        if word not in names():
            return None
    if token.prefix and (file := _file(token.prefix, book.others)) != book.package.path.name:
        return word if _OURS.search(file) else None
    defined = book.names.get((word, None))
    return None if defined is not None and not _is_function(defined) else word


def foreign(token: Token, book: Book) -> str | None:
    """Whose function it is that has a name of ours, for a word to the person; None where it is ours or has another."""
    word = _PREFIX.sub("", token.text).upper()
    if word not in names() or own(token, book) is not None:
        return None
    return _file(token.prefix, book.others) if token.prefix else "the workbook itself"


def ours_by_name(book: Book) -> frozenset[Name]:
    """The defined names that use our functions, also by way of other names."""
    found: set[Name] = set()
    while True:
        more = {name for name in book.names.values() if name not in found and _uses(formula(name.text), book, found)}
        if not more:
            return frozenset(found)
        found |= more


def uses(text: Formula, sheet: int, book: Book, through: frozenset[Name]) -> bool:
    """Whether a formula of that sheet calls one of ours, itself or by a name."""
    if any(own(token, book) for token in text.calls):
        return True
    return bool(through) and any(book.name(word.text, sheet) in through for word in text.words)


def _uses(text: Formula, book: Book, through: Iterable[Name]) -> bool:
    if any(own(token, book) for token in text.calls):
        return True
    known = {name.name.upper() for name in through}
    return any(word.text.upper() in known for word in text.words)


def _file(prefix: str, others: Mapping[str, str]) -> str:
    """The file a prefix stands for, without its folders: that of its number, else what it says itself."""
    number = re.match(r"'?\[(\d+)\]", prefix)
    path = others.get(number[1], "") if number else prefix.rstrip("!").strip("'")
    return re.sub(r"^.*[/\\]", "", path).strip("[]")


def _is_function(name: Name) -> bool:
    """Excel keeps a hidden name for a function it does not know; it defines nothing."""
    return name.function or name.text.startswith("#")
