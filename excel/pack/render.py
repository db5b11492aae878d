"""Draws a laid-out sheet with openpyxl and collects the values that belong behind its formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack import style
from excel.pack.charts import draw_chart
from excel.pack.layout import Layout, Placed, formula_text
from excel.pack.sheet import Column, Content, Formula, Kind, Link, Row
from excel.pack.text import as_text
from excel.pack.widths import column_widths, row_height
from excel.patch.values import CellError, Value

_LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def draw(book: Workbook, page: Worksheet, layout: Layout, pages: Mapping[str, Layout]) -> dict[str, Value]:
    """Draws one sheet; the values by address that the patcher puts in, exactly as the engine gave them."""
    sheet = layout.sheet
    values: dict[str, Value] = {}
    _line(page, 1, sheet.heading, style.HEADING)
    _line(page, 2, sheet.subtitle, style.SUBTITLE)
    widths = column_widths(layout)
    for number, width in widths.items():
        page.column_dimensions[get_column_letter(number)].width = width
    for placed in layout.placed.values():
        _draw_block(book, page, placed, values, widths)
    for row, charts in layout.charts:
        for number, chart in enumerate(charts.charts):
            draw_chart(page, chart, pages, (row, charts.rows, number, len(charts.charts)), widths)
    for number, note in enumerate(sheet.notes):
        _line(page, layout.notes + number, note, style.QUIET)
    return values


def _draw_block(
    book: Workbook, page: Worksheet, placed: Placed, values: dict[str, Value], widths: Mapping[int, float]
) -> None:
    block = placed.block
    if placed.title:
        _line(page, placed.title, block.title, style.BLOCK_TITLE)
    for number, column in enumerate(block.columns, 1):
        _draw_header(page.cell(placed.header, number), column, bool(block.table))
    page.row_dimensions[placed.header].height = row_height(
        [(str(c.title), widths[n]) for n, c in enumerate(block.columns, 1) if isinstance(c.title, str)], 18
    )
    for number, row in placed.rows():
        _draw_row(page, placed, number, row, values, widths)
        for key, name in row.names.items():
            _name(book, name, page.title, f"${get_column_letter(placed.column(key))}${number}")
    if not block.rows:
        _line(page, placed.first, "None.", style.QUIET)
    for key, name in block.names.items():
        _name(book, name, page.title, placed.body(key))
    if block.table and block.rows:
        area = f"A{placed.header}:{get_column_letter(len(block.columns))}{placed.last}"
        table = Table(displayName=block.table, ref=area)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
        page.add_table(table)
    if block.note:
        _line(page, placed.end + 1, block.note, style.QUIET)


def _draw_header(cell: Cell | MergedCell, column: Column, table: bool) -> None:
    cell.value = column.title
    cell.font, cell.fill = style.HEADER, style.HEADER_FILL
    cell.alignment = style.HEADER_RIGHT if style.is_figure(column.kind) else _heading_left(cell.column or 1)
    if isinstance(column.title, dt.date):
        cell.number_format = "mmm yyyy" if not table else "General"


def _heading_left(column: int) -> Alignment:
    return Alignment(horizontal="left", vertical="center", wrap_text=True, indent=0 if column == 1 else 1)


def _draw_row(
    page: Worksheet, placed: Placed, number: int, row: Row, values: dict[str, Value], widths: Mapping[int, float]
) -> None:
    tall: list[tuple[str, float]] = []
    for position, column in enumerate(placed.block.columns, 1):
        cell = page.cell(number, position)
        content = row.cells.get(column.key)
        kind = row.kind if row.kind and style.is_figure(column.kind) else column.kind
        _fill(cell, content, placed, number, column.key, values)
        _dress(cell, row, content, kind, row.currency or placed.block.currency)
        if kind == "long" and isinstance(content, str):
            tall.append((content, widths[position]))
        if row.style == "check" and column.key in placed.block.alert:
            page.conditional_formatting.add(cell.coordinate, _alert(cell.coordinate))
    if tall:
        page.row_dimensions[number].height = row_height(tall)
    if row.level:
        page.row_dimensions[number].outlineLevel = row.level


def _alert(address: str) -> Rule:
    off = f"IF(ISERROR({address}),TRUE,ABS({address})>0)"
    look = DifferentialStyle(font=Font(color=style.ALERT, bold=True), fill=style.ALERT_FILL)
    return Rule(type="expression", dxf=look, formula=[off])


def _fill(
    cell: Cell | MergedCell, content: Content, placed: Placed, row: int, key: str, values: dict[str, Value]
) -> None:
    if isinstance(content, Formula):
        cell.value = formula_text(content, placed, row, key)
        values[cell.coordinate] = content.value if not isinstance(content.value, str) else _value(content.value)
    elif isinstance(content, CellError):
        cell.value, cell.data_type = str(content), "e"
    elif isinstance(content, Link):
        put_text(cell, content.text)
        cell.hyperlink = f"#'{content.sheet}'!A1"
    elif isinstance(content, str):
        put_text(cell, content)
    elif isinstance(content, (Decimal, int)):
        cell.value = 0  # the patcher writes the digits: the library would take them through a float
        values[cell.coordinate] = content
    else:
        cell.value = content


def put_text(cell: Cell | MergedCell, text: str) -> None:
    """Puts text into a cell so that no program takes it for a formula, now or when the cell is edited."""
    cell.value = as_text(text)
    cell.data_type = "s"
    if text.startswith(_LOOKS_LIKE_FORMULA):
        cell.quotePrefix = True


def _value(text: str) -> Value:
    return text if isinstance(text, CellError) else as_text(text)


def _dress(cell: Cell | MergedCell, row: Row, content: Content, kind: Kind, currency: str) -> None:
    total = row.style in ("total", "subtotal")
    cell.font = {"body": style.BODY, "quiet": style.QUIET}.get(row.style, style.STRONG)
    if row.style == "check":
        cell.font = style.QUIET
    if cell.hyperlink:
        cell.font = style.LINKED
    cell.alignment = _alignment(cell.column or 1, kind, row.level)
    if isinstance(content, dt.datetime):
        cell.number_format = style.number_format("moment")
    elif isinstance(content, dt.date):
        cell.number_format = style.number_format("month" if kind == "month" else "date")
    elif style.is_figure(kind):
        cell.number_format = style.number_format(kind, currency, row.style == "check")
    cell.border = {"total": style.TOTAL_LINE, "subtotal": style.SUBTOTAL_LINE}.get(row.style, style.ROW_LINE)
    if total:
        cell.fill = style.TOTAL_FILL


def _alignment(column: int, kind: Kind, level: int) -> Alignment:
    """Figures to the right; text to the left, set off from a figure before it and by its level in the first column."""
    if style.is_figure(kind):
        return style.RIGHT
    indent = level if column == 1 else 1
    return Alignment(horizontal="left", vertical="top", wrap_text=kind == "long", indent=indent)


def _line(page: Worksheet, row: int, text: str, font: Font) -> None:
    cell = page.cell(row, 1)
    put_text(cell, text)
    cell.font = font


def _name(book: Workbook, name: str, sheet: str, area: str) -> None:
    title = sheet.replace("'", "''")
    book.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!{area}")
