"""Why a figure changed: each cause with its amount, and the amounts sum to the change.

Acme Ltd has 12,000 dollars over 2026, by months; Globex 6,000 euros at 1.10 dollars. At the end of March 9,000 dollars
and 4,500 euros are left.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from excel.patch import patch
from excel.refresh import refresh_files

MARCH, APRIL = dt.date(2026, 3, 31), dt.date(2026, 4, 30)
CELLS = {
    "A1": '=BACKLOG("Acme Ltd",DATE(2026,3,31))',
    "A2": '=BACKLOG("*",DATE(2026,3,31),,,"USD")',
    "A3": '=BACKLOG("*",EOMONTH(TODAY(),0),,,"USD")',
    "A4": '=BILLED("Acme Ltd",,DATE(2026,3,31))',
    "A5": '=DEFERRED("Acme Ltd",DATE(2026,3,31))',
    "B1": "=A1/1000",
}


@pytest.fixture
def own(company):
    """A workbook that stands on the first state of the books."""
    path = company.workbook(CELLS)
    refresh_files(company.settings, [path], as_of=MARCH).require_done()
    assert company.shows(path, "A1", "A2") == [9_000, 13_950]
    return path


def told(company, path, day=MARCH):
    """Cause, amount and names of each reason, by cell; the parts of every explained change sum to it."""
    found = {}
    for change in refresh_files(company.settings, [path], as_of=day).files[0].changes:
        if change.ours:
            assert sum((reason.change for reason in change.why), Decimal(0)) == change.change, change
        found[change.cell] = {reason.cause: (reason.change, list(reason.what)) for reason in change.why}
    return found


def test_new_contracts(company, own):
    company.add("contracts", "K3,C1,signed,2026-03-01,2026-03-01,2027-02-28,USD")
    company.add("contract_lines", "L3,K3,2400.00,straight_line_monthly")
    company.sync()
    found = told(company, own)
    assert found["A1"] == {"new contracts": (2_200, ["contract K3"])}
    assert found["A2"] == {"new contracts": (2_200, ["contract K3"])}
    assert found["B1"] == {}


def test_amendments(company, own):
    company.add("amendments", "amendment_id,contract_id,signed_on,effective_on,kind,line_id,amount",
                "A-7,K1,2026-03-01,2026-03-01,change_line,L1,13000.00")  # fmt: skip
    company.sync()
    assert told(company, own)["A1"] == {"amendments": (900, ["amendment A-7 of contract K1"])}


def test_added_lines_are_amendments(company, own):
    company.add("amendments", "amendment_id,contract_id,signed_on,effective_on,kind,new_line_id,amount,start_on,end_on,recognition",
                "A-8,K1,2026-03-01,2026-04-01,add_line,L9,900.00,2026-04-01,2026-12-31,straight_line_monthly")  # fmt: skip
    company.sync()
    assert told(company, own)["A1"] == {"amendments": (900, ["amendment: L9 of contract K1"])}


def test_late_facts(company, own):
    company.add(
        "invoices", "invoice_id,customer_id,contract_id,issued_on,currency,status", "I-1,C1,K1,2026-01-01,USD,open"
    )
    company.add("invoice_lines", "invoice_line_id,invoice_id,line_id,amount", "IL-1,I-1,L1,12000.00")
    company.sync()
    found = told(company, own)
    assert found["A4"]["late facts"][0] == 12_000
    assert any("I-1" in word or "IL-1" in word for word in found["A4"]["late facts"][1])
    assert found["A5"]["late facts"][0] == 9_000
    assert "A1" not in found


def test_changed_terms(company, own):
    lines = company.folder / "import" / "contract_lines.csv"
    lines.write_text(lines.read_text().replace("12000.00", "12600.00"), encoding="utf-8")
    company.sync()
    assert told(company, own)["A1"] == {"changed terms": (450, ["contract K1"])}


def test_rates(company, own):
    company.add("fx_rates", "2026-03-01,EUR,USD,1.20,closing")
    company.sync()
    found = told(company, own)
    assert found["A2"] == {"rates": (450, ["EUR/USD 2026-03-01"])}
    assert "A1" not in found


def test_policy(company, own):
    company.add(
        "invoices", "invoice_id,customer_id,contract_id,issued_on,currency,status", "I-1,C1,K1,2026-01-01,USD,open"
    )
    company.add("invoice_lines", "invoice_line_id,invoice_id,line_id,amount", "IL-1,I-1,L1,12000.00")
    company.sync()
    refresh_files(company.settings, [own], as_of=MARCH)
    with (company.folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write('[policy]\ndeferred_basis = "paid"\n')
    assert told(company, own)["A5"] == {"policy": (-9_000, ["deferred_basis billed → paid"])}


def test_another_day_beside_all_else(company, own):
    """Time, a rate, an amendment and a new contract at once: four parts, in the order in which they are taken."""
    company.add("fx_rates", "2026-03-01,EUR,USD,1.20,closing")
    company.add("contracts", "K3,C1,signed,2026-03-01,2026-03-01,2027-02-28,USD")
    company.add("contract_lines", "L3,K3,2400.00,straight_line_monthly")
    company.add("amendments", "amendment_id,contract_id,signed_on,effective_on,kind,line_id,amount",
                "A-7,K1,2026-03-01,2026-03-01,change_line,L1,13000.00")  # fmt: skip
    company.sync()
    found = told(company, own, APRIL)
    assert found["A3"] == {
        "arguments": (-1_550, ["date 2026-03-31 → 2026-04-30"]),
        "rates": (400, ["EUR/USD 2026-03-01"]),
        "amendments": (800, ["amendment A-7 of contract K1"]),
        "new contracts": (2_000, ["contract K3"]),
    }


def test_a_file_that_somebody_else_wrote_is_refreshed_without_reasons(company, own):
    patch(own, {"Figures": {"A1": Decimal(1)}})
    past = refresh_files(company.settings, [own], as_of=MARCH).files[0]
    assert [(c.cell, c.why) for c in past.changes] == [("A1", ())]
    assert "why the figures changed is not told: no refresh here wrote the former ones" in past.notes


def test_the_first_refresh_of_a_file_needs_no_reasons(company):
    path = company.workbook(CELLS)
    found = refresh_files(company.settings, [path], as_of=MARCH).files[0]
    assert found.notes == []
    assert all(change.why == () for change in found.changes)


def test_reasons_can_be_left_out(company, own):
    company.add("fx_rates", "2026-03-01,EUR,USD,1.20,closing")
    company.sync()
    found = refresh_files(company.settings, [own], as_of=MARCH, why=False).files[0]
    assert [(c.cell, c.why) for c in found.changes] == [("A2", ()), ("A3", ())]


def test_an_old_ledger_that_was_removed_is_made_again(company, own):
    for number in range(3):
        company.add("fx_rates", f"2026-03-0{number + 1},EUR,USD,1.2{number},closing")
        company.sync()
    company.add("contracts", "K3,C1,signed,2026-03-01,2026-03-01,2027-02-28,USD")
    company.add("contract_lines", "L3,K3,2400.00,straight_line_monthly")
    company.sync()
    for old in (company.folder / "backlog.db.ledgers").glob("*.ledger"):
        old.unlink()
    found = told(company, own)
    assert found["A2"]["rates"] == (
        Decimal("540.00"),
        ["EUR/USD 2026-03-01", "EUR/USD 2026-03-02", "EUR/USD 2026-03-03"],
    )
    assert found["A2"]["new contracts"][0] == 2_200
