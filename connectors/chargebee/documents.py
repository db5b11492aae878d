"""Invoices, credit notes and transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.chargebee.reading import INVOICE_STATUS, REASONS, Object, day, days, line_id, net, subscription_of
from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import exact
from connectors.kit.reading import Reading
from model.money import Money

REMEDY = "Open the invoice in Chargebee; run: backlog sync --full"


def invoice(payload: Object, reading: Reading, *, stands: bool) -> Iterator[Row]:
    """An invoice and its lines, and the contract it may stand for."""
    money, key = str(payload["currency_code"]), str(payload["id"])
    values = dict(reading.row("invoices", payload, money, f"invoice {key}").values)
    values["status"] = INVOICE_STATUS.get(str(payload.get("status")), "open")
    lines = [_invoice_line(reading, payload, line, money) for line in payload.get("line_items") or ()]
    whole_amount = int(payload["total"]) - int(payload.get("tax") or 0) - int(payload.get("round_off_amount") or 0)
    adds_up(lines, Money(whole_amount, money), f"invoice {key}", REMEDY)
    yield from invoice_rows(values, lines, stands=stands)


def credit_note(payload: Object, invoice: Object, reading: Reading) -> Iterator[Row]:
    """A row for each line of a note; `invoice` is what it credits."""
    if payload.get("status") == "voided":
        return
    money, key = str(payload["currency_code"]), str(payload["id"])
    billed = {str(line["id"]): line for line in invoice.get("line_items") or ()}
    lines = list(payload.get("line_items") or ())
    for line in lines or [{}]:
        source = billed.get(str(line.get("reference_line_item_id")))
        sub = subscription_of(source, invoice) if source else ""
        amount = net(payload, line) if line else int(payload["total"])
        yield reading.row(
            "credit_notes", payload, money, f"credit note {key}",
            credit_note_id=key if len(lines) < 2 else f"{key}:{line['id']}", amount=Money(amount, money),
            tax=Money(int(line.get("tax_amount") or 0), money),
            reason=REASONS.get(str(payload.get("reason_code")), "billing_correction"),
            line_id=line_id({"id": sub}, source, day(reading, source["date_from"])) if source and sub else None,
        )  # fmt: skip


def transaction(payload: Object, reading: Reading) -> Iterator[Row]:
    """Money that came, by the invoice it was applied to, and money that went back."""
    kind = {"payment": "payment", "refund": "refund", "payment_reversal": "dispute"}.get(str(payload.get("type")))
    if kind is None or payload.get("status") != "success":
        return
    money, key, left = str(payload["currency_code"]), str(payload["id"]), int(payload["amount"])
    applied = [(str(each["invoice_id"]), int(each["applied_amount"])) for each in payload.get("linked_invoices") or ()]
    if kind == "refund":
        notes = payload.get("linked_credit_notes") or ()
        applied = [(str(each["cn_reference_invoice_id"]), int(each["applied_amount"])) for each in notes
                   if each.get("cn_reference_invoice_id")]  # fmt: skip
    if kind == "dispute":
        applied = [(invoice, left) for invoice, _ in applied[:1]]
    for invoice, amount in applied:
        left -= amount
        yield _cash(reading, payload, f"{key}:{invoice}", Money(amount, money), kind, invoice)
    if left > 0:
        yield _cash(reading, payload, key, Money(left, money), kind, None)


def _invoice_line(reading: Reading, invoice: Object, line: Object, money: str) -> dict[str, Any]:
    first, last = days(reading, line["date_from"], line["date_to"])
    sub = subscription_of(line, invoice)
    values = {
        "invoice_line_id": str(line["id"]), "amount": Money(net(invoice, line), money), "service_start": first,
        "service_end": last, "tax": Money(int(line.get("tax_amount") or 0), money),
        "description": line.get("description"),
        "line_id": line_id({"id": sub}, line, first) if sub and invoice.get("status") != "voided" else None,
        "product_id": line.get("entity_id"), "quantity": exact(line.get("quantity") or 1),
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def _cash(reading: Reading, payload: Object, key: str, amount: Money, kind: str, invoice: str | None) -> Row:
    return reading.row(
        "payments", payload, amount.currency, f"transaction {payload['id']}",
        payment_id=key, amount=amount, kind=kind, invoice_id=invoice,
    )  # fmt: skip
