"""QuickBooks' sales documents as records: what was billed, credited and paid, line by line and without tax.

https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/invoice (and salesreceipt, creditmemo,
refundreceipt, payment). A voided document keeps its number and has become zeros, which its private note says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import Context, Field, Fields, currency, exact, iso_day, look, record, text
from connectors.kit.known import by_name
from model.money import Money, to_minor

Object = Mapping[str, Any]
REMEDY = "Open the document in QuickBooks; run: backlog sync --full"

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("Id"),
        "name": text("DisplayName", "CompanyName", "FullyQualifiedName", "Id"),
        "parent_id": text("ParentRef.value"),
        "tax_id": text("PrimaryTaxIdentifier", "ResaleNum"),
        "region": text("BillAddr.Country", "BillAddr.CountrySubDivisionCode"),
    },
    "products": {"product_id": text("Id"), "name": text("FullyQualifiedName", "Name", "Id"), "family": text("Type")},
    "invoices": {
        "invoice_id": text("Id"),
        "customer_id": text("CustomerRef.value"),
        "issued_on": iso_day("TxnDate"),
        "due_on": iso_day("DueDate"),
        "currency": currency("CurrencyRef.value"),
        "number": text("DocNumber"),
    },
    "credit_notes": {
        "credit_note_id": text("Id"),
        "customer_id": text("CustomerRef.value"),
        "issued_on": iso_day("TxnDate"),
        "currency": currency("CurrencyRef.value"),
    },
    "payments": {
        "payment_id": text("Id"),
        "customer_id": text("CustomerRef.value"),
        "received_on": iso_day("TxnDate"),
        "currency": currency("CurrencyRef.value"),
    },
}
Maps = Mapping[str, Fields]


def named(document: Object) -> Object:
    """A record whose custom fields are a table, so that a configured field may name one: CustomField.Region."""
    values = ("StringValue", "NumberValue", "DateValue", "BooleanValue")
    return {**document, "CustomField": by_name(document.get("CustomField"), "Name", *values)}


def is_void(document: Object) -> bool:
    """Whether a document was voided: all its amounts are zero and its private note begins with Voided."""
    return not exact(document.get("TotalAmt") or 0) and str(document.get("PrivateNote") or "").startswith("Voided")


def invoice(document: Object, maps: Maps, context: Context, stands: bool) -> Iterator[Row]:
    """An invoice with its lines."""
    money = context.currency
    place = f"invoice {document['Id']}"
    values = _with_currency(record("invoices", maps["invoices"], document, context, place).values, money)
    due = exact(document.get("Balance") or 0)
    values["status"] = "void" if is_void(document) else "open" if due else "paid"
    lines = billed(document, money, place)
    yield from invoice_rows(values, lines, stands=stands)


def sales_receipt(document: Object, maps: Maps, context: Context, stands: bool) -> Iterator[Row]:
    """A sale that was paid at once: an invoice and its payment."""
    key, money = f"sales-receipt-{document['Id']}", context.currency
    values = record("invoices", maps["invoices"], document, context, f"sales receipt {document['Id']}").values
    status = "void" if is_void(document) else "paid"
    own = {**_with_currency(values, money), "invoice_id": key, "status": status}
    lines = [{**line, "invoice_line_id": f"{key}:{line['invoice_line_id']}"} for line in
             billed(document, money, f"sales receipt {document['Id']}")]  # fmt: skip
    yield from invoice_rows(own, lines, stands=stands)
    if status == "paid" and (paid := _amount(document, money)).minor:
        yield _cash(document, maps, context, key, paid, "payment", key)


def credit_memo(document: Object, maps: Maps, context: Context, stands: bool) -> Iterator[Row]:
    """What was credited."""
    if not is_void(document):
        yield _credit(document, maps, context, str(document["Id"]))


def refund_receipt(document: Object, maps: Maps, context: Context, stands: bool) -> Iterator[Row]:
    """What was credited and paid back at once."""
    if not is_void(document):
        key = f"refund-receipt-{document['Id']}"
        yield _credit(document, maps, context, key, reason="refund")
        yield _cash(document, maps, context, key, _amount(document, context.currency), "refund", None)


def payment(document: Object, maps: Maps, context: Context, stands: bool) -> Iterator[Row]:
    """Cash by the invoice it paid. What credit memos paid of them is no cash; the rest is the customer's."""
    key, left = str(document["Id"]), _amount(document, context.currency).minor
    for line in document.get("Line") or ():
        for linked in line.get("LinkedTxn") or ():
            if linked.get("TxnType") != "Invoice" or left <= 0:
                continue
            part = min(left, to_minor(exact(line["Amount"]), context.currency))
            left -= part
            amount = Money(part, context.currency)
            yield _cash(document, maps, context, f"{key}:{linked['TxnId']}", amount, "payment", str(linked["TxnId"]))
    if left > 0:
        yield _cash(document, maps, context, key, Money(left, context.currency), "payment", None)


def billed(document: Object, money: str, place: str) -> list[dict[str, Any]]:
    """The lines of a document, groups opened, the discount as a line of its own; the tax goes to the first."""
    lines = [line for line in (_line(each, document, money) for each in _flat(document.get("Line") or ())) if line]
    tax = to_minor(exact(look(document, "TxnTaxDetail.TotalTax") or 0), money)
    if lines:
        lines[0]["tax"] = Money(tax, money)
    total = to_minor(exact(document.get("TotalAmt") or 0), money)
    adds_up(lines, Money(total - tax, money), place, REMEDY)
    return lines


def _flat(lines: Sequence[Object]) -> Iterator[Object]:
    for line in lines:
        if line.get("DetailType") == "GroupLineDetail":
            yield from _flat(look(line, "GroupLineDetail.Line") or ())
        else:
            yield line


def _line(line: Object, document: Object, money: str) -> dict[str, Any] | None:
    kind, amount = line.get("DetailType"), exact(line.get("Amount") or 0)
    detail = line.get("SalesItemLineDetail") or {}
    if kind == "DiscountLineDetail":
        amount = -amount
    elif kind != "SalesItemLineDetail" or line.get("Amount") is None:
        return None  # a subtotal or a remark
    day = iso_day("ServiceDate").read(detail, Context())
    values = {
        "invoice_line_id": f"{document['Id']}:{line.get('Id') or kind}", "amount": Money(to_minor(amount, money), money),
        "description": line.get("Description"), "service_start": day, "service_end": day,
        "product_id": look(detail, "ItemRef.value"), "quantity": _number(detail.get("Qty")),
        "unit_price": _number(detail.get("UnitPrice")),
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def _number(value: Any) -> Decimal | None:
    return None if value is None else exact(value)


def _credit(document: Object, maps: Maps, context: Context, key: str, **more: Any) -> Row:
    money = context.currency
    tax = to_minor(exact(look(document, "TxnTaxDetail.TotalTax") or 0), money)
    row = record(
        "credit_notes", maps["credit_notes"], document, context, f"credit {document['Id']}", credit_note_id=key,
        amount=Money(_amount(document, money).minor - tax, money), tax=Money(tax, money), **more,
    )  # fmt: skip
    return Row("credit_notes", _with_currency(row.values, money))


def _cash(document: Object, maps: Maps, context: Context, key: str, amount: Money, kind: str, paid: str | None) -> Row:
    row = record(
        "payments", maps["payments"], document, context, f"payment {document['Id']}", payment_id=key, amount=amount,
        kind=kind, invoice_id=paid,
    )  # fmt: skip
    return Row("payments", _with_currency(row.values, amount.currency))


def _amount(document: Object, money: str) -> Money:
    return Money(to_minor(exact(document.get("TotalAmt") or 0), money), money)


def _with_currency(values: Mapping[str, Any], money: str) -> dict[str, Any]:
    return {**values, "currency": money}


MAKE: Mapping[str, Callable[[Object, Maps, Context, bool], Iterator[Row]]] = {
    "Invoice": invoice, "SalesReceipt": sales_receipt, "CreditMemo": credit_memo, "RefundReceipt": refund_receipt,
    "Payment": payment,
}  # fmt: skip
