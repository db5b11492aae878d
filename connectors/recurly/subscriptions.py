"""A subscription as a contract.

Its billed periods are lines and renewals, the running period and the rest of its term are what is agreed but not billed.
A credit within an immediate change ends the old price.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from connectors.kit.agreement import Agreement, Change, Piece, settled
from connectors.kit.connector import Row
from connectors.kit.fields import exact, look
from connectors.kit.reading import Reading
from connectors.kit.terms import periods, service_days
from connectors.recurly.reading import RECURRING, STATUS, Object, day, item_of, line_id, moment, named, net, span
from model.money import round_minor


def subscription_rows(said: Object, reading: Reading, deal_field: str) -> Iterator[Row]:
    """The contract, its lines and its amendments; `deal_field`: the custom field that names the deal in the CRM."""
    sub, money = named(said["subscription"]), str(said["subscription"]["currency"])
    contract = reading.row("contracts", sub, money, f"subscription {sub['id']}")
    values = {**contract.values, "status": STATUS.get(str(sub.get("state")), "draft")}
    if sub["custom_fields"].get(deal_field) is not None:
        values["deal_id"] = str(sub["custom_fields"][deal_field])
    signed = day(reading, min(str(sub[name]) for name in ("created_at", "activated_at") if sub.get(name)))
    values.setdefault("signed_on", signed)
    lines = [each for each in said["line_items"] if each.get("state") == "invoiced"]
    credits = [
        Change(day(reading, each["start_date"]), str(each["id"]), item_of(each), -net(each, money))
        for each in lines
        if each.get("type") == "credit" and each.get("origin") in RECURRING and not each.get("refund")
        and each.get("start_date") and net(each, money) < 0
    ]  # fmt: skip
    billed = [_piece(reading, sub, each, money) for each in lines if each.get("type") == "charge"]
    pieces, changes = settled(billed, credits)
    billed_ids = {piece.line_id for piece in (*pieces, *(each.charge for each in changes if each.charge))}
    pieces += [piece for piece in _to_come(reading, sub, money) if piece.line_id not in billed_ids]
    ended = day(reading, sub["expires_at"]) if sub.get("state") == "expired" and sub.get("expires_at") else None
    if ended:
        values["status"] = "cancelled"
    yield from Agreement(str(sub["id"]), money, signed, ended).rows(Row("contracts", values), pieces, changes)


def _piece(reading: Reading, sub: Object, line: Object, money: str) -> Piece:
    first, last = span(reading, line)
    usage = line.get("add_on_code") in _metered(sub)
    recurs = line.get("origin") in RECURRING
    more = {
        **reading.row("contract_lines", named(line)).values,
        "product_id": str(line["plan_code"]) if line.get("origin") == "plan" and line.get("plan_code") else None,
        "quantity": exact(line.get("quantity_decimal") or line.get("quantity") or 1),
        "recognition": "usage" if usage else None,
    }  # fmt: skip
    agreed = _agreed(reading, sub, first) if recurs else day(reading, line["created_at"])
    amount = 0 if usage else net(line, money)
    return Piece(line_id(line, first), item_of(line) if recurs else "", first, last, amount, agreed, more)


def _to_come(reading: Reading, sub: Object, money: str) -> Iterator[Piece]:
    """The running period where no invoice names it, and the further ones of its term."""
    start, end = sub.get("current_period_started_at"), sub.get("current_period_ends_at")
    if sub.get("state") not in ("active", "canceled", "future", "past_due", "live") or not start or not end:
        return
    first, last = service_days(moment(start), moment(end), reading.zone)
    until = last
    if sub.get("current_term_ends_at"):
        until = max(until, service_days(moment(start), moment(sub["current_term_ends_at"]), reading.zone)[1])
    if sub.get("state") == "canceled" and sub.get("expires_at"):
        until = service_days(moment(start), moment(sub["expires_at"]), reading.zone)[1]
    months = (last.year - first.year) * 12 + last.month - first.month + (1 if last.day + 1 >= first.day else 0)
    unit, count = ("month", months) if months and last.day in (first.day - 1, *range(28, 32)) else (
        "day", (last - first).days + 1)  # fmt: skip
    parts = [(str(look(sub, "plan.code") or "plan"), sub.get("unit_amount"), sub.get("quantity"))]
    parts += [(code, each.get("unit_amount"), each.get("quantity")) for each in sub.get("add_ons") or ()
              if (code := str(look(each, "add_on.code"))) not in _metered(sub)]  # fmt: skip
    for begins, ends, share in periods(first, until, unit, count):
        for at, (code, price, quantity) in enumerate(parts):
            if price is None:
                continue
            amount = round_minor(exact(price) * exact(quantity or 1) * share, money)
            more = {
                "product_id": code if at == 0 else None,
                "quantity": exact(quantity or 1),
                "unit_price": exact(price),
            }
            yield Piece(f"{sub['id']}:{code}:{begins}", code, begins, ends, amount, _agreed(reading, sub, begins), more)


def _metered(sub: Object) -> set[str]:
    """The add-ons of a subscription that are billed as they are used: nothing of them is promised."""
    return {str(look(each, "add_on.code")) for each in sub.get("add_ons") or ()
            if look(each, "add_on.add_on_type") == "usage"}  # fmt: skip


def _agreed(reading: Reading, sub: Object, first: dt.date) -> dt.date:
    """The day a period was agreed on: with its term, else as it begins."""
    start, end = sub.get("current_term_started_at"), sub.get("current_term_ends_at")
    if start and end and day(reading, start) <= first < day(reading, end):
        return day(reading, start)
    return first
