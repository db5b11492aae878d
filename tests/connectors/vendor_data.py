"""Objects in the vendors' own shapes, as short to write as a sentence, for the simulated servers and the mappings."""

from __future__ import annotations

import datetime as dt
from typing import Any

Object = dict[str, Any]


def at(text: str) -> int:
    """Unix seconds of a UTC day or moment: "2026-01-31" or "2026-01-31T10:00"."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


def customer(key: str, name: str, **more: Any) -> Object:
    return {"id": key, "object": "customer", "name": name, "created": at("2025-01-01"), "livemode": False, **more}


def price(key: str, unit: int | None, interval: str = "month", product: str = "prod_1", **more: Any) -> Object:
    recurring = {"interval": interval, "interval_count": 1, "usage_type": more.pop("usage", "licensed")}
    return {
        "id": key, "object": "price", "created": at("2025-01-01"), "currency": more.pop("currency", "usd"),
        "product": product, "recurring": recurring, "unit_amount": unit, "livemode": False,
        "unit_amount_decimal": None if unit is None else str(unit), **more,
    }  # fmt: skip


def subscription(key: str, items: list[Object], start: str, **more: Any) -> Object:
    return {
        "id": key, "object": "subscription", "customer": "cus_1", "created": at(start), "start_date": at(start),
        "currency": "usd", "status": "active", "metadata": {}, "livemode": False, "schedule": None,
        "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "ended_at": None,
        "items": {"object": "list", "data": items, "has_more": False}, **more,
    }  # fmt: skip


def item(key: str, of: Object, start: str, end: str, quantity: int | None = 1) -> Object:
    return {
        "id": key, "object": "subscription_item", "price": of, "quantity": quantity,
        "current_period_start": at(start), "current_period_end": at(end),
    }  # fmt: skip


def line(
    key: str, amount: int, start: str, end: str, si: str = "", of: str = "price_1", sub: str = "sub_1", **more: Any
) -> Object:
    details = {"subscription": sub, "subscription_item": si, "proration": more.pop("proration", False)}
    return {
        "id": key, "object": "line_item", "amount": amount, "currency": "usd", "description": key, "quantity": 1,
        "period": {"start": at(start), "end": at(end)}, "discount_amounts": [], "taxes": [], "metadata": {},
        "parent": {"type": "subscription_item_details", "subscription_item_details": details} if si else None,
        "pricing": {"type": "price_details", "price_details": {"price": of, "product": "prod_1"}}, **more,
    }  # fmt: skip


def invoice(key: str, lines: list[Object], issued: str, sub: str = "sub_1", **more: Any) -> Object:
    charged = sum(each["amount"] for each in lines)
    discounts = sum(each["amount"] for row in lines for each in row["discount_amounts"])
    taxes = sum(each["amount"] for row in lines for each in row["taxes"])
    parent = {"type": "subscription_details", "subscription_details": {"subscription": sub}} if sub else None
    return {
        "id": key, "object": "invoice", "customer": "cus_1", "created": at(issued), "currency": "usd",
        "status": "open", "number": key.upper(), "parent": parent, "livemode": False, "due_date": None,
        "status_transitions": {"finalized_at": at(issued), "paid_at": None, "marked_uncollectible_at": None},
        "subtotal": charged, "total_excluding_tax": charged - discounts, "total": charged - discounts + taxes,
        "lines": {"object": "list", "data": lines, "has_more": False}, "metadata": {}, **more,
    }  # fmt: skip


def hubspot(key: str, changed: str = "2026-01-05T10:00:00.000Z", **properties: Any) -> Object:
    return {"id": key, "properties": properties, "createdAt": changed, "updatedAt": changed, "archived": False}
