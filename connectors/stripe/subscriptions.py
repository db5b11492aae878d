"""A subscription as a contract: its periods are lines, its renewals and prorations amendments.

its first period, and what was agreed on with it     contract_lines
a period agreed on later                             amendments `renew`, signed on the day it was agreed on
a change in mid-period                               `change_line` ends the old price the day before, by what
                                                     Stripe credits; `add_line` is what it charges for the rest
cancelled before the paid time is over               `terminate` on the day it ended
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import Context, Fields, record
from connectors.stripe import shapes, terms
from connectors.stripe.periods import DAY, day, service_days
from connectors.stripe.shapes import Object
from connectors.stripe.terms import Bundle, Piece
from model.errors import RecordRejected

STATUS = {
    "incomplete": "draft", "incomplete_expired": "draft", "trialing": "active", "active": "active",
    "past_due": "active", "unpaid": "active", "paused": "active", "canceled": "cancelled",
}  # fmt: skip


class Contract:
    """One subscription (or a schedule that has not begun) and the rows it yields."""

    def __init__(self, bundle: Bundle, maps: Mapping[str, Fields], context: Context) -> None:
        self.bundle, self.maps, self.context = bundle, maps, context
        self.subscription = bundle.subscription
        self.contract_id = shapes.ident(self.subscription)
        self.pieces = terms.pieces(bundle)
        started = int(self.subscription.get("start_date") or self.subscription["created"])
        self.signed = self._day(min(int(self.subscription["created"]), started, *self._scheduled_before()))

    def rows(self) -> Iterator[Row]:
        """The contract, its lines and its amendments."""
        # Lines are told as they were agreed on; changes then shorten the pieces.
        promises = [self._promise(piece) for piece in self.pieces]
        agreed_until = max((self._days(piece)[1] for piece in self.pieces), default=None)
        changes = list(self._changes())
        ended = self._ended()
        yield self._contract(agreed_until, ended)
        yield from promises
        yield from changes
        if ended:
            asked = int(self.subscription.get("canceled_at") or self.subscription["ended_at"])
            yield self._amendment("terminate", "", min(self._day(asked), ended), ended)

    def _contract(self, agreed_until: dt.date | None, ended: dt.date | None) -> Row:
        status = STATUS.get(str(self.subscription.get("status")), "draft")
        schedule = self.bundle.schedule or {}
        merged = {**self.subscription, "metadata": {**(schedule.get("metadata") or {}), **self._metadata()}}
        return record(
            "contracts", self.maps["contracts"], merged, self.context, f"subscription {self.contract_id}",
            status="completed" if status == "cancelled" and ended is None else status,
            signed_on=self.signed, currency=self.context.currency,
            end_on=agreed_until,
        )  # fmt: skip

    def _promise(self, piece: Piece) -> Row:
        """A piece as a line if it was agreed on at signing, else as a renewal."""
        signed = min(self._day(piece.agreed), self._day(piece.start)) if piece.item else self._day(piece.agreed)
        if signed <= self.signed:
            return self._row("contract_lines", piece, line_id=piece.line_id)
        kind = "renew" if piece.item else "add_line"
        return self._row(
            "amendments", piece, amendment_id=f"{piece.line_id}:{kind}", kind=kind, new_line_id=piece.line_id,
            signed_on=signed, effective_on=max(signed, self._days(piece)[0]),
        )  # fmt: skip

    def _row(self, table: str, piece: Piece, **more: Any) -> Row:
        first, last = self._days(piece)
        each = terms.unit_amount(piece.price) if piece.lines == 1 else None
        return record(
            table, self.maps["contract_lines"], piece.source, self.context, f"line {piece.line_id}",
            contract_id=self.contract_id, amount=self._money(piece.amount), start_on=first, end_on=last,
            product_id=shapes.product_of(piece.source) or shapes.product_of({"price": piece.price}),
            unit_price=None if each is None else shapes.major(each, self.context.currency),
            **({"recognition": "usage"} if piece.metered else {}), **more,
        )  # fmt: skip

    def _changes(self) -> Iterator[Row]:
        """Amendments from prorations: the credit shortens the piece it falls in, the charge is a piece of its own."""
        for line in terms.prorations(self.bundle):
            item, start, amount = shapes.item_of(line), int(line["period"]["start"]), shapes.net(line)
            if amount < 0:
                yield self._shortened(self._running(item, start, line), start, amount)
            elif amount > 0:
                piece = Piece(
                    f"{item}:{start}", item, start, int(line["period"]["end"]), amount, start, line,
                    terms.price_in_full(self.bundle, item, shapes.price_of(line)),
                )  # fmt: skip
                self.pieces.append(piece)
                yield self._row(
                    "amendments", piece, amendment_id=f"{piece.line_id}:add_line", kind="add_line",
                    new_line_id=piece.line_id, signed_on=self._day(start), effective_on=self._day(start),
                )  # fmt: skip

    def _shortened(self, piece: Piece, moment: int, credit: int) -> Row:
        first, effective = self._days(piece)[0], self._day(moment)
        piece.amount += credit
        if effective <= first and piece.amount <= 0:
            piece.end = piece.start
            return self._amendment("remove_line", piece.line_id, effective, effective, at=moment)
        last = max(first, effective - DAY)
        piece.end = min(piece.end, moment)
        return self._amendment(
            "change_line", piece.line_id, effective, effective, at=moment, amount=self._money(piece.amount), end_on=last
        )

    def _running(self, item: str, moment: int, line: Object) -> Piece:
        found = [each for each in self.pieces if each.item == item and each.start <= moment < each.end]
        if not found:
            raise RecordRejected(
                f"the credit {shapes.ident(line)} is for a time that no invoice of the subscription bills",
                remedy="Open the subscription in Stripe and compare its invoices",
            )
        return max(found, key=lambda each: each.start)

    def _amendment(self, kind: str, line_id: str, signed: dt.date, effective: dt.date, **more: Any) -> Row:
        at = more.pop("at", "")
        mark = f"{line_id or self.contract_id}:{at}:{kind}" if at else f"{line_id or self.contract_id}:{kind}"
        values = {
            "amendment_id": mark, "contract_id": self.contract_id, "signed_on": signed, "effective_on": effective,
            "kind": kind, **({"line_id": line_id} if line_id else {}), **more,
        }  # fmt: skip
        return Row("amendments", values)

    def _ended(self) -> dt.date | None:
        """The day a cancelled subscription ended, if agreed time was left then."""
        ended_at = self.subscription.get("ended_at") or self.subscription.get("canceled_at")
        if self.subscription.get("status") != "canceled" or not ended_at:
            return None
        ended = self._day(int(ended_at))
        return ended if any(self._days(piece)[1] >= ended for piece in self.pieces) else None

    def _scheduled_before(self) -> list[int]:
        """A schedule that made the subscription was signed before it."""
        schedule = self.bundle.schedule
        return [int(schedule["created"])] if schedule and schedule["created"] <= self.subscription["created"] else []

    def _metadata(self) -> Mapping[str, Any]:
        return self.subscription.get("metadata") or {}

    def _days(self, piece: Piece) -> tuple[dt.date, dt.date]:
        return service_days(piece.start, piece.end, self.context.zone)

    def _day(self, seconds: int) -> dt.date:
        return day(seconds, self.context.zone)

    def _money(self, amount: int) -> Any:
        return self.context.money(amount, self.context.currency)


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
