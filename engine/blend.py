"""An added promise that is no contract of its own: what remains is shared anew (ASC 606-10-25-13)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.arithmetic import BoolArray, IntArray
from engine.books import Books
from engine.events import CATCHING_UP, Events
from engine.grouped import numbered, spread, starts, sums
from engine.kinds import REALLOCATION
from engine.progress import AMOUNTS
from engine.promised import done_of_rest
from engine.versions import PROSPECTIVE, REALLOCATED, SHARED, Versions
from model.records import NO_AMOUNT, NO_DAY

Shares = Sequence[Fraction]


def blend(events: Events, books: Books) -> None:
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
    open_still = (versions.before_q[before] > 0) & ~books.apart[lines]  # neither removed nor a contract of its own
    part = new | (left > 0) & open_still
    complete = np.logical_and.reduceat(~part | (ssp != NO_AMOUNT), starts(which))[numbered(which)]
    # What a started promise would cost alone today is its stand-alone price in proportion to what is left of it.
    # With catch-up the whole price is shared, delivered part included, and so is each promise's whole stand-alone price.
    alone = _remaining_alone(versions, before, np.where(new | ~onward, NO_DAY, happened.effective - 1), ssp, which)
    alone = np.where(part & complete, alone, 0)
    # Where all that is left sells for nothing alone, there is nothing to share by: the added price stands as stated.
    shared = part & complete & (sums(alone, which) > 0)[numbered(which)]
    _share_weight(
        books,
        lines,
        which,
        np.where(shared, alone, 0),
        _done(versions, before, onward & ~new & ~books.by_amount(lines), happened.effective - 1),
    )
    pool = sums(np.where(shared, left, 0), which)
    price = np.where(shared, spread(pool, alone, which), left)
    change = base + price - np.where(new, happened.delta, books.worth[lines])
    rows = np.flatnonzero(shared & ((change != 0) | new))
    lines, which, happened, before = lines[rows], which[rows], happened.take(rows), before[rows]
    base, price, change, onward, new = base[rows], price[rows], change[rows], onward[rows], new[rows]
    old = versions.take(before)
    # What is used or scheduled is earned as it is: only what it is worth changes.
    onward &= ~new & ~books.by_amount(lines)
    kept = books.by_amount(lines) & ~new
    books.worth[lines] += change
    added = versions.append(**{
        **old, "since": happened.since, "effective": happened.effective,
        "viewed": np.where(onward, happened.effective, NO_DAY),
        "base": np.where(kept, old["base"], base), "price": np.where(kept, old["price"] + change, price),
        "before_p": np.where(kept, old["before_p"], 0), "before_q": np.where(kept, old["before_q"], 1),
        "earlier": np.where(onward, before, -1), "onward": np.where(onward, SHARED, 0), "cause": happened.cause, "raw_id": happened.raw_id,
        "rule": np.full(lines.size, REALLOCATED),
    })  # fmt: skip
    versions.count_from(added[onward], happened.effective[onward])
    books.entries.add(lines, happened.signed, change, REALLOCATION, happened.cause, happened.raw_id)


def _share_weight(books: Books, lines: IntArray, which: IntArray, alone: NDArray[np.object_], done: Shares) -> None:
    """What the promises shared anew have of a later change of the contract's price is shared as they are (32-45(a)).

    A change of what was promised before goes over the promises of inception first. Of that, what belongs to what is `done` of
    them stays with each; what belongs to the rest goes over all that remained. `alone`: by which they are shared, 0 for those
    that are not.
    """
    weight, edge = books.weight[lines], [*starts(which).tolist(), lines.size]
    for low, high in itertools.pairwise(edge):
        if not (weight[low:high] > 0).any() or not any(alone[low:high]):
            continue
        own = [Fraction(int(value)) for value in weight[low:high]]
        past = [Fraction(int(value)) for value in books.past[lines[low:high]]]
        whole = sum(alone[low:high])
        pool = [value * (1 - part) if by else Fraction(0)
                for value, part, by in zip(own, done[low:high], alone[low:high], strict=True)]  # fmt: skip
        for n, by in enumerate(alone[low:high]):
            if by:
                past[n] += own[n] - pool[n]
                own[n] = sum(pool) * by / whole
        common = math.lcm(*(value.denominator for value in (*own, *past)))
        counts = [int(value * common) for value in (*past, *own)]
        factor = math.gcd(*counts) or 1
        counts = [value // factor for value in counts]
        books.weigh(lines[low:high], counts[: high - low], counts[high - low :])


def _begin(events: Events, books: Books) -> None:
    """The added line enters at its stated price, before anything is shared."""
    rule = np.full(len(events), PROSPECTIVE)
    books.versions.inception(events.line, events.since, events.delta, rule, events.cause)
    books.worth[events.line] = events.delta
    books.entries.add(events.line, events.signed, events.delta, events.movement, events.cause, events.raw_id)


def _done(versions: Versions, rows: IntArray, asked: BoolArray, day: IntArray) -> Shares:
    """What is done of what each version began with, by each day; nothing where it is not asked."""
    return [done_of_rest(versions, row, on) if ask else Fraction(0)
            for row, ask, on in zip(rows.tolist(), asked.tolist(), day.tolist(), strict=True)]  # fmt: skip


def _remaining_alone(
    versions: Versions, rows: IntArray, day: IntArray, ssp: IntArray, which: IntArray
) -> NDArray[np.object_]:
    """Stand-alone price of what is left of each promise after each day, as whole numbers in exact proportion.

    `rows`: current versions, adjacent by contract (`which`).
    """
    done = versions.progress.at(versions.terms(rows), day)
    # What is used or scheduled is done in proportion to its price.
    whole_of = np.where(done.total == AMOUNTS, np.maximum(versions.price[rows], 0), done.total)
    exact = []
    for p, q, total, price in zip(*(c.tolist() for c in (done.p, done.q, whole_of, ssp)), strict=True):
        share = 1 - Fraction(p, q * total) if total > 0 else Fraction(1)
        exact.append(max(Fraction(price) * share, Fraction(0)))
    whole = np.zeros(len(exact), object)
    for low, high in itertools.pairwise([*starts(which).tolist(), len(exact)]):
        common = math.lcm(*(value.denominator for value in exact[low:high]))
        whole[low:high] = [int(value * common) for value in exact[low:high]]
    return whole
