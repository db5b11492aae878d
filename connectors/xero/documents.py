"""Contacts, items, sales documents and payments: which of Xero's fields the columns are read from, and what they mean.

Only sales count: invoices of the type ACCREC and credit notes ACCRECCREDIT. Dates are days of the organisation; amounts are
major units.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import Context, Field, currency, decimal, exact, look, text
from connectors.kit.reading import Reading
from model.errors import RecordRejected
from model.money import Money, to_minor
from model.periods import parse_day

Object = Mapping[str, Any]
REMEDY = "Open the document in Xero; run: backlog sync --full"
INVOICE_STATUS = {"DRAFT": "draft", "SUBMITTED": "draft", "AUTHORISED": "open", "PAID": "paid", "VOIDED": "void"}
# A payment's type -> ours; the others settle what suppliers billed.
KINDS = {
    "ACCRECPAYMENT": "payment", "ARCREDITPAYMENT": "refund", "AROVERPAYMENTPAYMENT": "refund",
    "ARPREPAYMENTPAYMENT": "refund",
}  # fmt: skip
_TICKS = re.compile(r"/Date\((-?\d+)[+-]?\d*\)/\Z")


def _xero_day(value: Any, _: Context) -> dt.date:
    """A day as Xero writes it: 2026-01-31T00:00:00 or /Date(1769817600000+0000)/, which is midnight UTC of the day."""
    said = str(value).strip()
    if found := _TICKS.match(said):
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(found[1]))).date()
    return parse_day(said[:10])


def xero_day(*paths: str) -> Field:
    """A day of the organisation."""
    return Field(paths, _xero_day)


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("ContactID"),
        "name": text("Name", "ContactID"),
        "tax_id": text("TaxNumber"),
        "region": text("Addresses.0.Country", "Addresses.1.Country"),
        "segment": text("ContactGroups.0.Name"),
    },
    "products": {"product_id": text("Code", "ItemID"), "name": text("Name", "Code", "ItemID")},
    "invoices": {
        "invoice_id": text("InvoiceID"),
        "customer_id": text("Contact.ContactID"),
        "issued_on": xero_day("DateString", "Date"),
        "due_on": xero_day("DueDateString", "DueDate"),
        "currency": currency("CurrencyCode"),
        "number": text("InvoiceNumber"),
    },
    "credit_notes": {
        "customer_id": text("Contact.ContactID"),
        "issued_on": xero_day("DateString", "Date"),
        "currency": currency("CurrencyCode"),
    },
    "payments": {
        "payment_id": text("PaymentID"),
        "received_on": xero_day("Date"),
        "currency": currency("Invoice.CurrencyCode", "CreditNote.CurrencyCode", "Overpayment.CurrencyCode",
                             "Prepayment.CurrencyCode"),
        "customer_id": text("Invoice.Contact.ContactID", "CreditNote.Contact.ContactID",
                            "Overpayment.Contact.ContactID", "Prepayment.Contact.ContactID"),
        "invoice_id": text("Invoice.InvoiceID"),
    },
    "invoice_lines": {
        "description": text("Description"),
        "product_id": text("ItemCode", "Item.Code"),
        "quantity": decimal("Quantity"),
        "unit_price": decimal("UnitAmount"),
    },
}  # fmt: skip


def invoice(payload: Object, reading: Reading, *, stands: bool) -> Iterator[Row]:
    """A sales invoice, its lines, and the contract it may stand for."""
    if payload.get("Type") != "ACCREC":
        return
    money, key = str(payload["CurrencyCode"]), str(payload["InvoiceID"])
    values = dict(reading.row("invoices", payload, money, f"invoice {key}").values)
    values["status"] = INVOICE_STATUS.get(str(payload.get("Status")), "draft")
    lines = [_line(reading, payload, line, money, at) for at, line in enumerate(payload.get("LineItems") or ())]
    if not lines and _subtotal(payload) and values["status"] != "void":
        # A document told without its lines counts as one amount.
        whole = {"LineAmount": _subtotal(payload), "TaxAmount": payload.get("TotalTax") or 0}
        lines = [_line(reading, {"InvoiceID": key}, whole, money, 0)]
    if values["status"] != "void" or lines:  # a voided invoice may be told without its lines
        adds_up(lines, _minor(_subtotal(payload), money), f"invoice {key}", REMEDY)
    yield from invoice_rows(values, lines, stands=stands)


def credit_note(payload: Object, reading: Reading) -> Iterator[Row]:
    """A row for each invoice a note was allocated to, in that proportion, and one for what was not."""
    if payload.get("Status") in ("DRAFT", "SUBMITTED", "VOIDED") or payload.get("Type") != "ACCRECCREDIT":
        return
    money, key = str(payload["CurrencyCode"]), str(payload["CreditNoteID"])
    net = _minor(_subtotal(payload), money).minor
    tax = _minor(exact(payload.get("TotalTax") or 0), money).minor
    shares = [(str(look(each, "Invoice.InvoiceID")), _minor(exact(each["Amount"]), money).minor)
              for each in payload.get("Allocations") or ()]  # fmt: skip
    whole, met, told_net, told_tax = net + tax, 0, 0, 0
    for invoice, amount in [*shares, ("", whole - sum(amount for _, amount in shares))]:
        if not amount or not whole:
            continue
        met += amount
        # Rounding the running total leaves no remainder to place.
        part_net, part_tax = net * met // whole - told_net, tax * met // whole - told_tax
        told_net, told_tax = told_net + part_net, told_tax + part_tax
        yield reading.row(
            "credit_notes", payload, money, f"credit note {key}",
            credit_note_id=f"{key}:{invoice}" if invoice else key, amount=Money(part_net, money),
            tax=Money(part_tax, money), invoice_id=invoice or None,
        )  # fmt: skip


def payment(payload: Object, reading: Reading) -> Iterator[Row]:
    """Money that a customer paid or got back."""
    kind = KINDS.get(str(payload.get("PaymentType")))
    if kind is None or payload.get("Status") == "DELETED":
        return
    row = reading.row("payments", payload, "", f"payment {payload['PaymentID']}", kind=kind)
    money = str(row.values.get("currency") or "")
    if not money:
        raise RecordRejected("it names no document whose currency it is in", column="currency", remedy=REMEDY)
    yield Row("payments", {**row.values, "amount": _minor(exact(payload["Amount"]), money)})


def _line(reading: Reading, document: Object, line: Object, money: str, at: int) -> dict[str, Any]:
    amount, tax = exact(line.get("LineAmount") or 0), exact(line.get("TaxAmount") or 0)
    net = amount - tax if document.get("LineAmountTypes") == "Inclusive" else amount
    own = reading.row("invoice_lines", line, money).values
    key = str(line.get("LineItemID") or f"{document['InvoiceID']}:{at}")
    return {**own, "invoice_line_id": key, "amount": _minor(net, money), "tax": _minor(tax, money)}


def _minor(amount: Decimal, money: str) -> Money:
    return Money(to_minor(amount, money), money)


def _subtotal(document: Object) -> Decimal:
    """A document's amount without tax."""
    return exact(document.get("Total") or 0) - exact(document.get("TotalTax") or 0)
