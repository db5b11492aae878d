"""Draws a laid-out sheet with openpyxl and collects the values that belong behind its formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

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
from excel.pack.charts import Blocks, draw_chart
from excel.pack.layout import Layout, Placed, formula_text
from excel.pack.pen import Pen, put, put_text
from excel.pack.sheet import Column, Formula, Row
from excel.pack.widths import column_widths, row_height
from excel.patch.values import Value


@dataclass(frozen=True)
class Page:
    """One sheet being drawn: where, with which pen, how wide its columns are, and the values still to be stored."""

    book: Workbook
    sheet: Worksheet
    pen: Pen
    widths: Mapping[int, float]
    values: dict[str, Value] = field(default_factory=dict)

    def line(self, row: int, text: str, font: Font) -> None:
        """A line of text in the first column."""
        cell = self.sheet.cell(row, 1)
        put_text(cell, text)
        cell.font = font

    def paragraph(self, row: int, text: str | Formula, font: Font) -> None:
        """Text over the whole width, wrapped, so that nothing of it is cut on screen or on paper."""
        cell = self.sheet.cell(row, 1)
        value = put(cell, text, f"={text.text}" if isinstance(text, Formula) else "")
        if value is not None:
            self.values[cell.coordinate] = value
        cell.font, cell.alignment = font, Alignment(wrap_text=True, vertical="top")
        if len(self.widths) > 1:
            self.sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(self.widths))
        words = str(text.value if isinstance(text, Formula) else text)
        self.sheet.row_dimensions[row].height = row_height([(words, sum(self.widths.values()))])

    def name(self, name: str, area: str) -> None:
        """A name in the workbook for an area of this sheet."""
        title = self.sheet.title.replace("'", "''")
        self.book.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!{area}")


def draw(book: Workbook, sheet: Worksheet, pen: Pen, layout: Layout, blocks: Blocks) -> dict[str, Value]:
    """Draws one sheet, its charts from any of `blocks`; the values by address that the patcher puts in, exactly as the engine gave them."""
    page = Page(book, sheet, pen, column_widths(layout))
    page.line(1, layout.sheet.heading, style.HEADING)
    page.line(2, layout.sheet.subtitle, style.SUBTITLE)
    for number, width in page.widths.items():
        sheet.column_dimensions[get_column_letter(number)].width = width
    for placed in layout.placed.values():
        _draw_block(page, placed)
    for row, charts in layout.charts:
        for number, chart in enumerate(charts.charts):
            draw_chart(sheet, chart, blocks, (row, charts.rows, number, len(charts.charts)), page.widths)
    for row, paragraph in layout.paragraphs:
        if paragraph.title:
            page.line(row - 1, paragraph.title, style.BLOCK_TITLE)
        page.paragraph(row, paragraph.text, style.BODY)
    for number, note in enumerate(layout.sheet.notes):
        page.paragraph(layout.notes + number, note, style.QUIET)
    return page.values


def _draw_block(page: Page, placed: Placed) -> None:
    block = placed.block
    if placed.title:
        page.line(placed.title, block.title, style.BLOCK_TITLE)
    titles = []
    for number, column in enumerate(block.columns, 1):
        _draw_header(page.sheet.cell(placed.header, number), column)
        if isinstance(column.title, str):
            titles.append((column.title, page.widths[number]))
    page.sheet.row_dimensions[placed.header].height = row_height(titles, 18)
    for number, row in placed.rows():
        _draw_row(page, placed, number, row)
        for key, name in row.names.items():
            page.name(name, f"${get_column_letter(placed.column(key))}${number}")
    if not block.rows:
        page.line(placed.first, "None.", style.QUIET)
    for key, name in block.names.items():
        page.name(name, placed.body(key))
    if block.table and block.rows:
        area = f"A{placed.header}:{get_column_letter(len(block.columns))}{placed.last}"
        table = Table(displayName=block.table, ref=area)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
        page.sheet.add_table(table)
    if block.note:
        page.line(placed.end + 1, block.note, style.QUIET)


def _draw_header(cell: Cell | MergedCell, column: Column) -> None:
    cell.value = column.title
    cell.font, cell.fill = style.HEADER, style.HEADER_FILL
    if style.is_figure(column.kind):
        cell.alignment = style.HEADER_RIGHT
    else:
        indent = 0 if cell.column == 1 else 1
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=indent)
    if isinstance(column.title, dt.date):
        cell.number_format = style.number_format("month")


def _draw_row(page: Page, placed: Placed, number: int, row: Row) -> None:
    tall: list[tuple[str, float]] = []
    for position, column in enumerate(placed.block.columns, 1):
        cell = page.sheet.cell(number, position)
        content = row.cells.get(column.key)
        kind = row.kind if row.kind and style.is_figure(column.kind) else column.kind
        page.pen.dress(cell, row, content, kind, row.currency or placed.block.currency)
        formula = formula_text(content, placed, number, column.key) if isinstance(content, Formula) else ""
        value = put(cell, content, formula)
        if value is not None:
            page.values[cell.coordinate] = value
        if kind == "long" and isinstance(content, str):
            tall.append((content, page.widths[position]))
        if row.style == "check" and column.key in placed.block.alert:
            page.sheet.conditional_formatting.add(cell.coordinate, _alert(cell.coordinate))
    if tall:
        page.sheet.row_dimensions[number].height = row_height(tall)
    if row.level:
        page.sheet.row_dimensions[number].outlineLevel = row.level


def _alert(address: str) -> Rule:
    off = f"IF(ISERROR({address}),TRUE,ABS({address})>0)"
    look = DifferentialStyle(font=Font(color=style.ALERT, bold=True), fill=style.ALERT_FILL)
    return Rule(type="expression", dxf=look, formula=[off])
