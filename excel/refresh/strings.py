"""Shared strings: the table of texts of a workbook, read as a stream for the few that are asked for."""

from __future__ import annotations

from xml.parsers import expat

from excel.patch.package import Package
from excel.patch.text import decoded

_CHUNK = 1 << 20


def shared_strings(package: Package, wanted: set[int]) -> dict[int, str]:
    """The texts of those numbers; a number beyond the table is absent."""
    part = next((part for _, kind, part in package.relations(package.book) if kind.endswith("/sharedStrings")), "")
    if part not in package.zip.NameToInfo:
        return {}
    reader = _Reader(wanted)
    with package.zip.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            reader.parser.Parse(chunk, False)
            if not reader.left:
                break
        else:
            reader.parser.Parse(b"", True)
    return reader.found


class _Reader:
    """Counts the items and keeps the text of the wanted ones, without reading aids."""

    def __init__(self, wanted: set[int]) -> None:
        self.found: dict[int, str] = {}
        self.left = set(wanted)
        self._number, self._aid = -1, 0
        self._text: list[str] | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, _: object) -> None:
        local = name.rpartition(" ")[2]
        if local == "si":
            self._number += 1
            self._text = [] if self._number in self.left else None
        elif local == "rPh":
            self._aid += 1
        elif local == "t" and self._text is not None and not self._aid:
            self.parser.CharacterDataHandler = self._text.append

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == "t":
            self.parser.CharacterDataHandler = None
        elif local == "rPh":
            self._aid -= 1
        elif local == "si" and self._text is not None:
            self.found[self._number] = decoded("".join(self._text))
            self.left.discard(self._number)
            self._text = None

    def _doctype(self, *_: object) -> None:
        raise expat.ExpatError("a document type, which no spreadsheet program writes")
