"""The reference implementation, part 8: a new promise and what remains of the others at one price (606-10-25-13)."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from oracle_contract import Contract, Line, Record
from oracle_price import largest_remainder
from oracle_terms import Terms, catch_up, earned, progress, prospective, repriced, share_of_rest
from oracle_time import DAY


def blend(
    contract: Contract, r: Record, signed: dt.date, new: Line, terms: Terms, amount: int, day: dt.date
) -> Terms | None:
    """Spread what is unrecognized and the new amount over what remains, by stand-alone prices; None = separate.

    `signed`: when the new promise is booked, `day`: from when it is in force; `amount`: what it costs by itself.
    """
    treatment = r.get("treatment") or ""
    if new.ssp is None or r["kind"] == "renew" or treatment == "separate_contract":
        return None
    together = treatment == "catch_up"  # one obligation with what is delivered: all of the price is shared (25-13(b))
    if not treatment and new.ssp == amount:
        return None
    policy, eve = contract.policy, r["effective_on"] - DAY
    open_lines: dict[str, int] = {}
    weights: dict[str, Fraction] = {new.line_id: new.ssp}
    for name, line in contract.lines.items():
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
    share_alike(contract, weights, {} if together else {name: delivered(contract, name, eve) for name in open_lines})
    for name, rest in open_lines.items():
        line = contract.lines[name]
        price = line.now.price - rest + parts[name]
        if parts[name] == rest:
            continue  # its share is what it had: nothing about it changes, its rounding neither
        if together:
            blended = catch_up(line.now, price)
        else:
            blended = prospective(line.now, line.evidence, policy, price, r["effective_on"], how="shared")
        follows = line.now.method not in ("manual", "usage")  # what is scheduled or used follows no price
        line.change(day, blended if follows else repriced(line.now, price))
        line.commit(signed, parts[name] - rest, "reallocation")
    new.commit(signed, parts[new.line_id] - amount, "reallocation")
    return Terms(parts[new.line_id], terms.method, terms.start, terms.end, terms.quantity, terms.expected_cost)


def delivered(contract: Contract, name: str, eve: dt.date) -> Fraction:
    """The share delivered of what a line had to deliver under its terms; of what follows no price nothing is asked."""
    line = contract.lines[name]
    if line.now.method in ("manual", "usage"):
        return Fraction(0)
    return max(Fraction(0), share_of_rest(line.now, line.evidence, contract.policy, eve))


def share_alike(contract: Contract, pool: dict[str, Fraction], delivered: dict[str, Fraction]) -> None:
    """Of later changes of the contract's price, the pool has what its promises had, shared as the pool is (32-45(a)).

    What belongs to the delivered share of each stays with it.
    """
    assert contract.allocation is not None
    of_price, of_past = contract.allocation.weights, contract.allocation.delivered
    for name, own in pool.items():
        if own and of_price.get(name):
            part = of_price[name] * delivered.get(name, Fraction(0))
            of_past[name] = of_past.get(name, Fraction(0)) + part
            of_price[name] -= part
    had, whole = sum(of_price.get(name, Fraction(0)) for name, own in pool.items() if own), sum(pool.values())
    if had:
        of_price.update({name: had * own / whole for name, own in pool.items() if own})
