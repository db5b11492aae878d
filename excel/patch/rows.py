"""A sheet's XML as a stream of rows, each still the bytes it was.

No tree is built: a sheet of a million rows passes through in pieces of about a megabyte. What a search could mistake
for structure (comments, CDATA, processing instructions) is blanked in a shadow of equal length; structure is looked
for in the shadow, bytes are taken from the original.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Protocol

CHUNK = 1 << 20
LARGEST_ROW = 64 << 20
MAIN = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_QUIET = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_ROOT = re.compile(rb"<(?:([^\s:<>/!?]+):)?worksheet(?=[\s/>])([^>]*)>")
_BOUND = re.compile(rb"""\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
ATTRIBUTES = rb"""((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)"""

_ATTRIBUTE = {name: re.compile(rb"\s" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""") for name in (b"r", b"t", b"ref")}


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
            cell=re.compile(b"<(" + p + b")c" + opening + b"(/?)>"),
            cell_end=re.compile(b"</" + p + rb"c\s*>"),
            formula=re.compile(b"<" + p + b"f" + opening + b"(?:/>|>.*?</" + p + rb"f\s*>)", re.DOTALL),
            value=re.compile(b"<" + p + b"(v|is)" + opening + b"(?:/>|>(.*?)</" + p + rb"\1\s*>)", re.DOTALL),
        )


@dataclass(frozen=True)
class Row:
    """One wanted row: its number, its bytes (with whatever follows up to the next row) and their shadow."""

    number: int
    raw: bytes
    shadow: bytes
    words: Words


def rows_of(source: Source, wanted: Container[int]) -> Iterator[bytes | Row]:
    """The sheet in order: wanted rows as Row, everything between them as bytes; joined they are the sheet again.

    Raises BrokenSheet for a document type, an unknown root, an encoding other than UTF-8, or a row beyond 64 MB.
    """
    buffer, at_end = _head(source)
    words, number = _words(buffer), 0
    starts = tuple(b"<" + prefix + b"row" for prefix in words.prefixes)
    while True:
        shadow = shadow_of(buffer)
        cut = len(buffer) if at_end else max(shadow.rfind(start) for start in starts)
        if cut > 0:
            for piece in _split(buffer[:cut], shadow[:cut], words, number, wanted):
                if isinstance(piece, int):
                    number = piece
                else:
                    yield piece
            buffer = buffer[cut:]
        if at_end:
            return
        if len(buffer) > LARGEST_ROW:
            raise BrokenSheet(f"the row after row {number:,} is larger than {LARGEST_ROW >> 20} MB")
        more = source.read(max(CHUNK, len(buffer)))
        at_end = not more
        buffer += more


def shadow_of(data: bytes) -> bytes:
    """The bytes with comments, CDATA and processing instructions blanked, so that every tag in it is one."""
    if (b"!" not in data or b"<!" not in data) and (b"?" not in data or b"<?" not in data):
        return data  # the rare sign is looked for first: "<" is everywhere
    return _QUIET.sub(lambda found: b" " * len(found[0]), data)


def attribute(attributes: bytes, name: bytes) -> bytes | None:
    """The value of r, t or ref as it is written; None where the tag has none of that name."""
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


def _split(raw: bytes, shadow: bytes, words: Words, number: int, wanted: Container[int]) -> Iterator[bytes | Row | int]:
    done, pending = 0, 0
    for found in words.row.finditer(shadow):
        if pending:
            yield Row(pending, raw[done : found.start()], shadow[done : found.start()], words)
            done, pending = found.start(), 0
        stated = found[1] or attribute(found[2], b"r")
        number = int(stated) if stated else number + 1
        if number in wanted:
            if done < found.start():
                yield raw[done : found.start()]
            done, pending = found.start(), number
    if pending:
        yield Row(pending, raw[done:], shadow[done:], words)
    elif done < len(raw):
        yield raw[done:]
    yield number
