"""Draws a laid-out sheet: what stands around the rows with openpyxl, the rows themselves as they stand in the file."""

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
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack import style
from excel.pack.charts import Blocks, draw_chart
from excel.pack.layout import Layout, Placed
from excel.pack.pen import LOOKS_LIKE_FORMULA, Pen
from excel.pack.rows import cell_xml, opened, row_xml
from excel.pack.sheet import Column, Formula, Link, Row
from excel.pack.text import as_text
from excel.pack.widths import column_widths, row_height


@dataclass(frozen=True)
class Page:
    """One sheet being drawn: where, with which pen, how wide its columns are, and its rows by number, as in the file."""

    book: Workbook
    sheet: Worksheet
    pen: Pen
    widths: Mapping[int, float]
    rows: dict[int, str] = field(default_factory=dict)

    def line(self, row: int, text: str, font: Font) -> None:
        """A line of text in the first column, which no program takes for a formula, now or when it is edited."""
        cell = self.sheet.cell(row, 1)
        cell.value = as_text(text)
        cell.data_type, cell.font = "s", font
        if text.startswith(LOOKS_LIKE_FORMULA):
            cell.quotePrefix = True

    def paragraph(self, row: int, text: str | Formula, font: Font) -> None:
        """Text over the whole width, wrapped, so that nothing of it is cut on screen or on paper."""
        look = self.pen.plain(font, Alignment(wrap_text=True, vertical="top"))
        if len(self.widths) > 1:
            self.sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(self.widths))
        words = str(text.value if isinstance(text, Formula) else text)
        formula = f"={text.text}" if isinstance(text, Formula) else ""
        height = row_height([(words, sum(self.widths.values()))])
        self.rows[row] = opened(row, height) + cell_xml(f"A{row}", look, text, formula) + "</row>"

    def name(self, name: str, area: str) -> None:
        """A name in the workbook for an area of this sheet."""
        title = self.sheet.title.replace("'", "''")
        self.book.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!{area}")


def draw(book: Workbook, sheet: Worksheet, pen: Pen, layout: Layout, blocks: Blocks) -> dict[int, str]:
    """Draws one sheet, its charts from any of `blocks`; the rows by number that belong into its file, figures exact."""
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
    return page.rows


def _draw_block(page: Page, placed: Placed) -> None:
    block = placed.block
    if placed.title:
        page.line(placed.title, block.title, style.BLOCK_TITLE)
    titles = []
    for number, column in enumerate(block.columns, 1):
        _draw_header(page.sheet.cell(placed.header, number), column)
        if isinstance(column.title, str):
            titles.append((column.title, page.widths[number]))
    page.sheet.row_dimensions[placed.header].height = row_height(titles, 18, bold=True)
    for number, row in placed.rows():
        page.rows[number] = row_xml(placed, number, row, page.pen, page.widths)
        for key, name in row.names.items():
            page.name(name, f"${get_column_letter(placed.column(key))}${number}")
        _around(page, placed, number, row)
    if not block.rows:
        page.line(placed.first, "None.", style.QUIET)
    for key, name in block.names.items():
        page.name(name, placed.body(key))
    if block.table and block.rows:
        area = f"A{placed.header}:{get_column_letter(len(block.columns))}{placed.last}"
        table = Table(displayName=block.table, ref=area)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
        table._initialise_columns()  # type: ignore[attr-defined]
        for column, named in zip(block.columns, table.tableColumns, strict=True):
            named.name = str(column.title)
        table.headerRowCount = None  # one, as usual; else the library makes a cell of every place to find the headings
        page.sheet.add_table(table)
    if block.note:
        page.line(placed.end + 1, block.note, style.QUIET)


def _around(page: Page, placed: Placed, number: int, row: Row) -> None:
    """What belongs to a row and stands elsewhere in the file: links, red where a check fails, folding."""
    if row.style == "check":
        for key in placed.block.alert:
            if key in row.cells:
                address = f"{get_column_letter(placed.column(key))}{number}"
                page.sheet.conditional_formatting.add(address, _alert(address))
    if row.level:
        page.sheet.sheet_format.outlineLevelRow = max(row.level, page.sheet.sheet_format.outlineLevelRow or 0)
    for key, content in row.cells.items():
        if isinstance(content, Link):
            address = f"{get_column_letter(placed.column(key))}{number}"
            target = content.sheet.replace("'", "''")
            page.sheet._hyperlinks.append(Hyperlink(ref=address, location=f"'{target}'!A1"))  # type: ignore[attr-defined]


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


def _alert(address: str) -> Rule:
    off = f"IF(ISERROR({address}),TRUE,ABS({address})>0)"
    look = DifferentialStyle(font=Font(color=style.ALERT, bold=True), fill=style.ALERT_FILL)
    return Rule(type="expression", dxf=look, formula=[off])
