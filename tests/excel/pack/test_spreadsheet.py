"""The pack in a real spreadsheet program: it opens, its native formulas compute to their stored values, it prints."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import openpyxl
import pytest

pytestmark = [pytest.mark.tool("soffice"), pytest.mark.timeout(240)]
OURS = re.compile(
    r"\b(BACKLOG|CONTRACTED|RECOGNIZED|BILLED|COLLECTED|DEFERRED|UNBILLED|RECEIVABLE|RPO|BOOKINGS|CANCELLATIONS|METRIC|SCENARIO)\("
)


@pytest.fixture(scope="module")
def convert(tmp_path_factory):
    """Converts a file with LibreOffice, in a profile of its own."""
    profile = tmp_path_factory.mktemp("profile")

    def run(path: Path, kind: str, out: Path) -> Path:
        command = [
            "soffice", "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", kind,
            "--outdir", str(out), str(path),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        made = out / f"{path.stem}.{kind.partition(':')[0]}"
        assert made.exists(), done.stderr
        return made

    return run


def native_copy(pack: Path, out: Path) -> dict[tuple[str, str], object]:
    """Writes a copy in which our functions' cells hold their values and nothing else is stored; the rest, as it was."""
    book, shown = openpyxl.load_workbook(pack), openpyxl.load_workbook(pack, data_only=True)
    expected: dict[tuple[str, str], object] = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                stored = shown[sheet.title][cell.coordinate].value
                if OURS.search(cell.value):
                    cell.value = stored
                else:
                    expected[sheet.title, cell.coordinate] = stored
    book.save(out)
    return expected


@pytest.mark.parametrize("which", ["pack", "plain_pack"])
def test_sums_checks_and_shares_compute_to_the_stored_values(which, request, convert, tmp_path):
    native = tmp_path / "native.xlsx"
    expected = native_copy(request.getfixturevalue(which), native)
    # Saved without values, so that LibreOffice has to compute every one.
    computed = convert(convert(native, "ods", tmp_path), "xlsx:Calc MS Excel 2007 XML", tmp_path / "computed")
    book = openpyxl.load_workbook(computed, data_only=True)
    assert len(expected) > 200
    for (sheet, address), stored in expected.items():
        found = book[sheet][address].value
        if isinstance(stored, str):
            assert found == stored, (sheet, address)
        else:
            assert found == pytest.approx(stored, abs=1e-6), (sheet, address)


def test_it_opens_with_its_stored_figures_and_prints_every_sheet(pack, convert, tmp_path):
    pages = convert(pack, "pdf", tmp_path).read_bytes()
    assert len(re.findall(rb"/Type\s*/Page[^s]", pages)) >= 14
    text = openpyxl.load_workbook(convert(pack, "xlsx:Calc MS Excel 2007 XML", tmp_path / "again"), data_only=True)
    before = openpyxl.load_workbook(pack, data_only=True)
    for title in ("Summary", "By customer", "RPO"):
        for row in before[title].iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    assert text[title][cell.coordinate].value == pytest.approx(cell.value), (title, cell.coordinate)
