"""A patch changes the values asked for, in their own sheet, and not one byte elsewhere."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from excel.patch import CellError, WorkbookRefused, patch
from model.errors import RetryLater

VALUES = {
    "B1": Decimal("12000.00"),
    "B2": CellError("#N/A"),
    "B3": "not yet billed <&>",
    "B4": True,
    "B30": Decimal("-0.01"),
}


@pytest.mark.parametrize("writer", ["by_openpyxl", "by_xlsxwriter"])
def test_only_the_sheet_named_changes(writer, request, tmp_path, changed_parts):
    original = request.getfixturevalue(writer)
    copy = tmp_path / f"copy{original.suffix}"
    shutil.copy(original, copy)
    done = patch(copy, {"Figures": VALUES})
    assert changed_parts(original, copy) == {"xl/worksheets/sheet1.xml"} == set(done.parts)
    assert done.cells == 5


@pytest.mark.parametrize("writer", ["by_openpyxl", "by_xlsxwriter"])
def test_other_programs_read_the_values_and_the_formulas_stay(writer, request):
    path = request.getfixturevalue(writer)
    patch(path, {"Figures": VALUES})
    sheet = openpyxl.load_workbook(path, data_only=True)["Figures"]
    assert [sheet[a].value for a in VALUES] == [12000, "#N/A", "not yet billed <&>", True, -0.01]
    assert openpyxl.load_workbook(path)["Figures"]["B2"].value == "=BACKLOG(A2,DATE(2026,10,31))"
    rows = python_calamine.load_workbook(str(path)).get_sheet_by_name("Figures").to_python()
    assert [rows[0][1], rows[2][1], rows[3][1], rows[29][1]] == [12000.0, "not yet billed <&>", True, -0.01]


def test_only_the_values_change_inside_the_sheet(by_xlsxwriter):
    with zipfile.ZipFile(by_xlsxwriter) as archive:
        before = archive.read("xl/worksheets/sheet1.xml")
    patch(by_xlsxwriter, {"Figures": {"B7": Decimal("5.50")}})
    with zipfile.ZipFile(by_xlsxwriter) as archive:
        after = archive.read("xl/worksheets/sheet1.xml")
    formula = b"<f>BACKLOG(A7,DATE(2026,10,31))</f>"
    assert after == before.replace(formula + b"<v>1</v>", formula + b"<v>5.50</v>")
    assert after != before


def test_a_result_may_go_to_another_file(by_openpyxl, tmp_path, changed_parts):
    before, out = by_openpyxl.read_bytes(), tmp_path / "out.xlsx"
    patch(by_openpyxl, {"Other & more": {"A1": "new"}}, out)
    assert by_openpyxl.read_bytes() == before
    assert changed_parts(by_openpyxl, out) == {"xl/worksheets/sheet2.xml"}


def test_days_follow_the_workbook_s_own_calendar(handmade, sheet_xml):
    path = handmade(sheet_xml('<row r="1"><c r="A1"/></row>'), properties='<workbookPr date1904="1"/>')
    patch(path, {"Figures": {"A1": dt.date(1904, 1, 2)}})
    with zipfile.ZipFile(path) as archive:
        assert b'<c r="A1"><v>1</v></c>' in archive.read("xl/worksheets/sheet1.xml")


def _refused(path: Path, cells: dict) -> str:
    before = path.read_bytes()
    with pytest.raises(WorkbookRefused) as refused:
        patch(path, cells)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_what_cannot_be_patched_is_refused_by_name(tmp_path, by_openpyxl, handmade, sheet_xml):
    path = tmp_path / "locked.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))
    assert "protected with a password" in _refused(path, {})
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "Excel 97" in _refused(path, {})
    path.write_bytes(by_openpyxl.read_bytes()[:900])
    assert "damaged" in _refused(path, {"Figures": VALUES})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "Dear Sirs")
    assert "no workbook" in _refused(path, {"Figures": VALUES})
    assert "'Sales'" in _refused(by_openpyxl, {"Sales": VALUES})
    assert "row 99, column 2" in _refused(by_openpyxl, {"Figures": {"B99": 1}})
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    hostile = sheet_xml('<row r="1"><c r="A1"/></row>').replace("<worksheet", bomb + "<worksheet")
    assert "document type" in _refused(handmade(hostile), {"Figures": {"A1": 1}})
    assert "UTF-8" in _refused(handmade(sheet_xml("").encode("utf-16")), {"Figures": {"A1": 1}})
    assert "not well formed" in _refused(
        handmade(sheet_xml('<row r="1"><c r="A1"/></row><row r="2"></oops></row>')), {"Figures": {"A1": 1}}
    )


def test_a_damaged_part_elsewhere_is_not_hidden_by_the_patch(handmade, sheet_xml):
    path = handmade(sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>'), {"xl/notes.bin": b"kept as it was"})
    patch(path, {"Figures": {"A1": 2}})
    with zipfile.ZipFile(path) as archive:
        assert archive.read("xl/notes.bin") == b"kept as it was"
        assert archive.getinfo("xl/notes.bin").compress_type == zipfile.ZIP_STORED


def test_an_open_workbook_is_left_alone(by_openpyxl):
    by_openpyxl.with_name("~$openpyxl.xlsx").write_bytes(b"")
    before = by_openpyxl.read_bytes()
    with pytest.raises(RetryLater, match="open in Excel"):
        patch(by_openpyxl, {"Figures": VALUES})
    assert by_openpyxl.read_bytes() == before


def test_a_failed_swap_leaves_the_old_file(by_openpyxl, monkeypatch):
    def held(self: Path, target: Path) -> Path:
        raise PermissionError(13, "in use")

    before = by_openpyxl.read_bytes()
    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr("excel.patch.swap._PAUSE_SECONDS", 0)
    with pytest.raises(RetryLater, match="in use by another program"):
        patch(by_openpyxl, {"Figures": VALUES})
    assert by_openpyxl.read_bytes() == before
    assert sorted(p.name for p in by_openpyxl.parent.iterdir()) == ["openpyxl.xlsx"]
