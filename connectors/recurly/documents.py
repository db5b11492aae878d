"""Invoices, credit invoices and transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import exact
from connectors.kit.reading import Reading
from connectors.recurly.reading import INVOICE_STATUS, REASONS, Object, line_id, net, span
from model.money import Money, to_minor

REMEDY = "Open the invoice in Recurly; run: backlog sync --full"


def document(payload: Object, reading: Reading, *, stands: bool) -> Iterator[Row]:
    """An invoice, its lines and the contract it may stand for; a credit invoice as credit notes."""
    money, key = str(payload["currency"]), str(payload["id"])
    if payload.get("type") == "credit":
        yield from _credit(reading, payload, money)
        return
    values = dict(reading.row("invoices", payload, money, f"invoice {key}").values)
    values["status"] = INVOICE_STATUS.get(str(payload.get("state")), "open")
    subscriptions = list(payload.get("subscription_ids") or ())
    if len(subscriptions) == 1:
        values["contract_id"] = str(subscriptions[0])
    lines = [_invoice_line(reading, each, money, values["status"]) for each in _lines(payload)]
    net = to_minor(exact(payload["total"]), money) - to_minor(exact(payload.get("tax") or 0), money)
    adds_up(lines, Money(net, money), f"invoice {key}", REMEDY)
    yield from invoice_rows(values, lines, stands=stands)


def transaction(payload: Object, reading: Reading) -> Iterator[Row]:
    """Money that came or went back."""
    kind = {"purchase": "payment", "capture": "payment", "refund": "refund"}.get(str(payload.get("type")))
    if kind is None or payload.get("status") != "success" or payload.get("voided_at"):
        return
    money = str(payload["currency"])
    amount = Money(abs(to_minor(exact(payload["amount"]), money)), money)
    place = f"transaction {payload['id']}"
    yield reading.row("payments", payload, money, place, amount=amount, kind=kind)


def _invoice_line(reading: Reading, line: Object, money: str, status: str) -> dict[str, Any]:
    first, last = span(reading, line)
    ties = bool(line.get("subscription_id")) and line.get("type") == "charge" and status != "void"
    values = {
        "invoice_line_id": str(line["id"]), "amount": Money(net(line, money), money), "service_start": first,
        "service_end": last, "tax": Money(to_minor(exact(line.get("tax") or 0), money), money),
        "description": line.get("description"), "line_id": line_id(line, first) if ties else None,
        "quantity": exact(line.get("quantity") or 1),
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def _credit(reading: Reading, payload: Object, money: str) -> Iterator[Row]:
    """A credit invoice: a credit note for each of its lines. Its amounts are negative, a note's are positive."""
    if payload.get("state") == "voided":
        return
    lines = _lines(payload)
    for line in lines or [{}]:
        amount = net(line, money) if line else to_minor(exact(payload["subtotal"]), money)
        tax = to_minor(exact((line or payload).get("tax") or 0), money)
        if not amount and not tax:
            continue
        yield reading.row(
            "credit_notes", payload, money, f"credit {payload['id']}",
            credit_note_id=str(payload["id"]) if len(lines) < 2 else f"{payload['id']}:{line['id']}",
            amount=Money(abs(amount), money), tax=Money(abs(tax), money),
            reason=REASONS.get(str(payload.get("origin")), "billing_correction"),
        )  # fmt: skip


def _lines(invoice: Object) -> list[Object]:
    return list(invoice.get("line_items") or ())
