"""The reference implementation, part 9: contract modifications (ASC 606-10-25-10 to -13).

Contracted moves on the day an amendment is signed, by the change of the line's stated total in signing order;
recognition follows the new terms from the day it is both signed and effective.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

from oracle_additions import Addition, Additions, turn
from oracle_blend import blend
from oracle_contract import (
    Contract,
    Line,
    Record,
    Records,
    evidence_of,
    minor,
    product_of,
    rows,
    standalone_price,
    terms_of,
)
from oracle_terms import (
    Terms,
    catch_up,
    closed,
    due_for_usage,
    earned,
    prospective,
    settled,
)
from oracle_time import DAY

CATCH_UP_METHODS = ("percent_complete", "milestone", "point_in_time", "manual", "usage")


class Amendments:
    """The amendments of one contract: what each changes in the stated total, and how it takes effect."""

    def __init__(self, contract: Contract, records: Records) -> None:
        self.contract = contract
        self.records = records
        self.all = rows(records, "amendments", contract_id=contract.contract_id)
        if contract.record["status"] == "cancelled" and not any(r["kind"] == "terminate" for r in self.all):
            self.all.append(self.lapse())
        self.removed_on: dict[str, dt.date] = {}
        self.terminated: list[Record] = []
        self.changes = self.stated_changes()
        self.lines_removed: list[Record] = []
        self.additions = Additions(contract, records, self.all, self.changes)
        self.all = [self.not_before_its_part(r) for r in self.all]

    def lapse(self) -> Record:
        """A cancelled status without an amendment: what is undelivered leaves on the day the status arrived."""
        known = self.contract.record.get("cancelled_on")
        day = dt.date(1970, 1, 1) + dt.timedelta(days=known) if isinstance(known, int) and known > -700_000 else known
        signed_on = self.contract.signed_on
        assert signed_on is not None
        day = day if isinstance(day, dt.date) else signed_on
        # The last of its day: every amendment of that day comes first.
        return {"amendment_id": "\uffff", "kind": "terminate", "signed_on": max(day, signed_on), "effective_on": day}

    def by_id(self, amendment_id: str) -> Record:
        return next(r for r in self.all if r["amendment_id"] == amendment_id)

    def signed(self, r: Record) -> dt.date:
        """The day an amendment counts: not before the contract itself."""
        assert self.contract.signed_on is not None
        return max(r["signed_on"], self.contract.signed_on)

    def days_of_added_lines(self) -> dict[str, tuple[dt.date, dt.date]]:
        """When each added line is booked, and from when it is in force."""
        added = [r for r in self.all if r["kind"] in ("add_line", "renew")]
        return {r["new_line_id"]: (self.signed(r), max(self.signed(r), r["effective_on"])) for r in added}

    def in_order_of_effect(self) -> list[Record]:
        def order(r: Record) -> tuple[dt.date, dt.date, dt.date, str]:
            return max(self.signed(r), r["effective_on"]), r["effective_on"], r["signed_on"], r["amendment_id"]

        return sorted(self.all, key=order)

    def stated_changes(self) -> dict[str, int]:
        """By amendment, how much it changes its line's stated total, going through them as they were signed."""
        currency = self.contract.currency
        stated = {
            r["line_id"]: minor(r["amount"], currency)
            for r in rows(self.records, "contract_lines", contract_id=self.contract.contract_id)
        }
        changes: dict[str, int] = {}
        for r in sorted(self.all, key=turn):
            if r["kind"] in ("add_line", "renew"):
                stated[r["new_line_id"]] = minor(r.get("amount"), currency)
            elif r["kind"] in ("change_line", "extend") and r.get("amount") is not None:
                after = minor(r["amount"], currency)
                changes[r["amendment_id"]] = after - stated[r["line_id"]]
                stated[r["line_id"]] = after
        return changes

    def not_before_its_part(self, r: Record) -> Record:
        """A change that speaks of an addition has effect from when that is in force, not before."""
        of = self.additions.spoken_of.get(r["amendment_id"])
        begun = [self.by_id(name)["effective_on"] for name, part in self.additions.of.items() if part is of]
        return {**r, "effective_on": max([r["effective_on"], *begun])}

    def add_part(self, r: Record, part: Addition, day: dt.date) -> None:
        """An addition is a booking with terms of its own; units are delivered first in, first out."""
        whole = self.contract.lines[part.of]
        line = Line(part.line_id, whole.product_id, whole.evidence.beyond(part.units_before), apart=True)
        line.commit(self.signed(r), part.terms.price, "booking")
        line.change(day, part.terms)
        self.contract.lines[line.line_id] = line
        ended = [*self.terminated, *(a for a in self.lines_removed if a["line_id"] == part.of)]
        for end in ended:
            if turn(r) < turn(end):
                self.remove(end, line, day)

    def take_effect(self, r: Record, day: dt.date) -> None:
        """Write one amendment into the books; `day` is the later of its signing and its effective day."""
        if r["kind"] in ("add_line", "renew"):
            self.add(r, day)
        elif r["kind"] in ("change_line", "extend"):
            self.change(r, day)
        elif r["kind"] == "remove_line":
            self.lines_removed.append(r)
            parts = {
                p.line_id
                for a, p in self.additions.of.items()
                if p.of == r["line_id"] and turn(self.by_id(a)) < turn(r)
            }
            for name, line in list(self.contract.lines.items()):
                if name == r["line_id"] or name in parts:
                    self.remove(r, line, day)
        else:
            agreed_later = {a["new_line_id"] for a in self.all if a.get("new_line_id") and turn(a) > turn(r)}
            agreed_later |= {p.line_id for a, p in self.additions.of.items() if turn(self.by_id(a)) > turn(r)}
            for name, line in list(self.contract.lines.items()):
                if name not in agreed_later:
                    self.remove(r, line, day)
            self.charge_fee(r, day)
            self.terminated.append(r)

    def add(self, r: Record, day: dt.date) -> None:
        """A new promise: a contract of its own at its stand-alone price (25-12), else part of what remains (25-13).

        A renewal is always a booking of its own.
        """
        amount = minor(r.get("amount"), self.contract.currency)
        product = product_of(self.records, r)
        evidence = evidence_of(self.records, r["new_line_id"], self.contract.currency)
        line = Line(r["new_line_id"], r.get("product_id") or "", evidence)
        line.ssp = standalone_price(r, product, self.contract.currency)
        line.commit(self.signed(r), amount, "booking")
        terms = terms_of(r, self.contract, product, amount)
        if r.get("start_on") is None and terms.start is not None:
            terms = replace(terms, start=max(terms.start, r["effective_on"]))  # it begins when it takes effect
        evidence.minimum, evidence.begins = amount != 0, terms.start or r["effective_on"]
        blended = blend(self.contract, r, self.signed(r), line, terms, amount, day)
        by_rule = not r.get("treatment") and line.ssp in (None, amount)
        line.apart = r["kind"] == "renew" or r.get("treatment") == "separate_contract" or by_rule
        line.change(day, terms if blended is None else blended)
        self.contract.lines[line.line_id] = line
        for ended in self.terminated:
            if turn(r) < turn(ended):  # agreed before the termination: it went with the rest
                self.remove(ended, line, day)

    def change(self, r: Record, day: dt.date) -> None:
        """New totals of a whole line; of a line that was removed meanwhile nothing is left to change."""
        if r["amendment_id"] in self.additions.of:
            self.add_part(r, self.additions.of[r["amendment_id"]], day)
            return
        of = self.additions.spoken_of.get(r["amendment_id"])
        line = self.contract.lines[of.line_id if of else r["line_id"]]
        delta = self.changes.get(r["amendment_id"], 0)
        if line.line_id in self.removed_on:
            # Signed before the removal: it was a commitment until then, and left with the rest.
            left_on = max(self.signed(r), self.removed_on[line.line_id])
            line.commit(self.signed(r), delta, "amendment")
            line.commit(left_on, -delta, "cancellation")
            return
        changed: dict[str, Any] = {}
        if r.get("end_on") is not None:
            changed["end"] = max(r["end_on"], of.terms.start or r["end_on"]) if of else r["end_on"]
        if r.get("quantity") is not None and r["kind"] == "change_line":
            changed["quantity"] = Fraction(r["quantity"]) - (of.units_before if of else 0)
        if r.get("expected_cost") is not None and r["kind"] == "change_line":
            changed["expected_cost"] = Fraction(minor(r["expected_cost"], self.contract.currency))
        if r.get("ssp") is not None:
            line.ssp = Fraction(minor(r["ssp"], self.contract.currency))
        by_default = "catch_up" if line.now.method in CATCH_UP_METHODS else "prospective"
        price = line.now.price + delta
        if (r.get("treatment") or by_default) == "catch_up" or line.now.method in ("manual", "usage"):
            terms = catch_up(line.now, price, **changed)
            self.whole_again(line.line_id)
        else:
            policy = self.contract.policy
            terms = prospective(line.now, line.evidence, policy, price, r["effective_on"], **changed)
        line.change(day, terms)
        line.commit(self.signed(r), delta, "amendment")

    def whole_again(self, name: str) -> None:
        """Caught up, a line is one whole with what was delivered of it."""
        if self.contract.allocation and name in self.contract.allocation.delivered:
            self.contract.allocation.weights[name] += self.contract.allocation.delivered.pop(name)

    def remove(self, r: Record, line: Line, day: dt.date) -> None:
        """What is undelivered on the effective day goes, on the day it is signed; what was delivered stays."""
        if line.now.settled or line.line_id in self.removed_on:
            return
        self.removed_on[line.line_id] = self.signed(r)
        delivered = earned(line.now, line.evidence, self.contract.policy, r["effective_on"] - DAY)
        worth, price = line.now.price, delivered
        if line.now.method == "usage":
            # A minimum that was exceeded takes nothing with it.
            worth = due_for_usage(line.now, line.evidence, r["effective_on"] - DAY)
            price = line.now.price - (worth - delivered)
        lost = worth - delivered
        of_price = self.contract.allocation.weights if self.contract.allocation else {}
        if line.line_id in of_price:  # of later changes of the price of all, what was not delivered has no part
            of_price[line.line_id] *= Fraction(min(max(delivered, 0), max(worth, 0)), max(worth, 1))
        line.commit(self.signed(r), -lost, "cancellation")
        self.contract.removed.append((self.signed(r), line.line_id, lost))
        if line.now.method == "usage":
            line.change(day, closed(line.now, price, r["effective_on"] - DAY))
        else:
            line.change(day, settled(line.now, price))

    def charge_fee(self, r: Record, day: dt.date) -> None:
        """A termination fee: contracted when signed, earned when the termination takes effect."""
        fee = minor(r.get("amount"), self.contract.currency)
        if fee:
            line = Line(f"{r['amendment_id']} fee", "", evidence_of(self.records, "", self.contract.currency))
            line.commit(self.signed(r), fee, "fee")
            line.change(day, settled(Terms(fee, "point_in_time", None, None), fee))
            self.contract.lines[line.line_id] = line
