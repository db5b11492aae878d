"""Workbooks made by several writers, and a way to see which bytes of a package differ."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import openpyxl.chart
import openpyxl.comments
import pytest
import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000ffff03000006000557bfabd40000000049454e44ae426082"
)


@pytest.fixture
def sheet_xml() -> Callable[[str], str]:
    """A worksheet around rows written by hand."""
    return lambda rows: f'<?xml version="1.0"?>\n<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.fixture
def handmade(tmp_path: Path) -> Callable[..., Path]:
    """A workbook of one sheet whose XML is given, with more parts and workbook properties if wanted."""

    def make(sheet: str | bytes, parts: Mapping[str, bytes] | None = None, properties: str = "") -> Path:
        path = tmp_path / "hand.xlsx"
        kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                "[Content_Types].xml",
                f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="bin" ContentType="application/octet-stream"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
                f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
            )
            archive.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
                f'Type="{RELATIONS}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
            )
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}'
                '<sheets><sheet name="Figures" sheetId="1" r:id="rId7"/></sheets></workbook>',
            )
            archive.writestr(
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId7" '
                f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            )
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
            for name, data in (parts or {}).items():
                archive.writestr(name, data, zipfile.ZIP_STORED)
        return path

    return make


@pytest.fixture
def by_openpyxl(tmp_path: Path) -> Path:
    """Formulas, a chart, a comment, a table, two sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    for row in range(1, 31):
        sheet.cell(row, 1, f"Customer {row}")
        sheet.cell(row, 2, f"=BACKLOG(A{row},DATE(2026,10,31))")
        sheet.cell(row, 3, row * 1.5)
    sheet["A1"].comment = openpyxl.comments.Comment("Checked", "Controller")
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(sheet, min_col=3, min_row=1, max_row=30))
    sheet.add_chart(chart, "F2")
    book.create_sheet("Other & more")["A1"] = "left alone"
    path = tmp_path / "openpyxl.xlsx"
    book.save(path)
    return path


@pytest.fixture
def by_xlsxwriter(tmp_path: Path) -> Path:
    """A chart, an image, sparklines, an x14 format, an array and a dynamic array, a text box, VBA bytes."""
    vba, image = tmp_path / "vbaProject.bin", tmp_path / "dot.png"
    vba.write_bytes(bytes(range(256)) * 40)
    image.write_bytes(PNG)
    path = tmp_path / "xlsxwriter.xlsm"
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    book.add_vba_project(str(vba))
    sheet = book.add_worksheet("Figures")
    for row in range(30):
        sheet.write_string(row, 0, f"Customer {row + 1}")
        sheet.write_formula(row, 1, f"=BACKLOG(A{row + 1},DATE(2026,10,31))", None, 1)
        sheet.write_number(row, 2, row * 1.5)
    sheet.write_array_formula("D1:D3", "{=A1:A3}", None, "old")
    sheet.write_dynamic_array_formula("E1:E3", "=SORT(C1:C3)", None, 0)
    sheet.add_sparkline("G1", {"range": "Figures!C1:C30"})
    sheet.conditional_format("C1:C30", {"type": "data_bar", "data_bar_2010": True})
    sheet.insert_image("I2", str(image))
    sheet.insert_textbox("I9", "A shape")
    sheet.write_comment("A1", "Checked")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Figures!$C$1:$C$30"})
    sheet.insert_chart("I20", chart)
    book.close()
    return path
