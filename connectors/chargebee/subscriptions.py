"""A subscription as a contract.

Its billed terms are lines and renewals, its running term and the rest of its contract term are what is agreed but not
billed yet, a credit note for a change in mid-term ends the old price.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from connectors.chargebee.reading import RECURRING, STATUS, Object, day, days, line_id, net, subscription_of
from connectors.kit.agreement import Agreement, Change, Piece, settled
from connectors.kit.connector import Row
from connectors.kit.fields import exact, look
from connectors.kit.reading import Reading
from connectors.kit.terms import periods
from model.money import round_minor


def subscription_rows(said: Object, reading: Reading) -> Iterator[Row]:
    """The contract, its lines and its amendments."""
    sub = said["subscription"]
    money = str(sub["currency_code"])
    contract = reading.row("contracts", sub, money, f"subscription {sub['id']}")
    values = {**contract.values, "status": STATUS.get(str(sub.get("status")), "draft")}
    signed = min(day(reading, sub[name]) for name in ("created_at", "started_at", "start_date") if sub.get(name))
    values.setdefault("signed_on", signed)
    credits = [
        Change(day(reading, line["date_from"]), str(line["id"]), str(line["entity_id"]), net(note, line))
        for note in said["credit_notes"]
        if note.get("status") != "voided" and note.get("reason_code") == "subscription_change"
        for line in note.get("line_items") or ()
        if line.get("entity_type") in RECURRING and subscription_of(line, note) == sub["id"]
    ]
    billed = [
        _piece(reading, sub, invoice, line)
        for invoice in said["invoices"]
        if invoice.get("status") not in ("voided", "pending") and not invoice.get("deleted")
        for line in invoice.get("line_items") or ()
        if subscription_of(line, invoice) == sub["id"] and line.get("entity_type") != "tax"
    ]
    pieces, changes = settled(billed, credits)
    named = {piece.line_id for piece in (*pieces, *(each.charge for each in changes if each.charge))}
    pieces += [piece for piece in _to_come(reading, sub) if piece.line_id not in named]
    ended = day(reading, sub["cancelled_at"]) if sub.get("status") == "cancelled" and sub.get("cancelled_at") else None
    yield from Agreement(str(sub["id"]), money, signed, ended).rows(Row("contracts", values), pieces, changes)


def _piece(reading: Reading, sub: Object, invoice: Object, line: Object) -> Piece:
    first, last = days(reading, line["date_from"], line["date_to"])
    recurs = line.get("entity_type") in RECURRING
    item = str(line.get("entity_id") or "") if recurs else ""
    usage = bool(line.get("metered"))
    more = {
        **reading.row("contract_lines", line).values,
        "product_id": str(line["entity_id"]) if line.get("entity_id") else None,
        "quantity": exact(line.get("quantity_in_decimal") or line.get("quantity") or 1),
        "recognition": "usage" if usage else None,
    }  # fmt: skip
    agreed = _agreed(reading, sub, first) if recurs else day(reading, invoice["date"])
    return Piece(line_id(sub, line, first), item, first, last, 0 if usage else net(invoice, line), agreed, more)


def _to_come(reading: Reading, sub: Object) -> Iterator[Piece]:
    """The running term where no invoice names it, and further terms that the contract term has fixed."""
    if sub.get("status") not in ("active", "non_renewing", "future", "in_trial", "paused"):
        return
    start = sub.get("current_term_start") or sub.get("next_billing_at") or sub.get("start_date")
    term, unit, count = (
        sub.get("contract_term") or {},
        str(sub.get("billing_period_unit")),
        sub.get("billing_period"),
    )
    if not start or not count:
        return
    first, until = day(reading, start), None
    if sub.get("current_term_end") and sub.get("status") != "in_trial":
        until = days(reading, start, sub["current_term_end"])[1]
    elif sub.get("status") == "in_trial":
        first = day(reading, sub["trial_end"]) if sub.get("trial_end") else first
    for end in (
        term.get("contract_end") if term.get("status") in ("active", None) else None,
        sub.get("cancelled_at"),
    ):
        if end:
            fixed = days(reading, start, end)[1]
            until = max(until, fixed) if until else fixed
    if until is None:
        return
    for begins, ends, share in periods(first, until, unit, int(count)):
        for item in sub.get("subscription_items") or ():
            if item.get("item_type") not in ("plan", "addon"):
                continue
            metered = item.get("metered_quantity") is not None or item.get("amount") is None
            amount = 0 if metered else round_minor(exact(item["amount"]) * share, "JPY")
            more = {"product_id": str(item["item_price_id"]), "quantity": exact(item.get("quantity") or 1),
                    "recognition": "usage" if metered else None}  # fmt: skip
            key = f"{sub['id']}:{item['item_price_id']}:{begins}"
            yield Piece(key, str(item["item_price_id"]), begins, ends, amount, _agreed(reading, sub, begins), more)


def _agreed(reading: Reading, sub: Object, first: dt.date) -> dt.date:
    """The day a term was agreed on: with its contract term, else as it begins."""
    start, end = look(sub, "contract_term.contract_start"), look(sub, "contract_term.contract_end")
    if start and end and day(reading, start) <= first <= day(reading, end):
        created = look(sub, "contract_term.created_at")
        return min(day(reading, start), day(reading, created)) if created else day(reading, start)
    return first
