"""Invoices, adjustments and payments.

An adjustment is a credit memo where its amount is negative, else a debit memo, which bills like an invoice. A tax is an entry
of its own that names the line it is on (developer.sage.com/intacct/docs/openapi/ar/accounts-receivable.invoice-tax-entry);
here it is told among the lines. A payment has a detail for each document it paid; what it takes from an advance
or an overpayment was cash before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.intacct.reading import REMEDY, Company, Object, word
from connectors.kit.connector import Row
from connectors.kit.documents import adds_up
from connectors.kit.fields import exact
from model.money import Money, to_minor

DRAFTS = ("draft", "submitted", "declined", "partially approved", "analyzing")
REVERSED = ("reversed", "reversal", "voided")
EARLIER = ("TRX_POSTEDADVANCEAMOUNT", "TRX_POSTEDOVERPAYMENTAMOUNT")


def document(said: Object, reading: Company) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An invoice or debit memo as the columns of an invoice and of its lines."""
    payload, told = said["document"], said["lines"]
    values, money = reading.priced("invoices", payload)
    state = word(payload, "STATE")
    due = exact(payload.get("TRX_TOTALDUE") or 0)
    values["status"] = "draft" if state in DRAFTS else "void" if state in REVERSED else "open" if due else "paid"
    lines = [_line(each, told, money, reading) for each in told if not _is_tax(each)]
    tax = to_minor(_taxes(told), money)
    net = to_minor(exact(payload["TRX_TOTALENTERED"]), money) - tax
    adds_up(lines, Money(net, money), f"document {payload['RECORDNO']}", REMEDY)
    loose = tax - sum(line["tax"].minor for line in lines)
    if lines and loose:  # a tax on the document as a whole
        lines[0]["tax"] = Money(lines[0]["tax"].minor + loose, money)
    named = {str(each["CONTRACTID"]) for each in told if each.get("CONTRACTID")}
    return {**values, **({"contract_id": named.pop()} if len(named) == 1 else {})}, lines


def credit_rows(said: Object, reading: Company) -> Iterator[Row]:
    """A credit memo."""
    payload = said["document"]
    if word(payload, "STATE") in (*DRAFTS, *REVERSED):
        return
    values, money = reading.priced("credit_notes", payload)
    tax = to_minor(-_taxes(said["lines"]), money)
    net = to_minor(-exact(payload["TRX_TOTALENTERED"]), money) - tax
    yield Row("credit_notes", {**values, "amount": Money(net, money), "tax": Money(tax, money)})


def payment_rows(said: Object, reading: Company) -> Iterator[Row]:
    """Cash by the document it paid, and what of it paid none."""
    payload = said["payment"]
    if word(payload, "STATE") in (*DRAFTS, *REVERSED):
        return
    values, money = reading.priced("payments", payload)
    key, left = str(payload["RECORDNO"]), to_minor(exact(payload.get("TRX_TOTALENTERED") or 0), money)

    def row(mark: str, amount: int, kind: str, invoice: str | None = None) -> Row:
        more = {"payment_id": f"{key}{mark}", "amount": Money(amount, money), "kind": kind}
        return Row("payments", {**values, **more, **({"invoice_id": invoice} if invoice else {})})

    for each in said["details"]:
        mark, invoice = f":{each['RECORDNO']}", each.get("RECORDKEY") or each.get("POSADJKEY")
        cash = to_minor(exact(each.get("TRX_PAYMENTAMOUNT") or 0), money)
        earlier = to_minor(sum((exact(each.get(name) or 0) for name in EARLIER), Decimal(0)), money)
        left -= cash
        if cash:
            yield row(mark, cash, "payment", invoice)
        if earlier:  # it leaves the customer's account and settles the document
            yield row(f"{mark}:applied", earlier, "payment", invoice)
            yield row(f"{mark}:taken", earlier, "refund")
    if left:
        yield row("", left, "payment")


def _line(line: Object, all_lines: Sequence[Object], money: str, reading: Company) -> dict[str, Any]:
    own = reading.row("invoice_lines", line).values
    tax = _taxes([each for each in all_lines if each.get("PARENTENTRY") == line["RECORDNO"]])
    amounts = {
        "amount": Money(to_minor(exact(line["TRX_AMOUNT"]), money), money),
        "tax": Money(to_minor(tax, money), money),
    }
    return {**own, **amounts}


def _taxes(lines: Sequence[Object]) -> Decimal:
    return sum((exact(each["TRX_AMOUNT"]) for each in lines if _is_tax(each)), Decimal(0))


def _is_tax(line: Object) -> bool:
    return bool(line.get("PARENTENTRY")) or word(line, "SUBTOTAL") in ("t", "tax", "true")
