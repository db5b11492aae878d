"""The reference implementation, part 6: what happens to a contract after it is signed, in the order it takes effect.

Within a day: the contract with the estimates it was signed with, then amendments, estimates and credit notes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

from oracle_billing import Billing
from oracle_contract import Contract, Record, Records, begin, expected_at_signing, minor, rows
from oracle_modify import Amendments
from oracle_price import largest_remainder
from oracle_terms import ALWAYS, deferred_first, due_for_usage, earned_before, estimated, repriced
from oracle_time import DAY

from model.money import Money
from model.policy import Policy

PRICE_LOWERING = ("price_concession", "cancellation", "refund")
GIVING_BACK = ("cancellation", "refund")


def write_up(records: Records, record: Record, policy: Policy, *, cancellation_credits: bool = True) -> Contract:
    """The whole life of one contract, written into the books from what all the records say."""
    contract = begin(records, record, policy)
    signed_on = contract.signed_on
    if not contract.counts or signed_on is None:
        return contract
    amendments = Amendments(contract, records)
    happenings: list[tuple[dt.date, int, tuple[object, ...], Record]] = []
    begins = amendments.days_of_added_lines()
    for r in rows(records, "estimates", contract_id=contract.contract_id):
        part_of_the_booking = r["on"] <= signed_on
        if part_of_the_booking and not r.get("line_id"):
            continue  # allocated with the price
        day = max(r["on"], signed_on)
        happenings.append((day, 0 if part_of_the_booking else 2, (r["on"], r["estimate_id"]), r))
    for r in amendments.in_order_of_effect():
        day = max(r["signed_on"], r["effective_on"], signed_on)
        happenings.append((day, 1, (r["effective_on"], r["signed_on"], r["amendment_id"]), r))
    for r in credits_of(contract, records):
        if cancellation_credits or r["reason"] not in GIVING_BACK:
            # Nothing happens to a promise before it is booked, and no revenue to one before it is in force.
            r = {**r, "issued_on": on_paper_of(r, amendments, policy)}
            _booked, in_force = begins.get(r.get("line_id") or "", (signed_on, signed_on))
            day = max(r["issued_on"], signed_on, in_force)
            happenings.append((day, 3, (r["issued_on"], r["credit_note_id"]), r))
    pools = removed_scope(records, record, policy) if cancellation_credits else []
    expected = {"": expected_at_signing(records, contract)}
    for day, what, _key, r in sorted(happenings, key=lambda h: h[:3]):
        if what in (0, 2):
            own = rows(records, "estimates", contract_id=contract.contract_id)
            first = min(e["on"] for e in own if (e.get("line_id") or "") == (r.get("line_id") or ""))
            estimate(contract, expected, r, day, "booking" if what == 0 else "estimate", first)
        elif what == 1:
            amendments.take_effect(r, day)
        else:
            booked, _in_force = begins.get(r.get("line_id") or "", (signed_on, signed_on))
            credit(records, contract, r, day, max(r["issued_on"], booked), pools)
    return contract


def on_paper_of(r: Record, amendments: Amendments, policy: Policy) -> dt.date:
    """The day of a credit; one for scope that was gone by then counts no sooner than that was agreed."""
    if r["reason"] not in GIVING_BACK or policy.credit_notes != "catch_up":
        return r["issued_on"]  # type: ignore[no-any-return]
    agreed = [
        max(a["signed_on"], amendments.contract.signed_on)
        for a in amendments.all
        if a["kind"] in ("remove_line", "terminate") and a["effective_on"] <= r["issued_on"] < a["signed_on"]
        if not r.get("line_id") or a["kind"] == "terminate" or (a.get("line_id") or r["line_id"]) == r["line_id"]
    ]
    return min(agreed, default=r["issued_on"])


def removed_scope(records: Records, record: Record, policy: Policy) -> list[list[object]]:
    """What removals take out of the contract, [day signed, line, amount left to settle], before any credit for it."""
    before_credits = write_up(records, record, policy, cancellation_credits=False)
    return [[day, line_id, amount] for day, line_id, amount in sorted(before_credits.removed)]


def estimate(contract: Contract, so_far: dict[str, int], r: Record, day: dt.date, cause: str, first: dt.date) -> None:
    """A changed estimate of variable consideration: the difference to the last one for the same line (32-42 to -45).

    `first`: when the line's amount was first estimated; that of a whole contract was promised from its start.
    """
    line_id = r.get("line_id") or ""
    amount = minor(r["amount"], contract.currency)
    change = amount - so_far.get(line_id, 0)
    so_far[line_id] = amount
    shares: dict[str, Fraction] = {}
    if line_id:
        parts = {line_id: change}
    else:
        # On the same basis as at inception (32-43), so over the lines of the beginning, by their weights then.
        weights, past = (
            (contract.allocation.weights, contract.allocation.delivered) if contract.allocation else ({}, {})
        )
        both = {name: weight + past.get(name, 0) for name, weight in weights.items()}
        shares = {name: past[name] / both[name] for name in past if past[name]}
        basis = both or dict.fromkeys(contract.lines, Fraction(1))
        # With what was shared before it: the estimate in force is what is allocated, not the steps that led to it.
        shared = contract.allocation.shared if contract.allocation else [0]
        now, before = largest_remainder(sum(shared) + change, basis), largest_remainder(sum(shared), basis)
        shared.append(change)
        parts = {name: now[name] - before[name] for name in basis}
    for name, part in parts.items():
        line = contract.lines[name]
        promised = first if line_id else ALWAYS
        delivered = shares.get(name, Fraction(0))
        line.change(day, estimated(line.now, line.evidence, contract.policy, part, promised, delivered))
        line.commit(day, part, cause)


def credits_of(contract: Contract, records: Records) -> list[Record]:
    """The credit notes that lower this contract's price, with its part of each.

    A credit belongs to the line it names, else to the contracts its invoice bills, as they are billed.
    """
    own = {r["line_id"] for r in rows(records, "contract_lines", contract_id=contract.contract_id)}
    own |= {r.get("new_line_id") for r in rows(records, "amendments", contract_id=contract.contract_id)} - {None, ""}
    found = []
    for r in records.get("credit_notes", ()):
        if r.get("reason") not in PRICE_LOWERING or r["currency"] != contract.currency:
            continue
        if r.get("line_id"):
            share = minor(r["amount"], contract.currency) if r["line_id"] in own else 0
        else:
            billing, amount = Billing(records), minor(r["amount"], contract.currency)
            parts = billing.credit_parts.get(r["credit_note_id"], {})
            share = sum(part for place, part in parts.items() if place[0].contract_id == contract.contract_id)
            if not parts and billing.invoices.get(r["invoice_id"], {}).get("contract_id") == contract.contract_id:
                share = amount  # an invoice without lines still names its contract
        if share:
            found.append({**r, "amount": Money(share, contract.currency)})
    return found


def held(records: Records, contract: Contract, day: dt.date) -> int:
    """What the contract was billed (or has paid, by policy) by a day, before the day's credits that lower its price."""
    billing = Billing(records)
    own = [e for e in billing.entries if e.holder.contract_id == contract.contract_id and e.on <= day]
    if contract.policy.deferred_basis == "paid":
        return sum(e.paid for e in own)
    lowered = sum(minor(r["amount"], contract.currency) for r in credits_of(contract, records) if r["issued_on"] == day)
    return sum(e.billed for e in own) + lowered


def credit(
    records: Records, contract: Contract, r: Record, day: dt.date, signed: dt.date, pools: list[list[object]]
) -> None:
    """A credit note that lowers the price of its line, or of the whole contract by allocated prices.

    The commitment moves on `signed`, revenue from `day` on.
    """
    amount = minor(r["amount"], contract.currency)
    line_id = r.get("line_id") or ""
    if r["reason"] in GIVING_BACK:
        amount -= settle(pools, line_id, day, amount)
    if line_id:
        parts = {line_id: amount}
    else:
        standing = {
            name: Fraction(max(0, line.now.price - line.now.conceded))
            for name, line in contract.lines.items()
            if not line.discount
        }
        parts = largest_remainder(amount, standing)
    beyond = dict.fromkeys(parts, 0)
    if contract.policy.credit_notes == "deferred_first":
        on, eve = r["issued_on"], r["issued_on"] - DAY
        done = {
            name: earned_before(line.now, line.evidence, contract.policy, on) for name, line in contract.lines.items()
        }
        freed = contract.freed.get(on, 0)
        contract.freed[on] = freed + max(0, minor(r["amount"], contract.currency))
        deferred = max(0, held(records, contract, on) - freed - sum(done.values()))
        if line_id:
            beyond = {line_id: amount - min(deferred, amount)} if amount > 0 else beyond
        elif amount >= 0:
            parts, beyond = released_first(contract, amount, deferred, {n: max(0, done[n]) for n in parts}, eve)
    cause = "credit"
    for name, part in parts.items():
        if part == 0:
            continue
        line = contract.lines[name]
        price = line.now.price - part
        if line.now.method == "usage" and not line.now.settled:
            line.change(day, replace(line.now, conceded=line.now.conceded + part))
            line.commit(signed, -part, cause)
            continue
        spare_revenue = contract.policy.credit_notes == "deferred_first" and not line.now.settled
        if spare_revenue and line.now.method != "manual":
            kept = deferred_first(line.now, line.evidence, contract.policy, price, r["issued_on"], beyond[name])
            line.change(day, kept)
        else:
            line.change(day, repriced(line.now, price))
        line.commit(signed, -part, cause)


def released_first(
    contract: Contract, amount: int, deferred: int, done: dict[str, int], eve: dt.date
) -> tuple[dict[str, int], dict[str, int]]:
    """A credit for the whole contract: by line what it takes, and what of that comes off revenue.

    What is deferred is released over what is still to be earned; what exceeds it comes off what was earned, and what
    exceeds that, too, off what is left.
    """
    left, worth = {}, {}
    for name in done:
        now = contract.lines[name].now
        worth[name] = max(0, now.price - now.conceded)
        due = due_for_usage(now, contract.lines[name].evidence, eve) if now.method == "usage" else now.price
        left[name] = max(0, due - done[name])
    first = min(amount, deferred, sum(left.values()))
    second = min(amount - first, sum(done.values()))
    off_left = largest_remainder(first, {name: Fraction(value) for name, value in left.items()})
    off_done = largest_remainder(second, {name: Fraction(value) for name, value in done.items()})
    still = {name: value - off_left[name] for name, value in left.items()}
    by = still if any(still.values()) else worth
    off_rest = largest_remainder(amount - first - second, {name: Fraction(value) for name, value in by.items()})
    return {name: off_left[name] + off_done[name] + off_rest[name] for name in done}, off_done


def settle(pools: list[list[object]], line_id: str, day: dt.date, amount: int) -> int:
    """How much of a credit for what was cancelled only puts on paper what a removal had taken out of the price already."""
    used = 0
    for pool in pools:
        signed_on, of_line, left = pool
        assert isinstance(signed_on, dt.date)
        assert isinstance(left, int)
        if signed_on <= day and of_line == (line_id or of_line):
            take = max(0, min(left, amount - used))
            pool[2] = left - take
            used += take
    return used
