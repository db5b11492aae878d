"""Two workbooks compared: figures, formulas and spilled tables; what they stand on; as text, JSON and a sheet."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from decimal import Decimal

import openpyxl
import xlsxwriter

from excel.refresh import refresh_files
from excel.refresh.compare import compare
from excel.refresh.edits import same
from excel.refresh.past import Past
from excel.refresh.sheet import write_sheet

MARCH = dt.date(2026, 3, 31)
CELLS = {
    "A1": "Acme Ltd", "B1": '=BACKLOG(A1,DATE(2026,3,31))', "B2": "=B1*2", "C1": "untouched", "D1": '=BILLED("Acme Ltd")',
}  # fmt: skip


def later(company):
    company.add("contracts", "K3,C1,signed,2026-03-01,2026-03-01,2027-02-28,USD")
    company.add("contract_lines", "L3,K3,2400.00,straight_line_monthly")
    company.sync()


def past(company):
    return Past(company.settings, dt.datetime.now(dt.UTC))


def test_a_refreshed_workbook_and_its_former_self(company):
    path = company.workbook(CELLS)
    refresh_files(company.settings, [path], as_of=MARCH)
    later(company)
    found = refresh_files(company.settings, [path], as_of=MARCH).files[0]
    made = compare(found.backup, path, past(company))
    assert made.certain == (True, True)
    assert made.compared == 3
    assert [(c.cell, c.label, c.before, c.after, c.change, c.ours) for c in made.changes] == [
        ("B1", "Acme Ltd", 9_000, 11_200, 2_200, True), ("B2", "", 18_000, 22_400, 4_400, False),
    ]  # fmt: skip
    assert [(r.cause, r.change, r.what) for r in made.changes[0].why] == [("new contracts", 2_200, ("contract K3",))]
    text = made.text()
    assert "own.xlsx: 2 of 3 figures changed" in text
    assert "Figures!B1 Acme Ltd: 9,000.00 → 11,200.00 (+2,200.00)" in text
    assert "new contracts +2,200.00: contract K3" in text
    told = json.loads(json.dumps(made.as_json()))
    assert told["changes"][0]["why"] == [{"cause": "new contracts", "change": "2200.00", "what": ["contract K3"]}]
    assert told["before"]["ledger"] != told["after"]["ledger"]


def test_a_file_that_no_refresh_wrote_stands_on_what_was_known_when_it_was_saved(company):
    path = company.workbook(CELLS)
    refresh_files(company.settings, [path], as_of=MARCH)
    foreign = company.folder / "foreign.xlsx"
    shutil.copy(path, foreign)
    with foreign.open("ab") as file:
        file.write(b"\0")  # as another program saves it: the journal does not know this content
    saved = dt.datetime.now(dt.UTC).timestamp()
    os.utime(foreign, (saved, saved))
    later(company)
    refresh_files(company.settings, [path], as_of=MARCH)
    made = compare(foreign, path, past(company))
    assert made.certain == (False, True)
    assert [(r.cause, r.change) for r in made.changes[0].why] == [("new contracts", 2_200)]
    assert "foreign.xlsx: no refresh here wrote it" in made.text()


def test_a_changed_formula_is_its_own_reason(company):
    before, after = (
        company.workbook(CELLS, "a.xlsx"),
        company.workbook(CELLS | {"B1": "=BACKLOG(A1,DATE(2026,4,30))"}, "b.xlsx"),
    )
    refresh_files(company.settings, [before, after], as_of=MARCH)
    made = compare(before, after, past(company))
    assert [(c.cell, [(r.cause, r.what) for r in c.why]) for c in made.changes] == [
        ("B1", [("formula", ("=BACKLOG(A1,DATE(2026,3,31)) → =BACKLOG(A1,DATE(2026,4,30))",))]), ("B2", []),
    ]  # fmt: skip


def test_a_formula_shared_in_one_file_is_the_same_formula(company):
    plain = company.workbook(
        {"A1": 46112, "A2": 46142, **{f"B{n}": f'=BACKLOG("Acme Ltd",A{n})' for n in (1, 2)}}, "a.xlsx"
    )
    shared = company.folder / "b.xlsx"
    book = xlsxwriter.Workbook(shared)
    sheet = book.add_worksheet("Figures")
    for n, day in enumerate((46112, 46142)):
        sheet.write_number(n, 0, day)
        sheet.write_formula(n, 1, f'=BACKLOG("Acme Ltd",A{n + 1})', None, 0)
    book.close()
    refresh_files(company.settings, [plain, shared], as_of=MARCH)
    assert compare(plain, shared, past(company)).changes == []


def test_cells_of_a_spilled_table_are_compared_one_by_one(company):
    path = company.folder / "spill.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Figures").write_dynamic_array_formula(
        "A1:A1", '=CONTRACTS("Acme Ltd",DATE(2026,3,31))', None, 0
    )
    book.close()
    refresh_files(company.settings, [path], as_of=MARCH)
    later(company)
    found = refresh_files(company.settings, [path], as_of=MARCH).files[0]
    changed = {c.cell: (c.before, c.after) for c in compare(found.backup, path, past(company)).changes}
    assert changed["A3"] == (None, "K3")
    assert "A2" not in changed


def test_changes_as_a_sheet(company, tmp_path):
    path = company.workbook(CELLS | {"A1": "=1+1", "B1": '=BACKLOG("Acme Ltd",DATE(2026,3,31))'})
    refresh_files(company.settings, [path], as_of=MARCH)
    later(company)
    found = refresh_files(company.settings, [path], as_of=MARCH).files[0]
    out = write_sheet(tmp_path / "changes.xlsx", [(path.name, change) for change in found.changes], "March 2026")
    rows = list(openpyxl.load_workbook(out)["Changes"].iter_rows(min_row=4, values_only=True))
    assert rows[0][:7] == ("Workbook", "Sheet", "Cell", "Figure", "Before", "After", "Change")
    assert rows[1] == ("own.xlsx", "Figures", "B1", None, 9_000, 11_200, 2_200, "new contracts", 2_200, "contract K3")
    assert rows[2][:7] == ("own.xlsx", "Figures", "B2", None, 18_000, 22_400, 4_400)
    assert Decimal(str(rows[1][6])) == found.changes[0].change


def test_a_share_that_was_rounded_twice_is_the_same_figure_and_a_cent_never_is():
    assert same(Decimal("0.52782084419697546"), Decimal("0.527820844196976"))
    assert not same(Decimal("0.52782084419697546"), Decimal("0.527820844196978"))
    assert not same(Decimal("9999999999999.99"), Decimal("9999999999999.98"))
