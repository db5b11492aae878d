"""A workbook that LibreOffice wrote, with a chart and a pivot table: refreshed, and nothing of it lost."""

from __future__ import annotations

import re
import shutil
import zipfile

import openpyxl
import pytest
from refresh_libreoffice import DOCUMENT

from excel.refresh.libreoffice import LibreOffice
from excel.refresh.one import Options, refresh_file

pytestmark = [pytest.mark.tool("soffice"), pytest.mark.timeout(240)]
XLSX = "xlsx:Calc MS Excel 2007 XML"


def test_its_figures_are_those_of_the_books_and_all_else_is_as_it_was(tmp_path, booked, converted, changed_parts):
    source = tmp_path / "figures.fods"
    source.write_text(DOCUMENT, encoding="utf-8")
    original = converted([source], XLSX)[source]
    path = tmp_path / "figures.xlsx"
    shutil.copy(original, path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        written = archive.read("xl/worksheets/sheet1.xml")
    # It is what it is meant to be: LibreOffice's own spelling of our function, its chart, its pivot table with a cache.
    assert b">backlog(A2,DATE(2026,1,31))</f><v>#NAME?</v>" in written
    assert {"xl/charts/chart1.xml", "xl/pivotTables/pivotTable1.xml", "xl/pivotCache/pivotCacheRecords1.xml"} <= set(
        names
    )
    found = refresh_file(path, booked, LibreOffice.found(), Options(backups=0))
    assert (found.state, found.left) == ("refreshed", [])
    sheet = openpyxl.load_workbook(path, data_only=True)["Figures"]
    assert [sheet[f"B{row}"].value for row in (2, 3, 4)] == [11000, 10000, 21000]
    # The sheet, and the chart's kept figures; the pivot's cache is Excel's to refresh.
    assert changed_parts(original, path) <= {"xl/worksheets/sheet1.xml", "xl/charts/chart1.xml"}
    with zipfile.ZipFile(path) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    kept = chart[chart.index("<c:val>") : chart.index("</c:val>")]
    assert [float(value) for value in re.findall(r"<c:v>([^<]*)</c:v>", kept)] == [11000, 10000]
    assert converted([path], "pdf")[path].stat().st_size > 1000  # it still opens
