"""Two ledgers: contracts that differ, and why. One that is made twice from the same facts never differs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.build import build
from engine.compare import causes, changed_contracts
from engine.figures import Scope, answer
from model.frames import empty_facts, frame
from model.periods import day_number
from model.policy import Policy

DAY = dt.date(2026, 1, 1)


def facts(amounts, bills=(), amendments=()):
    """A contract for each amount, by customers C0 and C1 in turn."""
    made = empty_facts()
    made["customers"] = frame("customers", [{"customer_id": f"C{n}", "name": f"Name {n}"} for n in (0, 1)])
    made["contracts"] = frame("contracts", [
        {"contract_id": name, "customer_id": f"C{n % 2}", "currency": "USD", "status": "signed", "signed_on": DAY,
         "start_on": DAY, "end_on": dt.date(2026, 12, 31)} for n, name in enumerate(amounts)])  # fmt: skip
    made["contract_lines"] = frame("contract_lines", [
        {"line_id": f"{name}-1", "contract_id": name, "amount": Decimal(amount), "currency": "USD"}
        for name, amount in amounts.items()])  # fmt: skip
    made["invoices"] = frame("invoices", [
        {"invoice_id": f"I{n}", "customer_id": "C0", "contract_id": name, "issued_on": DAY, "currency": "USD", "status": "open"}
        for n, (name, _) in enumerate(bills)])  # fmt: skip
    made["invoice_lines"] = frame("invoice_lines", [
        {"invoice_line_id": f"IL{n}", "invoice_id": f"I{n}", "line_id": f"{name}-1", "amount": Decimal(amount), "currency": "USD"}
        for n, (name, amount) in enumerate(bills)])  # fmt: skip
    made["amendments"] = frame("amendments", [
        {"amendment_id": f"A{n}", "contract_id": name, "signed_on": DAY, "effective_on": dt.date(2026, 7, 1), "kind": "change_line",
         "line_id": f"{name}-1", "amount": Decimal(amount), "currency": "USD"} for n, (name, amount) in enumerate(amendments)])  # fmt: skip
    return made


names = st.sampled_from(["K1", "K2", "K3", "K4"])
amounts = st.dictionaries(names, st.integers(1, 9).map(lambda n: f"{n}000.00"), max_size=4)


@settings(max_examples=8, deadline=None)
@given(amounts, amounts)
def test_contracts_that_are_not_told_have_the_same_figures(first, second):
    before, after = build(facts(first), Policy()), build(facts(second), Policy())
    changed = changed_contracts(before, after)
    assert set(changed) <= set(first) | set(second)
    assert set(changed) >= {name for name in set(first) | set(second) if first.get(name) != second.get(name)}
    for name in set(first) & set(second) - set(changed):
        found = [
            answer(
                ledger,
                "backlog",
                [Scope(contracts=ledger.find_contracts(name))],
                np.array([day_number(dt.date(2026, 5, 5))]),
            ).minor
            for ledger in (before, after)
        ]
        assert np.array_equal(*found)
    assert changed_contracts(before, build(facts(first), Policy())) == []


def test_each_difference_has_its_cause():
    before = build(facts({"K1": "1000.00", "K2": "2000.00", "K3": "3000.00", "K5": "5000.00"}), Policy())
    after = build(
        facts(
            {"K1": "1500.00", "K2": "2000.00", "K3": "3000.00", "K4": "4000.00"},
            [("K2", "100.00")],
            [("K3", "3500.00")],
        ),
        Policy(),
    )
    changed = changed_contracts(before, after)
    assert changed == ["K1", "K2", "K3", "K4", "K5"]
    told = causes(before, after, changed)
    assert {name: (change.cause, change.names) for name, change in told.items()} == {
        "K1": ("changed terms", ("contract K1",)),
        "K2": ("late facts", ()),
        "K3": ("amendments", ("amendment A0",)),
        "K4": ("new contracts", ("contract K4",)),
        "K5": ("contracts gone", ("contract K5",)),
    }


def test_a_policy_changes_what_it_decides():
    made = facts({"K1": "1000.00"})
    assert changed_contracts(build(made, Policy()), build(made, Policy(recognition="straight_line_monthly"))) == ["K1"]
    assert changed_contracts(build(made, Policy()), build(made, Policy(deferred_basis="paid"))) == []
