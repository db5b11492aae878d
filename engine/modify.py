"""Modifications: how events change what promises are worth and how they are earned (ASC 606-10-25-10 to -13, 32-42 to -45).

Every contract's events are taken in the order in which they count. All contracts move together: the first event of
each, then the second of each, so that a million contracts cost no more rounds than the busiest of them has events.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.arithmetic import IntArray, running, spread, starts
from engine.events import AS_STATED, CATCHING_UP, CHANGE, DEFER, POOL, PRICE, REMOVE, TERMINATE, Events
from engine.kinds import CANCELLATION, ESTIMATED, REALLOCATION
from engine.methods import FEE
from engine.versions import CATCH_UP, CONCESSION, ESTIMATE, PROSPECTIVE, REALLOCATED, REMOVAL, SEPARATE, Versions
from model.records import NO_AMOUNT, NO_DAY


@dataclass
class Entries:
    """Movements of commitment: `amount` minor units on `day` for `obligation`, named by `movement`."""

    obligation: list[IntArray] = field(default_factory=list)
    day: list[IntArray] = field(default_factory=list)
    amount: list[IntArray] = field(default_factory=list)
    movement: list[IntArray] = field(default_factory=list)
    cause: list[IntArray] = field(default_factory=list)
    raw_id: list[IntArray] = field(default_factory=list)

    def add(self, obligation: IntArray, day: IntArray, amount: IntArray, movement: IntArray | int, cause: IntArray,
            raw_id: IntArray) -> None:  # fmt: skip
        """Keeps the movements that are not zero."""
        rows = np.flatnonzero(amount)
        for name, values in (("obligation", obligation), ("day", day), ("amount", amount), ("movement", movement),
                             ("cause", cause), ("raw_id", raw_id)):  # fmt: skip
            getattr(self, name).append(np.broadcast_to(values, amount.shape)[rows].astype(np.int64))

    def columns(self) -> dict[str, IntArray]:
        """All movements as columns."""
        names = ("obligation", "day", "amount", "movement", "cause", "raw_id")
        return {n: np.concatenate([np.zeros(0, np.int64), *getattr(self, n)]) for n in names}


@dataclass
class Books:
    """What changes as events are taken: the versions, the commitment, and what each obligation is worth now.

    `worth`: allocated price (minor units); `weight`: how later changes of price are spread; `removed`: scope taken out
    and not yet credited; `ended`: when that was signed; `of`: the obligations of a contract, as slices of `members`.
    """

    versions: Versions
    entries: Entries
    worth: IntArray
    weight: IntArray
    removed: IntArray
    ended: IntArray
    members: IntArray
    offsets: IntArray

    def of(self, contracts: IntArray, day: IntArray | None = None) -> tuple[IntArray, IntArray]:
        """The obligations of those contracts (in force by each day), and for each the position of its contract."""
        counts = self.offsets[contracts + 1] - self.offsets[contracts]
        which = np.repeat(np.arange(contracts.size), counts)
        place = np.arange(which.size) - np.repeat(np.r_[0, np.cumsum(counts)[:-1]], counts)
        lines = self.members[self.offsets[contracts][which] + place]
        live = self.versions.current[lines] >= 0
        if day is not None:
            live &= self.versions.progress.promises.since[lines] <= day[which]
        return lines[live], which[live]


def apply(events: Events, books: Books) -> None:
    """Takes every event, round by round."""
    if not len(events):
        return
    turn = running(np.ones(len(events), np.int64), events.contract) - 1
    order = np.argsort(turn, kind="stable")
    for rows in np.split(order, starts(turn[order])[1:]):
        now = events.take(rows)
        for kind, act in ((POOL, _pool), (CHANGE, _change), (REMOVE, _remove), (TERMINATE, _remove), (PRICE, _price),
                          (DEFER, _price)):  # fmt: skip
            which = np.flatnonzero(now.kind == kind)
            if which.size:
                act(now.take(which), books)


def _change(events: Events, books: Books) -> None:
    """A line with new totals: prospective (25-13(a)) or with cumulative catch-up (25-13(b))."""
    line = events.line
    live = books.versions.current[line] >= 0
    if not live.all():  # the line itself is not booked yet: its contract is not one
        events, line = events.take(np.flatnonzero(live)), line[live]
    pending = np.flatnonzero((events.signed < books.ended[line]) & (books.ended[line] != NO_DAY))
    if pending.size:  # what had been agreed and not yet begun when the line was cancelled went with it
        lost, at = events.take(pending), line[pending]
        books.entries.add(at, lost.signed, lost.delta, lost.movement, lost.cause, lost.raw_id)
        books.entries.add(at, books.ended[at], -lost.delta, CANCELLATION, lost.cause, lost.raw_id)
        keep = np.setdiff1d(np.arange(len(events)), pending)
        events, line = events.take(keep), line[keep]
    before = books.versions.current[line]
    old = books.versions.take(before)
    delta = np.where(events.total == NO_AMOUNT, events.delta, events.total - books.worth[line])
    new = {
        "end": np.where(events.end == NO_DAY, old["end"], events.end),
        "quantity": np.where(events.quantity == NO_AMOUNT, old["quantity"], events.quantity),
        "cost": np.where(events.cost == NO_AMOUNT, old["cost"], events.cost),
    }
    books.worth[line] += delta
    onward = events.treatment != CATCHING_UP
    base = np.where(onward, books.versions.recognized(before, events.effective - 1), 0)
    rows = books.versions.append(**{
        **old, **new, "since": events.since, "viewed": np.where(onward, events.effective, NO_DAY), "base": base,
        "price": books.worth[line] - base, "before_p": np.zeros_like(line), "before_q": np.ones_like(line),
        "earlier": np.where(onward, before, -1), "cause": events.cause, "raw_id": events.raw_id,
        "rule": np.select([events.treatment == AS_STATED, onward], [SEPARATE, PROSPECTIVE], CATCH_UP),
    })  # fmt: skip
    _from_here(books.versions, rows[onward], events.effective[onward])
    books.entries.add(line, events.signed, delta, events.movement, events.cause, events.raw_id)


def _from_here(versions: Versions, rows: IntArray, effective: IntArray) -> None:
    """Progress of prospective versions counts from the day their terms take effect."""
    if rows.size:
        done = versions.progress.at(versions.terms(rows), effective - 1)
        versions.before_p[rows], versions.before_q[rows] = done.p, done.q


def _remove(events: Events, books: Books) -> None:
    """What is undelivered on the effective day goes; what is delivered stays (25-10)."""
    lines, which = books.of(events.contract)
    promises = books.versions.progress.promises
    named = events.line[which] == lines
    # A termination ends what had been promised by then; its own fee, and what is promised later, stays.
    ended = (events.line[which] < 0) & (promises.booked[lines] <= events.signed[which]) & (promises.kind[lines] != FEE)
    lines, which = lines[named | ended], which[named | ended]
    happened = events.take(which)
    before = books.versions.current[lines]
    base = books.versions.recognized(before, happened.effective - 1)
    gone = books.worth[lines] - base
    nothing = np.zeros_like(lines)
    books.versions.append(**{
        **books.versions.take(before), "since": happened.since, "viewed": happened.effective, "base": base, "price": nothing,
        "before_p": nothing + 1, "before_q": nothing, "earlier": before, "cause": happened.cause,
        "raw_id": happened.raw_id, "rule": nothing + REMOVAL,
    })  # fmt: skip
    books.worth[lines] = base
    books.removed[lines] += gone
    books.ended[lines] = np.maximum(books.ended[lines], happened.signed)
    books.entries.add(lines, happened.signed, -gone, CANCELLATION, happened.cause, happened.raw_id)


def _price(events: Events, books: Books) -> None:
    """A change of price alone: estimates (32-42 to -45) and credits that concede price, by cumulative catch-up."""
    lines, which = books.of(events.contract, events.since)
    keep = (events.line[which] < 0) | (events.line[which] == lines)
    lines, which = lines[keep], which[keep]
    happened = events.take(which)
    delta = events.delta[which[starts(which)]]
    settled = np.minimum(_grouped(np.maximum(books.removed[lines], 0), which), -delta)
    settled = np.where(events.cancels[which[starts(which)]] > 0, np.maximum(settled, 0), 0)
    if settled.any():  # a credit for scope that an amendment removed already lowers no price twice
        books.removed[lines] -= spread(settled, np.maximum(books.removed[lines], 0), which)
    # Estimates follow the allocation at inception (32-44); a credit is shared by what the promises are worth now.
    basis = np.where(happened.movement == ESTIMATED, books.weight[lines], np.maximum(books.worth[lines], 0))
    weight = np.where(events.line[which] < 0, basis, 1)
    change = spread(delta + settled, weight, which)
    touched = np.flatnonzero(change)
    lines, change, happened = lines[touched], change[touched], happened.take(touched)
    before = books.versions.current[lines]
    old = books.versions.take(before)
    books.worth[lines] += change
    exhausted = books.versions.exhausted(before)
    # Nothing remains to be delivered: the change of price is one of what is earned already.
    base, price = (
        np.where(exhausted, old["base"] + old["price"], old["base"]),
        np.where(exhausted, 0, old["price"]) + change,
    )
    rows = books.versions.append(**{
        **old, "since": happened.since, "base": base, "price": price, "cause": happened.cause, "raw_id": happened.raw_id,
        "rule": np.where(happened.movement == ESTIMATED, ESTIMATE, CONCESSION),
    })  # fmt: skip
    deferred = np.flatnonzero((happened.kind == DEFER) & ~exhausted)
    if deferred.size:
        _deferred_first(books, rows[deferred], before[deferred], lines[deferred], happened.effective[deferred])
    books.entries.add(lines, happened.signed, change, happened.movement, happened.cause, happened.raw_id)


def _deferred_first(books: Books, rows: IntArray, before: IntArray, lines: IntArray, day: IntArray) -> None:
    """The credit releases what is deferred; revenue is touched only by what exceeds it (policy `deferred_first`)."""
    versions = books.versions
    earned = versions.recognized(before, day - 1)
    versions.base[rows] = np.minimum(earned, books.worth[lines])
    versions.price[rows] = books.worth[lines] - versions.base[rows]
    versions.viewed[rows], versions.earlier[rows] = day, before
    _from_here(versions, rows, day)


def _pool(events: Events, books: Books) -> None:
    """An added line that is no contract of its own: what remains is shared anew (25-13(a)), or all of it (25-13(b)).

    The unrecognized consideration and the added price go to the promises not yet fulfilled by their stand-alone prices.
    """
    versions, promises = books.versions, books.versions.progress.promises
    _begin(events, books)
    lines, which = books.of(events.contract, events.since)
    happened = events.take(which)
    before, new = versions.current[lines], lines == happened.line
    onward = happened.treatment != CATCHING_UP
    base = np.where(onward & ~new, versions.recognized(before, happened.effective - 1), 0)
    left = np.where(new, happened.delta, books.worth[lines] - base)
    ssp = promises.ssp[lines]
    part = new | (left > 0)
    complete = np.logical_and.reduceat(~part | (ssp != NO_AMOUNT), starts(which))[_number(which)]
    shared = part & complete
    # What a started promise would cost alone today is its stand-alone price in proportion to what is left of it.
    alone = _remaining_alone(versions, before, np.where(new, NO_DAY, happened.effective - 1), ssp, which)
    pool = _grouped(np.where(shared, left, 0), which)
    price = np.where(shared, spread(pool, np.where(shared, alone, 0), which), left)
    change = base + price - np.where(new, happened.delta, books.worth[lines])
    rows = np.flatnonzero(shared & ((change != 0) | new))
    lines, which, happened, before = lines[rows], which[rows], happened.take(rows), before[rows]
    base, price, change, onward, new = base[rows], price[rows], change[rows], onward[rows], new[rows]
    books.worth[lines] = base + price
    added = versions.append(**{
        **versions.take(before), "since": happened.since, "viewed": np.where(onward & ~new, happened.effective, NO_DAY),
        "base": base, "price": price, "before_p": np.zeros_like(lines), "before_q": np.ones_like(lines),
        "earlier": np.where(onward & ~new, before, -1), "cause": happened.cause, "raw_id": happened.raw_id,
        "rule": np.full(lines.size, REALLOCATED),
    })  # fmt: skip
    started = onward & ~new
    _from_here(versions, added[started], happened.effective[started])
    books.entries.add(lines, happened.signed, change, REALLOCATION, happened.cause, happened.raw_id)


def _begin(events: Events, books: Books) -> None:
    """The added line enters at its stated price, before anything is shared."""
    rule = np.full(len(events), PROSPECTIVE)
    books.versions.inception(events.line, events.since, events.delta, rule, events.cause)
    books.worth[events.line] = books.weight[events.line] = events.delta
    books.entries.add(events.line, events.signed, events.delta, events.movement, events.cause, events.raw_id)


def _remaining_alone(
    versions: Versions, rows: IntArray, day: IntArray, ssp: IntArray, which: IntArray
) -> NDArray[np.object_]:
    """Stand-alone price of what is left of each promise after each day, as whole numbers in exact proportion.

    `rows`: current versions, adjacent by contract (`which`).
    """
    done = versions.progress.at(versions.terms(rows), day)
    exact = []
    for p, q, total, price in zip(*(c.tolist() for c in (done.p, done.q, done.total, ssp)), strict=True):
        share = 1 - Fraction(p, q * total) if total > 0 else Fraction(1)
        exact.append(max(Fraction(price) * share, Fraction(0)))
    whole = np.zeros(len(exact), object)
    for low, high in itertools.pairwise([*starts(which).tolist(), len(exact)]):
        common = math.lcm(*(value.denominator for value in exact[low:high]))
        whole[low:high] = [int(value * common) for value in exact[low:high]]
    return whole


def _number(groups: IntArray) -> IntArray:
    first = starts(groups)
    return np.repeat(np.arange(first.size), np.diff(np.r_[first, groups.size]))


def _grouped(values: IntArray, groups: IntArray) -> IntArray:
    return np.add.reduceat(values, starts(groups)) if groups.size else values
