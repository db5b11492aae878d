"""Modifications: how events change what promises are worth and how they are earned (ASC 606-10-25-10 to -13, 32-42 to -45).

Every contract's events are taken in the order in which they count. All contracts move together: the first event of
each, then the second of each, so that a million contracts cost no more rounds than the busiest of them has events.
"""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.blend import blend
from engine.books import Books
from engine.discount import reprice
from engine.events import AS_STATED, CATCHING_UP, CHANGE, DEFER, POOL, PRICE, REMOVE, REPRICE, TERMINATE, Events
from engine.grouped import numbered, running, spread, starts, sums
from engine.kinds import BOOKING, CANCELLATION, ESTIMATED, VARIABLE
from engine.kinds import CONCESSION as CONCEDED
from engine.methods import FEE, USAGE
from engine.promised import of_the_past
from engine.versions import CATCH_UP, CONCESSION, ESTIMATE, OWN, PROSPECTIVE, REMOVAL, SEPARATE
from model.records import NO_AMOUNT, NO_DAY


def apply(events: Events, books: Books) -> None:
    """Takes every event, round by round."""
    if not len(events):
        return
    turn = running(np.ones(len(events), np.int64), events.contract) - 1
    order = np.argsort(turn, kind="stable")
    for rows in np.split(order, starts(turn[order])[1:]):
        now = events.take(rows)
        for kind, act in ((POOL, blend), (CHANGE, _change), (REMOVE, _remove), (TERMINATE, _remove),
                          (REPRICE, reprice), (PRICE, _price), (DEFER, _price)):  # fmt: skip
            which = np.flatnonzero(now.kind == kind)
            if which.size:
                act(now.take(which), books)


def _change(events: Events, books: Books) -> None:
    """A line with new totals: prospective (25-13(a)) or with cumulative catch-up (25-13(b))."""
    line = events.line
    live = books.versions.current[line] >= 0
    if not live.all():  # the line itself is not booked yet: its contract is not one
        events, line = events.take(np.flatnonzero(live)), line[live]
    pending = np.flatnonzero(events.turn < books.ended_turn[line])
    if pending.size:  # what had been agreed and not yet begun when the line was cancelled went with it
        lost, at = events.take(pending), line[pending]
        books.entries.add(at, lost.signed, lost.delta, lost.movement, lost.cause, lost.raw_id)
        left_on = np.maximum(lost.signed, books.ended[at])
        books.entries.add(at, left_on, -lost.delta, CANCELLATION, lost.cause, lost.raw_id)
        keep = np.setdiff1d(np.arange(len(events)), pending)
        events, line = events.take(keep), line[keep]
    before = books.versions.current[line]
    old = books.versions.take(before)
    delta = np.where(events.total == NO_AMOUNT, events.delta, events.total - books.worth[line])
    new = {
        "start": np.where(events.start == NO_DAY, old["start"], events.start),
        "end": np.where(events.end == NO_DAY, old["end"], events.end),
        "quantity": np.where(events.quantity == NO_AMOUNT, old["quantity"], events.quantity),
        "cost": np.where(events.cost == NO_AMOUNT, old["cost"], events.cost),
    }
    books.worth[line] += delta
    # What is scheduled or used is earned as it is, on whatever terms (606-10-55-18).
    onward = (events.treatment != CATCHING_UP) & ~books.by_amount(line)
    base = np.where(onward, books.versions.recognized(before, events.effective - 1), 0)
    rows = books.versions.append(**{
        **old, **new, "since": events.since, "effective": events.effective, "base": base,
        "viewed": np.where(onward, events.effective, NO_DAY),
        "price": books.worth[line] + old["conceded"] - base, "before_p": np.zeros_like(line), "before_q": np.ones_like(line),
        "earlier": np.where(onward, before, -1), "onward": np.where(onward, OWN, 0), "cause": events.cause, "raw_id": events.raw_id,
        "rule": np.select([events.treatment == AS_STATED, onward], [SEPARATE, PROSPECTIVE], CATCH_UP),
    })  # fmt: skip
    books.versions.count_from(rows[onward], events.effective[onward])
    # Caught up, the promise is one whole with what was delivered of it (25-13(b)).
    whole = line[~onward & (books.past[line] > 0)]
    books.weigh(whole, books.past[whole] * 0, books.past[whole] + books.weight[whole])
    books.entries.add(line, events.signed, delta, events.movement, events.cause, events.raw_id)


def _remove(events: Events, books: Books) -> None:
    """What is undelivered on the effective day goes; what is delivered stays (25-10)."""
    lines, which = books.of(events.contract)
    promises = books.versions.progress.promises
    named = events.line[which] == lines
    # A termination ends what had been promised by then; its own fee, and what is promised later, stays.
    ended = (events.line[which] < 0) & (promises.booked[lines] <= events.signed[which]) & (promises.kind[lines] != FEE)
    ended &= promises.turn[lines] < events.turn[which]
    standing = books.versions.before_q[books.versions.current[lines]] > 0  # what was removed is settled
    gone_now = np.flatnonzero((named | ended) & standing)
    lines, which = lines[gone_now], which[gone_now]
    happened = events.take(which)
    before = books.versions.current[lines]
    base = books.versions.recognized(before, happened.effective - 1)
    owed = books.owed(lines, happened.effective - 1)
    gone = owed - base
    books.kept[lines], books.kept_of[lines] = np.clip(base, 0, np.maximum(owed, 0)), np.maximum(owed, 1)
    nothing = np.zeros_like(lines)
    books.versions.append(**{
        **books.versions.take(before), "since": np.maximum(happened.since, promises.since[lines]),
        "effective": happened.effective, "viewed": happened.effective, "base": base, "price": nothing,
        "before_p": nothing + 1, "before_q": nothing, "earlier": before, "onward": nothing, "cause": happened.cause,
        "raw_id": happened.raw_id, "rule": nothing + REMOVAL,
    })  # fmt: skip
    books.worth[lines] -= gone
    books.removed[lines] += gone
    first = (books.removed_on[lines] == NO_DAY) & (gone != 0)
    books.removed_on[lines] = np.where(first, happened.signed, books.removed_on[lines])
    books.ended[lines] = np.maximum(books.ended[lines], happened.signed)
    books.ended_turn[lines] = np.maximum(books.ended_turn[lines], happened.turn)
    books.entries.add(lines, happened.signed, -gone, CANCELLATION, happened.cause, happened.raw_id)


def _price(events: Events, books: Books) -> None:
    """A change of price alone: estimates (32-42 to -45) and credits that concede price, by cumulative catch-up."""
    lines, which = books.of(events.contract, events.since)
    # A discount is no promise: it is spread over the others, and so is what changes the price of all.
    discount = books.versions.progress.promises.discount[lines]
    keep = np.where(events.line[which] < 0, ~discount, events.line[which] == lines)
    lines, which = lines[keep], which[keep]
    happened = events.take(which)
    change, at_once = _shared(events, books, lines, which)
    change, beyond = _deferred_first(events, books, change, lines, which)
    touched = np.flatnonzero(change)
    lines, change, happened, touched_by = lines[touched], change[touched], happened.take(touched), beyond[touched]
    at_once = at_once[touched]
    before = books.versions.current[lines]
    old = books.versions.take(before)
    books.worth[lines] += change
    live = books.versions.before_q[before] > 0
    exhausted = books.versions.exhausted(before) | ~live
    # What credits take off a usage promise, they take off the use beyond its minimum too.
    credit = happened.movement == CONCEDED
    used = (books.versions.progress.promises.method[lines] == USAGE) & credit
    conceded = old["conceded"] - np.where(used, change, 0)
    # Nothing remains to be delivered: the change of price is one of what is earned already.
    past = np.where(exhausted, 0, at_once + of_the_past(books.versions, before, change - at_once, happened.promised))
    base = np.where(exhausted, old["base"] + old["price"], old["base"]) + np.where(live, past, change)
    price = np.where(exhausted, 0, old["price"]) + np.where(used | ~live, 0, change - past)
    rows = books.versions.append(**{
        **old, "since": happened.since, "effective": happened.since,
        "base": base, "price": price, "conceded": conceded, "cause": happened.cause,
        "raw_id": happened.raw_id,
        "rule": np.where(happened.movement == ESTIMATED, ESTIMATE, CONCESSION),
    })  # fmt: skip
    spared = np.flatnonzero((happened.kind == DEFER) & (change < 0) & ~exhausted & ~books.by_amount(lines))
    if spared.size:
        _spare_revenue(books, rows[spared], before[spared], happened.effective[spared], touched_by[spared])
    books.entries.add(lines, happened.signed, change, happened.movement, happened.cause, happened.raw_id)
    estimated = np.where(np.isin(happened.movement, (BOOKING, ESTIMATED)), change, 0)
    books.notes.add(lines, happened.signed, estimated, VARIABLE, happened.cause, happened.raw_id)


def _shared(events: Events, books: Books, lines: IntArray, which: IntArray) -> tuple[IntArray, IntArray]:
    """What each event changes the price of each of its lines by, and what of that belongs to what had been delivered of the
    line before it was shared anew (32-45(a)).
    """
    event = which[starts(which)]
    happened, delta = events.take(which), events.delta[event]
    open_scope = np.where(books.settles_from[lines] <= happened.signed, np.maximum(books.settling[lines], 0), 0)
    settled = np.minimum(sums(open_scope, which), -delta)
    settled = np.where(events.cancels[event] > 0, np.maximum(settled, 0), 0)
    if settled.any():  # a credit for scope that an amendment removed lowers no price twice
        books.settling[lines] -= spread(settled, open_scope, which)
    # Estimates follow the allocation at inception (32-44); a credit is shared by what the promises are worth now.
    had, has = books.shares(lines, which)
    estimated, of_all = happened.movement == ESTIMATED, happened.line < 0
    basis = np.where(of_all, np.where(estimated, had + has, np.maximum(books.worth[lines], 0)), 1)
    # An estimate is shared with what was shared before it, so that cents of one change are not kept by the next.
    pooled = estimated[starts(which)] & of_all[starts(which)]
    pool = np.where(pooled, books.shared[events.contract[event]], 0)
    change = spread(pool + delta + settled, basis, which)
    if pool.any():
        change -= spread(pool, basis, which)
    books.shared[events.contract[event]] += np.where(pooled, delta, 0)
    parted = estimated & of_all & (had > 0)
    return change, np.where(parted, prorate(change, np.where(parted, had, 0), np.where(parted, had + has, 1)), 0)


def _deferred_first(
    events: Events, books: Books, change: IntArray, lines: IntArray, which: IntArray
) -> tuple[IntArray, IntArray]:
    """Policy `deferred_first`: each line's change, and what of it comes off revenue at once, a positive amount.

    A credit releases what it finds deferred in its contract on its day. One without a line is shared so that it can: what
    is released over what is still to be earned, what exceeds it over what was earned.
    """
    if not which.size or not (events.kind == DEFER).any():
        return change, np.zeros_like(change)
    event = which[starts(which)]
    credit = np.maximum(-change, 0)
    contract, on, total = events.contract[event], events.effective[event], sums(credit, which)
    released = np.minimum(books.deferred(contract, on), total)
    books.free(contract, on, np.maximum(-events.delta[event], 0))
    beyond = credit - spread(released, credit, which)
    whole = ((events.kind == DEFER) & (events.line < 0))[which]
    if not whole.any():
        return change, beyond
    day = events.effective[which] - 1
    terms = books.versions.current[lines]
    earned = np.maximum(books.versions.recognized(terms, day), 0)
    open_still = books.versions.before_q[terms] > 0  # of what was removed nothing is left
    left = np.where(open_still, np.maximum(books.owed(lines, day) - earned, 0), 0)
    first = np.minimum(released, sums(left, which))
    second = np.minimum(total - first, sums(earned, which))
    freed, taken = spread(first, left, which), spread(second, earned, which)
    # More than was held and earned: it lowers what is left, and where nothing is, what there was.
    rest = left - freed
    rest = np.where((sums(rest, which) > 0)[numbered(which)], rest, np.maximum(books.worth[lines], 0))
    off = freed + taken + spread(total - first - second, rest, which)
    lowers = whole & (change <= 0)
    return np.where(lowers, -off, change), np.where(lowers, taken, beyond)


def _spare_revenue(books: Books, rows: IntArray, before: IntArray, day: IntArray, from_revenue: IntArray) -> None:
    """The credit releases what is deferred; revenue is touched only by what exceeds it (policy `deferred_first`)."""
    versions = books.versions
    worth = versions.base[rows] + versions.price[rows]
    kept = np.maximum(versions.recognized(before, day - 1) - from_revenue, 0)
    versions.base[rows] = np.minimum(kept, worth)
    versions.price[rows] = worth - versions.base[rows]
    versions.viewed[rows], versions.earlier[rows], versions.onward[rows] = day, before, 0
    versions.count_from(rows, day)
