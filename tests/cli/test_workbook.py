"""`backlog workbook new`: the pack from a company's files, and what is refused before anything is written."""

from __future__ import annotations

import json

import openpyxl
import pytest


def _cells(path, sheet, row):
    """The cells of the row whose first cell is the text."""
    page = openpyxl.load_workbook(path, data_only=True)[sheet]
    return next([c.value for c in cells] for cells in page.iter_rows() if cells[0].value == row)


def test_a_pack_shows_the_month_of_the_synced_files(company, backlog):
    assert backlog("sync").exit_code == 0
    done = backlog("workbook", "new", "january.xlsx", "--period", "2026-01", "--company", "Northwind & Co")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert "january.xlsx: the pack of January 2026, from ledger " in done.output
    assert _cells(company / "january.xlsx", "Summary", "Backlog")[1:3] == [11000, 12000]
    assert _cells(company / "january.xlsx", "By customer", "Acme Ltd")[4:7] == [12000, 1000, 11000]
    assert _cells(company / "january.xlsx", "Cover", "Northwind & Co: revenue backlog")


def test_a_month_before_the_books_begin_is_said_to_be_empty(company, backlog):
    empty = backlog("workbook", "new", "empty.xlsx", "--period", "2026-01")
    told = "nothing is contracted, billed or paid by 31 January 2026, so its figures are zero: no contract or document is known"
    assert empty.stderr == f"empty.xlsx: {told}. Run: backlog sync\n"
    assert backlog("sync").exit_code == 0
    early = backlog("workbook", "new", "early.xlsx", "--period", "2025-11")
    assert early.exit_code == 0
    told = "nothing is contracted, billed or paid by 30 November 2025, so its figures are zero: the books begin on 31 December 2025"
    assert early.stderr == f"early.xlsx: {told}. For its first month: --period 2025-12\n"
    assert _cells(company / "early.xlsx", "Cover", f"N{told[1:]}.")


def test_a_refreshed_pack_says_that_its_rows_are_those_of_then(company, backlog):
    assert backlog("sync").exit_code == 0
    assert backlog("workbook", "new", "january.xlsx", "--period", "2026-01").exit_code == 0
    again = backlog("workbook", "refresh", "january.xlsx")
    assert "Make it anew" not in again.output
    with (company / "import" / "contract_lines.csv").open("a", encoding="utf-8") as file:
        file.write("L9,K1,600.00,straight_line_monthly\n")
    assert backlog("sync").exit_code == 0
    moved = backlog("workbook", "refresh", "january.xlsx")
    assert "this is a month-end pack" in moved.output, moved.output
    assert _cells(company / "january.xlsx", "Summary", "Backlog")[1] == 11550


def test_a_file_that_is_there_is_replaced_only_when_asked(company, backlog):
    assert backlog("sync").exit_code == 0
    target = company / "january.xlsx"
    target.write_bytes(b"somebody's work")
    refused = backlog("workbook", "new", target, "--period", "2026-01")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert target.read_bytes() == b"somebody's work"
    assert backlog("workbook", "new", target, "--period", "2026-01", "--force").exit_code == 0
    assert _cells(target, "Summary", "Backlog")[1] == 11000


def test_a_wrong_month_or_name_is_wrong_usage(company, backlog):
    for words in (
        ("workbook", "new", "pack.xlsx", "--period", "2026-13"),
        ("workbook", "new", "pack.xlsx"),
        ("workbook", "new", "pack.csv", "--period", "2026-01"),
    ):
        assert backlog(*words).exit_code == 2
    assert not list(company.glob("pack.*"))


def test_a_folder_that_is_missing_is_named(company, backlog):
    done = backlog("workbook", "new", "packs/january.xlsx", "--period", "2026-01")
    assert done.exit_code == 1
    assert "packs is no folder" in done.output


def test_a_template_makes_another_pack_and_a_wrong_one_is_told_by_line(company, backlog):
    assert backlog("sync").exit_code == 0
    usual = backlog("workbook", "template")
    assert usual.exit_code == 0
    own = usual.output.replace('    "summary",', '    "customers", # first').replace('\n    "customers",  ', "\n    # ")
    (company / "own.toml").write_text(own, encoding="utf-8")
    done = backlog("workbook", "new", "own.xlsx", "--period", "2026-01", "--template", "own.toml")
    assert done.exit_code == 0, done.output
    assert openpyxl.load_workbook(company / "own.xlsx", read_only=True).sheetnames[:3] == [
        "Cover",
        "By customer",
        "Backlog roll-forward",
    ]
    (company / "own.toml").write_text('title = "Own"\nsheets = ["sumary"]\n', encoding="utf-8")
    wrong = backlog("workbook", "new", "other.xlsx", "--period", "2026-01", "--template", "own.toml")
    assert wrong.exit_code == 1
    assert "own.toml line 2: sheets: 'sumary' is not allowed; did you mean 'summary'?" in wrong.output
    assert not (company / "other.xlsx").exists()


def test_a_closed_month_says_so_and_ties_to_its_close(company, backlog):
    assert backlog("sync").exit_code == 0
    assert backlog("close", "2026-01", "--by", "Ann Lee").exit_code == 0
    assert backlog("workbook", "new", "january.xlsx", "--period", "2026-01").exit_code == 0
    book = openpyxl.load_workbook(company / "january.xlsx", data_only=True)
    path = company / "january.xlsx"
    assert _cells(path, "Cover", "State of the period")[1].startswith("closed on ")
    row = next(cells for cells in book["Closes"].iter_rows(values_only=True) if cells[:2] == ("2026-01", "USD"))
    # backlog, recognized, deferred: recorded, now, difference
    assert row[3:9] == (11000, 11000, 0, 1000, 1000, 0)
    formulas = next(
        cells for cells in openpyxl.load_workbook(path)["Closes"].iter_rows(values_only=True) if cells[1] == "USD"
    )
    assert str(formulas[4]).startswith('=BACKLOG("*",')
    check = _cells(path, "Cover", "Close of 2026-01: the backlog recorded is that of the books")
    assert check[1:4] == [11000, 11000, 0]


def test_no_pdf_without_libreoffice(company, backlog):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[workbooks]\nlibreoffice = "off"\n')
    done = backlog("workbook", "new", "pack.xlsx", "--period", "2026-01", "--pdf")
    assert done.exit_code == 1
    assert 'LibreOffice is switched off, and only it prints a PDF. Set libreoffice = "auto"' in done.output.replace(
        "\n", " "
    )
    assert not list(company.glob("pack.*"))


@pytest.mark.tool("soffice")
def test_refreshing_a_pack_that_was_just_written_changes_and_leaves_nothing(company, backlog):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[workbooks]\nlibreoffice = "off"\n')  # a pack needs none
    assert backlog("sync").exit_code == 0
    assert backlog("workbook", "new", "january.xlsx", "--period", "2026-01").exit_code == 0
    done = backlog("workbook", "refresh", "january.xlsx", "--as-of", "2026-01-31", "--dry-run", "--json")
    found = json.loads(done.output)["files"][0]
    assert found["computed"] > 100
    assert (found["changes"], found["left"]) == ([], [])
    assert {error["sheet"] for error in found["errors"]} == {
        "Measures",
        "Measures by part",
    }  # what is not stated says so
    frozen = backlog("workbook", "snapshot", "january.xlsx", "frozen.xlsx")
    assert "period 2026-01" in frozen.output, frozen.output
    assert backlog("workbook", "verify", "frozen.xlsx").exit_code == 0
