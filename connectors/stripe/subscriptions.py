"""A subscription as a contract: its periods are lines, its renewals and prorations amendments (see kit.agreement)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.kit import agreement
from connectors.kit.agreement import Agreement, Change
from connectors.kit.connector import Row
from connectors.kit.fields import Context, Fields, record
from connectors.stripe import shapes, terms
from connectors.stripe.periods import day, service_days
from connectors.stripe.shapes import Object
from connectors.stripe.terms import Bundle, Piece
from model.errors import RecordRejected

STATUS = {
    "incomplete": "draft", "incomplete_expired": "draft", "trialing": "active", "active": "active",
    "past_due": "active", "unpaid": "active", "paused": "active", "canceled": "cancelled",
}  # fmt: skip


def contract_rows(bundle: Bundle, maps: Mapping[str, Fields], context: Context) -> Iterator[Row]:
    """The contract of one subscription (or of a schedule that has not begun), its lines and its amendments."""
    subscription, schedule = bundle.subscription, bundle.schedule or {}
    key, status = shapes.ident(subscription), STATUS.get(str(subscription.get("status")), "draft")
    created, started = int(subscription["created"]), int(subscription.get("start_date") or subscription["created"])
    # A schedule that made the subscription was signed before it.
    before = [int(schedule["created"])] if schedule and schedule["created"] <= created else []
    signed = day(min(created, started, *before), context.zone)
    cancelled = subscription.get("canceled_at")
    over = subscription.get("ended_at") or cancelled
    ended = day(int(over), context.zone) if status == "cancelled" and over else None
    told = day(int(cancelled), context.zone) if cancelled else None
    merged = {**subscription, "metadata": {**(schedule.get("metadata") or {}), **(subscription.get("metadata") or {})}}
    contract = record(
        "contracts", maps["contracts"], merged, context, f"subscription {key}",
        status="completed" if status == "cancelled" and ended is None else status, signed_on=signed,
        currency=context.currency,
    )  # fmt: skip
    pieces = terms.pieces(bundle)
    promises = [_promise(each, maps, context) for each in pieces]
    changes = list(_changes(bundle, pieces, maps, context))
    yield from Agreement(key, context.currency, signed, ended, told).rows(contract, promises, changes)


def of_schedule(schedule: Object, bundle: Bundle) -> Bundle:
    """A schedule that has not begun, seen as the subscription it will be: signed when it was made."""
    phases = schedule.get("phases") or ()
    first = phases[0] if phases else {}
    return Bundle(
        {
            "id": schedule["id"], "customer": schedule["customer"], "created": schedule["created"],
            "start_date": first.get("start_date") or schedule["created"], "status": "active",
            "currency": first.get("currency"), "metadata": schedule.get("metadata"), "items": {"data": []},
        },
        schedule, price=bundle.price,
    )  # fmt: skip


def _promise(piece: Piece, maps: Mapping[str, Fields], context: Context) -> agreement.Piece:
    """A piece in days and minor units."""
    first, last = service_days(piece.start, piece.end, context.zone)
    each = terms.unit_amount(piece.price) if piece.lines == 1 else None
    row = record(
        "contract_lines", maps["contract_lines"], piece.source, context, f"line {piece.line_id}",
        product_id=shapes.product_of(piece.source) or shapes.product_of({"price": piece.price}),
        unit_price=None if each is None else shapes.major(each, context.currency),
        **({"recognition": "usage"} if piece.metered else {}),
    )  # fmt: skip
    amount = context.money(piece.amount, context.currency).minor
    agreed = day(piece.agreed, context.zone)
    return agreement.Piece(piece.line_id, piece.item, first, last, amount, agreed, row.values)


def _changes(bundle: Bundle, pieces: list[Piece], maps: Mapping[str, Fields], context: Context) -> Iterator[Change]:
    """Prorations: a credit ends the piece that runs at its moment (among `pieces`), a charge is a piece of its own."""
    for at, line in enumerate(terms.prorations(bundle)):
        item, start, amount = shapes.item_of(line), int(line["period"]["start"]), shapes.net(line)
        on, money = day(start, context.zone), context.money(abs(amount), context.currency).minor
        if amount < 0:
            running = _running(pieces, item, start, line)
            running.end = min(running.end, start)
            yield Change(on, str(start), item, money, line_id=running.line_id, at=at)
        elif amount > 0:
            price = terms.price_in_full(bundle, item, shapes.price_of(line))
            piece = Piece(f"{item}:{start}", item, start, int(line["period"]["end"]), amount, start, line, price)
            pieces.append(piece)
            yield Change(on, str(start), charge=_promise(piece, maps, context), at=at)


def _running(pieces: list[Piece], item: str, moment: int, line: Object) -> Piece:
    found = [each for each in pieces if each.item == item and each.start <= moment < each.end]
    if not found:
        raise RecordRejected(
            f"the credit {shapes.ident(line)} is for a time that no invoice of the subscription bills",
            remedy="Open the subscription in Stripe and compare its invoices",
        )
    return max(found, key=lambda each: each.start)
