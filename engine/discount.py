"""Discounts that change: a negative line is a discount over the contract, spread over what it still promises.

Source: ASC 606-10-32-36 to -38 (discounts), 25-13 (the remaining consideration over what remains).
"""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.books import Books
from engine.events import CATCHING_UP, PROSPECTIVELY, Events
from engine.grouped import numbered, spread, starts, sums
from engine.methods import IS_TIME, UNITS
from engine.versions import CATCH_UP, OWN, PROSPECTIVE


def reprice(events: Events, books: Books) -> None:
    """A discount that is added, changed or taken away: the difference goes to the promises in proportion to what remains.

    By catch-up (25-13(b)) it goes to what is delivered as well, whose share is off revenue at once.
    """
    versions, promises = books.versions, books.versions.progress.promises
    lines, which = books.of(events.contract, events.since)
    before = versions.current[lines]
    keep = ~promises.discount[lines] & (versions.before_q[before] > 0) & ~books.apart[lines]
    lines, which, before = lines[keep], which[keep], before[keep]
    happened = events.take(which)
    earned = versions.recognized(before, happened.effective - 1)
    left = np.maximum(books.worth[lines] - earned, 0)
    whole = (happened.treatment == CATCHING_UP) & (happened.total != 0) | _none(left, which)
    basis = np.where(whole, np.maximum(books.worth[lines], 0), left)
    change = spread(_difference(events, books, which, left, lines), basis, which)
    method = promises.method[lines]
    onward = np.where(happened.treatment == CATCHING_UP, False, IS_TIME[method] | (method == UNITS))
    onward = (onward | (happened.treatment == PROSPECTIVELY)) & ~books.by_amount(lines) & (left > 0)
    old = versions.take(before)
    books.worth[lines] += change
    rows = versions.append(**{
        **old, "since": happened.since, "effective": happened.effective, "viewed": np.where(onward, happened.effective, old["viewed"]),
        "base": np.where(onward, earned, old["base"]), "cause": happened.cause, "raw_id": happened.raw_id,
        "price": np.where(onward, left, old["price"]) + change, "earlier": np.where(onward, before, old["earlier"]),
        "onward": np.where(onward, OWN, old["onward"]),
        "before_p": np.where(onward, 0, old["before_p"]), "before_q": np.where(onward, 1, old["before_q"]),
        "rule": np.where(onward, PROSPECTIVE, CATCH_UP),
    })  # fmt: skip
    versions.count_from(rows[onward], happened.effective[onward])
    books.entries.add(lines, happened.signed, change, happened.movement, happened.cause, happened.raw_id)


def _difference(events: Events, books: Books, which: IntArray, left: IntArray, lines: IntArray) -> IntArray:
    """How much each event changes the price of its contract.

    A discount that is removed stays with what was delivered: what goes is its share of what remains.
    """
    event = which[starts(which)]
    line, delta = events.line[event], events.delta[event]
    removed = events.total[event] == 0
    was = books.discount[line]
    books.discount[line] = np.where(removed, 0, was + delta)
    whole = sums(np.maximum(books.worth[lines], 0), which)
    return np.where(removed, prorate(-was, sums(left, which), np.maximum(whole, 1)), delta)


def _none(left: IntArray, which: IntArray) -> IntArray:
    return (sums(left, which) == 0)[numbered(which)] if which.size else which.astype(bool)
