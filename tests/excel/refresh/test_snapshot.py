"""Snapshots: values in place of our formulas, a stamp, and a later proof that each figure is the one that was filed."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import warnings
import zipfile
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from refresh_workbooks import MAKERS

from excel.patch import WorkbookRefused, patch
from excel.refresh import refresh_files
from excel.refresh.compare import compare
from excel.refresh.journal import Standing
from excel.refresh.past import Past
from excel.refresh.snapshot import snapshot
from excel.refresh.verify import verify

MARCH = dt.date(2026, 3, 31)
CELLS = {
    "A1": "Acme Ltd", "A2": "=EOMONTH(TODAY(),0)", "B1": "=BACKLOG(A1,A2)", "B2": "=SUM(B1:B1)", "B3": "=BACKLOG(A1,A2)/B2",
    "B4": '=BACKLOG("Nobody")', "B5": "=TODAY()+0*B1", "B6": '=IF(BACKLOG(A1,A2)>0,"open","done")', "B7": "=SYNCED()",
}  # fmt: skip


@pytest.fixture
def past(company):
    return Past(company.settings, dt.datetime.now(dt.UTC))


@pytest.fixture
def frozen(company, past):
    path = company.workbook(CELLS)
    return snapshot(path, company.folder / "frozen.xlsx", past, MARCH, None)


def test_our_formulas_become_values_and_others_stay(company, frozen):
    book = openpyxl.load_workbook(frozen.path)["Figures"]
    assert [book[c].value for c in ("B1", "B2", "B3", "B4", "B6")] == [9_000, "=SUM(B1:B1)", 1, "#N/A", "open"]
    assert company.shows(frozen.path, "B2") == [9_000]
    assert book["A2"].value == 46112  # the day they were asked for does not move on beside them
    assert frozen.stamp.period == "2026-03"


def test_a_period_is_a_month_of_the_fiscal_calendar(company):
    """Years of weeks to the last Saturday of December 2026: March ends on the 28th, the 31st is in April."""
    reporting = company.settings.reporting.model_copy(update={"fiscal_calendar": "4-4-5"})
    past = Past(replace(company.settings, reporting=reporting), dt.datetime.now(dt.UTC))
    assert snapshot(company.workbook(CELLS), company.folder / "out.xlsx", past, MARCH, None).stamp.period == "2026-04"


def test_the_original_stays_as_it_was(company, past):
    path = company.workbook(CELLS)
    before = path.read_bytes()
    snapshot(path, company.folder / "out.xlsx", past, MARCH, None)
    assert path.read_bytes() == before


def test_the_stamp_is_told_in_the_file_s_properties(frozen):
    told = {p.name: p.value for p in openpyxl.load_workbook(frozen.path).custom_doc_props.props}
    assert told["Revenue Backlog period"] == "2026-03"
    assert told["Revenue Backlog as of"] == "2026-03-31"
    assert told["Revenue Backlog data version"] == frozen.stamp.standing.ledger
    assert told["Revenue Backlog policy"] == frozen.stamp.standing.policy.digest()
    assert told["Revenue Backlog digest"] == frozen.stamp.digest
    assert re.fullmatch("[0-9a-f]{64}", frozen.stamp.digest)


def test_a_snapshot_verifies_and_the_books_of_then_still_give_its_figures(company, frozen):
    company.add("contracts", "K3,C1,signed,2026-03-01,2026-03-01,2027-02-28,USD")
    company.add("contract_lines", "L3,K3,2400.00,straight_line_monthly")
    company.sync()
    found = verify(frozen.path, Past(company.settings, dt.datetime.now(dt.UTC)))
    assert found.good
    assert (found.reproduced, len(found.stamp.cells)) == (6, 6)
    assert "6 of 6 figures are given by the books of then" in "\n".join(found.lines())


def test_a_figure_that_was_changed_shows(company, past, frozen):
    patch(frozen.path, {"Figures": {"B1": Decimal("9000.01")}})
    found = verify(frozen.path, past)
    assert not found.good
    assert found.sealed
    assert [(n.cell, n.text) for n in found.altered] == [("B1", "9,000.01, stamped 9,000.00")]
    assert found.differing == []


def rewritten(path, part, old, new):
    with zipfile.ZipFile(path) as archive:
        parts = {i.filename: archive.read(i) for i in archive.infolist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_stamp_that_was_changed_shows(past, frozen):
    rewritten(frozen.path, "customXml/item1.xml", b'"9000.00"', b'"9999.00"')
    found = verify(frozen.path, past)
    assert not found.sealed
    assert "B1" in [n.cell for n in found.altered]


def test_a_figure_and_its_stamp_changed_together_are_told_by_the_books(past, frozen):
    patch(frozen.path, {"Figures": {"B1": Decimal(8_000)}})
    cells = [c._replace(value=Decimal(8_000)) if c.cell == "B1" else c for c in frozen.stamp.cells]
    forged = replace(frozen.stamp, cells=tuple(cells))
    with zipfile.ZipFile(frozen.path) as archive:
        old = archive.read("customXml/item1.xml")
    rewritten(frozen.path, "customXml/item1.xml", old, forged.part())
    found = verify(frozen.path, past)
    assert found.sealed
    assert found.altered == []
    assert [n.cell for n in found.differing] == ["B1"]
    assert verify(frozen.path, None).good  # the stamp alone cannot know


def test_a_sheet_that_is_gone_is_told(company, frozen):
    rewritten(frozen.path, "xl/workbook.xml", b'name="Figures"', b'name="Renamed"')
    found = verify(frozen.path, None)
    assert {n.text for n in found.altered} == {"the sheet is gone"}


def test_what_is_no_snapshot_is_refused(company, past):
    with pytest.raises(WorkbookRefused, match="carries no stamp"):
        verify(company.workbook(CELLS), past)
    with pytest.raises(WorkbookRefused, match="no cell uses our functions"):
        snapshot(company.workbook({"A1": 1}, "plain.xlsx"), company.folder / "out.xlsx", past, MARCH, None)


def test_a_figure_that_cannot_be_computed_stops_the_snapshot(company, past):
    path = company.workbook({"A1": "acme", "B1": '=BACKLOG(PROPER(A1)&" Ltd",DATE(2026,3,31))'})
    out = company.folder / "out.xlsx"
    with pytest.raises(WorkbookRefused, match=r"1 figure cannot be computed here \(Figures!B1"):
        snapshot(path, out, past, MARCH, None)
    assert not out.exists()


def test_a_snapshot_and_a_later_workbook_are_compared_with_reasons(company, frozen):
    path = company.folder / "own.xlsx"
    company.add("contracts", "K3,C1,signed,2026-03-01,2026-03-01,2027-02-28,USD")
    company.add("contract_lines", "L3,K3,2400.00,straight_line_monthly")
    company.sync()
    refresh_files(company.settings, [path], as_of=MARCH)
    made = compare(frozen.path, path, Past(company.settings, dt.datetime.now(dt.UTC)))
    changes = {c.cell: c for c in made.changes}
    assert [(r.cause, r.change) for r in changes["B1"].why] == [("new contracts", 2_200)]
    assert made.certain == (True, True)


@pytest.fixture(scope="module")
def others(tmp_path_factory, booked):
    """The workbooks of other people, frozen with the books of the fixture."""

    class Host:
        host = booked

        def now(self, as_of):
            ledger = booked.ledger(None)
            return Standing(ledger.version, ledger.known_at, as_of, ledger.policy)

        def on(self, standing):
            return booked

    made = {}
    for name in set(MAKERS) - {"functions_around"}:  # one of its figures needs a spreadsheet program
        source = MAKERS[name](tmp_path_factory.mktemp(name))
        original = tmp_path_factory.mktemp("original") / source.path.name
        shutil.copy(source.path, original)
        out = source.path.with_name(f"frozen{source.path.suffix}")
        made[name] = (original, source, snapshot(source.path, out, Host(), booked.today, None), Host())
    return made


def test_every_kind_of_workbook_freezes_and_verifies(others):
    for name, (_, _, found, host) in others.items():
        checked = verify(found.path, host)
        assert checked.good, (name, checked.altered, checked.differing)
        assert checked.reproduced == len(found.stamp.cells) > 0, name
        with zipfile.ZipFile(found.path) as archive:
            assert archive.testzip() is None
            texts = {n: archive.read(n) for n in archive.namelist()}
        texts["xl/worksheets/sheet1.xml"] = re.sub(
            rb"<!--.*?-->", b"", texts["xl/worksheets/sheet1.xml"], flags=re.DOTALL
        )
        cells = re.findall(rb"<(?:\w+:)?f[ >].*?</(?:\w+:)?f>", texts["xl/worksheets/sheet1.xml"], re.DOTALL)
        assert not [c for c in cells if re.search(rb"(?i)(?<![\w!])BACKLOG\(", c)], name
        assert "xl/calcChain.xml" not in texts
        if name != "strict_namespace":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                openpyxl.load_workbook(found.path)


def test_parts_that_a_snapshot_does_not_concern_are_the_same_bytes(others):
    mine = {
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/workbook.xml",
        "docProps/custom.xml",
    }
    for name, (original, source, found, _) in others.items():
        with zipfile.ZipFile(original) as old, zipfile.ZipFile(found.path) as new:
            kept = set(old.namelist()) - mine - source.parts - {"xl/tables/table1.xml"}
            assert kept <= set(new.namelist())
            for part in kept:
                assert old.read(part) == new.read(part), (name, part)


def test_names_that_are_our_formulas_become_values(others):
    book = openpyxl.load_workbook(others["defined_names"][2].path)
    assert book.defined_names["total_left"].attr_text == "9000.00"
    assert book.defined_names["who"].attr_text == "'Other data'!$A$1"
