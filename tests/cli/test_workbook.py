"""`backlog workbook new`: the pack from a company's files, and what is refused before anything is written."""

from __future__ import annotations

import openpyxl


def _cells(path, sheet, row):
    """The cells of the row whose first cell is the text."""
    page = openpyxl.load_workbook(path, data_only=True)[sheet]
    return next([c.value for c in cells] for cells in page.iter_rows() if cells[0].value == row)


def test_a_pack_shows_the_month_of_the_synced_files(company, backlog):
    assert backlog("sync").exit_code == 0
    done = backlog("workbook", "new", "january.xlsx", "--period", "2026-01", "--company", "Northwind & Co")
    assert done.exit_code == 0, done.output
    assert "january.xlsx: the pack of January 2026, from ledger " in done.output
    assert _cells(company / "january.xlsx", "Summary", "Backlog")[1:3] == [11000, 12000]
    assert _cells(company / "january.xlsx", "By customer", "Acme Ltd")[4:7] == [12000, 1000, 11000]
    assert _cells(company / "january.xlsx", "Cover", "Northwind & Co: revenue backlog")


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
