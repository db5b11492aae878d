"""Invoices, credit memos, payments and refunds.

What counts has the status Posted, or Processed. A credit memo that was reversed is settled by a debit memo for the same
amount: neither of the two counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.reading import Reading
from connectors.zuora.reading import Object, amount, told_with, total
from model.money import Money

REMEDY = "Open the invoice in Zuora; run: backlog sync --full"


def invoice(payload: Object, money: str, reading: Reading) -> Iterator[Row]:
    """An invoice and its lines; of the contract whose charges alone it bills."""
    place, items = f"invoice {payload['id']}", told_with(payload, "invoiceItems")
    values = dict(reading.row("invoices", payload, money, place).values)
    posted = "open" if amount(payload, "balance", money).minor else "paid"
    status = {"Draft": "draft", "Posted": posted}.get(str(payload.get("status")), "void")
    values |= {"currency": money, "status": status}
    lines = [_line(each, money, reading) for each in items]
    net = total(payload, "amount", money).minor - amount(payload, "taxAmount", money).minor
    adds_up(lines, Money(net, money), place, REMEDY)
    contracts = {str(each["subscriptionNumber"]) for each in items if each.get("subscriptionNumber")}
    if len(contracts) == 1:
        values["contract_id"] = contracts.pop()
    yield from invoice_rows(values, lines)


def credit_memo(payload: Object, money: str, reading: Reading) -> Iterator[Row]:
    """What was credited."""
    if str(payload.get("status")) != "Posted" or payload.get("reversed"):
        return
    tax = amount(payload, "taxAmount", money)
    net = Money(total(payload, "totalAmount", money).minor - tax.minor, money)
    write_off = {"reason": "bad_debt"} if "write-off" in str(payload.get("reasonCode") or "").lower() else {}
    place = f"credit memo {payload['id']}"
    yield reading.row("credit_notes", payload, money, place, amount=net, tax=tax, currency=money, **write_off)


def payment(payload: Object, money: str, reading: Reading) -> Iterator[Row]:
    """Cash by the invoice it was applied to; the rest is the customer's."""
    if str(payload.get("status")) != "Processed":
        return
    key, left = str(payload["id"]), total(payload, "amount", money).minor
    for each in told_with(payload, "paymentApplications"):
        part = amount(each, "applyAmount", money)
        if each.get("invoiceId") and part.minor:
            left -= part.minor
            invoice = str(each["invoiceId"])
            yield _cash(payload, reading, f"{key}:{invoice}", part, "payment", invoice)
    if left > 0:
        yield _cash(payload, reading, key, Money(left, money), "payment", None)


def refund(payload: Object, money: str, reading: Reading) -> Iterator[Row]:
    """Cash that went back."""
    if str(payload.get("status")) == "Processed":
        yield _cash(payload, reading, str(payload["id"]), total(payload, "amount", money), "refund", None)


def _line(item: Object, money: str, reading: Reading) -> dict[str, Any]:
    own = reading.row("invoice_lines", item, money, f"item {item['id']}").values
    amounts = {"amount": amount(item, "chargeAmount", money), "tax": amount(item, "taxAmount", money)}
    return {**own, **amounts, **({"line_id": str(item["chargeNumber"])} if item.get("chargeNumber") else {})}


def _cash(payload: Object, reading: Reading, key: str, cash: Money, kind: str, invoice: str | None) -> Row:
    money = cash.currency
    return reading.row(
        "payments", payload, money, f"{kind} {payload['id']}",
        payment_id=key, amount=cash, currency=money, kind=kind, invoice_id=invoice,
    )  # fmt: skip
