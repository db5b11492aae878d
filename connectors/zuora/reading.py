"""What Zuora's words mean, and which of its fields the columns are read from. Amounts are major units.

The fields of an object query: https://developer.zuora.com/v1-api-reference/api/operation/queryCreditMemos/ (and
queryInvoices, queryPayments, queryRefunds, queryPaymentApplications)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.kit.fields import Field, currency, exact, iso_day, text
from model.errors import RecordRejected
from model.money import Money, to_minor

Object = Mapping[str, Any]
STATUS = {
    "Draft": "draft", "Pending Activation": "draft", "PendingActivation": "draft", "Pending Acceptance": "proposal",
    "PendingAcceptance": "proposal", "Active": "active", "Cancelled": "cancelled", "Expired": "completed",
    "Suspended": "active",
}  # fmt: skip

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"), "name": text("name", "accountNumber", "id"), "parent_id": text("parentId"),
        "tax_id": text("vATId", "vatId"), "shared_id": text("crmId"),
    },
    "products": {"product_id": text("id"), "name": text("name", "sku", "id"), "family": text("category")},
    "contracts": {
        "customer_id": text("accountId"),
        "signed_on": iso_day("orderDate", "contractEffectiveDate"),
        "number": text("subscriptionNumber", "name"),
        "start_on": iso_day("subscriptionStartDate"),
        "deal_id": text("opportunityId__c", "opportunityId", "cpqBundleJsonId__QT"),
    },
    "invoices": {
        "invoice_id": text("id"), "customer_id": text("accountId"), "currency": currency("currency"),
        "issued_on": iso_day("invoiceDate"), "due_on": iso_day("dueDate"), "number": text("invoiceNumber"),
    },
    "invoice_lines": {
        "invoice_line_id": text("id"), "description": text("chargeName", "itemName"),
        "service_start": iso_day("serviceStartDate"), "service_end": iso_day("serviceEndDate"),
    },
    "credit_notes": {
        "credit_note_id": text("id"), "customer_id": text("accountId"), "currency": currency("currency"),
        "issued_on": iso_day("memoDate"), "invoice_id": text("invoiceId"),
    },
    "payments": {
        "payment_id": text("id"), "customer_id": text("accountId"), "currency": currency("currency"),
        "received_on": iso_day("effectiveDate", "refundDate"),
    },
}  # fmt: skip


def amount(record: Object, name: str, money: str) -> Money:
    """An amount of a record, zero where it tells none."""
    return Money(to_minor(exact(record.get(name) or 0), money), money)


def total(record: Object, name: str, money: str) -> Money:
    """An amount that every record of its kind has."""
    if record.get(name) is None:
        raise RecordRejected(
            f"it tells no {name}", column="amount", remedy="Open it in Zuora; run: backlog sync --full"
        )
    return amount(record, name, money)


def told_with(record: Object, name: str) -> list[Object]:
    """What is told with a record, whose name is written as asked for or in small letters."""
    return list(record.get(name) or record.get(name.lower()) or ())
