"""Money that came and went: payments of invoices, refunds, disputes.

https://docs.stripe.com/api/invoice-payment/object · https://docs.stripe.com/api/refunds/object ·
https://docs.stripe.com/api/disputes/object
Only cash that belongs to an invoice is told: a charge without one has no contract to be applied to. Refunds and
disputes are positive when money leaves; a dispute that is won has a second row that brings it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.kit.connector import Row
from connectors.kit.fields import Context, Fields, look, record
from connectors.stripe.periods import day
from connectors.stripe.shapes import Object

# Inquiries (`warning_…`) have moved no money, nor have disputes that were prevented.
_WITHDRAWN = ("needs_response", "under_review", "won", "lost")


def payment_row(payment: Object, customer: str, maps: Mapping[str, Fields], context: Context) -> Iterator[Row]:
    """What was paid on an invoice, on the day it was paid."""
    if payment.get("status") == "paid" and payment.get("amount_paid"):
        paid_at = look(payment, "status_transitions.paid_at") or payment["created"]
        yield _row(payment, payment["id"], int(payment["amount_paid"]), int(paid_at), customer, maps, context)


def charge_row(charge: Object, maps: Mapping[str, Fields], context: Context) -> Iterator[Row]:
    """A charge that names its invoice, as API versions before 2025-03-31.basil did."""
    if charge.get("status") == "succeeded" and charge.get("captured", True) and charge.get("invoice"):
        amount = charge.get("amount_captured")
        paid = int(charge["amount"] if amount is None else amount)
        yield _row(charge, charge["id"], paid, int(charge["created"]), "", maps, context)


def refund_row(
    refund: Object, customer: str, invoice: str, maps: Mapping[str, Fields], context: Context
) -> Iterator[Row]:
    """A refund that went through, of a charge that paid an invoice."""
    if refund.get("status") in ("succeeded", None) and invoice:
        paid_back = {**refund, "invoice": invoice}
        amount, created = int(refund["amount"]), int(refund["created"])
        yield _row(paid_back, refund["id"], amount, created, customer, maps, context, "refund")


def dispute_rows(
    dispute: Object, customer: str, invoice: str, maps: Mapping[str, Fields], context: Context
) -> Iterator[Row]:
    """What a dispute took, and what it gave back if it was won."""
    if dispute.get("status") not in _WITHDRAWN or not invoice:
        return
    subject, amount = {**dispute, "invoice": invoice}, int(dispute["amount"])
    moves = [int(move["created"]) for move in dispute.get("balance_transactions") or ()]
    taken = min(moves, default=int(dispute["created"]))
    yield _row(subject, dispute["id"], amount, taken, customer, maps, context, "dispute")
    if dispute["status"] == "won":
        back = max(moves, default=taken)
        yield _row(subject, f"{dispute['id']}:won", -amount, back, customer, maps, context, "dispute")


def _row(
    payload: Object, key: str, amount: int, moment: int, customer: str, maps: Mapping[str, Fields], context: Context,
    kind: str = "payment",
) -> Row:  # fmt: skip
    more = {"customer_id": customer} if customer else {}
    return record(
        "payments", maps["payments"], payload, context, f"{payload.get('object', kind)} {payload['id']}",
        payment_id=key, amount=context.money(amount, context.currency), received_on=day(moment, context.zone),
        kind=kind, **more,
    )  # fmt: skip
