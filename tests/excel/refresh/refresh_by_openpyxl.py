"""Workbooks as openpyxl writes them (see refresh_workbooks)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.chart
import openpyxl.comments
import openpyxl.drawing.image
import openpyxl.formatting.rule
import openpyxl.styles
import openpyxl.workbook.defined_name
import openpyxl.worksheet.datavalidation
import openpyxl.worksheet.formula
import openpyxl.worksheet.table
from refresh_made import PNG, Made, left, workbook


def _saved(
    book: openpyxl.Workbook, path: Path, shows: Mapping[str, object], *parts: str, sheet: str = "Figures"
) -> Made:
    book.save(path)
    return Made(
        path, {(sheet, cell): value for cell, value in shows.items()}, frozenset(parts or ("xl/worksheets/sheet1.xml",))
    )


def _months(sheet: object, column: int = 2) -> dict[str, object]:
    """Twelve month ends with Acme's backlog beside them, and a total."""
    for month in range(1, 13):
        sheet.cell(month + 1, 1, dt.date(2026 + month // 12, month % 12 + 1, 1) - dt.timedelta(1))
        sheet.cell(month + 1, column, f'=BACKLOG("Acme Ltd",A{month + 1})')
    sheet.cell(14, column, "=SUM(B2:B13)")
    return {f"B{month + 1}": left(month) for month in range(1, 13)} | {"B14": Decimal(66_000)}


def _figures() -> tuple[Any, Any]:
    """A workbook with one sheet, Figures."""
    book = openpyxl.Workbook()
    book.active.title = "Figures"
    return book, book.active


@workbook
def chart_of_figures(folder: Path) -> Made:
    """A chart that draws our cells keeps them; a comment, a frozen pane."""
    book, sheet = _figures()
    shows = _months(sheet)
    sheet["A1"].comment = openpyxl.comments.Comment("Checked", "Controller")
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(sheet, min_col=2, min_row=2, max_row=13))
    sheet.add_chart(chart, "E2")
    sheet.freeze_panes = "A2"
    return _saved(book, folder / "chart_of_figures.xlsx", shows)


@workbook
def defined_names(folder: Path) -> Made:
    """Names for a day, a customer, a formula of ours; one sheet has a name of its own."""
    book, sheet = _figures()
    other = book.create_sheet("Other data")
    other["A1"] = "Acme Ltd"
    sheet["A1"] = dt.date(2026, 3, 31)
    names = {"as_of": "Figures!$A$1", "who": "'Other data'!$A$1", "total_left": "BACKLOG(who,as_of)", "months": "12"}
    for name, text in names.items():
        book.defined_names[name] = openpyxl.workbook.defined_name.DefinedName(name, attr_text=text)
    other.defined_names["as_of"] = openpyxl.workbook.defined_name.DefinedName("as_of", attr_text="DATE(2026,6,30)")
    sheet["B1"], sheet["B2"], sheet["B3"] = "=total_left", "=BACKLOG(who,as_of)/months", "=-total_left"
    other["B1"] = "=BACKLOG(A1,as_of)"
    made = _saved(
        book, folder / "defined_names.xlsx", {"B1": left(3), "B2": Decimal(750), "B3": -left(3)},
        "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml",
    )  # fmt: skip
    return Made(made.path, {**made.shows, ("Other data", "B1"): left(6)}, made.parts)


@workbook
def a_table(folder: Path) -> Made:
    """A native table with calculated columns, by structured references."""
    book, sheet = _figures()
    sheet.append(["Customer", "As of", "Backlog [USD]"])
    for row, month in enumerate((1, 2, 12), start=2):
        sheet.append(["Acme Ltd", dt.date(2026 + month // 12, month % 12 + 1, 1) - dt.timedelta(1)])
        sheet.cell(row, 3, "=BACKLOG(Deals[[#This Row],[Customer]],Deals[[#This Row],[As of]])")
    sheet["E1"] = "=SUM(Deals[Backlog '[USD']])"
    sheet["E2"] = "=BACKLOG(Deals[[#This Row],[Customer]],Deals[[#This Row],[As of]])"
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="Deals", ref="A1:C4"))
    shows = {"C2": left(1), "C3": left(2), "C4": left(12), "E1": left(1) + left(2), "E2": left(1)}
    return _saved(book, folder / "a_table.xlsx", shows)


@workbook
def formats_and_validations(folder: Path) -> Made:
    book, sheet = _figures()
    shows = _months(sheet)
    sheet.conditional_formatting.add(
        "B2:B13", openpyxl.formatting.rule.ColorScaleRule(start_type="min", end_type="max")
    )
    valid = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1='"Acme Ltd,Beta KK"')
    sheet.add_data_validation(valid)
    valid.add("D1")
    sheet["B5"].font = openpyxl.styles.Font(bold=True)
    sheet["B5"].number_format = "#,##0.00"
    return _saved(book, folder / "formats_and_validations.xlsx", shows)


@workbook
def calendar_of_1904(folder: Path) -> Made:
    """A workbook that counts its days from 1904."""
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "Figures"
    sheet["A1"] = dt.date(2026, 4, 30)
    sheet["B1"], sheet["B2"] = '=BACKLOG("Acme Ltd",A1)', '=BACKLOG("Acme Ltd",EOMONTH(A1,1))'
    sheet["B3"], sheet["B4"] = '=BACKLOG("Acme Ltd",DATE(2026,6,30))', "=DATE(2026,6,30)-A1+0*B3"
    shows = {"B1": left(4), "B2": left(5), "B3": left(6), "B4": Decimal(61)}
    return _saved(book, folder / "calendar_of_1904.xlsx", shows)


@workbook
def protected(folder: Path) -> Made:
    """A protected sheet and a locked structure: values change, nothing else does."""
    book, sheet = _figures()
    shows = _months(sheet)
    sheet.protection.sheet = True
    sheet.protection.password = "secret"
    book.security = openpyxl.workbook.protection.WorkbookProtection(workbookPassword="secret", lockStructure=True)
    return _saved(book, folder / "protected.xlsx", shows)


@workbook
def entered_arrays(folder: Path) -> Made:
    """Arrays as they were entered before there were dynamic ones: their area is fixed."""
    book, sheet = _figures()
    sheet["A1"], sheet["B1"], sheet["C1"] = None, dt.date(2026, 1, 31), dt.date(2026, 2, 28)
    sheet["A2"], sheet["A3"] = "Acme Ltd", "Empty AG"
    array = openpyxl.worksheet.formula.ArrayFormula
    sheet["B2"] = array("B2:C3", "=BACKLOG(A2:A3,B1:C1)")
    sheet["E2"] = array("E2:E5", "=BACKLOG(A2:A3,B1)")
    sheet["G2"] = array("G2:G3", "=BACKLOG(A2:A3,B1)*2")
    na = "#N/A"
    shows = {
        "B2": left(1), "C2": left(2), "B3": Decimal(0), "C3": Decimal(0), "E2": left(1), "E3": Decimal(0), "E4": na,
        "E5": na, "G2": 2 * left(1), "G3": Decimal(0),
    }  # fmt: skip
    return _saved(book, folder / "entered_arrays.xlsx", shows)


@workbook
def hidden_sheets_and_pictures(folder: Path) -> Made:
    image = folder / "dot.png"
    image.write_bytes(PNG)
    book, sheet = _figures()
    shows = _months(sheet)
    secret = book.create_sheet("Secret")
    secret.sheet_state = "veryHidden"
    secret["A1"] = "=Figures!B2*2"
    sheet.merge_cells("D2:E4")
    sheet.row_dimensions[5].hidden = True
    sheet.print_title_rows = "1:1"
    made = _saved(
        book, folder / "hidden_sheets_and_pictures.xlsx", shows, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
    )
    return Made(made.path, {**made.shows, ("Secret", "A1"): 2 * left(1)}, made.parts)


@workbook
def a_template(folder: Path) -> Made:
    book = openpyxl.Workbook()
    book.template = True
    book.active.title = "Figures"
    return _saved(book, folder / "a_template.xltx", _months(book.active))


@workbook
def a_chain_of_formulas(folder: Path) -> Made:
    """Two hundred cells, each on the one before, and a sheet that sums another by its column."""
    book, sheet = _figures()
    sheet["A1"] = '=BACKLOG("Acme Ltd",DATE(2026,1,31))'
    for row in range(2, 202):
        sheet.cell(row, 1, f"=A{row - 1}+1")
    other = book.create_sheet("Sum")
    other["A1"] = "=SUM(Figures!A:A)"
    made = _saved(
        book, folder / "a_chain.xlsx", {"A1": left(1), "A201": left(1) + 200}, "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
    )  # fmt: skip
    return Made(made.path, {**made.shows, ("Sum", "A1"): 201 * left(1) + 20_100}, made.parts)
