"""What of the backlog is firm, billed and overdue, of contracts a person can add up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from engine.build import build
from engine.figures import Scope
from engine.reports.firmness import firmness
from model.frames import empty_facts, frame
from model.policy import Policy

DAY = dt.date(2026, 6, 30)
YEAR = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.fixture(scope="module")
def ledger():
    """A: 1,200 over 2026, billed whole. B: the same, unbilled, 31 days' notice. C: 500 for a delivery planned for May."""
    deals = (
        ("A", "1200", *YEAR, ""),
        ("B", "1200", *YEAR, 31),
        ("C", "500", dt.date(2026, 5, 1), dt.date(2026, 5, 31), ""),
    )
    facts = empty_facts()
    facts["customers"] = frame("customers", [{"customer_id": "X", "name": "Acme"}])
    facts["contracts"] = frame("contracts", [
        {"contract_id": key, "customer_id": "X", "status": "signed", "signed_on": dt.date(2026, 1, 1), "currency": "USD",
         **({"terminable_on_notice_days": notice} if notice else {})}
        for key, _, _, _, notice in deals
    ])  # fmt: skip
    facts["contract_lines"] = frame("contract_lines", [
        {"line_id": f"{key}1", "contract_id": key, "amount": Decimal(price), "currency": "USD", "start_on": start, "end_on": end,
         "recognition": "point_in_time" if key == "C" else "straight_line_monthly"}
        for key, price, start, end, _ in deals
    ])  # fmt: skip
    invoice = {"invoice_id": "I", "currency": "USD"}
    facts["invoices"] = frame("invoices", [
        {**invoice, "customer_id": "X", "contract_id": "A", "issued_on": YEAR[0], "due_on": DAY, "status": "open"}
    ])  # fmt: skip
    facts["invoice_lines"] = frame("invoice_lines", [
        {**invoice, "invoice_line_id": "I1", "line_id": "A1", "amount": Decimal(1200)}
    ])  # fmt: skip
    return build(facts, Policy())


def test_each_contract_tells_what_is_firm_billed_and_overdue(ledger):
    found = firmness(ledger, Scope(), DAY)
    rows = {
        str(ledger.contracts["id"][c]): (int(a), int(b), int(d), int(e))
        for c, a, b, d, e in zip(found.contracts, found.backlog, found.firm, found.billed, found.overdue, strict=True)
    }
    assert rows == {
        "A": (600_00, 600_00, 600_00, 0),
        "B": (600_00, 100_00, 0, 0),  # 31 days from the end of June are July
        "C": (500_00, 500_00, 0, 500_00),
    }


def test_a_scope_narrows_it_and_nothing_is_left_after_delivery(ledger):
    assert firmness(ledger, Scope(contracts=np.array([0])), DAY).backlog.tolist() == [600_00]
    later = firmness(ledger, Scope(contracts=np.array([0, 1])), dt.date(2026, 12, 31))
    assert [column.tolist() for column in (later.backlog, later.firm, later.billed, later.overdue)] == [[0, 0]] * 4
