"""A sheet's XML as a stream of rows, each still the bytes it was.

No tree is built: a sheet of a million rows passes through in pieces of about a megabyte. What a search could mistake
for structure (comments, CDATA, processing instructions) is blanked in a shadow of equal length; structure is looked
for in the shadow, bytes are taken from the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from excel.patch.areas import Spans
from excel.patch.split import Splitter
from excel.patch.words import Row, Words

CHUNK = 1 << 18
LARGEST_ROW = 64 << 20
MAIN = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_QUIET = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_ROOT = re.compile(rb"<(?:([^\s:<>/!?]+):)?worksheet(?=[\s/>])([^>]*)>")
_BOUND = re.compile(rb"""\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Source(Protocol):
    """Anything bytes can be read from, in pieces."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class BrokenSheet(ValueError):
    """The bytes are no worksheet this reader can trust; the text says why."""


def rows_of(source: Source, wanted: Spans, made: Iterable[int] = (), holding: bytes = b"") -> Iterator[bytes | Row]:
    """The sheet in order: wanted rows as Row, everything between them as bytes; joined they are the sheet again.

    `made`: wanted rows that are to come at their places, as Row without bytes, where the sheet has none.
    `holding`: rows with an element of that name are wanted too.
    Raises BrokenSheet for a document type, an unknown root, an encoding other than UTF-8, or a row beyond 64 MB.
    """
    buffer, at_end = _head(source)
    words = _words(buffer)
    split = Splitter(words, wanted, sorted(made, reverse=True), holding)
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
