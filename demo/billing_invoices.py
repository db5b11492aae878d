"""The invoices of the billing system: a period's items, usage, seats added within a period, trials; paid, open or void."""

from __future__ import annotations

import datetime as dt
from random import Random

from demo.billing_payments import credit, pay
from demo.billing_subscription import Data, Item, Object, Subscription, stamp, tax_on
from demo.calendar import LAST
from demo.invoicing import TAX_PERCENT


def write_invoices(chance: Random, data: Data, made: Subscription) -> None:
    """Every invoice of a subscription until the last day."""
    begun = [start for start in made.starts if start <= LAST]
    if made.trial_from:
        line = _line(made, made.items[0], made.trial_from, begun[0], 0, "Trial period")
        _invoice(chance, data, made, made.trial_from, [line], "subscription_create")
    raise_on = None
    if made.deal.shape == "upgrade" and len(begun) > 2:
        start = begun[len(begun) // 2]
        raise_on = start + (made.after(start) - start) * 2 // 5
        made.items[0].raised = (raise_on, made.items[0].quantity + chance.choice((1, 3, 6)))
    for place, start in enumerate(begun):
        after = made.after(start)
        lines = []
        for item in made.items:
            if item.price["recurring"]["usage_type"] == "metered":
                lines += _metered(chance, made, item, begun[place - 1] if place else None, start)
            else:
                minor = item.price["unit_amount"] * item.quantity_on(start)
                lines.append(_line(made, item, start, after, minor, "", item.quantity_on(start)))
        _invoice(chance, data, made, start, lines, "subscription_cycle" if place else "subscription_create")
        if raise_on and start <= raise_on < after and raise_on <= LAST:
            _invoice(chance, data, made, raise_on, _proration(made, raise_on, start, after), "subscription_update")


def _metered(chance: Random, made: Subscription, item: Item, since: dt.date | None, start: dt.date) -> list[Object]:
    """Usage is billed when its period is over."""
    if since is None:
        return []
    calls = chance.randrange(150, 1900)
    return [_line(made, item, since, start, calls * int(item.price["unit_amount"]), "API calls", calls)]


def _proration(made: Subscription, on: dt.date, start: dt.date, after: dt.date) -> list[Object]:
    """More seats within a period: the unused time is credited and the rest of the period charged anew."""
    item = made.items[0]
    left, days = (after - on).days, (after - start).days
    lines = []
    for quantity, sign, text in ((item.quantity, -1, "Unused time on"), (item.quantity_on(on), 1, "Remaining time on")):
        minor = (2 * item.price["unit_amount"] * quantity * left + days) // (2 * days)
        lines.append(_line(made, item, on, after, sign * minor, f"{text} {quantity} × Platform Team", quantity, True))
    return lines


def _line(
    made: Subscription, item: Item, first: dt.date, after: dt.date, minor: int, text: str, quantity: int = 1,
    proration: bool = False,
) -> Object:  # fmt: skip
    price = item.price
    details = {
        "invoice_item": None, "proration": proration, "proration_details": {"credited_items": None},
        "subscription": made.key, "subscription_item": item.key,
    }  # fmt: skip
    pricing = {
        "type": "price_details", "price_details": {"price": price["id"], "product": price["product"]},
        "unit_amount_decimal": price["unit_amount_decimal"],
    }  # fmt: skip
    percent = TAX_PERCENT[made.deal.currency]
    taxes = (
        [{"amount": tax_on(minor, percent), "tax_behavior": "exclusive", "taxable_amount": minor}] if percent else []
    )
    return {
        "object": "line_item", "amount": minor, "subtotal": minor, "currency": made.deal.currency.lower(),
        "description": text or f"{quantity} × {price['nickname'] or price['product']}", "discount_amounts": [],
        "discountable": not proration, "discounts": [], "livemode": False, "metadata": made.metadata,
        "parent": {"type": "subscription_item_details", "subscription_item_details": details,
                   "invoice_item_details": None},
        "period": {"start": stamp(first), "end": stamp(after)}, "pricing": pricing, "quantity": quantity,
        "taxes": taxes,
    }  # fmt: skip


def _invoice(chance: Random, data: Data, made: Subscription, on: dt.date, lines: list[Object], why: str) -> None:
    number = len(data["invoices"]) + 1
    key = f"in_{number:014d}"
    for place, line in enumerate(lines):
        line |= {"id": f"il_{number:010d}{place:04d}", "invoice": key}
    subtotal = sum(line["amount"] for line in lines)
    tax = sum(each["amount"] for line in lines for each in line["taxes"])
    total = subtotal + tax
    by_card = made.deal.kind == "self_serve"
    paid_on = on if by_card or not total else on + dt.timedelta(days=chance.choice((9, 14, 22, 29, 31, 38, 52)))
    status = _status(chance, on, paid_on, total)
    if status == "void" and made.deal.in_crm and not made.metadata:
        status = "open"  # without the deal's id, the amount is what it is matched by
    if status != "void" and by_card:
        # A renewing subscription is committed period by period, each from its first day.
        made.deal.changes.append((on, subtotal))
    if by_card and status == "open":
        paid_on = LAST
    details = {"subscription": made.key, "metadata": made.metadata}
    invoice: Object = {
        "id": key, "object": "invoice", "amount_due": max(total, 0), "billing_reason": why,
        "amount_paid": total if status == "paid" else 0, "amount_remaining": 0 if status == "paid" else max(total, 0),
        "auto_advance": False, "collection_method": "charge_automatically" if by_card else "send_invoice",
        "created": stamp(on, 1), "currency": made.deal.currency.lower(), "customer": made.customer,
        "customer_name": made.deal.client.name, "customer_email": made.deal.client.email, "description": None,
        "due_date": None if by_card else stamp(on + dt.timedelta(days=30), 1), "effective_at": stamp(on, 2),
        "lines": {"object": "list", "data": lines, "has_more": False}, "livemode": False, "metadata": {},
        "number": f"{made.deal.client.number:04d}-{on:%Y%m}-{number:05d}",
        "parent": {"type": "subscription_details", "subscription_details": details, "quote_details": None},
        "period_start": stamp(on), "period_end": stamp(on), "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0, "starting_balance": 0, "status": status,
        "status_transitions": _transitions(status, on, paid_on), "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal, "total": total, "total_excluding_tax": subtotal,
        "total_taxes": [{"amount": tax, "tax_behavior": "exclusive", "type": "tax_rate_details"}] if tax else [],
    }  # fmt: skip
    data["invoices"].append(invoice)
    if status == "paid" and total > 0:
        pay(chance, data, invoice, paid_on)
    if status in ("paid", "open") and total > 0:
        credit(chance, data, made, invoice, on)


def _status(chance: Random, on: dt.date, paid_on: dt.date, total: int) -> str:
    luck = chance.random()
    if total <= 0:
        return "paid"
    if luck < 0.004:
        return "void"
    if luck < 0.012 and on < LAST - dt.timedelta(days=200):
        return "uncollectible"
    return "paid" if paid_on <= LAST and luck < 0.985 else "open"


def _transitions(status: str, on: dt.date, paid_on: dt.date) -> Object:
    return {
        "finalized_at": stamp(on, 2), "paid_at": stamp(paid_on, 12) if status == "paid" else None,
        "marked_uncollectible_at": stamp(on + dt.timedelta(days=150), 9) if status == "uncollectible" else None,
        "voided_at": stamp(on + dt.timedelta(days=2), 9) if status == "void" else None,
    }  # fmt: skip
