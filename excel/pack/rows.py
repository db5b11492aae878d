"""Rows as they stand in a sheet's file (ECMA-376 part 1, 18.3.1.73): written straight from what they hold, for cells are many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

from excel.pack import style
from excel.pack.layout import Placed, formula_text
from excel.pack.pen import Look, Pen, holds
from excel.pack.sheet import Content, Formula, Link, Row, words_of
from excel.pack.text import as_text
from excel.pack.widths import INDENT, is_cut, row_height
from excel.patch.values import CellError, serial


def row_xml(placed: Placed, number: int, row: Row, pen: Pen, widths: Mapping[int, float]) -> str:
    """A row of a block: each formula with the value it has now, every digit as the engine gave it."""
    cells, tall = [], []
    currency, line = row.currency or placed.block.currency, str(number)
    for position, column in enumerate(placed.block.columns, 1):
        content = row.cells.get(column.key)
        kind = row.kind if row.kind and style.is_figure(column.kind) else column.kind
        if kind == "text" and is_cut(placed.block.columns, row, position, widths):
            kind = "long"
        look = pen.number(Look(row.style, kind, currency, row.level if position == 1 else 1, holds(content)))
        formula = formula_text(content.text, placed, number, column.key) if isinstance(content, Formula) else ""
        cells.append(cell_xml(f"{get_column_letter(position)}{line}", look, content, formula))
        if kind == "long" and (words := words_of(content)):
            tall.append((words, widths[position] - (INDENT if column.kind == "text" else 0)))
    height = row_height(tall) if tall else 0
    return opened(number, height, row.level) + "".join(cells) + "</row>"


def opened(number: int, height: float = 0, level: int = 0) -> str:
    """The beginning of a row; `height` in points, 0 = as it comes."""
    tall = f' ht="{height:g}" customHeight="1"' if height else ""
    return f'<row r="{number}"{tall}{f" outlineLevel={chr(34)}{level}{chr(34)}" if level else ""}>'


def cell_xml(address: str, look: int, content: Content, formula: str) -> str:
    """A cell; `formula`: that of a Formula, with its sign."""
    value, inside = content, ""
    if isinstance(content, Formula):
        value, inside = content.value, f"<f>{escape(formula[1:])}</f>"
    begin = f'<c r="{address}" s="{look}"'
    if value is None or (value == "" and not inside):
        return begin + "/>"
    if isinstance(value, Decimal):
        return f"{begin}>{inside}<v>{value:f}</v></c>"
    if isinstance(value, CellError):
        return f'{begin} t="e">{inside}<v>{value}</v></c>'
    if isinstance(value, str | Link):
        text = escape(as_text(words_of(value)))
        if inside:
            return f'{begin} t="str">{inside}<v>{text}</v></c>'
        return f'{begin} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    plain = format(serial(value), "f") if isinstance(value, dt.date) else str(value)
    return f"{begin}>{inside}<v>{plain}</v></c>"
