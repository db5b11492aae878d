"""A sheet's XML as a stream of rows, each still the bytes it was.

No tree is built: a sheet of a million rows passes through in pieces of about a megabyte. What a search could mistake
for structure (comments, CDATA, processing instructions) is blanked in a shadow of equal length; structure is looked
for in the shadow, bytes are taken from the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from excel.patch.areas import Spans

CHUNK = 1 << 18
LARGEST_ROW = 64 << 20
MAIN = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_QUIET = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_ROOT = re.compile(rb"<(?:([^\s:<>/!?]+):)?worksheet(?=[\s/>])([^>]*)>")
_BOUND = re.compile(rb"""\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
ATTRIBUTES = rb"""((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)"""

_ASKED = (b"r", b"t", b"ref", b"s", b"si", b"cm", b"spans", b"customFormat", b"min", b"max", b"style")
_ATTRIBUTE = {name: re.compile(rb"\s" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""") for name in _ASKED}


class Source(Protocol):
    """Anything bytes can be read from, in pieces."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class BrokenSheet(ValueError):
    """The bytes are no worksheet this reader can trust; the text says why."""


@dataclass(frozen=True)
class Words:
    """The patterns of one sheet, which depend on the prefixes it uses for the main namespace."""

    prefixes: tuple[bytes, ...]
    row: re.Pattern[bytes]
    row_end: re.Pattern[bytes]
    data_end: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    cell_end: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    value: re.Pattern[bytes]

    @classmethod
    def of(cls, prefixes: tuple[bytes, ...]) -> Words:
        """Patterns for elements written with one of the prefixes (b"" = none)."""
        # One prefix, the usual case, stands as it is: a pattern that begins with plain letters is searched much faster.
        p = re.escape(prefixes[0]) if len(prefixes) == 1 else b"(?:" + b"|".join(map(re.escape, prefixes)) + b")"
        opening = rb"(?=[\s/>])" + ATTRIBUTES + rb"\s*"
        return cls(
            prefixes,
            row=re.compile(b"<" + p + rb"""row(?: r="(\d+)"|(?=[\s/>])""" + ATTRIBUTES + b")"),
            row_end=re.compile(b"</" + p + rb"row\s*>"),
            data_end=re.compile(b"</" + p + rb"sheetData\s*>|<(" + p + b")sheetData" + ATTRIBUTES + rb"\s*/>"),
            cell=re.compile(b"<(" + p + b')c(?: r="([A-Z]{1,3})[0-9]{1,7}")?' + opening + b"(/?)>"),
            cell_end=re.compile(b"</" + p + rb"c\s*>"),
            formula=re.compile(b"<" + p + b"f" + opening + b"(?:/>|>(.*?)</" + p + rb"f\s*>)", re.DOTALL),
            value=re.compile(b"<" + p + b"(v|is)" + opening + b"(?:/>|>(.*?)</" + p + rb"\1\s*>)", re.DOTALL),
        )


class Row(NamedTuple):
    """One wanted row: its number, its bytes (with whatever follows up to the next row) and their shadow.

    A row to be made has no bytes yet.
    """

    number: int
    raw: bytes
    shadow: bytes
    words: Words


def rows_of(source: Source, wanted: Spans, made: Iterable[int] = (), holding: bytes = b"") -> Iterator[bytes | Row]:
    """The sheet in order: wanted rows as Row, everything between them as bytes; joined they are the sheet again.

    `made`: wanted rows that are to come at their places, as Row without bytes, where the sheet has none.
    `holding`: rows with an element of that name are wanted too.
    Raises BrokenSheet for a document type, an unknown root, an encoding other than UTF-8, or a row beyond 64 MB.
    """
    buffer, at_end = _head(source)
    words = _words(buffer)
    split = _Splitter(words, wanted, sorted(made, reverse=True), holding)
    starts = tuple(b"<" + prefix + b"row" for prefix in words.prefixes)
    while True:
        shadow = shadow_of(buffer)
        cut = len(buffer) if at_end or split.ended else max(shadow.rfind(start) for start in starts)
        if cut > 0 and words.data_end.search(shadow, cut):
            cut = len(buffer)  # no row follows: what does may be of any size
        if cut > 0:
            yield from split(buffer[:cut], shadow[:cut])
            buffer = buffer[cut:]
        if at_end:
            return
        if len(buffer) > LARGEST_ROW:
            raise BrokenSheet(f"the row after row {split.number:,} is larger than {LARGEST_ROW >> 20} MB")
        more = source.read(max(CHUNK, len(buffer)))
        at_end = not more
        buffer += more


def shadow_of(data: bytes) -> bytes:
    """The bytes with comments, CDATA and processing instructions blanked, so that every tag in it is one."""
    if (b"!" not in data or b"<!" not in data) and (b"?" not in data or b"<?" not in data):
        return data  # the rare sign is looked for first: "<" is everywhere
    return _QUIET.sub(lambda found: b" " * len(found[0]), data)


def attribute(attributes: bytes, name: bytes) -> bytes | None:
    """The value of an attribute as it is written; None where the tag has none of that name."""
    found = _ATTRIBUTE[name].search(attributes)
    return None if found is None else found[1] if found[1] is not None else found[2]


def _head(source: Source) -> tuple[bytes, bool]:
    buffer = source.read(CHUNK)
    while not _ROOT.search(shadow_of(buffer)):
        more = source.read(CHUNK)
        if not more or len(buffer) > 8 * CHUNK:
            raise BrokenSheet("it has no worksheet element in UTF-8")
        buffer += more
    return buffer, False


def _words(head: bytes) -> Words:
    shadow = shadow_of(head)
    root = _ROOT.search(shadow)
    assert root is not None  # noqa: S101  _head returned only because it is there
    if b"<!DOCTYPE" in shadow[: root.start()]:
        raise BrokenSheet("it declares a document type, which no spreadsheet program writes")
    bound = [
        (name + b":" if name else b"") for name, double, single in _BOUND.findall(root[2]) if (double or single) in MAIN
    ]
    own = root[1] + b":" if root[1] else b""
    if own not in bound:
        raise BrokenSheet("its worksheet element is not of the SpreadsheetML namespace")
    return Words.of(tuple(bound))


class _Splitter:
    """Cuts pieces of a sheet, each of whole rows, into wanted rows and the bytes between them."""

    def __init__(self, words: Words, wanted: Spans, made: list[int], holding: bytes) -> None:
        self.words, self.wanted, self.made = words, wanted, made
        self.marks = tuple(b"<" + prefix + holding for prefix in words.prefixes) if holding else ()
        self.number, self.ended = 0, False
        self._tag = b"<" + words.prefixes[0] + b"row"

    def __call__(self, raw: bytes, shadow: bytes) -> Iterator[bytes | Row]:
        """The piece, cut; joined it is the piece again, but for the rows that are made."""
        if self.ended:
            yield raw
            return
        last = max(shadow.rfind(b"<" + prefix + b"row") for prefix in self.words.prefixes)
        closing = self.words.data_end.search(shadow, max(last, 0))
        limit, done = closing.start() if closing else len(raw), 0
        jumps = not self.made and self._numbered(shadow)
        for number, start, end in self._jump(shadow, limit) if jumps else self._walk(shadow, limit):
            if done < start:
                yield raw[done:start]
            yield Row(number, raw[start:end], shadow[start:end], self.words)
            done = end
        self.ended = closing is not None
        if closing and self.made:
            prefix = closing[1]  # of a tag that closes itself, and must be opened for the rows
            yield raw[done:limit] + (b"" if prefix is None else b"<" + prefix + b"sheetData>")
            yield from (Row(number, b"", b"", self.words) for number in reversed(self.made))
            self.made.clear()
            done = limit if prefix is None else closing.end()
            yield b"" if prefix is None else b"</" + prefix + b"sheetData>"
        if done < len(raw):
            yield raw[done:]

    def _walk(self, shadow: bytes, limit: int) -> Iterator[tuple[int, int, int]]:
        """Wanted rows by number, start and end, each row of the piece looked at; those to be made have no length."""
        current = start = 0
        for found in self.words.row.finditer(shadow, 0, limit):
            end = found.start()
            if current and self._wants(current, shadow, start, end):
                yield current, start, end
            stated = found[1] or attribute(found[2], b"r")
            following = int(stated) if stated else self.number + 1
            while self.made and self.made[-1] < following:
                yield self.made.pop(), end, end
            if self.made and self.made[-1] == following:
                self.made.pop()
            self.number = current = following
            start = end
        if current and self._wants(current, shadow, start, limit):
            yield current, start, limit

    def _wants(self, number: int, shadow: bytes, start: int, end: int) -> bool:
        return number in self.wanted or any(shadow.find(mark, start, end) >= 0 for mark in self.marks)

    def _numbered(self, shadow: bytes) -> bool:
        """Whether every row tells its number first, and few are wanted: then they are found without looking at each."""
        rows = shadow.count(self._tag)
        if len(self.words.prefixes) > 1 or not rows or rows != shadow.count(self._tag + b' r="'):
            return False
        first, last = (self._stated(shadow, at) for at in (shadow.find(self._tag), shadow.rfind(self._tag)))
        return self.wanted.count(first, last, rows) * 2 <= rows

    def _jump(self, shadow: bytes, limit: int) -> Iterator[tuple[int, int, int]]:
        """As `_walk`, from one wanted row to the next."""
        at, self.number = 0, self._stated(shadow, shadow.rfind(self._tag))
        for mark in self.marks:
            while (held := shadow.find(mark, at, limit)) >= 0:
                start = shadow.rfind(self._tag, at, held)
                at = self._end(shadow, held, limit) if start >= 0 else held + 1
                if start >= 0:
                    yield self._stated(shadow, start), start, at
            return
        row = self.wanted.following(self._stated(shadow, shadow.find(self._tag)))
        while row is not None and row <= self.number:
            start = shadow.find(b'%b r="%d"' % (self._tag, row), at, limit)
            if start >= 0:
                at = self._end(shadow, start + 1, limit)
                yield row, start, at
            row = self.wanted.following(row + 1)

    def _end(self, shadow: bytes, at: int, limit: int) -> int:
        following = shadow.find(self._tag, at, limit)
        return following if following >= 0 else limit

    def _stated(self, shadow: bytes, start: int) -> int:
        begin = start + len(self._tag) + 4
        return int(shadow[begin : shadow.index(b'"', begin)])
