"""The cells of a sheet rewritten: values always, and where asked the reach of an array formula, or no formula at all.

Formula, style and neighbours stay as they were, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, NamedTuple

from excel.patch.areas import Area, Place, Spans, address
from excel.patch.cells import Cell, cells_at, cells_of, formula_of
from excel.patch.grow import column_styles, expanded, new_row, widened, with_dimension
from excel.patch.rows import CHUNK, Source, rows_of
from excel.patch.text import escape
from excel.patch.values import Stored
from excel.patch.words import Row, attribute

_KIND = re.compile(rb"""\s+(?:t|vm)\s*=\s*(?:"[^"]*"|'[^']*')""")
_METADATA = re.compile(rb"""\s+cm\s*=\s*(?:"[^"]*"|'[^']*')""")
_REACH = re.compile(rb"""(\sref\s*=\s*)(?:"[^"]*"|'[^']*')""")
_EDGE_BLANK = re.compile(r"\A[\s]|[\s]\Z")
# A cell array's text results are `str`; the letters of the file's own words for the others.
_WRITTEN = {"n": b"", "b": b"b", "e": b"e", "": b""}


class Edit(NamedTuple):
    """What becomes of a cell: its `value`; `made` where the sheet may have no such cell; `spilled` if an array formula
    of another cell fills it; for the array formula that stands in it its new `reach`; `frozen` to drop its formula."""

    value: Stored
    made: bool = False
    spilled: bool = False
    reach: Area | None = None
    frozen: bool = False


def rewrite(source: Source, target: IO[bytes], edits: Mapping[Place, Edit]) -> set[Place]:
    """Copies a sheet and makes the edits; the places that were found or made."""
    rows: dict[int, dict[int, Edit]] = {}
    for (row, column), edit in edits.items():
        rows.setdefault(row, {})[column] = edit
    made = [spot for spot, edit in edits.items() if edit.made]
    found: set[Place] = set()
    arrays: list[Area] = []
    styles: Mapping[int, bytes] | None = None
    written = _Gathered(target)
    wanted = Spans((row, row) for row in rows)
    for piece in rows_of(source, wanted, {row for row, _ in made}):
        if isinstance(piece, bytes):
            if made and styles is None:
                styles = column_styles(piece)
                piece = with_dimension(piece, made)
            written.write(piece)
            continue
        written.write(_row(piece, rows[piece.number], styles or {}, arrays, found))
    written.end()
    return found


class _Gathered:
    """Writes in larger pieces: packing many small ones costs more than packing itself."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._pieces, self._size = target, list[bytes](), 0

    def write(self, piece: bytes) -> None:
        """One more piece."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= CHUNK:
            self.end()

    def end(self) -> None:
        """Writes what is gathered."""
        self._target.write(b"".join(self._pieces))
        self._pieces, self._size = [], 0


def _row(row: Row, edits: dict[int, Edit], styles: Mapping[int, bytes], arrays: list[Area], found: set[Place]) -> bytes:
    """A row with its edits; cells that it lacks are made where they may be."""
    wanted = {column: edit for column, edit in sorted(edits.items()) if edit.made}
    if not row.raw:
        found |= {(row.number, column) for column in wanted}
        return new_row(row, {column: _made(row, column, edit, b"", styles) for column, edit in wanted.items()})
    reached = list(wanted)
    row, own = expanded(row) if wanted else (row, b"")
    written, done = [], 0
    for cell, edit in _matched(row, edits, arrays):
        while wanted and next(iter(wanted)) < cell.column:
            column, missing = next(iter(wanted.items()))
            del wanted[column]
            written += [row.raw[done : cell.start], _made(row, column, missing, own, styles)]
            done = cell.start
            found.add((row.number, column))
        wanted.pop(cell.column, None)
        if edit is not None:
            spilled = edit.spilled or any(area.holds((row.number, cell.column)) for area in arrays)
            written += [row.raw[done : cell.start], _rewritten(cell, row, edit, spilled)]
            done = cell.end
            found.add((row.number, cell.column))
    if wanted:
        ending = row.words.row_end.search(row.shadow)
        end = ending.start() if ending else len(row.raw)
        written.append(row.raw[done:end])
        written += [_made(row, column, missing, own, styles) for column, missing in wanted.items()]
        found |= {(row.number, column) for column in wanted}
        done = end
    return widened(b"".join(written) + row.raw[done:], reached)


def _matched(row: Row, edits: Mapping[int, Edit], arrays: list[Area]) -> Iterator[tuple[Cell, Edit | None]]:
    """The cells of the row with their edits, all of them where an array formula is to be noted or a cell to be made."""
    if b'"array"' not in row.shadow and not any(edit.made for edit in edits.values()):
        yield from ((cell, edits[cell.column]) for cell in cells_at(row, edits))
        return
    for cell in cells_of(row):
        formula = formula_of(cell, row)
        if formula and attribute(formula[1], b"t") == b"array" and (reach := attribute(formula[1], b"ref")):
            arrays.append(Area.of(reach.decode("ascii")))
        yield cell, edits.get(cell.column)


def _rewritten(cell: Cell, row: Row, edit: Edit, spilled: bool) -> bytes:
    formula = formula_of(cell, row)
    keeps = formula is not None and not edit.frozen
    value = edit.value
    if value.kind == "s":
        kind = b"str" if keeps or spilled or attribute(cell.attributes, b"t") == b"str" else b"inlineStr"
    else:
        kind = _WRITTEN[value.kind] if value.kind or not keeps else b"str"
    # vm points at a rich value behind the old figure (a #SPILL!'s reason): it must not outlive it.
    attributes = _KIND.sub(b"", cell.attributes) + (b' t="' + kind + b'"' if kind else b"")
    if edit.frozen:
        attributes = _METADATA.sub(b"", attributes)
    at = formula.end() if formula else cell.open
    before = _without_values(row, cell.open, at)
    if formula and edit.frozen:
        before = _without_values(row, cell.open, formula.start())
    elif formula and edit.reach:
        head = row.raw[formula.start() : formula.end(1)]
        reach = rb'\g<1>"' + str(edit.reach).encode() + b'"'
        before = _without_values(row, cell.open, formula.start()) + _REACH.sub(reach, head, 1)
        before += row.raw[formula.end(1) : formula.end()]
    inner = before + _content(cell.prefix, kind, value) + _without_values(row, at, cell.close)
    head = b"<" + cell.prefix + b"c" + attributes
    return head + b">" + inner + b"</" + cell.prefix + b"c>" if inner else head + b"/>"


def _made(row: Row, column: int, edit: Edit, own: bytes, styles: Mapping[int, bytes]) -> bytes:
    """A cell where there was none, in the style of its row, else of its column."""
    prefix = row.words.prefixes[0]
    style = own or styles.get(column, b"")
    kind = (b"str" if edit.spilled else b"inlineStr") if edit.value.kind == "s" else _WRITTEN[edit.value.kind]
    head = b"<" + prefix + b'c r="' + address((row.number, column)).encode() + b'"'
    head += (b' s="' + style + b'"' if style else b"") + (b' t="' + kind + b'"' if kind else b"")
    return head + b">" + _content(prefix, kind, edit.value) + b"</" + prefix + b"c>"


def _content(prefix: bytes, kind: bytes, value: Stored) -> bytes:
    text = escape(value.text).encode()
    if kind == b"inlineStr":
        space = b' xml:space="preserve"' if _EDGE_BLANK.search(value.text) else b""
        inner = b"<" + prefix + b"t" + space + b">" + text + b"</" + prefix + b"t>"
        return b"<" + prefix + b"is>" + inner + b"</" + prefix + b"is>"
    if not value.kind and not kind:
        return b""
    return b"<" + prefix + b"v>" + text + b"</" + prefix + b"v>"


def _without_values(row: Row, start: int, end: int) -> bytes:
    kept, done = b"", start
    for old in row.words.value.finditer(row.shadow, start, end):
        kept += row.raw[done : old.start()]
        done = old.end()
    return kept + row.raw[done:end]
