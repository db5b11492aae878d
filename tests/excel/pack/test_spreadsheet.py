"""The pack in a real spreadsheet program: it opens, its native formulas compute to their stored values, it prints."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import openpyxl
import pytest
from pack_pages import colored, pages

from excel.pack.text import as_text

pytestmark = [pytest.mark.tool("soffice"), pytest.mark.timeout(240)]
OURS = re.compile(
    r"\b(BACKLOG|BACKLOG_ROLLFORWARD|BACKLOG_BY|CONTRACTED|RECOGNIZED|BILLED|COLLECTED|DEFERRED|UNBILLED|RECEIVABLE|RPO|BOOKINGS|CANCELLATIONS|METRIC|SCENARIO)\("
)


@pytest.fixture(scope="module")
def convert(tmp_path_factory):
    """Converts files with LibreOffice, all in one start of it and a profile of its own; where they are then."""
    profile = tmp_path_factory.mktemp("profile")

    def run(kind: str, out: Path, *paths: Path) -> list[Path]:
        command = [
            "soffice", "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", kind,
            "--outdir", str(out), *map(str, paths),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        made = [out / f"{path.stem}.{kind.partition(':')[0]}" for path in paths]
        assert all(path.exists() for path in made), done.stderr
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


@pytest.fixture(scope="module")
def computed(pack, plain_pack, convert, tmp_path_factory):
    """What LibreOffice makes of copies of both packs (saved without values, so that it computes every one) and of the pack
    itself; beside each copy the values that are stored."""
    folder = tmp_path_factory.mktemp("computed")
    copies = {name: folder / f"{name}.xlsx" for name in ("whole", "plain")}
    expected = {name: native_copy(path, copies[name]) for name, path in (("whole", pack), ("plain", plain_pack))}
    again = convert("xlsx:Calc MS Excel 2007 XML", folder / "again", *copies.values(), pack)
    whole, plain, itself = (openpyxl.load_workbook(path, data_only=True) for path in again)
    return {"whole": (whole, expected["whole"]), "plain": (plain, expected["plain"]), "itself": itself}


@pytest.mark.parametrize("which", ["whole", "plain"])
def test_sums_checks_and_shares_compute_to_the_stored_values(which, computed):
    book, expected = computed[which]
    assert len(expected) > 200
    for (sheet, address), stored in expected.items():
        found = book[sheet][address].value
        if isinstance(stored, str):
            assert found == stored, (sheet, address)
        else:
            assert found == pytest.approx(stored, abs=1e-6), (sheet, address)


def test_it_opens_with_its_stored_figures(pack, computed):
    text = computed["itself"]
    before = openpyxl.load_workbook(pack, data_only=True)
    for title in ("Summary", "By customer", "RPO"):
        for row in before[title].iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    assert text[title][cell.coordinate].value == pytest.approx(cell.value), (title, cell.coordinate)


@pytest.mark.tool("pdftotext", "pdftoppm")
def test_every_sheet_is_printed_whole_and_its_charts_are_drawn(pack, convert, root, tmp_path):
    book = openpyxl.load_workbook(pack, data_only=True)
    printed = pages(*convert("pdf", tmp_path, pack), root / ".artefacts" / "pack")  # kept for a person to look at
    assert not [number for number, page in enumerate(printed, 1) if "###" in page.text]
    # A page's header ends with the title of its sheet.
    of = {
        s.title: [page for page in printed if " ".join(w for w, *_ in page.words[:20]).find(s.title) >= 0] for s in book
    }
    assert len(printed) >= len(book.sheetnames)
    for sheet in book:
        text = "".join(page.text for page in of[sheet.title]).replace(" ", "")
        for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
            # Text that is wrapped or hyphenated is looked for by its beginning.
            start = next(iter(as_text(cell.value).split()), "")[:8]
            assert start in text, (sheet.title, cell.coordinate)
        titles = ["".join(r.t for p in chart.title.tx.rich.p for r in p.r) for chart in sheet._charts]
        drawn = {title: pixels for page in of[sheet.title] for title, pixels in page.charts(titles).items()}
        assert [title for title in titles if title not in drawn or colored(drawn[title]) < 0.005] == [], sheet.title
