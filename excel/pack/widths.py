"""Column widths and row heights from what stands in the cells, in the units a spreadsheet uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from excel.pack.layout import Layout
from excel.pack.sheet import Column, Formula, Kind, Row, words_of
from model.money import exponent

NARROWEST, MONEY, WIDEST_TEXT, LONG_TEXT = 9.0, 12.0, 48.0, 76.0
LINE_POINTS = 13.5
INDENT = 2.0
"""Of a text's column, beside what stands in it."""
_SMALL = 0.7  # the room of small sloping letters, which are words of ours, beside that of a name in capitals
_PLAIN, _BOLD = 1.05, 0.9  # characters at ten points in a unit of width
_FIXED: dict[Kind, float] = {"date": 12.5, "month": 11, "moment": 17, "count": 9, "percent": 9.5, "ratio": 9}


def column_widths(layout: Layout) -> dict[int, float]:
    """The width of each column of a sheet: wide enough for every figure, text up to 48 (long text 76); what is longer is wrapped."""
    widths = dict.fromkeys(range(1, layout.width + 1), NARROWEST)
    for placed in layout.placed.values():
        for number, column in enumerate(placed.block.columns, 1):
            rows = [row for _, row in placed.rows()]
            # A width that is stated bounds text that wraps; of anything else it is the least.
            wraps = column.kind == "long" and column.width
            own = 0.0 if wraps else _width(column, rows, placed.block.currency)
            widths[number] = max(widths[number], column.width, own)
    return widths


def row_height(texts: Sequence[tuple[str, float]], least: float = 15, bold: bool = False) -> float:
    """Points a row needs for wrapped texts, each given with its column's width; `bold` text is wider."""
    room = _BOLD if bold else _PLAIN
    lines = max((sum(_lines(part, width * room) for part in text.split("\n")) for text, width in texts), default=1)
    return max(least, lines * LINE_POINTS + 2)


def is_cut(columns: Sequence[Column], row: Row, position: int, widths: Mapping[int, float]) -> bool:
    """Whether the text in the column of that number finds no room in it and the empty ones beside it."""
    needed, room = len(words_of(row.cells.get(columns[position - 1].key))) + INDENT, widths[position]
    if row.style in ("quiet", "check"):
        needed *= _SMALL
    for beside, column in enumerate(columns[position:], position + 1):
        if needed <= room or row.cells.get(column.key) not in (None, ""):
            break
        room += widths[beside]
    return needed > room


def _lines(text: str, width: float) -> int:
    """Lines a text wraps to between its words, so many characters in each."""
    lines, used = 1, 0.0
    for word in text.split():
        if used and used + 1 + len(word) > width:
            lines, used = lines + 1, 0.0
        used += len(word) + bool(used)
        if used > width:  # a word longer than the line is cut
            lines, used = lines + int(used // width), used % width
    return lines


def _width(column: Column, rows: Sequence[Row], currency: str) -> float:
    heading = len(column.title) if isinstance(column.title, str) else 8
    longest_word = max((len(word) for word in column.title.split()), default=0) if isinstance(column.title, str) else 8
    shown = _longest(column, rows, currency)
    if column.kind == "long":
        return min(LONG_TEXT, max(shown, heading) + INDENT)
    if column.kind == "text":
        return min(WIDEST_TEXT, max(shown, heading) + INDENT)
    least = MONEY if column.kind == "money" else _FIXED.get(column.kind, NARROWEST)
    return max(least, shown + 3, longest_word + 3)


def _longest(column: Column, rows: Sequence[Row], currency: str) -> int:
    """Characters of what shows longest in a column: of amounts that is the largest on either side of nothing."""
    amounts: dict[str, list[Decimal | int]] = {}
    longest = 0
    for row in rows:
        content = row.cells.get(column.key)
        if isinstance(content, Formula):
            content = content.value
        if isinstance(content, Decimal | int):
            amounts.setdefault(row.currency or currency, []).append(content)
        else:
            longest = max(longest, *map(len, words_of(content).split("\n")))
    ends = ((code, end) for code, found in amounts.items() for end in (min(found), max(found)))
    return max(longest, *(_length(end, column.kind, code) for code, end in ends), 0)


def _length(amount: Decimal | int, kind: Kind, currency: str) -> int:
    if kind != "money":
        return len(f"{int(amount):,}")
    digits = exponent(currency) if currency else 2
    return len(f"{abs(int(amount)):,}") + (digits + 1 if digits else 0) + (1 if amount < 0 else 0)
