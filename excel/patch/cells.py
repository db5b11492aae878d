"""The values of named cells, rewritten inside their sheet's XML: formula, style and neighbours stay as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, NamedTuple

from excel.patch.rows import Row, Source, attribute, rows_of, shadow_of
from excel.patch.values import Stored, escape, unescape

Place = tuple[int, int]
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")
_KIND = re.compile(rb"""\s+(?:t|vm)\s*=\s*(?:"[^"]*"|'[^']*')""")
_EDGE_BLANK = re.compile(r"\A[\s]|[\s]\Z")
# A cell array's text results are `str`; the letters of the file's own words for the others.
_WRITTEN = {"n": b"", "b": b"b", "e": b"e", "": b""}


class Read(NamedTuple):
    """A cell as it stands in the file: `kind` is its `t`, `text` its `v` or inline text, and whether it computes."""

    kind: str
    text: str
    formula: bool


@dataclass(frozen=True)
class _Cell:
    column: int
    start: int  # of the tag within the row
    end: int  # after the closing tag
    prefix: bytes
    attributes: bytes
    inner: bytes
    shadow: bytes


def place(address: str) -> Place:
    """Row and column, both from 1, of an address.

    >>> place("B7"), place("$XFD$1048576")
    ((7, 2), (1048576, 16384))
    """
    found = _ADDRESS.match(address)
    if not found:
        raise ValueError(f"{address!r} is no cell address such as B7")
    return int(found[2]), column_number(found[1])


def column_number(letters: str) -> int:
    """A column's number from its letters: A is 1, XFD 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def rewrite(source: Source, target: IO[bytes], values: Mapping[Place, Stored]) -> set[Place]:
    """Copies a sheet and puts the values in; the places that were found. A place without a cell is left unwritten."""
    wanted = {row for row, _ in values}
    found: set[Place] = set()
    arrays: list[tuple[Place, Place]] = []
    for piece in rows_of(source, wanted):
        if isinstance(piece, bytes):
            target.write(piece)
            continue
        done = 0
        for cell in _cells(piece):
            _note_array(cell, piece, arrays)
            value = values.get((piece.number, cell.column))
            if value is None:
                continue
            computed = any(_within((piece.number, cell.column), area) for area in arrays)
            target.write(piece.raw[done : cell.start])
            target.write(_rewritten(cell, piece, value, computed))
            done = cell.end
            found.add((piece.number, cell.column))
        target.write(piece.raw[done:])
    return found


def read(source: Source, wanted: set[Place]) -> dict[Place, Read]:
    """The wanted cells as they stand in the file; a place without a cell is absent."""
    rows = {row for row, _ in wanted}
    result: dict[Place, Read] = {}
    for piece in rows_of(source, rows):
        if isinstance(piece, bytes):
            continue
        for cell in _cells(piece):
            if (piece.number, cell.column) in wanted:
                result[piece.number, cell.column] = _read(cell, piece)
    return result


def _cells(row: Row) -> Iterator[_Cell]:
    column, ending = 0, row.words.row_end.search(row.shadow)
    for tag in row.words.cell.finditer(row.shadow, 0, ending.start() if ending else 0):
        stated = attribute(tag[2], b"r")
        column = column_number(stated.decode("ascii").rstrip("0123456789")) if stated else column + 1
        start, end = tag.start(), tag.end()
        inner_end = end
        if not tag[3]:
            closing = row.words.cell_end.search(row.shadow, end)
            if closing is None:
                raise ValueError(f"row {row.number} has a cell that never ends")
            inner_end, end = closing.start(), closing.end()
        yield _Cell(
            column, start, end, tag[1], tag[2], row.raw[tag.end() : inner_end], row.shadow[tag.end() : inner_end]
        )


def _rewritten(cell: _Cell, row: Row, value: Stored, computed: bool) -> bytes:
    formula = row.words.formula.search(cell.shadow)
    if value.kind == "s":
        kind = b"str" if formula or computed or attribute(cell.attributes, b"t") == b"str" else b"inlineStr"
    else:
        kind = _WRITTEN[value.kind] if value.kind or not formula else b"str"
    # vm points at a rich value behind the old figure (a #SPILL!'s reason): it must not outlive it.
    attributes = _KIND.sub(b"", cell.attributes) + (b' t="' + kind + b'"' if kind else b"")
    at = formula.end() if formula else 0
    content = _content(cell.prefix, kind, value)
    before, after = _without_values(cell, row, 0, at), _without_values(cell, row, at, len(cell.inner))
    inner = before + content + after
    head = b"<" + cell.prefix + b"c" + attributes
    return head + b">" + inner + b"</" + cell.prefix + b"c>" if inner else head + b"/>"


def _content(prefix: bytes, kind: bytes, value: Stored) -> bytes:
    text = escape(value.text).encode()
    if kind == b"inlineStr":
        space = b' xml:space="preserve"' if _EDGE_BLANK.search(value.text) else b""
        inner = b"<" + prefix + b"t" + space + b">" + text + b"</" + prefix + b"t>"
        return b"<" + prefix + b"is>" + inner + b"</" + prefix + b"is>"
    if not value.kind and not kind:
        return b""
    return b"<" + prefix + b"v>" + text + b"</" + prefix + b"v>"


def _without_values(cell: _Cell, row: Row, start: int, end: int) -> bytes:
    kept, done = b"", start
    for old in row.words.value.finditer(cell.shadow, start, end):
        kept += cell.inner[done : old.start()]
        done = old.end()
    return kept + cell.inner[done:end]


def _note_array(cell: _Cell, row: Row, arrays: list[tuple[Place, Place]]) -> None:
    formula = row.words.formula.search(cell.shadow)
    if formula and attribute(formula[1], b"t") == b"array":
        area = (attribute(formula[1], b"ref") or b"").decode("ascii")
        first, _, last = area.partition(":")
        if first:
            arrays.append((place(first), place(last or first)))


def _within(spot: Place, area: tuple[Place, Place]) -> bool:
    (top, left), (bottom, right) = area
    return top <= spot[0] <= bottom and left <= spot[1] <= right


def _read(cell: _Cell, row: Row) -> Read:
    kind = (attribute(cell.attributes, b"t") or b"n").decode("ascii")
    formula = row.words.formula.search(cell.shadow) is not None
    value = row.words.value.search(cell.shadow)
    if value is None or value[3] is None:
        return Read(kind, "", formula)
    content = cell.inner[value.start(3) : value.end(3)]
    if value[1] == b"is":
        runs = re.findall(rb"<(?:[^\s:<>/]+:)?t(?:\s[^>]*)?>(.*?)</", shadow_of(content), re.DOTALL)
        return Read(kind, unescape(b"".join(runs).decode()), formula)
    return Read(kind, unescape(content.decode()), formula)
