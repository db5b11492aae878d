"""Other people's workbooks after a refresh: our cells show the books' figures, and nothing else in the file has moved.

Thirty workbooks by openpyxl, XlsxWriter and by hand; see refresh_workbooks for what each holds, test_by_libreoffice for
one by LibreOffice.
"""

from __future__ import annotations

import re
import shutil
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from refresh_workbooks import MAKERS, Made

from excel.refresh.one import Options, refresh_file

CELL = re.compile(rb"<((?:\w+:)?)c(?=[\s/>])[^>]*(?:/>|(?<!/)>.*?</\1c>)", re.DOTALL)
GROW = ("spilling_tables", "entered_arrays")  # rows and cells are new there, or the reach of a formula moves
# LibreOffice computes arrays, shared formulas, errors and what depends on TODAY() whenever it opens a file, and knows no
# function of ours.
COMPUTED_ON_OPENING = {
    "shared_formulas": ("B1", "B2", "B3", "B4", "C1", "C2", "C3", "C4"),
    "functions_around": ("B5", "B6", "B7", "B8", "B9", "B10", "B11"),
    "entered_arrays": ("B2", "C2", "B3", "C3", "E2", "E3", "E4", "E5", "G2", "G3"),
    "spilling_tables": (
        "A2",
        "B2",
        "D2",
        "A3",
        "B3",
        "A5",
        "B5",
        "F1",
        "F2",
        "G2",
        "H2",
        "F3",
        "H3",
        "K2",
        "K3",
        "L3",
        "P1",
        "P2",
    ),
}
UNREAD = ("strict_namespace",)  # openpyxl and calamine know no strict workbooks
XLSX = "xlsx:Calc MS Excel 2007 XML"


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory, booked):
    """Each workbook, its original and what a refresh said of it."""
    known: dict[str, tuple[Path, Made, object]] = {}

    def refresh(name: str) -> tuple[Path, Made, object]:
        if name not in known:
            made = MAKERS[name](tmp_path_factory.mktemp(name))
            original = tmp_path_factory.mktemp("original") / made.path.name
            shutil.copy(made.path, original)
            known[name] = (original, made, refresh_file(made.path, booked, None, Options(backups=1)))
        return known[name]

    return refresh


def shown(path: Path, cells) -> dict[tuple[str, str], object]:
    """The values as openpyxl reads them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=True)
    found = {}
    for sheet, cell in cells:
        value = book[sheet][cell].value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        found[sheet, cell] = Decimal(str(value)).quantize(Decimal("0.01")) if number else value
    return found


def expected(made: Made) -> dict[tuple[str, str], object]:
    return {
        cell: value.quantize(Decimal("0.01")) if isinstance(value, Decimal) else value
        for cell, value in made.shows.items()
    }


@pytest.mark.parametrize("name", MAKERS)
def test_the_cells_show_the_figures_of_the_books(name, refreshed):
    _, made, found = refreshed(name)
    assert found.state == "refreshed", found.reason
    assert {(note.sheet, note.cell) for note in found.left} == made.left
    if name not in UNREAD:
        assert shown(made.path, made.shows) == expected(made)


@pytest.mark.parametrize("name", MAKERS)
def test_only_the_sheets_with_our_cells_differ(name, refreshed, changed_parts):
    original, made, _ = refreshed(name)
    asked = {"xl/workbook.xml"} if made.left else set()
    assert changed_parts(original, made.path) - asked <= made.parts
    assert "xl/worksheets/sheet1.xml" in changed_parts(original, made.path)


@pytest.mark.parametrize("name", MAKERS)
def test_within_a_sheet_only_values_differ(name, refreshed):
    """Formulas, styles and everything between the cells are the bytes that were there."""
    original, made, _ = refreshed(name)
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(made.path) as new:
        for part in (p for p in made.parts if "worksheets" in p):
            before, after = (_without_values(archive.read(part)) for archive in (old, new))
            if name in GROW:
                before, after = (
                    re.sub(rb"<row.*</row>|<dimension[^>]*>", b"", t, flags=re.DOTALL) for t in (before, after)
                )
            assert before == after


def _without_values(sheet: bytes) -> bytes:
    """A sheet without the values and their kinds of the cells that have a formula."""
    return CELL.sub(_without_value, sheet)


def _without_value(cell: re.Match[bytes]) -> bytes:
    text = re.sub(rb"""(<(?:\w+:)?c\b[^>]*?)\s+t=["']\w+["']""", rb"\1", cell[0], count=1)
    text = re.sub(rb"<((?:\w+:)?)v(?: [^>]*)?(?:/>|>.*?</\1v>)", b"", text, flags=re.DOTALL)
    return re.sub(rb"<((?:\w+:)?)c\b([^>]*?)\s*/?>\s*(?:</\1c>)?\Z", rb"<\1c\2>", text)


@pytest.mark.parametrize("name", MAKERS)
def test_calamine_reads_the_same_values(name, refreshed):
    _, made, _ = refreshed(name)
    if name in UNREAD or made.path.suffix == ".xltx":
        return
    book = python_calamine.load_workbook(str(made.path))
    for (sheet, cell), value in made.shows.items():
        row, column = openpyxl.utils.cell.coordinate_to_tuple(cell)
        page = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        found = page[row - 1][column - 1] if row <= len(page) and column <= len(page[row - 1]) else ""
        if isinstance(value, Decimal) and not hasattr(found, "year"):
            assert found == pytest.approx(float(value), abs=0.005), cell
        elif isinstance(value, str) and not value.startswith("#"):
            assert found == value, cell


def test_a_second_refresh_changes_nothing(refreshed, booked):
    for name in MAKERS:
        _, made, _ = refreshed(name)
        before = made.path.read_bytes()
        assert refresh_file(made.path, booked, None, Options()).state == "unchanged", name
        assert made.path.read_bytes() == before


def test_the_former_file_is_kept_beside(refreshed):
    original, _, found = refreshed("chart_of_figures")
    assert found.backup is not None
    assert found.backup.read_bytes() == original.read_bytes()
    assert found.backup.name.startswith("chart_of_figures.xlsx.bak-")


def test_what_a_person_should_know_is_told(refreshed):
    _, _, spellings = refreshed("other_spellings")
    assert "CUSTOMERS of netsuite.xlam: left alone, it is not ours" in spellings.notes
    _, _, rest = refreshed("everything_else")
    assert any("digital signature" in note for note in rest.notes)
    assert any("pivot tables" in note for note in rest.notes)
    assert any("charts of the newer kinds" in note for note in rest.notes)
    _, _, around = refreshed("functions_around")
    assert [(n.cell, n.text) for n in around.errors if n.cell == "B7"] == [
        ("B7", "#VALUE!: date: 'soon' is no date: use a date cell or ISO text, such as 2026-01-31")
    ]
    _, _, spills = refreshed("spilling_tables")
    assert [n.cell for n in spills.errors] == ["P2"]


def test_charts_keep_the_new_figures(refreshed):
    _, made, _ = refreshed("chart_sheet_first")
    with zipfile.ZipFile(made.path) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    kept = chart[chart.index("<c:numCache>") :]
    assert [float(value) for value in re.findall(r"<c:v>([^<]*)</c:v>", kept)] == [
        12_000 - 1_000 * m for m in range(1, 13)
    ]


@pytest.mark.tool("soffice")
@pytest.mark.timeout(300)
def test_libreoffice_opens_each_and_shows_the_values(refreshed, converted):
    mades = {name: refreshed(name)[1] for name in MAKERS}
    copies = converted([m.path for m in mades.values()], XLSX)
    for name, made in mades.items():
        cells = {cell: v for cell, v in expected(made).items() if v is not None}
        cells = {cell: v for cell, v in cells.items() if cell[1] not in COMPUTED_ON_OPENING.get(name, ())}
        found = shown(copies[made.path], cells)
        days = {cell for cell, value in found.items() if hasattr(value, "year")}
        assert {c: v or "" for c, v in found.items() if c not in days} == {
            c: v or "" for c, v in cells.items() if c not in days
        }, name
