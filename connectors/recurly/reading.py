"""What Recurly's words mean, and which of its fields the columns are read from. Amounts are major units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors.kit.fields import Field, currency, exact, iso_day, text
from connectors.kit.known import by_name
from connectors.kit.reading import Reading
from connectors.kit.terms import service_days
from model.money import to_minor

Object = Mapping[str, Any]
STATUS = {
    "active": "active", "canceled": "active", "expired": "completed", "failed": "draft", "future": "signed",
    "in_trial": "active", "live": "active", "past_due": "active", "paused": "active", "pending": "draft",
}  # fmt: skip
INVOICE_STATUS = {
    "open": "open", "pending": "open", "processing": "open", "past_due": "open", "paid": "paid", "closed": "paid",
    "failed": "uncollectible", "voided": "void",
}  # fmt: skip
RECURRING = ("plan", "add_on")
REASONS = {
    "write_off": "bad_debt",
    "termination": "cancellation",
    "line_item_refund": "refund",
    "open_amount_refund": "refund",
}

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("company", "_name", "email", "code", "id"),
        "parent_id": text("parent_account_id"),
        "tax_id": text("vat_number"),
        "region": text("address.country"),
        "shared_id": text("code"),
    },
    "products": {"product_id": text("code"), "name": text("name", "code")},
    "contracts": {
        "contract_id": text("id"),
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "number": text("po_number", "uuid", "id"),
        "start_on": iso_day("activated_at", "created_at"),
        "payment_terms_days": Field(("net_terms",), lambda value, _: int(value)),
    },
    "contract_lines": {"description": text("description")},
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "issued_on": iso_day("created_at"),
        "due_on": iso_day("due_at"),
        "number": text("number"),
    },
    "credit_notes": {
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "issued_on": iso_day("created_at"),
        "invoice_id": text("previous_invoice_id"),
    },
    "payments": {
        "payment_id": text("id"),
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "received_on": iso_day("collected_at", "created_at"),
        "invoice_id": text("invoice.id"),
    },
}


def day(reading: Reading, said: Any) -> dt.date:
    """The site's day of a moment."""
    return moment(said).astimezone(reading.zone).date()


def span(reading: Reading, line: Object) -> tuple[dt.date, dt.date]:
    """The first and the last service day of a line."""
    start = line.get("start_date") or line.get("created_at")
    return service_days(moment(start), moment(line.get("end_date") or start), reading.zone)


def net(line: Object, money: str) -> int:
    """What a line charges: after its discounts, without tax, which prices may include."""
    included = exact(line.get("tax") or 0) if line.get("tax_inclusive") else 0
    return to_minor(exact(line.get("subtotal") or 0) - exact(line.get("discount") or 0) - included, money)


def named(record: Object) -> dict[str, Any]:
    """A record whose custom fields are a table, so that a configured field may name one: custom_fields.region."""
    return {**record, "custom_fields": by_name(record.get("custom_fields"), "name", "value")}


def item_of(line: Object) -> str:
    """What recurs: a plan or an add-on."""
    return str(line.get("add_on_code") or line.get("plan_code") or "plan")


def line_id(line: Object, first: dt.date) -> str:
    """The contract line: subscription, plan or add-on and first day; its own id for what is charged once."""
    recurs = line.get("origin") in RECURRING and line.get("subscription_id")
    return f"{line['subscription_id']}:{item_of(line)}:{first}" if recurs else str(line["id"])


def moment(said: Any) -> dt.datetime:
    """A moment; one that names no zone is in UTC."""
    found = dt.datetime.fromisoformat(str(said))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
