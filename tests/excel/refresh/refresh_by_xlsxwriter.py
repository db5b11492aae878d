"""Workbooks as XlsxWriter writes them (see refresh_workbooks)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from refresh_made import PNG, Made, left, workbook


def _xlsxwriter(
    folder: Path, name: str, options: Mapping[str, object] | None = None
) -> tuple[Path, xlsxwriter.Workbook]:
    path = folder / name
    return path, xlsxwriter.Workbook(path, {"strings_to_formulas": False, **(options or {})})


def _column(sheet: object) -> dict[str, object]:
    for month in range(1, 13):
        sheet.write_formula(month, 1, f'=BACKLOG("Acme Ltd",EOMONTH(DATE(2026,{month},1),0))', None, 1)
    sheet.write_formula(13, 1, "=SUM(B2:B13)", None, 1)
    return {f"B{month + 1}": left(month) for month in range(1, 13)} | {"B14": Decimal(66_000)}


def _closed(book: xlsxwriter.Workbook, path: Path, shows: Mapping[str, object], *parts: str, **more: object) -> Made:
    book.close()
    cells = {("Figures", cell): value for cell, value in shows.items()}
    return Made(path, cells, frozenset(parts or ("xl/worksheets/sheet1.xml",)), **more)


@workbook
def macros_with_a_signature(folder: Path) -> Made:
    vba, signature = folder / "vbaProject.bin", folder / "vbaProjectSignature.bin"
    vba.write_bytes(bytes(range(256)) * 40)
    signature.write_bytes(bytes(reversed(range(256))) * 9)
    path, book = _xlsxwriter(folder, "macros.xlsm")
    book.add_signed_vba_project(str(vba), str(signature))
    sheet = book.add_worksheet("Figures")
    sheet.insert_button("E2", {"macro": "Refresh", "caption": "Refresh"})
    return _closed(book, path, _column(sheet))


@workbook
def sparklines_and_new_formats(folder: Path) -> Made:
    path, book = _xlsxwriter(folder, "sparklines.xlsx")
    sheet = book.add_worksheet("Figures")
    shows = _column(sheet)
    sheet.add_sparkline("D1", {"range": "Figures!B2:B13"})
    sheet.conditional_format("B2:B13", {"type": "data_bar", "data_bar_2010": True, "bar_negative_color": "#FF0000"})
    sheet.conditional_format("B2:B13", {"type": "icon_set", "icon_style": "5_ratings"})
    return _closed(book, path, shows)


@workbook
def spilling_tables(folder: Path) -> Made:
    """Dynamic arrays: a list that grows over its former area, a total by the spill operator, one with no room."""
    path, book = _xlsxwriter(folder, "spilling_tables.xlsx")
    sheet = book.add_worksheet("Figures")
    sheet.write_dynamic_array_formula("A2:A3", '=CUSTOMERS("*")', None, "old")
    sheet.write_dynamic_array_formula("F2", '=BACKLOG({"Acme Ltd";"Empty AG"},DATE(2026,{1,2,3},28))', None, 0)
    sheet.write_formula("F1", "=SUM(_xlfn.ANCHORARRAY(F2))", None, 0)
    sheet.write_dynamic_array_formula("K2:M9", '=CUSTOMERS("Acme*")', None, "old")
    sheet.write_dynamic_array_formula("P2:P2", '=CUSTOMERS("*")', None, "old")
    sheet.write_string("Q4", "in the way")
    sheet.write_formula("P1", '=IFERROR(P2,"no room")', None, 0)
    day = {1: Decimal("11096.77"), 2: left(2), 3: Decimal("9096.77")}
    shows = {
        "A2": "customer_id", "B2": "name", "D2": "region", "A3": "C1", "B3": "Acme Ltd", "A5": "C3", "B5": "Empty AG",
        "F2": day[1], "G2": day[2], "H2": day[3], "F3": Decimal(0), "H3": Decimal(0), "F1": sum(day.values()),
        "K2": "customer_id", "K3": "C1", "L3": "Acme Ltd", "K4": None, "M9": None, "P2": "#SPILL!", "P1": "no room",
        "Q4": "in the way",
    }  # fmt: skip
    return _closed(book, path, shows)


@workbook
def controls_and_shapes(folder: Path) -> Made:
    image = folder / "dot.png"
    image.write_bytes(PNG)
    path, book = _xlsxwriter(folder, "controls.xlsx")
    sheet = book.add_worksheet("Figures")
    shows = _column(sheet)
    sheet.insert_checkbox("D2", True)
    sheet.insert_textbox("E2", "A shape")
    sheet.insert_image("E12", str(image))
    sheet.set_background(str(image))
    sheet.write_comment("A1", "Checked")
    sheet.embed_image("D5", str(image))
    return _closed(book, path, shows)


@workbook
def inline_texts(folder: Path) -> Made:
    path, book = _xlsxwriter(folder, "inline_texts.xlsx", {"constant_memory": True})
    sheet = book.add_worksheet("Figures")
    for row, (name, month) in enumerate((("Acme Ltd", 1), ("ACME LTD ", 2), ("Acme*", 3)), start=1):
        sheet.write_string(row, 0, name)
        sheet.write_formula(row, 1, f"=BACKLOG(A{row + 1},EOMONTH(DATE(2026,{month},1),0))", None, 0)
    return _closed(book, path, {"B2": left(1), "B3": left(2), "B4": left(3)})


@workbook
def chart_sheet_first(folder: Path) -> Made:
    """A chart sheet before the sheets, so that the numbers of sheets and of names differ; the chart keeps our figures."""
    path, book = _xlsxwriter(folder, "chart_sheet.xlsx")
    shown = book.add_chartsheet("Picture")
    sheet = book.add_worksheet("Figures")
    shows = _column(sheet)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Figures!$B$2:$B$13", "values_data": [1] * 12})
    shown.set_chart(chart)
    book.define_name("Figures!day", "=DATE(2026,5,31)")
    sheet.write_formula("D1", '=BACKLOG("Acme Ltd",day)', None, 0)
    book.set_custom_property("Checked by", "Controller")
    return _closed(book, path, {**shows, "D1": left(5)}, "xl/worksheets/sheet1.xml", "xl/charts/chart1.xml")


@workbook
def functions_around(folder: Path) -> Made:
    """Our functions inside others: those that the small calculator knows, and one that only a program does."""
    path, book = _xlsxwriter(folder, "functions_around.xlsx")
    sheet = book.add_worksheet("Figures")
    sheet.write_string("A1", "Acme Ltd")
    texts = {
        "B1": ('=IFERROR(BACKLOG("nobody"),"none")', "none"),
        "B2": ("=IF(BACKLOG(A1,DATE(2026,1,31))>10000,\"much\",\"little\")", "much"),
        "B3": ("=ROUND(BACKLOG(A1,DATE(2026,2,28))/7,2)", Decimal("1428.57")),
        "B4": ('="Backlog "&BACKLOG(A1,DATE(2026,2,28))', "Backlog 10000"),
        "B5": ('=BACKLOG("nobody",TODAY())', "#N/A"),
        "B6": ("=BACKLOG(A1,TODAY())", left(1)),
        "B7": ("=BACKLOG(A1,\"soon\")", "#VALUE!"),
        "B8": ("=SUM(BACKLOG(A1,B10:B11))", left(3) + left(4)),
        "B9": ("=1/0+BACKLOG(A1)", "#DIV/0!"),
        "B10": ("=EOMONTH(DATE(2026,1,1),2)+0*B6", Decimal(46112)),
        "B11": ("=EDATE(B10,1)", Decimal(46142)),
    }  # fmt: skip
    for cell, (text, _) in texts.items():
        sheet.write_formula(cell, text, None, 0)
    sheet.write_formula("C1", "=MEDIAN(B2,B3,B6)+BACKLOG(UPPER(A1),WORKDAY(DATE(2026,2,28),1))", None, 0)
    return _closed(book, path, {c: v for c, (_, v) in texts.items()}, left=frozenset([("Figures", "C1")]))
