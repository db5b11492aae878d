"""CSV files as people really save them, read strictly and row by row in flat memory.

RFC 4180 with a comma, UTF-8 with or without a byte-order mark. The row is the unit of damage: bytes that are no UTF-8,
a cell of 40 MB, a quote that is never closed spoil their own row and no other. A broken quote is survived by going on
with the next line of the file. What is no CSV at all (a workbook, UTF-16, an empty file) is refused as a whole.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from connectors.kit.tabular import MAX_CELL, SheetRow
from model.errors import RecordRejected

MAX_ROW = 1_000_000  # bytes of one row that are kept; a longer one is refused and skipped
_KEPT = 2_000  # characters of a refused row that are kept with it
_SAVE = 'Save it as "CSV UTF-8 (comma delimited)"'
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# A line in which every quoted cell is closed: nearly all lines, told in one step.
_CLOSED = re.compile(rb'(?:"(?:[^"]++|"")*+"|[^",\r\n]*+)(?:,(?:"(?:[^"]++|"")*+"|[^",\r\n]*+))*+\r?\n?')


def csv_rows(path: Path) -> Iterator[SheetRow]:
    """The rows of a CSV file, header first; RecordRejected where the file as a whole cannot be read."""
    try:
        with path.open("rb") as file:
            for raw in _records(file, _start(file, path.name)):
                yield _row(raw)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror or error})"
        raise RecordRejected(reason, place=path.name, remedy="Close it elsewhere and check its rights") from error


def _start(file: BinaryIO, label: str) -> int:
    """Where the header begins; refuses what is no CSV."""
    head = file.read(65_536)
    start = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    reason, remedy = _foreign(head[start:])
    if reason:
        raise RecordRejected(reason, place=label, remedy=remedy)
    try:
        head[start:].splitlines()[0].decode()
    except UnicodeDecodeError as error:
        raise RecordRejected(f"the header is not UTF-8 ({_byte(error)})", place=label, remedy=_SAVE) from None
    file.seek(start)
    return start


def _foreign(head: bytes) -> tuple[str, str]:
    """What a file that is no CSV is instead, and the remedy; two blanks for a CSV."""
    for magic, what in ((_ZIP, "a workbook"), (_OLE, "an old or a password-protected workbook")):
        if head.startswith(magic):
            return f"the file is {what}, not CSV", f"{_SAVE}, or set path to an .xlsx that has a sheet per table"
    if not head.strip():
        return "the file is empty", "Write the column names in row 1; remove the file if there is nothing to tell"
    line = head.splitlines()[0]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or max(line[::2].count(0), line[1::2].count(0)) * 4 > len(line):
        return "the file is UTF-16 text, not UTF-8", _SAVE
    if _CONTROL.search(line) or len(_CONTROL.findall(head[:1_000].replace(b"\0", b""))) > 5:
        return "the file is binary, not text", f"Export it again. {_SAVE}"
    if b"\r" in head and b"\n" not in head:
        return "its lines end in a lone carriage return, as on an old Macintosh", _SAVE
    return "", ""


class _Raw(NamedTuple):
    """The bytes of one record, and what is wrong with them."""

    number: int
    record: bytes
    problem: RecordRejected | None = None


def _records(file: BinaryIO, offset: int) -> Iterator[_Raw]:
    """Every record with its row number; a line is one unless it has quotes that say otherwise."""
    number = 0
    while line := file.readline(MAX_ROW):
        number += 1
        if len(line) < MAX_ROW and (b'"' not in line or _CLOSED.fullmatch(line)):
            offset += len(line)
            yield _Raw(number, line)
        else:
            record = _Record(file, line, offset)
            offset = record.end
            file.seek(offset)
            yield _Raw(number, bytes(record.kept), record.problem)


class _Record:
    """A record that goes beyond its line, or whose quotes are broken: followed to its end, kept only in part.

    `end` is where the next row begins: after the record, or, where its quotes are broken, after its first line.
    """

    _START, _PLAIN, _QUOTED, _CLOSING, _BROKEN = range(5)

    def __init__(self, file: BinaryIO, line: bytes, offset: int) -> None:
        self.kept, self._state = bytearray(), self._START
        size = first = 0
        while line:
            size += len(line)
            self.kept += line[: MAX_ROW - len(self.kept)]
            self._follow(line)
            ends = line.endswith(b"\n")
            first = first or (size if ends else 0)
            if ends and self._state != self._QUOTED:
                break
            line = file.readline(MAX_ROW)
        broken = self._state in (self._QUOTED, self._BROKEN)
        self.end = offset + (first if broken and first else size)
        self.problem = self._fault() if broken else _too_long(size) if size >= MAX_ROW else None
        if broken:
            del self.kept[self.end - offset :]

    def _follow(self, piece: bytes) -> None:
        """Moves on through the quotes of one more piece of the record, as RFC 4180 reads them."""
        at = 0
        while at < len(piece) and self._state != self._BROKEN:
            if self._state == self._START:
                quoted = piece[at : at + 1] == b'"'
                self._state, at = (self._QUOTED, at + 1) if quoted else (self._PLAIN, at)
            elif self._state == self._PLAIN:
                comma = piece.find(b",", at)
                self._state, at = (self._PLAIN, len(piece)) if comma < 0 else (self._START, comma + 1)
            elif self._state == self._QUOTED:
                quote = piece.find(b'"', at)
                self._state, at = (self._QUOTED, len(piece)) if quote < 0 else (self._CLOSING, quote + 1)
            else:
                after = {b'"': self._QUOTED, b",": self._START, b"\r": self._PLAIN, b"\n": self._PLAIN}
                self._state = after.get(piece[at : at + 1], self._BROKEN)
                at += 1

    def _fault(self) -> RecordRejected:
        if self._state == self._QUOTED:
            reason = "a quote is opened in this row and never closed"
        else:
            reason = "a quote that is opened in this row closes in the middle of a text"
        return RecordRejected(
            reason, remedy='Close it before the next comma; a quote within a text is written twice ("")'
        )


def _row(raw: _Raw) -> SheetRow:
    """The cells of a record; where something is wrong with it, the first of them and what it is."""
    cells: Sequence[str] = ()
    try:
        if raw.problem is not None:
            raise raw.problem
        cells = _cells(_text(raw.record))
        if len(raw.record) > MAX_CELL and max(map(len, cells)) > MAX_CELL:
            raise _too_long(len(raw.record))
    except RecordRejected as problem:
        kept = raw.record[:_KEPT].decode(errors="backslashreplace")
        kept = kept.replace("\0", "\u2400").rstrip("\r\n").replace("\r", "\u240d")
        return SheetRow(raw.number, next(csv.reader([kept]), []), problem)
    return SheetRow(raw.number, cells)


def _text(record: bytes) -> str:
    """The record as text, without its line end."""
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        raise RecordRejected(f"the row is not UTF-8 ({_byte(error)})", remedy=_SAVE) from None
    if "\0" in text:
        raise RecordRejected("the row holds a NUL character", remedy="Export the file again, or delete the character")
    return text.removesuffix("\n").removesuffix("\r")


def _cells(text: str) -> list[str]:
    if '"' not in text and "\r" not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        if len(text) > MAX_CELL:
            raise _too_long(len(text)) from error
        remedy = "Put quotes around a text of several lines"
        raise RecordRejected("a line break stands outside quotes", remedy=remedy) from error


def _too_long(size: int) -> RecordRejected:
    reason = f"the row has {size:,} bytes, or a cell of more than {MAX_CELL:,} characters"
    return RecordRejected(reason, remedy="Shorten the cell: no column of ours holds a document")


def _byte(error: UnicodeDecodeError) -> str:
    byte = error.object[error.start : error.start + 1]
    return f"byte 0x{byte.hex().upper()}, which is {byte.decode('cp1252', 'replace')!r} in Windows-1252"
