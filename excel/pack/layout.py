"""Where everything of a sheet stands: the rows of header, body and foot, and the address behind a formula's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

from openpyxl.utils import get_column_letter

from excel.pack.sheet import Block, Charts, Paragraph, Row, Sheet

_ROW = "\0"  # stands for the row of the cell itself; no formula can hold it
FIRST_ITEM = 4  # heading, subtitle, an empty row


@dataclass(frozen=True)
class Placed:
    """A block on its sheet: the row of its title (0 = none), header, first body row, last body row, last foot row."""

    block: Block
    title: int
    header: int
    first: int
    last: int
    end: int

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Each row of body and foot with its number."""
        yield from enumerate(self.block.rows, self.first)
        yield from enumerate(self.block.foot, self.last + 1)

    def column(self, key: str) -> int:
        """A column's number, from 1."""
        return self._columns[key]

    def row(self, key: str) -> int:
        """The row keyed so."""
        return self._rows[key]

    def compiled(self, text: str, key: str) -> str:
        """A formula of the column `key` with its addresses, its own row left open: lines of a list share one text."""
        known = self._compiled
        if (text, key) not in known:
            parts = Formatter().parse(text)
            known[text, key] = "=" + "".join(
                literal + (_address(word, self, key) if word is not None else "") for literal, word, _, _ in parts
            )
        return known[text, key]

    @cached_property
    def _compiled(self) -> dict[tuple[str, str], str]:
        return {}

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {column.key: number for number, column in enumerate(self.block.columns, 1)}

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {row.key: number for number, row in self.rows() if row.key}

    def body(self, key: str, limit: int = 0) -> str:
        """The body of a column as an absolute range, at most `limit` rows of it."""
        letter = get_column_letter(self.column(key))
        last = min(self.last, self.first + limit - 1) if limit else self.last
        return f"${letter}${self.first}:${letter}${max(self.first, last)}"


@dataclass(frozen=True)
class Layout:
    """A sheet with every item at its row; `notes` is the row of the first note, `width` the number of columns."""

    sheet: Sheet
    placed: Mapping[str, Placed]
    charts: tuple[tuple[int, Charts], ...]
    paragraphs: tuple[tuple[int, Paragraph], ...]
    notes: int
    width: int

    @property
    def end(self) -> int:
        """The last row that holds anything."""
        return self.notes + len(self.sheet.notes) - 1 if self.sheet.notes else self.notes - 2


def layout(sheet: Sheet) -> Layout:
    """Stacks a sheet's items from top to bottom."""
    row, placed, charts, paragraphs = FIRST_ITEM, {}, [], []
    for item in sheet.items:
        if isinstance(item, Charts):
            charts.append((row, item))
            row += item.rows + 1
            continue
        if isinstance(item, Paragraph):
            row += bool(item.title)
            paragraphs.append((row, item))
            row += 2
            continue
        title = row if item.title else 0
        header = row + bool(item.title)
        first = header + 1
        last = first + max(1, len(item.rows)) - 1
        end = last + len(item.foot)
        placed[item.key] = Placed(item, title, header, first, last, end)
        row = end + (3 if item.note else 2)
    width = max((len(block.columns) for block in sheet.blocks), default=1)
    return Layout(sheet, placed, tuple(charts), tuple(paragraphs), row, width)


def formula_text(text: str, placed: Placed, row: int, key: str) -> str:
    """A formula's text with its words replaced by addresses, as Excel reads it."""
    return placed.compiled(text, key).replace(_ROW, str(row))


def _address(word: str, placed: Placed, key: str) -> str:
    """What one of the words of excel.pack.sheet stands for; the row of the cell itself is left open."""
    letter = get_column_letter(placed.column(key))
    if word == "head":
        return f"{letter}${placed.header}"
    if word == "above":
        return f"{letter}{placed.first}:{letter}{placed.last}"
    if word.startswith("@"):
        first, _, last = word[1:].partition("~")
        return ":".join(f"{letter}{placed.row(name)}" for name in (first, last) if name)
    if word.startswith("<"):
        return f"{get_column_letter(placed.column(key) - 1)}{placed.row(word[1:])}"
    first, _, last = word.partition("~")
    return ":".join(f"${get_column_letter(placed.column(name))}{_ROW}" for name in (first, last) if name)
