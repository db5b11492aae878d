"""Tryton's records as ours. Quantities are floats at the vendor and are taken as they are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import Context, Field, Fields, currency, decimal, exact, iso_day, record, text
from connectors.kit.terms import last_day, periods
from model.money import Money, round_minor
from model.records import COMMITTED

Object = Mapping[str, Any]
Maps = Mapping[str, Fields]
REMEDY = "Open the invoice in Tryton; run: backlog sync --full"
SALE = {
    "draft": "draft", "quotation": "proposal", "confirmed": "signed", "processing": "active", "done": "completed",
    "cancelled": "cancelled",
}  # fmt: skip
SUBSCRIPTION = {
    "draft": "draft", "quotation": "proposal", "running": "active", "closed": "completed", "cancelled": "draft",
}  # fmt: skip
OPPORTUNITY = {"lead": "proposal", "opportunity": "negotiation", "lost": "draft", "cancelled": "draft"}
INVOICE = {"draft": "draft", "validated": "draft", "posted": "open", "paid": "paid", "cancelled": "void"}
UNITS = {"yearly": "year", "monthly": "month", "weekly": "week", "daily": "day"}

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("name", "rec_name", "id"),
        "tax_id": text("tax_identifier_.code"),
        "shared_id": text("code"),
    },
    "products": {"product_id": text("id"), "name": text("rec_name", "id")},
    "contracts": {
        "customer_id": text("party"),
        "currency": currency("currency_.code"),
        "number": text("number", "reference", "id"),
        "signed_on": iso_day("sale_date", "start_date"),
        "start_on": iso_day("start_date"),
        "end_on": iso_day("end_date"),
    },
    "contract_lines": {
        "product_id": text("product", "service_.product"),
        "description": text("description", "summary"),
        "quantity": decimal("quantity"),
        "unit_price": decimal("unit_price"),
        "start_on": iso_day("start_date"),
        "end_on": iso_day("end_date"),
    },
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("party"),
        "currency": currency("currency_.code"),
        "issued_on": iso_day("invoice_date", "accounting_date"),
        "number": text("number"),
    },
    "invoice_lines": {
        "invoice_line_id": text("id"),
        "description": text("description"),
        "product_id": text("product"),
        "quantity": decimal("quantity"),
        "unit_price": decimal("unit_price"),
        "service_start": iso_day("defer_from"),
        "service_end": iso_day("defer_to"),
    },
    "credit_notes": {
        "credit_note_id": text("id"),
        "customer_id": text("party"),
        "currency": currency("currency_.code"),
        "issued_on": iso_day("invoice_date", "accounting_date"),
    },
}


def sale(payload: Object, lines: Sequence[Object], maps: Maps, context: Context, term_months: int) -> Iterator[Row]:
    """A sale as a contract. One without a date is no commitment yet."""
    status = SALE.get(str(payload.get("state")), "draft")
    own = {"contract_id": f"sale-{payload['id']}", "status": status}
    contract = record("contracts", maps["contracts"], payload, context, f"sale {payload['id']}", **own)
    promises = [_promise("sale", line, own["contract_id"], exact(line["amount"]), maps, context) for line in lines]
    yield from _dated(contract, promises, term_months)


def subscription(
    payload: Object, lines: Sequence[Object], maps: Maps, context: Context, term_months: int
) -> Iterator[Row]:
    """A subscription as a contract: what each line consumes over its days; without an end, one period of it."""
    key = f"subscription-{payload['id']}"
    own = {"contract_id": key, "status": SUBSCRIPTION.get(str(payload.get("state")), "draft")}
    contract = record("contracts", maps["contracts"], payload, context, f"subscription {payload['id']}", **own)
    promises = []
    for line in lines:
        start = str(line.get("start_date") or payload["start_date"])
        end = line.get("end_date") or payload.get("end_date")
        first, times, last = dt.date.fromisoformat(start), Decimal(1), dt.date.fromisoformat(str(end)) if end else None
        unit, count = UNITS.get(str(line.get("freq")), ""), int(line.get("interval") or 1)
        if unit and last:
            times = sum((share for _, _, share in periods(first, last, unit, count)), Decimal(0))
        elif unit:
            last = last_day(first, unit, count)
        amount = exact(line["unit_price"]) * exact(line.get("quantity") or 1) * times
        dated = {"start_on": first, **({"end_on": last} if last else {})}
        promises.append(_promise("subscription", line, key, amount, maps, context, **dated))
    yield from _dated(contract, promises, term_months)


def opportunity(payload: Object, maps: Maps, context: Context) -> Iterator[Row]:
    """An opportunity that has not become a sale: never a commitment."""
    status = OPPORTUNITY.get(str(payload.get("state")))
    if status is None or not payload.get("party"):
        return  # a converted one counts by its sale
    key = f"opportunity-{payload['id']}"
    contract = record("contracts", maps["contracts"], payload, context, f"opportunity {payload['id']}")
    yield Row("contracts", {**contract.values, "contract_id": key, "status": status})
    if payload.get("amount") is not None:
        amount = Money(round_minor(exact(payload["amount"]), context.currency), context.currency)
        first = contract.values.get("start_on")
        days = {"start_on": first, "end_on": contract.values.get("end_on") or first} if first else {}
        yield Row("contract_lines", {"line_id": f"{key}:deal", "contract_id": key, "amount": amount, **days})


def invoice(
    payload: Object, lines: Sequence[Object], cash: Sequence[Object], maps: Maps, context: Context, stands: bool
) -> Iterator[Row]:
    """A customer's invoice, or a credit note where its amount is negative, with what was paid."""
    place, status = f"invoice {payload['id']}", INVOICE.get(str(payload.get("state")), "draft")
    if status == "draft" and not payload.get("invoice_date"):
        return
    money = context.currency
    net, tax = (
        Money(round_minor(exact(payload.get(name) or 0), money), money) for name in ("untaxed_amount", "tax_amount")
    )
    if net.minor < 0:
        if status in ("open", "paid"):
            yield record(
                "credit_notes", maps["credit_notes"], payload, context, place, amount=Money(-net.minor, money),
                tax=Money(-tax.minor, money), invoice_id=_only({str(line["credits"]) for line in lines if line.get("credits")}),
            )  # fmt: skip
        return
    values = dict(record("invoices", maps["invoices"], payload, context, place).values)
    told = [_billed(line, status, maps, context) for line in lines]
    if told:
        told[0]["tax"] = tax
    adds_up(told, net, place, REMEDY)
    contract = _only({str(line["contract"]) for line in lines if line.get("contract")})
    yield from invoice_rows(
        {**values, "status": status, **({"contract_id": contract} if contract else {})}, told, stands=stands
    )
    for move in cash:
        paid = exact(move.get("amount_second_currency") or 0) or exact(move.get("debit") or 0) - exact(
            move.get("credit") or 0
        )
        amount = round_minor(-paid, money)
        if amount:
            yield Row("payments", {
                "payment_id": str(move["id"]), "customer_id": str(payload["party"]), "invoice_id": str(payload["id"]),
                "received_on": iso_day("date").read(move, context), "amount": Money(abs(amount), money), "currency": money,
                "kind": "payment" if amount > 0 else "refund",
            })  # fmt: skip


def _billed(line: Object, status: str, maps: Maps, context: Context) -> dict[str, Any]:
    own = dict(record("invoice_lines", maps["invoice_lines"], line, context, f"invoice line {line['id']}").values)
    amount = Money(round_minor(exact(line.get("amount") or 0), context.currency), context.currency)
    tied = {"line_id": str(line["bills"])} if line.get("bills") and status != "void" else {}
    return {**own, "amount": amount, **tied}


def _promise(
    kind: str, line: Object, contract: str, amount: Decimal, maps: Maps, context: Context, **more: Any
) -> dict[str, Any]:
    own = dict(record("contract_lines", maps["contract_lines"], line, context, f"{kind} line {line['id']}").values)
    minor = Money(round_minor(amount, context.currency), context.currency)
    return {**own, **more, "line_id": f"{kind}-line-{line['id']}", "contract_id": contract, "amount": minor}


def _dated(contract: Row, promises: Sequence[Mapping[str, Any]], term_months: int) -> Iterator[Row]:
    """The contract with the days of its lines where it states none, else the usual term from its day.

    One that is no commitment yet and has no day yields nothing.
    """
    firsts = [each["start_on"] for each in promises if each.get("start_on")]
    lasts = [each["end_on"] for each in promises if each.get("end_on")]
    usual = contract.values.get("signed_on") if term_months else None
    start = contract.values.get("start_on") or min(firsts, default=None) or usual
    if not start and contract.values.get("status") not in COMMITTED:
        return
    end = contract.values.get("end_on") or max(lasts, default=None)
    end = end or (last_day(start, "month", term_months) if start and term_months else None)
    days = {name: day for name, day in (("start_on", start), ("end_on", end)) if day}
    yield Row("contracts", {**contract.values, **days})
    yield from (Row("contract_lines", each) for each in promises)


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None
