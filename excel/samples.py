"""Two workbooks to begin with: a statement of one customer at one day, and a year of months for a board pack.

They hold formulas and inputs only; Excel or LibreOffice with the functions shows the figures, `backlog workbook refresh`
fills them in without either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import LineChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

STATEMENT, YEAR = "statement.xlsx", "year.xlsx"
_MONEY, _DAY = "#,##0.00;[Red]-#,##0.00;–", "yyyy-mm-dd"
_TITLE = Font(name="Calibri", size=16, bold=True, color="0B6B47")
_HEAD = Font(name="Calibri", bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="0B6B47")
_INPUT = PatternFill("solid", fgColor="FFF6DD")
_LINE = Border(top=Side(style="thin", color="0B6B47"))
_QUIET = Font(name="Calibri", italic=True, color="667066")

_LINES = (
    ("Contracted", "=CONTRACTED($B$3,$B$4)"),
    ("Recognized to date", '=RECOGNIZED($B$3,"",$B$4)'),
    ("Backlog", "=BACKLOG($B$3,$B$4)"),
    ("Remaining performance obligations", "=RPO($B$3,$B$4)"),
    ("… of that due within 12 months", "=RPO($B$3,$B$4,12)"),
    ("Billed to date", '=BILLED($B$3,"",$B$4)'),
    ("Collected to date", '=COLLECTED($B$3,"",$B$4)'),
    ("Contract liability (deferred revenue)", "=DEFERRED($B$3,$B$4)"),
    ("Unbilled", "=UNBILLED($B$3,$B$4)"),
    ("Receivable", "=RECEIVABLE($B$3,$B$4)"),
    ("… of that more than 90 days late", '=RECEIVABLE($B$3,$B$4,"90+")'),
)
_MONTHS = (
    ("Bookings", "=BOOKINGS($B$3,{first},{last})"),
    ("Cancellations", "=CANCELLATIONS($B$3,{first},{last})"),
    ("Recognized revenue", "=RECOGNIZED($B$3,{first},{last})"),
    ("Billed", "=BILLED($B$3,{first},{last})"),
    ("Backlog at month end", "=BACKLOG($B$3,{last})"),
    ("Deferred revenue at month end", "=DEFERRED($B$3,{last})"),
)


def write_samples(folder: Path, customer: str, day: dt.date) -> list[Path]:
    """Writes both workbooks, made out to a customer (or *) and a day; nothing that is there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {STATEMENT: _statement(customer, day), YEAR: _year(customer, day.year)}
    written = []
    for name, book in made.items():
        with (folder / name).open("xb") as file:
            book.save(file)
        written.append(folder / name)
    return written


def _statement(customer: str, day: dt.date) -> Workbook:
    book, sheet = _sheet("Statement", "Customer statement", [("Customer", customer), ("Day", day)])
    _headings(sheet, 6, ("What", "Amount"))
    for row, (what, formula) in enumerate(_LINES, 7):
        sheet.cell(row, 1, what)
        sheet.cell(row, 2, formula).number_format = _MONEY
    last = 7 + len(_LINES)
    sheet.cell(last, 1, "Check: contracted − recognized − backlog").font = _QUIET
    check = sheet.cell(last, 2, "=ROUND(B7-B8-B9,2)")
    check.number_format, check.border = _MONEY, _LINE
    sheet.cell(last + 1, 1, "Data as of").font = _QUIET
    sheet.cell(last + 1, 2, "=SYNCED()").number_format = "yyyy-mm-dd hh:mm"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 44, 22
    return book


def _year(customer: str, year: int) -> Workbook:
    book, sheet = _sheet("Year", "A year by months", [("Customer", customer), ("January of", dt.date(year, 1, 31))])
    _headings(sheet, 6, ("Month end", *[""] * 12, "Year"))
    for month in range(12):
        cell = sheet.cell(6, 2 + month, "=$B$4" if month == 0 else f"=EOMONTH({get_column_letter(1 + month)}6,1)")
        cell.number_format = "mmm yyyy"
    for row, (what, formula) in enumerate(_MONTHS, 7):
        sheet.cell(row, 1, what)
        for month in range(12):
            last = f"{get_column_letter(2 + month)}$6"
            cell = sheet.cell(row, 2 + month, formula.format(first=f"EOMONTH({last},-1)+1", last=last))
            cell.number_format = _MONEY
        flows = "{first}" in formula
        total = sheet.cell(row, 14, f"=SUM(B{row}:M{row})" if flows else f"=M{row}")
        total.number_format, total.font = _MONEY, Font(name="Calibri", bold=True)
    chart = LineChart()
    chart.title, chart.height, chart.width = "Backlog and deferred revenue", 8.5, 26
    chart.add_data(
        Reference(sheet, min_col=1, max_col=13, min_row=11, max_row=12), from_rows=True, titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=2, max_col=13, min_row=6))
    sheet.add_chart(chart, "A15")
    sheet.column_dimensions["A"].width = 32
    for column in range(2, 15):
        sheet.column_dimensions[get_column_letter(column)].width = 16
    sheet.freeze_panes = "B7"
    return book


def _sheet(name: str, title: str, inputs: Iterable[tuple[str, str | dt.date]]) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101
    sheet.title = name
    sheet.sheet_view.showGridLines = False
    sheet["A1"] = title
    sheet["A1"].font = _TITLE
    for row, (what, value) in enumerate(inputs, 3):
        sheet.cell(row, 1, what)
        cell = sheet.cell(row, 2, value)
        cell.fill, cell.alignment = _INPUT, Alignment(horizontal="left")
        if isinstance(value, dt.date):
            cell.number_format = _DAY
    return book, sheet


def _headings(sheet: Worksheet, row: int, names: Iterable[str]) -> None:
    for column, name in enumerate(names, 1):
        cell = sheet.cell(row, column, name or None)
        cell.font, cell.fill = _HEAD, _FILL
        cell.alignment = Alignment(horizontal="left" if column == 1 else "right")
