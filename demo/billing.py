"""The billing system of the sample company, in Stripe's own shapes: who subscribes to what.

Amounts are whole minor units as Stripe writes them (JPY has none smaller than the yen); periods begin at midnight UTC.
Invoices and cash are in demo.billing_invoices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any

from demo.billing_invoices import write_invoices
from demo.billing_subscription import Item, Subscription, stamp
from demo.calendar import LAST, period_starts, stream
from demo.catalogue import PRODUCTS
from demo.clients import Client
from demo.crm import company_id
from demo.deals import RHYTHMS, Deal

Object = dict[str, Any]
LISTS = (
    "customers", "products", "prices", "subscriptions", "subscription_schedules", "invoices", "invoice_payments",
    "payment_intents", "charges", "refunds", "disputes", "credit_notes",
)  # fmt: skip
CHURN = 0.25
_DEPARTMENTS = (
    "Finance Legal Sales Support Design Research Quality Logistics Purchasing Marketing Training Security Board Audit"
)


def customer_key(client: Client) -> str:
    """The customer's id in billing."""
    return f"cus_{client.number:014d}"


def write_billing(seed: int, clients: Sequence[Client], deals: Sequence[Deal]) -> dict[str, list[Object]]:
    """What demo.vendors.stripe.StripeServer serves."""
    data: dict[str, list[Object]] = {name: [] for name in LISTS}
    chance = stream(seed, "billing")
    data["customers"] = [_customer(chance, client) for client in clients if client.group in ("cloud", "self_serve")]
    data["products"] = [_product(key) for key in PRODUCTS if PRODUCTS[key].family in ("Platform", "Support")]
    prices: dict[str, Object] = {}
    for deal in deals:
        if deal.kind in ("cloud", "self_serve"):
            _subscribe(chance, data, prices, deal)
    data["prices"] = list(prices.values())
    return data


def _customer(chance: Random, client: Client) -> Object:
    metadata = {"segment": client.segment, "domain": client.domain}
    if client.in_crm and chance.random() < 0.9:
        metadata["hubspot_company_id"] = company_id(client)
    return {
        "id": customer_key(client), "object": "customer", "created": stamp(dt.date(2022, 10, 3), 9), "balance": 0,
        "currency": client.currency.lower(), "delinquent": False, "description": None, "email": client.email,
        "livemode": False, "metadata": metadata, "name": client.name, "tax_exempt": "none",
    }  # fmt: skip


def _product(key: str) -> Object:
    product = PRODUCTS[key]
    return {
        "id": f"prod_{key[2:]}", "object": "product", "active": True, "created": stamp(dt.date(2022, 10, 3), 8),
        "description": None, "livemode": False, "metadata": {"family": product.family, "sku": key},
        "name": product.name, "type": "service", "updated": stamp(dt.date(2022, 10, 3), 8),
    }  # fmt: skip


def _price(prices: dict[str, Object], item: str, currency: str, months: int, minor: int, nickname: str) -> Object:
    metered = PRODUCTS[item].recognition == "usage"
    key = f"price_{item[2:]}_{currency}_{months}_{minor}{'_' + nickname if nickname else ''}"
    whole_years = months % 12 == 0
    recurring = {
        "interval": "year" if whole_years else "month", "interval_count": months // 12 if whole_years else months,
        "usage_type": "metered" if metered else "licensed", "meter": None, "trial_period_days": None,
    }  # fmt: skip
    return prices.setdefault(key, {
        "id": key, "object": "price", "active": True, "billing_scheme": "per_unit", "currency": currency.lower(),
        "created": stamp(dt.date(2022, 10, 3), 10), "livemode": False, "metadata": {}, "nickname": nickname or None,
        "product": f"prod_{item[2:]}", "recurring": recurring, "type": "recurring", "unit_amount": minor,
        "unit_amount_decimal": str(minor), "tiers_mode": None,
    })  # fmt: skip


def _subscribe(chance: Random, data: dict[str, list[Object]], prices: dict[str, Object], deal: Deal) -> None:
    months = RHYTHMS[deal.rhythm] or deal.months
    key = f"sub_{deal.number:014d}"
    items: list[Item] = []
    for line in deal.lines:
        price = _price(prices, line.product.key, deal.currency, months, line.unit_minor * months, "")
        items.append(Item(f"si_{deal.number:08d}{len(items):02d}", price, line.quantity))
    if deal.shape == "departments":
        for name in _DEPARTMENTS.split()[: chance.choice((11, 12, 14)) - 1]:
            price = _price(prices, "P-TEAM", deal.currency, months, deal.lines[0].unit_minor * months, name)
            items.append(Item(f"si_{deal.number:08d}{len(items):02d}", price, chance.randrange(2, 9)))
    if deal.shape == "metered":
        price = _price(prices, "P-API", deal.currency, months, 5, "")
        items.append(Item(f"si_{deal.number:08d}{len(items):02d}", price, 0))
    made = _lifetime(chance, Subscription(key, customer_key(deal.client), deal, items, months))
    if made.starts[0] <= LAST:
        data["subscriptions"].append(_subscription(made))
        write_invoices(chance, data, made)
        data["subscriptions"][-1]["latest_invoice"] = data["invoices"][-1]["id"]
    if deal.kind == "cloud":
        data["subscription_schedules"].append(_schedule(made))


def _lifetime(chance: Random, made: Subscription) -> Subscription:
    """Which periods it has: those of its term, or as many as pass until it is canceled or the books end."""
    deal = made.deal
    if deal.kind == "cloud":
        made.starts = period_starts(deal.start_on, made.months, deal.months // made.months)
        made.ends_on = deal.end_on
        return made
    if deal.shape == "trial":
        made.trial_from = deal.start_on
        deal.start_on += dt.timedelta(days=14)
    every = [day for day in period_starts(deal.start_on, made.months, 49) if day <= LAST] or [deal.start_on]
    if chance.random() < CHURN and len(every) > 1:
        every = every[: chance.randrange(1, len(every))]
        made.ends_on = period_starts(every[0], made.months, len(every) + 1)[-1] - dt.timedelta(days=1)
        made.canceled_on = max(made.ends_on - dt.timedelta(days=chance.randrange(1, 20)), every[-1])
    made.starts = every
    return made


def _subscription(made: Subscription) -> Object:
    deal, ended = made.deal, made.ends_on is not None and made.ends_on < LAST
    current = [day for day in made.starts if day <= LAST][-1]
    after = made.after(current)
    begun = made.trial_from or made.starts[0]
    end = stamp(made.ends_on + dt.timedelta(days=1)) if made.ends_on else None
    items: list[Object] = [
        {
            "id": item.key, "object": "subscription_item", "created": stamp(begun, 10), "metadata": {},
            "price": item.price, "quantity": item.quantity_on(LAST) or None, "subscription": made.key,
            "current_period_start": stamp(current), "current_period_end": stamp(after), "tax_rates": [],
        }
        for item in made.items
    ]  # fmt: skip
    return {
        "id": made.key, "object": "subscription", "billing_cycle_anchor": stamp(made.starts[0]),
        "billing_mode": {"type": "classic"}, "cancel_at": end if deal.kind == "cloud" else None,
        "cancel_at_period_end": bool(made.canceled_on and not ended),
        "canceled_at": stamp(made.canceled_on, 11) if made.canceled_on else (end if ended else None),
        "collection_method": "send_invoice" if deal.kind == "cloud" else "charge_automatically",
        "created": stamp(min(deal.signed_on, begun), 10), "currency": deal.currency.lower(), "customer": made.customer,
        "days_until_due": 30 if deal.kind == "cloud" else None, "description": None,
        "ended_at": end if ended else None,
        "items": {"object": "list", "data": items, "has_more": False}, "latest_invoice": None, "livemode": False,
        "metadata": made.metadata, "schedule": f"sub_sched_{deal.number:014d}" if deal.kind == "cloud" else None,
        "start_date": stamp(begun), "status": "canceled" if ended else "active",
        "trial_start": stamp(made.trial_from) if made.trial_from else None,
        "trial_end": stamp(made.starts[0]) if made.trial_from else None,
    }  # fmt: skip


def _schedule(made: Subscription) -> Object:
    """The fixed term of a subscription that was sold: one phase, after which it is canceled."""
    deal, begun, ended = made.deal, made.starts[0] <= LAST, made.deal.end_on < LAST
    first, last = stamp(deal.start_on), stamp(deal.end_on + dt.timedelta(days=1))
    items = [{"price": item.price["id"], "quantity": item.quantity, "metadata": {}} for item in made.items]
    phase = {
        "start_date": first, "end_date": last, "items": items, "currency": deal.currency.lower(),
        "metadata": made.metadata, "proration_behavior": "create_prorations", "trial_end": None,
        "add_invoice_items": [],
    }  # fmt: skip
    running = {"start_date": first, "end_date": last} if begun and not ended else None
    return {
        "id": f"sub_sched_{deal.number:014d}", "object": "subscription_schedule", "canceled_at": None,
        "completed_at": last if ended else None, "created": stamp(deal.signed_on, 10), "current_phase": running,
        "customer": made.customer, "end_behavior": "cancel", "livemode": False, "metadata": made.metadata,
        "phases": [phase], "released_at": None, "released_subscription": None,
        "status": "completed" if ended else "active" if begun else "not_started",
        "subscription": made.key if begun else None,
    }  # fmt: skip
