"""What a subscription has promised: its service periods, each a piece of the contract with a price.

A piece comes from one of three places:
    billed      the lines of its invoices: what was charged for an item and a period (void invoices waive theirs)
    current     the running period of an item that no invoice names yet: unit amount × quantity
    scheduled   periods still to come that are already agreed: phases of its schedule, or time up to `cancel_at`

https://docs.stripe.com/api/subscriptions/object · https://docs.stripe.com/api/subscription_schedules/object ·
https://docs.stripe.com/billing/subscriptions/prorations
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.fields import exact, look
from connectors.stripe import shapes
from connectors.stripe.periods import part, periods
from connectors.stripe.shapes import Object

RUNNING = ("active", "past_due", "unpaid", "trialing", "paused")


@dataclass(frozen=True)
class Bundle:
    """What Stripe says of one subscription, read together. `invoices` have all their lines, oldest first; `pending`
    are prorations that wait for the next invoice; `price` gives a price by its id."""

    subscription: Object
    schedule: Object | None = None
    invoices: Sequence[Object] = ()
    pending: Sequence[Object] = ()
    price: Callable[[str], Object] = field(default=lambda key: {}, compare=False)

    def payload(self) -> dict[str, Any]:
        """The vendor's own words, as they are kept."""
        kept = {"schedule": self.schedule, "invoices": list(self.invoices), "pending": list(self.pending)}
        return {"subscription": self.subscription, **{name: value for name, value in kept.items() if value}}


@dataclass
class Piece:
    """A promise over a period: `amount` in Stripe's minor units, `agreed` the moment it was agreed on."""

    line_id: str
    item: str
    start: int
    end: int
    amount: int
    agreed: int
    source: Object
    price: Any = None
    metered: bool = False
    lines: int = 1


def pieces(bundle: Bundle) -> list[Piece]:
    """Every piece of a subscription, by its start."""
    found = billed(bundle)
    planned = [piece for piece in (*_current(bundle), *_to_come(bundle)) if piece.line_id not in found]
    if planned:
        named = {shapes.line_id(line) for invoice in bundle.invoices for line in lines(invoice)}
        for piece in planned:
            if piece.line_id not in named:
                found.setdefault(piece.line_id, piece)
    return sorted(found.values(), key=lambda piece: (piece.start, piece.line_id))


def billed(bundle: Bundle) -> dict[str, Piece]:
    """What invoices charge, prorations aside: several lines for one item and period (tiers) are one piece."""
    found: dict[str, Piece] = {}
    for invoice in bundle.invoices:
        if invoice.get("status") == "void":
            continue
        for line in lines(invoice):
            if shapes.is_proration(line):
                continue
            piece = _piece_of(bundle, invoice, line)
            known = found.setdefault(piece.line_id, piece)
            if known is not piece:
                known.amount += piece.amount
                known.lines += 1
    return found


def prorations(bundle: Bundle) -> Iterator[Object]:
    """The lines that settle changes in the middle of a period, in the order they took effect, billed or waiting."""
    found = [line for invoice in bundle.invoices if invoice.get("status") != "void" for line in lines(invoice)]
    if bundle.pending:
        settled = {look(line, "parent.subscription_item_details.invoice_item") for line in found}
        found += [item for item in bundle.pending if item["id"] not in settled]
    both = [line for line in found if shapes.is_proration(line) and shapes.item_of(line)]
    yield from sorted(both, key=lambda line: (line["period"]["start"], int(line["amount"]) > 0))


def items(subscription: Object) -> list[Object]:
    """A subscription's items."""
    return list(look(subscription, "items.data") or ())


def lines(invoice: Object) -> list[Object]:
    """An invoice's lines."""
    return list(look(invoice, "lines.data") or ())


def paid_until(subscription: Object) -> int:
    """The end of the running period, which items carry (older versions: the subscription)."""
    ends = [item.get("current_period_end") for item in items(subscription)]
    return max([int(end) for end in (*ends, subscription.get("current_period_end")) if end] or [0])


def _piece_of(bundle: Bundle, invoice: Object, line: Object) -> Piece:
    item, period = shapes.item_of(line), line["period"]
    price = price_in_full(bundle, item, shapes.price_of(line))
    metered = bool(item) and shapes.is_metered(price)
    agreed = _agreed(bundle, period["start"]) if item else int(invoice["created"])
    amount = 0 if metered else shapes.net(line)
    return Piece(shapes.line_id(line), item, period["start"], period["end"], amount, agreed, line, price, metered)


def _current(bundle: Bundle) -> Iterator[Piece]:
    subscription = bundle.subscription
    if subscription.get("status") not in RUNNING or subscription.get("status") == "trialing":
        return
    for item in items(subscription):
        start = item.get("current_period_start") or subscription.get("current_period_start")
        end = item.get("current_period_end") or subscription.get("current_period_end")
        if start and end:
            yield from _planned(bundle, item, int(start), int(end), 1, _agreed(bundle, int(start)))


def _to_come(bundle: Bundle) -> Iterator[Piece]:
    subscription, until = bundle.subscription, paid_until(bundle.subscription)
    if subscription.get("status") not in RUNNING:
        return
    if bundle.schedule and bundle.schedule.get("status") in ("active", "not_started"):
        yield from scheduled(bundle, until)
        return
    last = subscription.get("cancel_at")
    if last and int(last) > until and not subscription.get("cancel_at_period_end"):
        agreed = int(subscription.get("canceled_at") or subscription["created"])
        for item in items(subscription):
            yield from _repeated(bundle, item, until, int(last), until, agreed)


def scheduled(bundle: Bundle, until: int) -> Iterator[Piece]:
    """The pieces of a schedule's phases from a moment on; trial phases are free time."""
    schedule = bundle.schedule or {}
    for phase in schedule.get("phases") or ():
        if phase.get("trial"):
            continue
        start = max(int(phase["start_date"]), until, int(phase.get("trial_end") or 0))
        anchor = max(int(phase["start_date"]), until) if until else start
        for entry in phase.get("items") or ():
            agreed = int(schedule.get("created") or start)
            yield from _repeated(bundle, entry, start, int(phase["end_date"]), anchor, agreed)


def _repeated(bundle: Bundle, entry: Object, start: int, end: int, anchor: int, agreed: int) -> Iterator[Piece]:
    recurring = look(_full(bundle, shapes.price_of(entry)), "recurring") or shapes.price_of(entry)
    interval, count = look(recurring, "interval"), look(recurring, "interval_count")
    if not interval:
        return
    for each in periods(start, end, str(interval), int(count or 1), anchor):
        yield from _planned(bundle, entry, each.start, each.end, each.share, agreed)


def _planned(bundle: Bundle, entry: Object, start: int, end: int, share: Any, agreed: int) -> Iterator[Piece]:
    """A piece at its list price. Tiered prices have none before they are billed: nothing is guessed."""
    price = _full(bundle, shapes.price_of(entry))
    metered, each = shapes.is_metered(price), unit_amount(price)
    if each is None and not metered:
        return
    quantity = exact(entry.get("quantity") or 1)
    amount = 0 if metered or each is None else part(each * quantity, exact(share))
    item = entry["id"] if str(entry.get("id", "")).startswith("si_") else _item_with(bundle, price)
    yield Piece(f"{item}:{start}", item, start, end, amount, agreed, entry, price, metered)


def unit_amount(price: Any) -> Any:
    """The price of one unit in Stripe's minor units, exact; None for tiers."""
    for path in ("unit_amount_decimal", "unit_amount", "amount_decimal", "amount"):
        value = look(price, path)
        if value is not None:
            return exact(value)
    return None


def _item_with(bundle: Bundle, price: Object) -> str:
    """The item that will bill a price, so that its line keeps one id before and after it is billed."""
    for item in items(bundle.subscription):
        if shapes.ident(shapes.price_of(item)) == price.get("id"):
            return str(item["id"])
    return f"{shapes.ident(bundle.subscription) or shapes.ident(bundle.schedule)}:{price.get('id')}"


def price_in_full(bundle: Bundle, item: str, price: Any) -> Any:
    """A line's price in full: expanded, or as its subscription item has it, or looked up."""
    if isinstance(price, Mapping):
        return price
    for each in items(bundle.subscription):
        known = shapes.price_of(each)
        if each["id"] == item and shapes.ident(known) == price:
            return known
    return _full(bundle, price) if item else price


def _full(bundle: Bundle, price: Any) -> Object:
    return price if isinstance(price, Mapping) else bundle.price(str(price)) if price else {}


def _agreed(bundle: Bundle, start: int) -> int:
    """When the period that begins at `start` was agreed on: with the subscription, with the schedule whose phases
    cover it, with a fixed end date, or by renewing, on its first day."""
    subscription, schedule = bundle.subscription, bundle.schedule
    moments = [start]
    if start <= int(subscription.get("start_date") or subscription["created"]):
        moments.append(int(subscription["created"]))
    if schedule and any(int(p["start_date"]) <= start < int(p["end_date"]) for p in schedule.get("phases") or ()):
        moments.append(int(schedule["created"]))
    last, asked = subscription.get("cancel_at"), subscription.get("canceled_at")
    if last and asked and start < int(last) and not subscription.get("cancel_at_period_end"):
        moments.append(int(asked))
    return min(moments)
