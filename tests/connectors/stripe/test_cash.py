"""Which money movements are told, and with which sign."""

import datetime as dt
from typing import Any

import pytest
from vendor_data import at

from connectors.kit.fields import Context
from connectors.stripe import shapes
from connectors.stripe.cash import charge_row, dispute_rows, payment_row, refund_row
from connectors.stripe.resources import FIELDS

USD = Context(dt.UTC, "USD", shapes.money)


def moved(rows: Any) -> list[tuple[str, str, int, str]]:
    return [
        (
            row.values["payment_id"],
            row.values["kind"],
            row.values["amount"].minor,
            row.values["received_on"].isoformat(),
        )
        for row in rows
    ]


def payment(**more: Any) -> dict[str, Any]:
    return {
        "id": "inpay_1", "amount_paid": 500, "created": at("2026-01-02"), "currency": "usd", "invoice": "in_1",
        "status": "paid", "status_transitions": {"paid_at": at("2026-01-05")}, **more,
    }  # fmt: skip


def test_a_payment_counts_on_the_day_it_was_paid() -> None:
    assert moved(payment_row(payment(), "cus_1", FIELDS, USD)) == [("inpay_1", "payment", 500, "2026-01-05")]


@pytest.mark.parametrize("more", [{"status": "open"}, {"status": "canceled"}, {"amount_paid": 0}])
def test_what_was_not_paid_is_no_payment(more: dict[str, Any]) -> None:
    assert moved(payment_row(payment(**more), "cus_1", FIELDS, USD)) == []


def charge(**more: Any) -> dict[str, Any]:
    return {
        "id": "ch_1", "amount": 500, "created": at("2026-01-02"), "currency": "usd", "customer": "cus_1",
        "status": "succeeded", "captured": True, "invoice": "in_1", **more,
    }  # fmt: skip


def test_a_charge_of_the_older_api_names_its_invoice() -> None:
    assert moved(charge_row(charge(), FIELDS, USD)) == [("ch_1", "payment", 500, "2026-01-02")]
    assert moved(charge_row(charge(amount_captured=300), FIELDS, USD))[0][2] == 300


@pytest.mark.parametrize("more", [{"invoice": None}, {"status": "failed"}, {"captured": False}])
def test_other_charges_are_no_payment_of_an_invoice(more: dict[str, Any]) -> None:
    assert moved(charge_row(charge(**more), FIELDS, USD)) == []


@pytest.mark.parametrize(("status", "count"), [("succeeded", 1), ("pending", 0), ("failed", 0), ("canceled", 0)])
def test_a_refund_counts_when_it_went_through(status: str, count: int) -> None:
    refund = {"id": "re_1", "amount": 200, "created": at("2026-01-09"), "currency": "usd", "status": status}
    assert moved(refund_row(refund, "cus_1", "in_1", FIELDS, USD)) == [("re_1", "refund", 200, "2026-01-09")] * count


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed", "prevented"])
def test_an_inquiry_moves_no_money(status: str) -> None:
    dispute = {"id": "dp_1", "amount": 200, "created": at("2026-01-09"), "currency": "usd", "status": status}
    assert moved(dispute_rows(dispute, "cus_1", "in_1", FIELDS, USD)) == []


@pytest.mark.parametrize("status", ["needs_response", "under_review", "lost"])
def test_a_dispute_takes_its_amount(status: str) -> None:
    dispute = {"id": "dp_1", "amount": 200, "created": at("2026-01-09"), "currency": "usd", "status": status}
    assert moved(dispute_rows(dispute, "cus_1", "in_1", FIELDS, USD)) == [("dp_1", "dispute", 200, "2026-01-09")]


def test_a_dispute_that_is_won_brings_it_back() -> None:
    dispute = {
        "id": "dp_1", "amount": 200, "created": at("2026-01-09"), "currency": "usd", "status": "won",
        "balance_transactions": [{"created": at("2026-02-20")}, {"created": at("2026-01-10")}],
    }  # fmt: skip
    assert moved(dispute_rows(dispute, "cus_1", "in_1", FIELDS, USD)) == [
        ("dp_1", "dispute", 200, "2026-01-10"), ("dp_1:won", "dispute", -200, "2026-02-20"),
    ]  # fmt: skip
