"""Formulas as they stand in files, cut into tokens: which references, names, tables and functions each uses.

One pass of one pattern: a workbook has a hundred thousand formulas, and what depends on what must be known of all.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import NamedTuple

from excel.patch.areas import COLUMNS, ROWS, Area, column_letters, column_number
from excel.values import ERROR_CODES

LONGEST = 8_192
"""Characters of the longest formula Excel takes."""
_ERRORS = "|".join(re.escape(code) for code in (*ERROR_CODES, "#BUSY!"))
_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_REFERENCE = rf"{_CELL}(?::{_CELL})?|\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}|\$?[1-9][0-9]{{0,6}}:\$?[1-9][0-9]{{0,6}}"
_WORD = r"[^\W\d][\w.?\\]*|\\[\w.?\\]*"
_BRACKETS = r"\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<text>"(?:[^"]|"")*")
  | (?P<prefix>(?:\[[^\]]+\])?(?:'(?:[^']|'')+'|[^\W\d][\w.]*(?::[^\W\d][\w.]*)?|)!)?
    (?: (?P<error>{_ERRORS})
      | (?P<call>{_WORD})\(
      | (?P<table>(?:{_WORD})?{_BRACKETS})
      | (?P<ref>{_REFERENCE})(?![\w.(\[?\\])
      | (?P<word>{_WORD}) )
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?)
  | (?P<op><>|<=|>=|[-+*/^&=<>%:@])
  | (?P<mark>[(),;{{}}])
    """,
    re.VERBOSE,
)
_CORNER = re.compile(r"(\$?)([A-Za-z]{1,3})?(\$?)([0-9]{1,7})?\Z")


class Token(NamedTuple):
    """A piece of a formula: what it is, its text without prefix, the sheet (or book) before it, and where it stands."""

    kind: str
    text: str
    prefix: str
    start: int
    end: int


class Corner(NamedTuple):
    """One corner of a reference; `row_fixed`, `column_fixed`: written with $."""

    row: int
    column: int
    row_fixed: bool
    column_fixed: bool

    def shifted(self, rows: int, columns: int) -> tuple[int, int]:
        """Row and column for a formula that stands so far from where it was written; relative parts wrap round."""
        row = self.row if self.row_fixed else (self.row - 1 + rows) % ROWS + 1
        column = self.column if self.column_fixed else (self.column - 1 + columns) % COLUMNS + 1
        return row, column


class Reference(NamedTuple):
    """A cell or area as written: two corners (of whole rows or columns, the sheet's own edges)."""

    first: Corner
    last: Corner

    def area(self, rows: int = 0, columns: int = 0) -> Area:
        """The area it means, read so far from where it was written."""
        (top, left), (bottom, right) = self.first.shifted(rows, columns), self.last.shifted(rows, columns)
        return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


@lru_cache(maxsize=4096)
def reference(text: str) -> Reference | None:
    """The reference that a text such as "$A1:B$2", "A:C" or "1:5" is; None beyond the edges of a sheet."""
    first, _, last = text.partition(":")
    begin, end = _CORNER.match(first), _CORNER.match(last or first)
    if begin is None or end is None:
        return None
    corners = (_corner(begin, 1, 1), _corner(end, ROWS, COLUMNS))
    if any(not 1 <= c.row <= ROWS or not 1 <= c.column <= COLUMNS for c in corners):
        return None
    return Reference(*corners)


def _corner(found: re.Match[str], row: int, column: int) -> Corner:
    """A corner; the row of a whole column and the column of a whole row are the sheet's edge."""
    letters, digits = found[2], found[4]
    if not letters:  # "$5" of a whole row: its sign stands first
        return Corner(int(digits), column, bool(found[1] or found[3]), True)
    if not digits:
        return Corner(row, column_number(letters), True, bool(found[1]))
    return Corner(int(digits), column_number(letters), bool(found[3]), bool(found[1]))


class Formula:
    """A formula's text, without its equals sign, and its tokens.

    `tokens` is None where the text is no formula this reader understands: it may then use anything.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> tuple[Token, ...] | None:
        """The pieces, blanks left out."""
        if len(self.text) > LONGEST:
            return None
        found: list[Token] = []
        at = 0
        for piece in _TOKEN.finditer(self.text):
            if piece.start() != at:
                return None
            at = piece.end()
            kind = piece.lastgroup or ""
            if kind != "space":
                found.append(Token(kind, piece[kind], piece["prefix"] or "", piece.start(), at))
        return tuple(found) if at == len(self.text) else None

    @cached_property
    def references(self) -> tuple[tuple[str, Reference], ...]:
        """Prefix and reference of every cell or area named."""
        found = ((token.prefix, reference(token.text)) for token in self.tokens or () if token.kind == "ref")
        return tuple((prefix, ref) for prefix, ref in found if ref is not None)

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Every name that is neither function nor reference."""
        return tuple(token for token in self.tokens or () if token.kind == "word")

    @cached_property
    def tables(self) -> tuple[Token, ...]:
        """Every structured reference."""
        return tuple(token for token in self.tokens or () if token.kind == "table")

    @cached_property
    def calls(self) -> tuple[Token, ...]:
        """Every function called."""
        return tuple(token for token in self.tokens or () if token.kind == "call")


@lru_cache(maxsize=65_536)
def formula(text: str) -> Formula:
    """The formula of a text; equal texts share one."""
    return Formula(text)


def moved(text: str, rows: int, columns: int) -> str:
    """A formula as it reads so far from where it was written; what is not understood stays as it is.

    >>> moved("A1+SUM($B$1:C2)*TAX", 2, 1)
    'B3+SUM($B$1:D4)*TAX'
    """
    if not rows and not columns:
        return text
    pieces, done = [], 0
    for token in formula(text).tokens or ():
        found = reference(token.text) if token.kind == "ref" else None
        if found is not None:
            pieces += [text[done : token.end - len(token.text)], _written(token.text, found, rows, columns)]
            done = token.end
    return "".join(pieces) + text[done:]


def _written(text: str, found: Reference, rows: int, columns: int) -> str:
    parts = []
    for word, corner in zip(text.split(":"), (found.first, found.last), strict=False):
        row, column = corner.shifted(rows, columns)
        letters = ("$" if corner.column_fixed else "") + column_letters(column)
        digits = ("$" if corner.row_fixed else "") + str(row)
        parts.append(
            (letters if any(c.isalpha() for c in word) else "") + (digits if any(c.isdigit() for c in word) else "")
        )
    return ":".join(parts)


def sheet_of(prefix: str) -> str | None:
    """The sheet a prefix names; None for another workbook's or several sheets.

    >>> sheet_of("'it''s'!"), sheet_of("[1]Data!")
    ("it's", None)
    """
    name = prefix[:-1]
    if name.startswith("'") and name.endswith("'"):
        name = name[1:-1].replace("''", "'")
        return None if "[" in name or ":" in name else name
    return None if "[" in name or ":" in name or not name else name
