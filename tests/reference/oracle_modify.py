"""The reference implementation, part 7: contract modifications (ASC 606-10-25-10 to -13).

Contracted moves on the day an amendment is signed, by the change of the line's stated total in signing order;
recognition follows the new terms from the day it is both signed and effective.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

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
from oracle_price import largest_remainder
from oracle_terms import (
    Terms,
    catch_up,
    closed,
    due_for_usage,
    earned,
    progress,
    prospective,
    repriced,
    settled,
    share_of_rest,
)
from oracle_time import DAY

from model.money import exponent


def turn(r: Record) -> tuple[dt.date, str]:
    """The place of an amendment in the order of signature."""
    return r["signed_on"], r["amendment_id"]


@dataclass
class Addition:
    """Scope that an amendment adds to a line as a contract of its own: its terms, and the units promised before it."""

    line_id: str
    of: str
    terms: Terms
    units_before: Fraction


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
        self.additions: dict[str, Addition] = {}
        self.speaks_of: dict[str, Addition] = {}
        self.find_additions()
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
        for r in sorted(self.all, key=lambda r: (r["signed_on"], r["amendment_id"])):
            if r["kind"] in ("add_line", "renew"):
                stated[r["new_line_id"]] = minor(r.get("amount"), currency)
            elif r["kind"] in ("change_line", "extend") and r.get("amount") is not None:
                after = minor(r["amount"], currency)
                changes[r["amendment_id"]] = after - stated[r["line_id"]]
                stated[r["line_id"]] = after
        return changes

    def find_additions(self) -> None:
        """Which changes only add to a line, at the price of what they add: the rest of the line is left alone (25-12).

        In the order of signature; what is signed after an addition speaks of the newest one.
        """
        given = [*rows(self.records, "contract_lines", contract_id=self.contract.contract_id)]
        given += [{**r, "line_id": r["new_line_id"]} for r in self.all if r["kind"] in ("add_line", "renew")]
        for first in given:
            product = product_of(self.records, first)
            terms = terms_of(first, self.contract, product, minor(first.get("amount"), self.contract.currency))
            known = terms.method == "units" and terms.quantity is not None
            if not known and not (terms.time_based and terms.end is not None):
                continue
            alone = standalone_price(first, product, self.contract.currency)
            per_unit = alone / terms.quantity if alone is not None and terms.quantity else None
            if first.get("ssp") is None and product is not None and product.get("ssp") is not None:
                per_unit = Fraction(product["ssp"]) * 10 ** exponent(self.contract.currency)
            end, units, newest = terms.end, terms.quantity or Fraction(0), None
            own = [
                r for r in self.all if r["kind"] in ("change_line", "extend") and r.get("line_id") == first["line_id"]
            ]
            for r in sorted(own, key=turn):
                promised = units if r.get("quantity") is None else Fraction(r["quantity"])
                until = r.get("end_on") or end
                added = self.is_addition(r, terms, end, promised - units, per_unit)
                if added:
                    begin = terms.start
                    if terms.time_based:
                        begin = end + DAY if until > end else r["effective_on"]
                    part = replace(terms, price=self.changes.get(r["amendment_id"], 0), start=begin, end=until)
                    part = replace(part, quantity=promised - units if terms.method == "units" else None)
                    newest = Addition(f"{first['line_id']} + {r['amendment_id']}", first["line_id"], part, units)
                    self.additions[r["amendment_id"]] = newest
                elif newest is not None:
                    self.speaks_of[r["amendment_id"]] = newest
                end, units = until, promised

    def is_addition(
        self, r: Record, terms: Terms, end: dt.date | None, more: Fraction, per_unit: Fraction | None
    ) -> bool:
        """Distinct scope and nothing else: said to be separate, or at its stand-alone price."""
        price, until = self.changes.get(r["amendment_id"], 0), r.get("end_on") or end
        if price < 0 or (end is not None and until is not None and until < end):
            return False
        longer = until != end
        if terms.method == "units" and more <= 0:
            return False
        if r.get("treatment") == "separate_contract":
            return terms.method == "units" or longer or r["effective_on"] <= end
        if r.get("treatment") or price == 0:
            return False
        if r.get("ssp") is not None:
            return (terms.method == "units" or longer) and price == minor(r["ssp"], self.contract.currency)
        return terms.method == "units" and per_unit is not None and price == more * per_unit

    def not_before_its_part(self, r: Record) -> Record:
        """A change that speaks of an addition has effect from when that is in force, not before."""
        of = self.speaks_of.get(r["amendment_id"])
        begun = [self.by_id(name)["effective_on"] for name, part in self.additions.items() if part is of]
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
                p.line_id for a, p in self.additions.items() if p.of == r["line_id"] and turn(self.by_id(a)) < turn(r)
            }
            for name, line in list(self.contract.lines.items()):
                if name == r["line_id"] or name in parts:
                    self.remove(r, line, day)
        else:
            agreed_later = {a["new_line_id"] for a in self.all if a.get("new_line_id") and turn(a) > turn(r)}
            agreed_later |= {p.line_id for a, p in self.additions.items() if turn(self.by_id(a)) > turn(r)}
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
        blended = self.blend(r, line, terms, amount, day)
        by_rule = not r.get("treatment") and line.ssp in (None, amount)
        line.apart = r["kind"] == "renew" or r.get("treatment") == "separate_contract" or by_rule
        line.change(day, terms if blended is None else blended)
        self.contract.lines[line.line_id] = line
        for ended in self.terminated:
            if turn(r) < turn(ended):  # agreed before the termination: it went with the rest
                self.remove(ended, line, day)

    def blend(self, r: Record, new: Line, terms: Terms, amount: int, day: dt.date) -> Terms | None:
        """Spread what is unrecognized and the new amount over what remains, by stand-alone prices; None = separate."""
        treatment = r.get("treatment") or ""
        if new.ssp is None or r["kind"] == "renew" or treatment == "separate_contract":
            return None
        together = (
            treatment == "catch_up"
        )  # one obligation with what is delivered: all of the price is shared (25-13(b))
        if not treatment and new.ssp == amount:
            return None
        policy, eve = self.contract.policy, r["effective_on"] - DAY
        open_lines: dict[str, int] = {}
        weights: dict[str, Fraction] = {new.line_id: new.ssp}
        for name, line in self.contract.lines.items():
            rest = line.now.price - line.now.conceded
            rest -= 0 if together else earned(line.now, line.evidence, policy, eve)
            if rest <= 0 or line.now.settled or line.apart:
                continue  # nothing is left of it, more was used than its price, or it is a contract of its own
            if line.ssp is None:
                return None
            open_lines[name] = rest
            weights[name] = line.ssp * (1 if together else 1 - progress(line.now, line.evidence, policy, eve))
        if sum(weights.values()) == 0:
            return None
        parts = largest_remainder(sum(open_lines.values()) + amount, weights)
        self.share_alike(weights, {} if together else {name: self.delivered(name, eve) for name in open_lines})
        for name, rest in open_lines.items():
            line = self.contract.lines[name]
            price = line.now.price - rest + parts[name]
            if parts[name] == rest:
                continue  # its share is what it had: nothing about it changes, its rounding neither
            if together:
                blended = catch_up(line.now, price)
            else:
                blended = prospective(line.now, line.evidence, policy, price, r["effective_on"], how="shared")
            follows = line.now.method not in ("manual", "usage")  # what is scheduled or used follows no price
            line.change(day, blended if follows else repriced(line.now, price))
            line.commit(self.signed(r), parts[name] - rest, "reallocation")
        new.commit(self.signed(r), parts[new.line_id] - amount, "reallocation")
        return Terms(parts[new.line_id], terms.method, terms.start, terms.end, terms.quantity, terms.expected_cost)

    def delivered(self, name: str, eve: dt.date) -> Fraction:
        """The share delivered of what a line had to deliver under its terms; of what follows no price nothing is asked."""
        line = self.contract.lines[name]
        if line.now.method in ("manual", "usage"):
            return Fraction(0)
        return max(Fraction(0), share_of_rest(line.now, line.evidence, self.contract.policy, eve))

    def share_alike(self, pool: dict[str, Fraction], delivered: dict[str, Fraction]) -> None:
        """Of later changes of the contract's price, the pool has what its promises had, shared as the pool is (32-45(a)).

        What belongs to the delivered share of each stays with it.
        """
        assert self.contract.allocation is not None
        of_price, of_past = self.contract.allocation.weights, self.contract.allocation.delivered
        for name, own in pool.items():
            if own and of_price.get(name):
                part = of_price[name] * delivered.get(name, Fraction(0))
                of_past[name] = of_past.get(name, Fraction(0)) + part
                of_price[name] -= part
        had, whole = sum(of_price.get(name, Fraction(0)) for name, own in pool.items() if own), sum(pool.values())
        if had:
            of_price.update({name: had * own / whole for name, own in pool.items() if own})

    def change(self, r: Record, day: dt.date) -> None:
        """New totals of a whole line; of a line that was removed meanwhile nothing is left to change."""
        if r["amendment_id"] in self.additions:
            self.add_part(r, self.additions[r["amendment_id"]], day)
            return
        of = self.speaks_of.get(r["amendment_id"])
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
