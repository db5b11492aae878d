"""Quality of payments: what is overpaid, negative or dated ahead is told with its amount; what is right is left alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from engine.build import build
from engine.ledger import Ledger
from model.frames import frame
from model.periods import day_number, day_of
from model.policy import Policy
from model.records import TABLES

DAY = dt.date(2026, 3, 1)
TOLD = day_number(dt.date(2026, 6, 1))


def row(
    key: str, amount: int, days: int = 10, kind: str = "payment", invoice: str = "I1", **more: Any
) -> dict[str, Any]:
    """A payment of so much on the invoice, so many days after it was issued."""
    return {"payment_id": key, "customer_id": "C1", "invoice_id": invoice, "kind": kind, "amount": Decimal(amount),
            "received_on": DAY + dt.timedelta(days), "currency": "USD", "raw_id": 7, "source": "bank", **more}  # fmt: skip


def credit(amount: int, days: int, tax: int = 0, **more: Any) -> dict[str, Any]:
    """A credit note on the invoice."""
    return {"credit_note_id": "N1", "customer_id": "C1", "invoice_id": "I1", "issued_on": DAY + dt.timedelta(days),
            "currency": "USD", "amount": Decimal(amount), "tax": Decimal(tax), **more}  # fmt: skip


def books(payments: list[dict[str, Any]], credits: list[dict[str, Any]] | None = None, status: str = "open") -> Ledger:
    """A customer with an invoice of 100 and 20 tax, and what was paid on it."""
    records: dict[str, Any] = {
        "customers": [{"customer_id": "C1", "name": "Acme"}],
        "contracts": [{"contract_id": "K1", "customer_id": "C1", "status": "signed", "currency": "USD", "signed_on": DAY}],
        "contract_lines": [{"line_id": "L1", "contract_id": "K1", "amount": Decimal(1200), "currency": "USD",
                            "recognition": "point_in_time"}],
        "invoices": [{"invoice_id": "I1", "number": "R-1", "customer_id": "C1", "contract_id": "K1", "issued_on": DAY,
                      "currency": "USD", "status": status}],
        "invoice_lines": [{"invoice_line_id": "I1-1", "invoice_id": "I1", "line_id": "L1", "amount": Decimal(100),
                           "tax": Decimal(20), "currency": "USD"}],
        "payments": payments, "credit_notes": credits or [],
    }  # fmt: skip
    return build({name: frame(name, records.get(name, ()), known_on=TOLD) for name in TABLES}, Policy())


def found(
    payments: list[dict[str, Any]], credits: list[dict[str, Any]] | None = None, status: str = "open"
) -> list[Any]:
    """Rule, days after the invoice, amount in whole units and text of every finding about payments."""
    rows = books(payments, credits, status).exceptions
    rows = rows[rows["rule"].isin(("paid_beyond_invoice", "negative_payment", "payment_dated_ahead"))]
    return [(each["rule"], (day_of(each["day"]) - DAY).days, each["amount_minor"] / 100, each["text"].partition(": ")[2])
            for each in rows.to_dict("records")]  # fmt: skip


def test_what_is_paid_as_owed_is_left_alone() -> None:
    assert found([row("P1", 60), row("P2", 60, 20)]) == []
    assert found([row("P1", 120)], [credit(100, 10, 20)]) == [], "a credit of what had been paid rightly"
    assert found([row("P1", 100)], [credit(100, 15, 20, reason="bad_debt"), credit(0, 1)]) == []
    assert found([row("P1", 500, invoice="")]) == [], "on account"
    assert found([row("P1", 120), row("D1", 120, 20, "dispute"), row("D2", -120, 30, "dispute")]) == []


def test_a_payment_beyond_its_invoice_is_told_with_what_is_over() -> None:
    assert found([row("P1", 150)]) == [
        ("paid_beyond_invoice", 10, 30, "payment P1 on invoice R-1, of which 120.00 USD were owed"),
    ]  # fmt: skip
    assert found([row("P1", 120), row("P2", 120, 20)]) == [
        ("paid_beyond_invoice", 20, 120, "payment P2 on invoice R-1, of which 0.00 USD were owed"),
    ]  # fmt: skip
    assert found([row("P1", 120)], [credit(50, 5, 10)]) == [
        ("paid_beyond_invoice", 10, 60, "payment P1 on invoice R-1, of which 60.00 USD were owed"),
    ]  # fmt: skip


def test_what_was_paid_back_is_over_no_more() -> None:
    assert found([row("P1", 150), row("R1", 30, 20, "refund")]) == []
    ((_, _, over, _),) = found([row("P1", 150), row("P2", 10, 12), row("R1", 30, 20, "refund")])
    assert over == 10


def test_cash_on_an_invoice_that_asks_for_nothing() -> None:
    assert found([row("P1", 120)], status="void") == [
        ("paid_beyond_invoice", 10, 120, "payment P1 on invoice R-1, of which 0.00 USD were owed: the invoice is void"),
    ]  # fmt: skip


def test_a_payment_of_less_than_nothing() -> None:
    assert found([row("P1", 120), row("P2", -20, 12), row("R1", -20, 13, "refund")]) == [
        ("negative_payment", 12, -20, "payment P2 takes 20.00 USD out of cash; what is paid back is a refund"),
    ]  # fmt: skip


def test_cash_that_is_dated_ahead_is_told_from_the_day_it_was_known() -> None:
    assert found([row("P1", 120, 365)]) == [
        ("payment_dated_ahead", 92, 120, "payment P1 of 120.00 USD is dated 2027-03-01"),
    ]  # fmt: skip
    assert found([row("P1", 120, 93)]) == [], "a day later may be another time zone's today"


def test_a_finding_names_its_source_and_record() -> None:
    (told,) = books([row("P1", 150)]).exceptions.query("rule == 'paid_beyond_invoice'").to_dict("records")
    assert (told["source"], told["raw_id"], told["contract"], told["customer"], told["severity"]) == (
        "bank", 7, "K1", "Acme", "info",
    )  # fmt: skip
