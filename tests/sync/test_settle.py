"""Every rule of the canonical files, with the message a person reads when a row breaks it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.kit.connector import Row
from model.money import Money
from store.write import Refused
from sync.parents import Parent
from sync.settle import Settled, row_id, settle
from sync.values import PLANS

D = dt.date
KNOWN = {
    ("customers", "C1"): Parent(),
    ("contracts", "K1"): Parent(currency="USD", start_on="2026-01-01", end_on="2026-12-31"),
    ("contracts", "YEN"): Parent(currency="JPY"),
    ("contracts", "DINAR"): Parent(currency="KWD"),
    ("contracts", "TWICE"): Parent(currency="USD", sources=("crm", "billing")),
    ("contract_lines", "L1"): Parent(currency="USD", contract_id="K1"),
    ("contract_lines", "OTHER"): Parent(currency="USD", contract_id="K2"),
    ("products", "P1"): Parent(recognition="point_in_time"),
    ("invoices", "I1"): Parent(currency="EUR"),
}
CONTRACT = {"contract_id": "K9", "customer_id": "C1", "status": "signed", "signed_on": D(2026, 1, 1), "currency": "USD"}
LINE = {"line_id": "L9", "contract_id": "K1", "amount": Decimal("12000.00")}
AMENDMENT = {
    "amendment_id": "A1", "contract_id": "K1", "signed_on": D(2026, 4, 1), "effective_on": D(2026, 4, 1),
}  # fmt: skip


def tried(table: str, values: dict[str, Any], method: str = "straight_line_daily") -> Settled | Refused:
    return settle(Row(table, values), lambda name, key: KNOWN.get((name, key)), method)


def stored(table: str, values: dict[str, Any], method: str = "straight_line_daily") -> dict[str, Any]:
    made = tried(table, values, method)
    assert isinstance(made, Settled), made
    return dict(zip(PLANS[table].position, made.values, strict=True))


REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("a required column is missing", "customers", {"customer_id": "C1"}, "name", "nothing is given"),
    ("a blank is missing too", "customers", {"customer_id": "C1", "name": ""}, "name", "nothing is given"),
    ("text is text", "customers", {"customer_id": "C1", "name": 7}, "name", "'7' is no text"),
    ("a 40 MB field", "customers", {"customer_id": "C1", "name": "x" * 40_000_000}, "name", "40,000,000 characters"),
    ("NUL in a text", "customers", {"customer_id": "C1", "name": "a\0b"}, "name", "NUL character"),
    ("an unknown currency", "contracts", {**CONTRACT, "currency": "XXX"}, "currency", "'XXX' is not a currency"),
    ("no currency at all", "contracts", {**CONTRACT, "currency": None}, "currency", "nothing is given"),
    ("an unknown status", "contracts", {**CONTRACT, "status": "sined"}, "status", "'sined' is no status"),
    ("a date is no instant", "contracts", {**CONTRACT, "signed_on": dt.datetime(2026, 1, 1)},  # noqa: DTZ001
     "signed_on", "is no date"),
    ("a flag is no word", "contracts", {**CONTRACT, "evergreen": "yes"}, "evergreen", "is no yes or no"),
    ("a commitment needs its day", "contracts", {**CONTRACT, "signed_on": None}, "signed_on",
     "a contract that is signed needs the day it was signed on"),
    ("end before start", "contracts", {**CONTRACT, "start_on": D(2026, 2, 1), "end_on": D(2026, 1, 31)}, "end_on",
     "end_on 2026-01-31 is before start_on 2026-02-01"),
    ("without a customer", "contracts", {**CONTRACT, "customer_id": None}, "customer_id", "nothing is given"),
    ("an unknown customer", "contracts", {**CONTRACT, "customer_id": "C7"}, "customer_id", "customers has no 'C7'"),
    ("money is exact", "contract_lines", {**LINE, "amount": 12000.5}, "amount", "is no exact amount"),
    ("not-a-number is no amount", "contract_lines", {**LINE, "amount": Decimal("NaN")}, "amount", "is no exact amount"),
    ("more digits than the currency", "contract_lines", {**LINE, "amount": Decimal("0.001")}, "amount",
     "0.001 has more than the 2 decimals of USD"),
    ("yen have no cents", "contract_lines",
     {**LINE, "contract_id": "YEN", "amount": Decimal("1.5"), "recognition": "units"}, "amount",
     "1.5 has more than the 0 decimals of JPY"),
    ("another currency than the contract", "contract_lines", {**LINE, "amount": Money(100, "EUR")}, "amount",
     "the amount is in EUR, what it belongs to in USD"),
    ("a quantity is exact", "contract_lines", {**LINE, "quantity": 1.5}, "quantity", "is no exact decimal"),
    ("an optional reference must exist", "contract_lines", {**LINE, "product_id": "P7"}, "product_id",
     "products has no 'P7'"),
    ("two systems have the contract", "contract_lines", {**LINE, "contract_id": "TWICE"}, "contract_id",
     "'TWICE' is in contracts of billing and crm"),
    ("no dates anywhere", "contract_lines", {**LINE, "contract_id": "YEN", "amount": Decimal(5)}, "start_on, end_on",
     "straight_line_daily needs start_on and end_on, and contract YEN has none either"),
    ("half a term", "contract_lines", {**LINE, "contract_id": "YEN", "amount": Decimal(5), "start_on": D(2026, 1, 1)},
     "end_on", "straight_line_daily needs end_on"),
    ("a term that ends before it starts", "contract_lines", {**LINE, "start_on": D(2027, 1, 1)}, "end_on",
     "its term would be 2027-01-01 to 2026-12-31"),
    ("an added line needs its id", "amendments", {**AMENDMENT, "kind": "add_line", "amount": Decimal(5)}, "new_line_id",
     "add_line needs new_line_id"),
    ("a changed line must be named", "amendments", {**AMENDMENT, "kind": "change_line"}, "line_id",
     "change_line needs line_id"),
    ("an added line is a new one", "amendments",
     {**AMENDMENT, "kind": "add_line", "new_line_id": "L1", "amount": Decimal(5)}, "new_line_id",
     "'L1' is already a line of a contract"),
    ("a line of another contract", "amendments", {**AMENDMENT, "kind": "remove_line", "line_id": "OTHER"}, "line_id",
     "'OTHER' is a line of contract K2, not of K1"),
    ("an estimate of another contract's line", "estimates",
     {"estimate_id": "E", "contract_id": "K1", "line_id": "OTHER", "on": D(2026, 1, 1), "amount": Decimal(5)}, "line_id",
     "'OTHER' is a line of contract K2, not of K1"),
    ("an extension needs its end", "amendments", {**AMENDMENT, "kind": "extend"}, "end_on", "extend needs end_on"),
    ("an added line needs an end", "amendments",
     {**AMENDMENT, "contract_id": "YEN", "kind": "add_line", "new_line_id": "N", "amount": Decimal(5)}, "end_on",
     "straight_line_daily needs end_on"),
    ("a share is no percentage", "deliveries",
     {"delivery_id": "D", "line_id": "L1", "on": D(2026, 1, 1), "measure": "percent", "value": Decimal(45)}, "value",
     "45 is no share"),
    ("less than nothing is not complete", "deliveries",
     {"delivery_id": "D", "line_id": "L1", "on": D(2026, 1, 1), "measure": "percent", "value": Decimal("-0.1")}, "value",
     "-0.1 is no share"),
    ("half a delivery", "deliveries",
     {"delivery_id": "D", "line_id": "L1", "on": D(2026, 1, 1), "measure": "delivered", "value": Decimal("0.5")}, "value",
     "delivered has the value 1, not 0.5"),
    ("a credit is an amount credited", "credit_notes",
     {"credit_note_id": "N", "customer_id": "C1", "issued_on": D(2026, 1, 1), "currency": "USD", "amount": Decimal(-5)}, "amount",
     "amount is less than nothing"),
    ("nothing sells alone for less than nothing", "contract_lines", {**LINE, "ssp": Decimal(-5)}, "ssp", "ssp is less than nothing"),
    ("notice is given ahead", "contracts", {**CONTRACT, "terminable_on_notice_days": -5}, "terminable_on_notice_days",
     "less than nothing"),
    ("a rate is above zero", "fx_rates",
     {"on": D(2026, 1, 1), "from_currency": "EUR", "to_currency": "USD", "rate": Decimal(0)}, "rate",
     "0 is no exchange"),
    ("a month is YYYY-MM", "targets", {"month": "2026-13", "measure": "bookings", "amount": Decimal(1)}, "month",
     "'2026-13' is no month"),
    ("service dates in order", "invoice_lines",
     {"invoice_line_id": "X", "invoice_id": "I1", "amount": Decimal(1), "service_start": D(2026, 2, 1),
      "service_end": D(2026, 1, 1)}, "service_end", "service_end 2026-01-01 is before service_start 2026-02-01"),
    ("beyond the ledger", "contract_lines", {**LINE, "amount": Decimal(10) ** 17}, "amount", "beyond what a ledger"),
    ("a whole number in bounds", "contracts", {**CONTRACT, "payment_terms_days": 2**63}, "payment_terms_days",
     "beyond what a store can hold"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "values", "column", "reason"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_a_row_that_breaks_a_rule_is_refused_with_column_reason_and_remedy(
    table: str, values: dict[str, Any], column: str, reason: str
) -> None:
    refused = tried(table, values)
    assert isinstance(refused, Refused)
    assert refused.column == column
    assert reason in refused.reason
    assert refused.remedy


def test_everything_that_is_wrong_is_said_at_once() -> None:
    refused = tried("contracts", {**CONTRACT, "currency": "XXX", "status": "sined"})
    assert isinstance(refused, Refused)
    assert refused.column == "status, currency"
    assert "status: 'sined' is no status; currency: 'XXX' is not a currency" in refused.reason
    assert "Did you mean signed?" in refused.remedy


def test_a_row_waits_only_for_what_would_mend_all_of_it() -> None:
    orphan = tried("contracts", {**CONTRACT, "customer_id": "C7"})
    broken = tried("contracts", {**CONTRACT, "customer_id": "C7", "currency": "XXX"})
    assert isinstance(orphan, Refused)
    assert isinstance(broken, Refused)
    assert orphan.waits == {("customers", "C7")}
    assert broken.waits == frozenset()


def test_a_line_without_a_term_waits_for_its_contract_and_its_product() -> None:
    line = {**LINE, "contract_id": "YEN", "amount": Decimal(5), "product_id": "P2"}
    refused = settle(
        Row("contract_lines", line),
        lambda table, key: Parent() if key == "P2" else KNOWN.get((table, key)),
        "straight_line_daily",
    )
    assert isinstance(refused, Refused)
    assert refused.waits == {("contracts", "YEN"), ("products", "P2")}


@pytest.mark.parametrize(
    ("contract", "amount", "minor"),
    [
        ("K1", Decimal("12000.50"), 1_200_050),
        ("YEN", Decimal(100_000), 100_000),
        ("DINAR", Decimal("1.234"), 1_234),
        ("K1", Decimal("-0.01"), -1),
        ("K1", Money(77, "USD"), 77),
        ("K1", Decimal("92233720368547758.07"), 2**63 - 1),
    ],
)
def test_money_is_settled_by_the_currency_of_the_contract(contract: str, amount: Any, minor: int) -> None:
    line = stored("contract_lines", {**LINE, "contract_id": contract, "amount": amount, "recognition": "units"})
    assert line["amount_minor"] == minor
    assert line["currency"] == {"K1": "USD", "YEN": "JPY", "DINAR": "KWD"}[contract]


def test_an_amount_that_states_its_currency_settles_the_row() -> None:
    note = {"credit_note_id": "N", "customer_id": "C1", "issued_on": D(2026, 1, 1), "amount": Money(5, "GBP")}
    assert stored("credit_notes", note)["currency"] == "GBP"
    assert stored("credit_notes", note)["reason"] == "billing_correction"


@pytest.mark.parametrize(
    ("values", "method"),
    [
        ({"recognition": "point_in_time"}, "straight_line_daily"),
        ({"product_id": "P1"}, "straight_line_daily"),
        ({}, "units"),
        ({"amount": Decimal(-100)}, "straight_line_daily"),
        ({"start_on": D(2026, 1, 1), "end_on": D(2026, 1, 1)}, "straight_line_daily"),
    ],
    ids=["its own method", "its product's", "the policy's", "a discount", "dates of its own"],
)
def test_a_line_that_needs_no_dates_of_its_contract_has_none(values: dict[str, Any], method: str) -> None:
    line = {**LINE, "contract_id": "YEN", "amount": Decimal(5), **values}
    assert stored("contract_lines", line, method)["contract_id"] == "YEN"


def test_a_proposal_needs_no_signature() -> None:
    assert stored("contracts", {**CONTRACT, "status": "proposal", "signed_on": None})["signed_on"] is None


def test_values_are_stored_plainly() -> None:
    contract = stored("contracts", {**CONTRACT, "evergreen": True, "payment_terms_days": 30})
    assert (contract["signed_on"], contract["evergreen"], contract["payment_terms_days"]) == ("2026-01-01", 1, 30)
    assert stored("contract_lines", {**LINE, "quantity": Decimal("1E+2")})["quantity"] == "100"


def test_a_key_of_several_columns_counts_blanks_as_their_default() -> None:
    rate = {"on": D(2026, 1, 31), "from_currency": "EUR", "to_currency": "USD", "rate": Decimal("1.1")}
    assert row_id(Row("fx_rates", rate)) == "2026-01-31/EUR/USD/closing"
    made = tried("fx_rates", rate)
    assert isinstance(made, Settled)
    assert made.record_id == "2026-01-31/EUR/USD/closing"


def test_a_line_added_by_an_amendment_can_be_pointed_at() -> None:
    added = {**AMENDMENT, "kind": "add_line", "new_line_id": "L2", "amount": Decimal(5)}
    made = tried("amendments", added)
    assert isinstance(made, Settled)
    assert made.lends["contract_lines", "L2"].currency == "USD"
