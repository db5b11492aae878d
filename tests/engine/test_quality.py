"""Quality of records: each rule finds what it should and leaves alone what is right."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from engine.build import build
from model.frames import frame
from model.periods import day_number, day_of
from model.policy import Policy
from model.records import TABLES

SIGNED, START, END = dt.date(2026, 1, 10), dt.date(2026, 2, 1), dt.date(2027, 1, 31)
CONTRACT: dict[str, Any] = {
    "contract_id": "K1", "customer_id": "C1", "status": "signed", "currency": "USD", "signed_on": SIGNED,
    "start_on": START, "end_on": END,
}  # fmt: skip
LINE: dict[str, Any] = {"line_id": "L1", "contract_id": "K1", "amount": Decimal(1200), "currency": "USD"}


def bill(key: str = "I1", amount: int = 100, tax: int = 0, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """An invoice of one line for the contract's, issued in March."""
    line = {name: more.pop(name) for name in ("line_id", "service_start", "service_end", "description") if name in more}
    head = {"invoice_id": key, "customer_id": "C1", "contract_id": "K1", "issued_on": dt.date(2026, 3, 1),
            "currency": "USD", "status": "open", "number": f"R-{key}", **more}  # fmt: skip
    row = {"invoice_line_id": f"{key}-1", "invoice_id": key, "line_id": "L1", "amount": Decimal(amount),
           "tax": Decimal(tax), "currency": head["currency"], **line}  # fmt: skip
    return {"invoices": [head], "invoice_lines": [row]}


def found(
    *bills: dict[str, list[dict[str, Any]]], contract: dict[str, Any] | None = None, **more: Any
) -> list[tuple[Any, ...]]:
    """Rule, contract, day, amount in whole units and text of every finding about records, beside those of the books."""
    records = {
        "customers": [{"customer_id": "C1", "name": "Acme"}], "contracts": [{**CONTRACT, **(contract or {})}],
        "contract_lines": [LINE], **{name: [row for one in bills for row in one[name]] for name in ("invoices", "invoice_lines")},
        **more,
    }  # fmt: skip
    ledger = build({name: frame(name, records.get(name, ()), known_on=20500) for name in TABLES}, Policy())
    rows = ledger.exceptions[~ledger.exceptions["rule"].isin(("contract_without_billing", "billing_without_contract"))]
    return [(row["rule"], row["contract"], str(day_of(row["day"])), row["amount_minor"] // 100, row["text"].partition(": ")[2])
            for row in rows.to_dict("records")]  # fmt: skip


def test_records_that_are_right_are_left_alone() -> None:
    assert found(
        bill(service_start=START, service_end=END, total=Decimal(119), tax=19),
        bill("I2", issued_on=SIGNED),  # in advance of its service, after the signature
        bill("I3", issued_on=END + dt.timedelta(31)),  # the last month in arrears
        contract={"total": Decimal(1200)},
    ) == []  # fmt: skip


def test_a_commitment_without_its_day_of_signing() -> None:
    (finding,) = found(contract={"signed_on": None})
    assert finding == ("missing_signature_date", "K1", str(day_of(20500)), 0, "status signed")


def test_lines_that_do_not_come_to_the_total_their_contract_states() -> None:
    assert found(contract={"total": Decimal(1500)}) == [
        ("lines_do_not_sum", "K1", "2026-01-10", -300, "the lines come to 1,200.00, the contract states 1,500.00 USD"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"service_start": dt.date(2026, 1, 1), "service_end": dt.date(2026, 1, 31)}, "2026-01-01 to 2026-01-31"),
        ({"service_start": dt.date(2027, 1, 1), "service_end": dt.date(2027, 2, 28)}, "2027-01-01 to 2027-02-28"),
    ],
)
def test_service_billed_outside_its_contract(given: dict[str, Any], told: str) -> None:
    assert found(bill(**given)) == [
        ("invoice_outside_contract", "K1", "2026-03-01", 100,
         f"invoice R-I1 bills {told}, the contract runs from 2026-02-01 to 2027-01-31"),
    ]  # fmt: skip


@pytest.mark.parametrize("issued", [SIGNED - dt.timedelta(1), END + dt.timedelta(32)])
def test_an_invoice_before_the_signature_or_long_after_the_end(issued: dt.date) -> None:
    assert found(bill(issued_on=issued)) == [
        ("invoice_outside_contract", "K1", str(issued), 100,
         f"invoice R-I1 bills on {issued}, the contract runs from 2026-01-10 to 2027-01-31"),
    ]  # fmt: skip


def test_a_contract_extended_or_without_an_end_has_later_service() -> None:
    later = bill(service_start=dt.date(2027, 2, 1), service_end=dt.date(2027, 2, 28))
    longer = {"amendment_id": "A1", "contract_id": "K1", "signed_on": dt.date(2026, 12, 1), "effective_on": END,
              "kind": "extend", "line_id": "L1", "end_on": dt.date(2027, 12, 31), "currency": "USD"}  # fmt: skip
    assert found(later, amendments=[longer]) == []
    assert found(later, contract={"evergreen": True}) == []
    assert len(found(later)) == 1


def test_an_invoice_in_another_currency_than_its_contract() -> None:
    assert found(bill(currency="EUR")) == [
        ("currency_mismatch", "K1", "2026-03-01", 100, "invoice R-I1 is in EUR, its contract in USD"),
    ]  # fmt: skip


def test_an_invoice_that_is_there_twice() -> None:
    again = bill("I2", number="r-i1 ", issued_on=dt.date(2026, 4, 1))
    assert found(bill(), again) == [
        ("duplicate_invoice", "K1", "2026-04-01", 100, "invoice r-i1 has a number that stands twice"),
    ]  # fmt: skip
    assert found(bill(), bill("I2")) == [
        ("duplicate_invoice", "K1", "2026-03-01", 100, "invoice R-I2 bills what another one bills on the same day"),
    ]  # fmt: skip
    month = {"service_start": dt.date(2026, 4, 1), "service_end": dt.date(2026, 4, 30)}
    assert found(bill(), bill("I2", **month)) == [], "another month billed on the same day"
    assert found(bill(), bill("I2", status="void")) == [], "what was never billed is not there twice"


def test_lines_that_do_not_come_to_the_total_their_invoice_states() -> None:
    assert found(bill(tax=19, total=Decimal(120))) == [
        ("total_not_its_lines", "K1", "2026-03-01", -1,
         "invoice R-I1 has lines of 119.00 USD with tax and states 120.00 USD"),
    ]  # fmt: skip


def test_tax_that_is_inside_the_amounts() -> None:
    assert found(bill(amount=119, tax=19, total=Decimal(119))) == [
        ("tax_inside", "K1", "2026-03-01", 19,
         "invoice R-I1 holds its tax of 19.00 USD in its amounts already, as its total tells"),
    ]  # fmt: skip
    assert found(bill(amount=1428, tax=228)) == [
        ("billed_beyond_contract", "K1", "2026-03-01", 228, ""),
        ("tax_inside", "K1", "2026-03-01", 228,
         "invoice R-I1 holds its tax of 228.00 USD in its amounts already, as the contract's price tells"),
    ]  # fmt: skip


def test_deals_that_stay_open() -> None:
    assert found(contract={"status": "proposal"}) == [
        ("stale_open_deal", "K1", "2026-02-09", 0, "proposal, expected on 2026-01-10"),
    ]  # fmt: skip
    undated = {"status": "verbal", "signed_on": None, "start_on": None}
    assert found(contract=undated) == [
        ("stale_open_deal", "K1", str(day_of(20500 + 90)), 0, "verbal, unchanged for 90 days"),
    ]  # fmt: skip


def test_what_is_found_names_its_source_and_record() -> None:
    rows = {"customers": [{"customer_id": "C1", "name": "Acme"}], "contracts": [{**CONTRACT, "total": Decimal(1), "raw_id": 7}],
            "contract_lines": [LINE]}  # fmt: skip
    ledger = build({name: frame(name, rows.get(name, ()), source="crm") for name in TABLES}, Policy())
    row = ledger.exceptions.set_index("rule").loc["lines_do_not_sum"]
    assert (row["source"], row["raw_id"], row["severity"], row["customer"]) == ("crm", 7, "warning", "Acme")
    assert day_number(SIGNED) == row["day"]
