"""The invoices of the billing system and what became of them: paid, open, void, credited, refunded, disputed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any

from demo.calendar import LAST, period_starts
from demo.deals import Deal
from demo.invoicing import TAX_PERCENT

Object = dict[str, Any]
Data = dict[str, list[Object]]


@dataclass
class Item:
    """An item of a subscription; `raised`: from which day on it has which quantity."""

    key: str
    price: Object
    quantity: int
    raised: tuple[dt.date, int] | None = None

    def quantity_on(self, day: dt.date) -> int:
        """Its quantity on a day."""
        return self.raised[1] if self.raised and day >= self.raised[0] else self.quantity


@dataclass
class Subscription:
    """A subscription in the making. `starts`: the first days of its billing periods; `ends_on`: its last day."""

    key: str
    customer: str
    deal: Deal
    items: list[Item]
    months: int
    starts: list[dt.date] = field(default_factory=list)
    ends_on: dt.date | None = None
    canceled_on: dt.date | None = None
    trial_from: dt.date | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """What ties it to the CRM, where somebody thought of it."""
        return {"deal_id": self.deal.crm_id} if self.deal.in_crm and self.deal.in_metadata else {}

    def after(self, start: dt.date) -> dt.date:
        """The first day after the period that begins on `start`, counted from the first as Stripe does."""
        return period_starts(self.starts[0], self.months, self.starts.index(start) + 2)[-1]


def stamp(day: dt.date, hour: int = 0) -> int:
    """A moment as Stripe writes it: seconds since 1970, UTC."""
    return int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC).timestamp())


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
    taxes = [{"amount": _tax(minor, percent), "tax_behavior": "exclusive", "taxable_amount": minor}] if percent else []
    return {
        "object": "line_item", "amount": minor, "subtotal": minor, "currency": made.deal.currency.lower(),
        "description": text or f"{quantity} × {price['nickname'] or price['product']}", "discount_amounts": [],
        "discountable": not proration, "discounts": [], "livemode": False, "metadata": made.metadata,
        "parent": {"type": "subscription_item_details", "subscription_item_details": details,
                   "invoice_item_details": None},
        "period": {"start": stamp(first), "end": stamp(after)}, "pricing": pricing, "quantity": quantity,
        "taxes": taxes,
    }  # fmt: skip


def _tax(minor: int, percent: int) -> int:
    """Tax to the nearest minor unit, the same for a credit as for its charge."""
    return (abs(minor) * percent + 50) // 100 * (1 if minor >= 0 else -1)


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
        _paid(chance, data, invoice, paid_on)
    if status in ("paid", "open") and total > 0:
        _credit(chance, data, made, invoice, on)


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


def _paid(chance: Random, data: Data, invoice: Object, on: dt.date) -> None:
    tail, moment, minor = invoice["id"][3:], stamp(on, 12), invoice["total"]
    common = {"currency": invoice["currency"], "customer": invoice["customer"], "livemode": False, "metadata": {}}
    intent, charge = f"pi_{tail}", f"ch_{tail}"
    data["payment_intents"].append({
        "id": intent, "object": "payment_intent", "amount": minor, "amount_received": minor, "created": moment,
        "latest_charge": charge, "status": "succeeded", **common,
    })  # fmt: skip
    data["charges"].append({
        "id": charge, "object": "charge", "amount": minor, "amount_captured": minor, "amount_refunded": 0,
        "captured": True, "created": moment, "disputed": False, "paid": True, "payment_intent": intent,
        "refunded": False, "status": "succeeded", **common,
    })  # fmt: skip
    data["invoice_payments"].append({
        "id": f"inpay_{tail}", "object": "invoice_payment", "amount_paid": minor, "amount_requested": minor,
        "created": moment, "currency": invoice["currency"], "invoice": invoice["id"], "is_default": True,
        "livemode": False, "payment": {"type": "payment_intent", "payment_intent": intent}, "status": "paid",
        "status_transitions": {"paid_at": moment, "canceled_at": None},
    })  # fmt: skip
    luck = chance.random()
    later = on + dt.timedelta(days=chance.randrange(3, 30))
    if luck < 0.006 and later <= LAST:
        _refund(data, data["charges"][-1], later, minor // 4 or minor)
    elif luck < 0.01 and later <= LAST:
        _dispute(chance, data, data["charges"][-1], later)


def _refund(data: Data, charge: Object, on: dt.date, minor: int) -> Object:
    charge["amount_refunded"] += minor
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    refund = {
        "id": f"re_{charge['id'][3:]}", "object": "refund", "amount": minor, "charge": charge["id"],
        "created": stamp(on, 13), "currency": charge["currency"], "metadata": {},
        "payment_intent": charge["payment_intent"], "reason": "requested_by_customer", "status": "succeeded",
    }  # fmt: skip
    data["refunds"].append(refund)
    return refund


def _dispute(chance: Random, data: Data, charge: Object, on: dt.date) -> None:
    status = chance.choice(("won", "lost", "needs_response"))
    charge["disputed"] = True
    taken = {"object": "balance_transaction", "amount": -charge["amount"], "created": stamp(on, 14)}
    moves = [{**taken, "id": f"txn_{charge['id'][3:]}a", "type": "adjustment"}]
    if status == "won":
        back = stamp(min(on + dt.timedelta(days=40), LAST), 14)
        given = {**taken, "amount": charge["amount"], "created": back}
        moves.append({**given, "id": f"txn_{charge['id'][3:]}b", "type": "adjustment"})
    data["disputes"].append({
        "id": f"dp_{charge['id'][3:]}", "object": "dispute", "amount": charge["amount"], "charge": charge["id"],
        "balance_transactions": moves, "created": stamp(on, 14), "currency": charge["currency"],
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "payment_intent": charge["payment_intent"],
        "reason": "general", "status": status,
    })  # fmt: skip


def _credit(chance: Random, data: Data, made: Subscription, invoice: Object, on: dt.date) -> None:
    """A credit note for one invoice in eighty: before payment it lowers what is due, after it the money goes back."""
    issued = on + dt.timedelta(days=chance.randrange(2, 25))
    line = invoice["lines"]["data"][0]
    if chance.random() >= 0.0125 or issued > LAST or line["amount"] <= 0:
        return
    reason = chance.choice(("duplicate", "order_change", "product_unsatisfactory", "duplicate"))
    if not made.metadata and made.deal.in_crm:
        reason = "duplicate"
    minor = line["amount"] * chance.choice((10, 15, 25)) // 100
    tax = _tax(minor, TAX_PERCENT[made.deal.currency])
    before_payment = invoice["status"] == "open" or issued < _day(invoice["status_transitions"]["paid_at"])
    if before_payment and invoice["status"] == "paid":
        return  # what was paid is what was left: keep to the plain cases
    field = "pre_payment_credit_notes_amount" if before_payment else "post_payment_credit_notes_amount"
    invoice[field] += minor + tax
    if before_payment:
        invoice["amount_remaining"] -= minor + tax
    charge = next((each for each in data["charges"][-1:] if each["id"] == f"ch_{invoice['id'][3:]}"), None)
    refunds = []
    if charge and not before_payment and not charge["amount_refunded"] and not charge["disputed"]:
        refund = _refund(data, charge, issued, minor + tax)
        refunds = [{"amount_refunded": minor + tax, "refund": refund["id"], "type": "refund"}]
    _note(data, invoice, line, issued, minor, tax, reason, refunds)
    if reason != "duplicate":
        made.deal.changes.append((issued, -minor))


def _note(
    data: Data, invoice: Object, line: Object, on: dt.date, minor: int, tax: int, reason: str, refunds: list[Object]
) -> None:
    key = f"cn_{invoice['id'][3:]}"
    entry = {
        "id": f"cnli_{key[3:]}", "object": "credit_note_line_item", "amount": minor, "description": line["description"],
        "invoice_line_item": line["id"], "quantity": 1, "type": "invoice_line_item",
        "taxes": [{"amount": tax, "tax_behavior": "exclusive"}] if tax else [],
    }  # fmt: skip
    paid = invoice["status"] == "paid"
    data["credit_notes"].append({
        "id": key, "object": "credit_note", "amount": minor + tax, "created": stamp(on, 11),
        "currency": invoice["currency"], "customer": invoice["customer"], "effective_at": stamp(on, 11),
        "invoice": invoice["id"], "lines": {"object": "list", "data": [entry], "has_more": False}, "livemode": False,
        "memo": None, "metadata": {}, "number": f"{invoice['number']}-CN-01", "reason": reason, "refunds": refunds,
        "post_payment_amount": minor + tax if paid else 0, "pre_payment_amount": 0 if paid else minor + tax,
        "status": "issued", "subtotal": minor, "total": minor + tax, "total_excluding_tax": minor,
        "subtotal_excluding_tax": minor, "type": "post_payment" if paid else "pre_payment", "voided_at": None,
        "total_taxes": [{"amount": tax, "tax_behavior": "exclusive", "type": "tax_rate_details"}] if tax else [],
    })  # fmt: skip


def _day(moment: int) -> dt.date:
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()
