"""What becomes of the billing system's invoices: payments, refunds, disputes, credit notes."""

from __future__ import annotations

import datetime as dt
from random import Random

from demo.billing_subscription import Data, Object, Subscription, stamp, tax_on
from demo.calendar import LAST
from demo.invoicing import TAX_PERCENT


def pay(chance: Random, data: Data, invoice: Object, on: dt.date) -> None:
    """The payment of a whole invoice on a day; of one in a hundred something comes back, or is disputed."""
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


def credit(chance: Random, data: Data, made: Subscription, invoice: Object, on: dt.date) -> None:
    """A credit note for one invoice in eighty: before payment it lowers what is due, after it the money goes back."""
    issued = on + dt.timedelta(days=chance.randrange(2, 25))
    line = invoice["lines"]["data"][0]
    if chance.random() >= 0.0125 or issued > LAST or line["amount"] <= 0:
        return
    reason = chance.choice(("duplicate", "order_change", "product_unsatisfactory", "duplicate"))
    if not made.metadata and made.deal.in_crm:
        reason = "duplicate"
    minor = line["amount"] * chance.choice((10, 15, 25)) // 100
    tax = tax_on(minor, TAX_PERCENT[made.deal.currency])
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
