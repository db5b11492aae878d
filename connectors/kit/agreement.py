"""A subscription that is billed by periods, as a contract: what every billing system's connector needs alike.

its first period, and what was agreed on with it     contract_lines
a period agreed on later                             amendments `renew` (`add_line` for what is charged once)
a change in mid-period                               `change_line` ends the old price the day before, by what is
                                                     credited; `add_line` is what is charged for the rest
cancelled before the agreed time is over             `terminate` on the day it ended
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.terms import DAY
from model.errors import RecordRejected
from model.money import Money


@dataclass
class Piece:
    """A promise over a period, both days included. `item` names what recurs ("" for what is charged once), `agreed` the
    day it was agreed on, `more` further columns of a contract line."""

    line_id: str
    item: str
    start: dt.date
    end: dt.date
    amount: int
    agreed: dt.date
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A change in mid-period from a day on: what is credited of an item's running period, or a piece that is charged.

    `line_id`: which piece is credited, where the vendor's moments say so; `at`: its place among the changes of a day.
    """

    on: dt.date
    mark: str
    item: str = ""
    credit: int = 0
    charge: Piece | None = None
    line_id: str = ""
    at: int = 0


class Agreement:
    """One contract and the rows it yields. `signed`: the day it was signed; `ended`: the day it was cancelled from, and
    `told`: the day that was decided, if it is known."""

    def __init__(
        self,
        contract_id: str,
        currency: str,
        signed: dt.date,
        ended: dt.date | None = None,
        told: dt.date | None = None,
    ) -> None:
        self.contract_id, self.currency, self.signed, self.ended = contract_id, currency, signed, ended
        self.told = min(told, ended) if told and ended else ended

    def rows(self, contract: Row, pieces: Iterable[Piece], changes: Sequence[Change] = ()) -> Iterator[Row]:
        """The contract, its lines and its amendments. `contract` gets the end of its agreed time, unless it has none; one
        that was cancelled when nothing was left of that time is complete. Changes shorten the very pieces."""
        told = sorted(pieces, key=lambda each: (each.start, each.line_id))
        until = max((piece.end for piece in told), default=None)
        promises = [self._promise(piece) for piece in told]
        amendments = list(self._changes(told, changes))
        early = self.ended is not None and any(piece.end >= self.ended for piece in told)
        values = {**({"end_on": until} if until and not contract.values.get("evergreen") else {}), **contract.values}
        if values.get("status") == "cancelled" and self.ended and not early:
            values["status"] = "completed"
        yield Row("contracts", values)
        yield from promises
        yield from amendments
        if early and self.ended and self.told:
            yield self._amendment("terminate", "", self.ended, signed=self.told)

    def removed(self, line_id: str, day: dt.date) -> Row:
        """What of a line is left on a day goes."""
        return self._amendment("remove_line", line_id, day)

    def _promise(self, piece: Piece) -> Row:
        signed = min(piece.agreed, piece.start) if piece.item else piece.agreed
        if signed <= self.signed:
            return self._row("contract_lines", piece, line_id=piece.line_id)
        kind = "renew" if piece.item else "add_line"
        return self._added(piece, kind, signed, max(signed, piece.start))

    def _changes(self, pieces: list[Piece], changes: Sequence[Change]) -> Iterator[Row]:
        for change in sorted(changes, key=lambda each: (each.on, each.at, each.charge is not None, each.mark)):
            if change.charge is not None:
                pieces.append(change.charge)
                yield self._added(change.charge, "add_line", change.on, change.on)
            else:
                yield self._shortened(self._running(pieces, change), change)

    def _shortened(self, piece: Piece, change: Change) -> Row:
        piece.amount -= change.credit
        if change.on <= piece.start and piece.amount <= 0:
            piece.end = piece.start - DAY
            return self._amendment("remove_line", piece.line_id, change.on, change.mark)
        piece.end = max(piece.start, change.on - DAY)
        money = Money(piece.amount, self.currency)
        return self._amendment("change_line", piece.line_id, change.on, change.mark, amount=money, end_on=piece.end)

    def _running(self, pieces: list[Piece], change: Change) -> Piece:
        found = [each for each in pieces if each.line_id == change.line_id] if change.line_id else [
            each for each in pieces if each.item == change.item and each.start <= change.on <= each.end
        ]  # fmt: skip
        if not found:
            raise RecordRejected(
                f"the credit {change.mark} is for a time that no invoice of the subscription bills",
                remedy="Open the subscription at the vendor and compare its invoices",
            )
        return max(found, key=lambda each: each.start)

    def _added(self, piece: Piece, kind: str, signed: dt.date, effective: dt.date) -> Row:
        return self._row(
            "amendments", piece, amendment_id=f"{piece.line_id}:{kind}", kind=kind, new_line_id=piece.line_id,
            signed_on=signed, effective_on=effective,
        )  # fmt: skip

    def _row(self, table: str, piece: Piece, **more: Any) -> Row:
        values = {
            "contract_id": self.contract_id, "amount": Money(piece.amount, self.currency), "start_on": piece.start,
            "end_on": piece.end, **piece.more, **more,
        }  # fmt: skip
        return Row(table, {name: value for name, value in values.items() if value is not None})

    def _amendment(
        self, kind: str, line_id: str, day: dt.date, mark: str = "", signed: dt.date | None = None, **more: Any
    ) -> Row:
        key = ":".join(part for part in (line_id or self.contract_id, mark, kind) if part)
        values = {
            "amendment_id": key, "contract_id": self.contract_id, "signed_on": signed or day, "effective_on": day,
            "kind": kind,
            **({"line_id": line_id} if line_id else {}), **more,
        }  # fmt: skip
        return Row("amendments", values)


def settled(pieces: Iterable[Piece], credits: Sequence[Change]) -> tuple[list[Piece], list[Change]]:
    """Billed pieces as promises and changes: several lines of one piece (tiers) are one; what is charged for the rest of
    a period on the day an unused part was credited is no promise of its own, but half of a change."""
    found: dict[str, Piece] = {}
    changes = list(credits)
    days = {change.on for change in credits}
    for piece in pieces:
        known: Piece | None
        if piece.start in days:
            known = next(
                (each.charge for each in changes if each.charge and each.charge.line_id == piece.line_id), None
            )
            if known is None:
                changes.append(Change(piece.start, piece.line_id, charge=piece))
                continue
        else:
            known = found.setdefault(piece.line_id, piece)
        if known is not piece:
            known.amount += piece.amount
            known.more = {name: value for name, value in known.more.items() if name not in ("unit_price", "quantity")}
    return list(found.values()), changes
