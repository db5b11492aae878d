"""A workbook printed as PDF: with the values that are stored in it; without the program, the remedy is told."""

from __future__ import annotations

import re
import zipfile
from types import SimpleNamespace

import openpyxl
import pytest

from excel.patch import CellError, patch
from excel.printed import as_pdf, printer
from excel.refresh.libreoffice import LibreOffice
from model.errors import ConfigNeeded


@pytest.fixture
def workbook(tmp_path):
    """A figure of ours that has a value, one that has a reason instead, and a formula that was never computed."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["A2"], sheet["A3"] = '=BACKLOG("*",1)', '=METRIC("quick_ratio",1)', "=1+1"
    path = tmp_path / "pack.xlsx"
    book.save(path)
    patch(path, {"Sheet": {"A1": 1100, "A2": CellError("#N/A")}})
    return path


class Copies:
    """In place of the program: keeps what it is given to print."""

    def printed(self, path, folder):
        with zipfile.ZipFile(path) as archive:
            self.sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        made = folder / "out.pdf"
        made.write_bytes(b"%PDF-1.7")
        return made


def test_what_is_printed_holds_the_stored_values(workbook, tmp_path):
    program = Copies()
    before = workbook.read_bytes()
    as_pdf(workbook, tmp_path / "pack.pdf", program)
    assert re.findall(r"<f>(.*?)</f>", program.sheet) == ["1+1"]
    assert re.findall(r'<c r="A1"[^>]*><v>1100</v></c>', program.sheet)
    assert re.findall(r'<c r="A2"[^>]*t="e"[^>]*><v>#N/A</v></c>', program.sheet)
    assert (tmp_path / "pack.pdf").read_bytes() == b"%PDF-1.7"
    assert workbook.read_bytes() == before


def test_without_libreoffice_the_remedy_is_told(monkeypatch):
    monkeypatch.setattr(LibreOffice, "found", classmethod(lambda cls, seconds=300: None))
    for named, remedy in (("auto", "Install it"), ("off", 'libreoffice = "auto"')):
        settings = SimpleNamespace(
            workbooks=SimpleNamespace(libreoffice=named, seconds=60), where=lambda *keys: "config.toml line 9"
        )
        with pytest.raises(ConfigNeeded, match=re.escape(remedy)):
            printer(settings)


@pytest.mark.tool("soffice", "pdftotext")
def test_libreoffice_prints_what_excel_shows(workbook, tmp_path):
    import subprocess

    out = as_pdf(workbook, tmp_path / "pack.pdf", LibreOffice.found())
    text = subprocess.run(["pdftotext", str(out), "-"], capture_output=True, text=True, check=True).stdout
    assert text.split() == ["1100", "#N/A", "2"]
