"""What Chargebee's words mean, and which of its fields the columns are read from. Amounts are whole minor units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors.kit.fields import Field, currency, moment, text, unix_day
from connectors.kit.reading import Reading
from connectors.kit.terms import service_days

Object = Mapping[str, Any]
STATUS = {
    "future": "signed", "in_trial": "active", "active": "active", "non_renewing": "active", "paused": "active",
    "cancelled": "cancelled", "transferred": "completed",
}  # fmt: skip
INVOICE_STATUS = {
    "paid": "paid", "posted": "open", "payment_due": "open", "not_paid": "open", "voided": "void", "pending": "draft",
}  # fmt: skip
REASONS = {
    "write_off": "bad_debt", "product_unsatisfactory": "price_concession", "waiver": "price_concession",
    "service_unsatisfactory": "price_concession", "order_change": "cancellation", "order_cancellation": "cancellation",
    "subscription_cancellation": "cancellation", "subscription_pause": "cancellation", "fraudulent": "cancellation",
}  # fmt: skip
RECURRING = ("plan_item_price", "addon_item_price")


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("company", "_person", "email", "id"),
        "parent_id": text("relationship.parent_id"),
        "tax_id": text("vat_number"),
        "region": text("billing_address.country"),
    },
    "products": {
        "product_id": text("id"),
        "name": text("external_name", "name", "id"),
        "family": text("item_family_id"),
    },
    "contracts": {
        "contract_id": text("id"),
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "number": text("po_number", "id"),
        "start_on": unix_day("started_at", "start_date"),
        "deal_id": text("cf_deal_id", "meta_data.deal_id"),
    },
    "contract_lines": {"description": text("description")},
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "contract_id": text("subscription_id"),
        "issued_on": unix_day("date"),
        "due_on": unix_day("due_date"),
        "number": text("id"),
    },
    "credit_notes": {
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "invoice_id": text("reference_invoice_id"),
        "issued_on": unix_day("date"),
    },
    "payments": {
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "received_on": unix_day("date"),
    },
}


def day(reading: Reading, seconds: Any) -> dt.date:
    """The site's day of a moment."""
    return moment(seconds).astimezone(reading.zone).date()


def days(reading: Reading, start: Any, end: Any) -> tuple[dt.date, dt.date]:
    """The first and the last service day of a time."""
    return service_days(moment(start), moment(end), reading.zone)


def net(document: Object, line: Object) -> int:
    """What a line charges: after its discounts, without tax."""
    amount = int(line.get("amount") or 0) - int(line.get("discount_amount") or 0)
    return amount - (int(line.get("tax_amount") or 0) if document.get("price_type") == "tax_inclusive" else 0)


def subscription_of(line: Object, document: Object) -> str:
    """The subscription a line belongs to."""
    return str(line.get("subscription_id") or document.get("subscription_id") or "")


def line_id(sub: Object, line: Object, first: dt.date) -> str:
    """The contract line: subscription, price and first day; its own id for what is charged once."""
    recurs = line.get("entity_type") in RECURRING and line.get("entity_id")
    return f"{sub['id']}:{line['entity_id']}:{first}" if recurs else str(line["id"])
