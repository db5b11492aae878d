"""The cells of a row as they stand in the file: where each begins and ends, its formula, its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple, Protocol

from excel.patch.areas import Place, Spans, column_letters, column_number
from excel.patch.rows import Source, rows_of
from excel.patch.text import plain_text, rich_text
from excel.patch.words import Row, attribute


class Read(NamedTuple):
    """A cell as it stands in the file: `kind` is its `t`, `text` its `v` or inline text, and whether it computes."""

    kind: str
    text: str
    formula: bool


class Cell(NamedTuple):
    """Where a cell stands in its row: the tag begins at `start`, its content is `open`..`close`, it ends before `end`."""

    column: int
    start: int
    open: int
    close: int
    end: int
    prefix: bytes
    attributes: bytes


class Wanted(Protocol):
    """Which cells are wanted: `rows` says in which rows any is."""

    @property
    def rows(self) -> Spans:
        """The rows in which any cell is wanted."""

    def __contains__(self, spot: Place, /) -> bool: ...

    def columns(self, row: int, /) -> list[int] | None:
        """The wanted columns of a row, where they are few."""


def cells_of(row: Row) -> Iterator[Cell]:
    """The cells of a row, in the order of the file."""
    column, ending, shadow = 0, row.words.row_end.search(row.shadow), row.shadow
    for tag in row.words.cell.finditer(shadow, 0, ending.start() if ending else 0):
        letters = tag[2]
        if letters is None and (stated := attribute(tag[3], b"r")):
            letters = stated.rstrip(b"0123456789")
        column = column + 1 if letters is None else _column(letters)
        yield _whole(row, tag, column)


@cache
def _column(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def formulas_of(row: Row) -> Iterator[Cell]:
    """The cells of a row that hold a formula."""
    shadow, words = row.shadow, row.words
    mark = b"<" + words.prefixes[0] + b"f"
    if len(words.prefixes) > 1 or not _stated(row):
        yield from (cell for cell in cells_of(row) if cell.open != cell.close and formula_of(cell, row))
        return
    tag, at = b"<" + words.prefixes[0] + b"c ", 0
    while (held := shadow.find(mark, at)) >= 0:
        start = shadow.rfind(tag, at, held)
        cell = _cell_at(row, start) if start >= 0 else None
        if cell is not None and cell.open <= held < cell.close and formula_of(cell, row):
            yield cell
        at = max(held + 1, cell.end if cell is not None else 0)


def cells_at(row: Row, columns: Iterable[int]) -> Iterator[Cell]:
    """The cells of a row in some of its columns, from left to right."""
    wanted = sorted(columns)
    if len(row.words.prefixes) > 1 or not _stated(row):
        chosen = set(wanted)
        yield from (cell for cell in cells_of(row) if cell.column in chosen)
        return
    start, at = b"<" + row.words.prefixes[0] + b'c r="', 0
    for column in wanted:
        found = row.shadow.find(b'%b%b%d"' % (start, _letters(column), row.number), at)
        cell = _cell_at(row, found) if found >= 0 else None
        if cell is not None:
            yield cell
            at = cell.end


def _stated(row: Row) -> bool:
    """Whether every cell tells its address first."""
    tag = b"<" + row.words.prefixes[0] + b"c"
    return row.shadow.count(tag + b" ") == row.shadow.count(tag + b' r="') and tag + b">" not in row.shadow


def _cell_at(row: Row, start: int) -> Cell | None:
    """The cell whose tag begins there."""
    tag = row.words.cell.match(row.shadow, start)
    if tag is None or tag[2] is None:
        return None
    return _whole(row, tag, _column(tag[2]))


def _whole(row: Row, tag: re.Match[bytes], column: int) -> Cell:
    """A cell from its tag to its end."""
    shadow, prefix = row.shadow, tag[1]
    start, end = tag.span()
    close = end
    if not tag[4]:
        close = shadow.find(b"</" + prefix + b"c>", end)
        end = close + len(prefix) + 4
        if close < 0:
            closing = row.words.cell_end.search(shadow, tag.end())
            if closing is None:
                raise ValueError(f"row {row.number} has a cell that never ends")
            close, end = closing.span()
    return Cell(column, start, tag.end(), close, end, prefix, shadow[tag.end(1) + 1 : tag.end(3)])


@cache
def _letters(column: int) -> bytes:
    return column_letters(column).encode()


def formula_of(cell: Cell, row: Row) -> re.Match[bytes] | None:
    """The cell's formula element; group 1 holds its attributes, group 2 its text if it has any."""
    return row.words.formula.search(row.shadow, cell.open, cell.close)


def read(source: Source, wanted: Wanted, check: Callable[[bytes], object] = len) -> dict[Place, Read]:
    """The wanted cells as they stand in the file; a place without a cell is absent. `check` is shown each row of theirs."""
    result: dict[Place, Read] = {}
    for piece in rows_of(source, wanted.rows):
        if isinstance(piece, bytes):
            continue
        check(piece.raw)
        columns = wanted.columns(piece.number)
        cells = cells_of(piece) if columns is None else cells_at(piece, columns)
        for cell in cells:
            if columns is not None or (piece.number, cell.column) in wanted:
                result[piece.number, cell.column] = content(cell, piece)
    return result


def content(cell: Cell, row: Row) -> Read:
    """What a cell holds."""
    kind = (attribute(cell.attributes, b"t") or b"n").decode("ascii")
    if cell.open == cell.close:
        return Read(kind, "", False)
    formula = formula_of(cell, row) is not None
    value = row.words.value.search(row.shadow, cell.open, cell.close)
    if value is None or value[3] is None:
        return Read(kind, "", formula)
    inner = row.raw[value.start(3) : value.end(3)]
    if value[1] == b"is":
        return Read(kind, rich_text(inner), formula)
    return Read(kind, plain_text(inner), formula)
