"""Stripe's lists and the fields we read from them. Facts only; stripe.py does the reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.fields import Field, currency, decimal, text, unix_day, whole


@dataclass(frozen=True)
class Resource:
    """A list: its path and parameters, and which kind of object an event about it carries.

    `lists_all`: what is missing from a whole listing is gone. Customers are kept: their contracts outlive them.
    """

    path: str
    about: str
    params: Mapping[str, Any] = field(default_factory=dict)
    lists_all: bool = True


RESOURCES: Mapping[str, Resource] = {
    "customers": Resource("/v1/customers", "customer", lists_all=False),
    "products": Resource("/v1/products", "product"),
    "prices": Resource("/v1/prices", "price"),
    "subscriptions": Resource("/v1/subscriptions", "subscription", {"status": "all"}),
    "subscription_schedules": Resource("/v1/subscription_schedules", "subscription_schedule"),
    "invoices": Resource("/v1/invoices", "invoice"),
    "invoice_payments": Resource("/v1/invoice_payments", "invoice_payment", {"expand[]": "data.invoice"}),
    "charges": Resource("/v1/charges", "charge"),
    "credit_notes": Resource("/v1/credit_notes", "credit_note"),
    "refunds": Resource("/v1/refunds", "refund", {"expand[]": "data.charge"}),
    "disputes": Resource("/v1/disputes", "dispute", {"expand[]": "data.charge"}),
}

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("name", "business_name", "email", "description", "id"),
        "tax_id": text("tax_ids.data.0.value"),
        "region": text("address.country"),
        "segment": text("metadata.segment"),
    },
    "products": {
        "product_id": text("id"),
        "name": text("name", "id"),
        "family": text("metadata.family"),
        "recognition": text("metadata.recognition"),
    },
    "contracts": {
        "contract_id": text("id"),
        "customer_id": text("customer"),
        "currency": currency("currency"),
        "number": text("id"),
        "start_on": unix_day("start_date"),
        "payment_terms_days": whole("days_until_due"),
        "deal_id": text("metadata.deal_id"),
    },
    "contract_lines": {
        "description": text("description", "price.nickname", "plan.nickname"),
        "quantity": decimal("quantity"),
        "recognition": text("metadata.recognition"),
    },
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("customer"),
        "currency": currency("currency"),
        "number": text("number"),
        "due_on": unix_day("due_date"),
        "written_off_on": unix_day("status_transitions.marked_uncollectible_at"),
    },
    "invoice_lines": {
        "invoice_line_id": text("id"),
        "description": text("description"),
    },
    "credit_notes": {
        "customer_id": text("customer"),
        "currency": currency("currency"),
        "invoice_id": text("invoice"),
    },
    "payments": {
        "customer_id": text("customer"),
        "currency": currency("currency"),
        "invoice_id": text("invoice"),
    },
}
