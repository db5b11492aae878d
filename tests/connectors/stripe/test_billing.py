"""What invoices and credit notes become."""

import datetime as dt
from typing import Any

import pytest
from vendor_data import at, invoice, line

from connectors.kit.fields import Context
from connectors.stripe import shapes
from connectors.stripe.billing import REASONS, credit_note_rows, invoice_rows
from connectors.stripe.resources import FIELDS
from model.errors import RecordRejected

USD = Context(dt.UTC, "USD", shapes.money)


def rows(table: str, payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row.values) for row in invoice_rows(payload, FIELDS, USD) if row.table == table]


def period(**more: Any) -> dict[str, Any]:
    return line("il_1", 10_000, "2026-01-15", "2026-02-15", "si_1", **more)


def test_tax_stands_beside_the_amount() -> None:
    taxed = period(taxes=[{"amount": 1_900, "tax_behavior": "exclusive"}])
    (billed,) = rows("invoice_lines", invoice("in_1", [taxed], "2026-01-15"))
    assert (billed["amount"].minor, billed["tax"].minor) == (10_000, 1_900)


def test_tax_told_for_the_invoice_alone_goes_to_its_first_line() -> None:
    given = invoice("in_1", [period(), line("il_2", 5_000, "2026-01-15", "2026-02-15", "si_2")], "2026-01-15")
    lines = rows("invoice_lines", {**given, "total": 16_200})
    assert [each["tax"].minor for each in lines] == [1_200, 0]


def test_an_amount_after_discount_is_billed() -> None:
    """100.00 less 25.00, with 19 % of 75.00 on top."""
    reduced = period(discount_amounts=[{"amount": 2_500}], taxes=[{"amount": 1_425, "tax_behavior": "exclusive"}])
    (billed,) = rows("invoice_lines", invoice("in_1", [reduced], "2026-01-15"))
    assert (billed["amount"].minor, billed["tax"].minor) == (7_500, 1_425)


def test_lines_must_add_up() -> None:
    given = {**invoice("in_1", [period()], "2026-01-15"), "total_excluding_tax": 12_000}
    with pytest.raises(RecordRejected, match="its lines add up to 10000, the invoice says 12000"):
        rows("invoice_lines", given)


@pytest.mark.parametrize("status", ["draft", "open", "paid", "void", "uncollectible"])
def test_the_status_is_kept(status: str) -> None:
    (document,) = rows("invoices", invoice("in_1", [period()], "2026-01-15", status=status))
    assert document["status"] == status


def test_the_document_date_is_the_one_set_else_the_day_it_was_finalized() -> None:
    given = invoice("in_1", [period()], "2026-01-15")
    later = {**given, "created": at("2026-01-01")}
    assert rows("invoices", later)[0]["issued_on"] == dt.date(2026, 1, 15)
    assert rows("invoices", {**later, "effective_at": at("2026-01-31")})[0]["issued_on"] == dt.date(2026, 1, 31)


def test_the_day_of_a_write_off_is_kept() -> None:
    moments = {"finalized_at": at("2026-01-15"), "marked_uncollectible_at": at("2026-04-30")}
    given = invoice("in_1", [period()], "2026-01-15", status="uncollectible", status_transitions=moments)
    assert rows("invoices", given)[0]["written_off_on"] == dt.date(2026, 4, 30)


def test_a_credit_half_of_a_proration_bills_no_line() -> None:
    change = line("il_3", -500, "2026-01-30", "2026-02-15", "si_1", proration=True)
    (billed,) = rows("invoice_lines", invoice("in_1", [change], "2026-01-30"))
    assert "line_id" not in billed


def test_a_void_invoice_bills_no_line() -> None:
    (billed,) = rows("invoice_lines", invoice("in_1", [period()], "2026-01-15", status="void"))
    assert "line_id" not in billed


def test_an_invoice_of_its_own_is_a_sale_tied_to_its_deal() -> None:
    one_off = line("il_7", 90_000, "2026-01-20", "2026-01-20")
    given = invoice("in_7", [one_off], "2026-01-20", sub="", metadata={"deal_id": "7001"})
    (contract,) = rows("contracts", given)
    (promise,) = rows("contract_lines", given)
    (billed,) = rows("invoice_lines", given)
    assert (contract["contract_id"], contract["deal_id"], contract["status"]) == ("in_7", "7001", "signed")
    assert (promise["line_id"], promise["amount"].minor) == ("il_7", 90_000)
    assert billed["line_id"] == "il_7"
    assert rows("contracts", {**given, "status": "draft"}) == []


def test_lines_of_the_older_shape_are_read_alike() -> None:
    old = {
        "id": "il_1", "object": "line_item", "amount": 10_000, "currency": "usd", "type": "subscription",
        "period": {"start": at("2026-01-15"), "end": at("2026-02-15")}, "subscription": "sub_1",
        "subscription_item": "si_1", "proration": False, "price": {"id": "price_1", "product": "prod_1"},
        "tax_amounts": [{"amount": 700, "inclusive": False}], "discount_amounts": [],
    }  # fmt: skip
    given = {**invoice("in_1", [{**old, "taxes": []}], "2026-01-15", sub=""), "subscription": "sub_1", "total": 10_700}
    (billed,) = rows("invoice_lines", given)
    assert (billed["line_id"], billed["tax"].minor) == (f"si_1:{at('2026-01-15')}", 700)


def note(**more: Any) -> dict[str, Any]:
    return {
        "id": "cn_1", "object": "credit_note", "created": at("2026-02-01"), "currency": "usd", "customer": "cus_1",
        "invoice": "in_1", "status": "issued", "reason": None, "subtotal": 1_500, "total": 1_785,
        "total_excluding_tax": 1_500,
        "lines": {"data": [
            {"id": "cnli_1", "amount": 1_000, "invoice_line_item": "il_1", "taxes": [{"amount": 190}]},
            {"id": "cnli_2", "amount": 500, "type": "custom_line_item", "taxes": [{"amount": 95}]},
        ], "has_more": False}, **more,
    }  # fmt: skip


def credited(given: dict[str, Any]) -> list[dict[str, Any]]:
    billed = invoice("in_1", [period()], "2026-01-15")
    return [dict(row.values) for row in credit_note_rows(given, billed, REASONS, FIELDS, USD)]


def test_each_line_of_a_credit_note_credits_its_own_contract_line() -> None:
    first, second = credited(note())
    assert (first["credit_note_id"], first["amount"].minor, first["tax"].minor) == ("cn_1:cnli_1", 1_000, 190)
    assert first["line_id"] == f"si_1:{at('2026-01-15')}"
    assert (second["amount"].minor, second.get("line_id")) == (500, None)


@pytest.mark.parametrize(
    ("stripe", "ours"),
    [
        (None, "billing_correction"), ("duplicate", "billing_correction"), ("order_change", "cancellation"),
        ("product_unsatisfactory", "price_concession"), ("fraudulent", "cancellation"),
    ],
)  # fmt: skip
def test_reasons(stripe: str | None, ours: str) -> None:
    assert {each["reason"] for each in credited(note(reason=stripe))} == {ours}


def test_a_void_note_credits_nothing() -> None:
    assert credited(note(status="void")) == []


def test_a_note_whose_lines_do_not_add_up_counts_as_one_amount() -> None:
    (whole,) = credited(note(total_excluding_tax=1_400, total=1_666))
    assert (whole["credit_note_id"], whole["amount"].minor, whole["tax"].minor) == ("cn_1", 1_400, 266)
