"""How far a promise is fulfilled: the measure of progress of every method, as whole units done out of a total.

Time-based methods count service time on their clock; the others count evidence: shares accepted, cost incurred against
cost expected, units delivered against units promised, amounts used or scheduled (ASC 606-10-25-31 to -37).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arithmetic import BoolArray, IntArray, prorate
from engine.clocks import DAY, THIRTY, coordinates, from_a_31st, pieces
from engine.grouped import running, starts
from engine.methods import CLOCK, HALF, IS_TIME, MANUAL, PERCENT, UNITS, USAGE, WHOLE_SHARE
from engine.promises import Promises
from model.records import NO_AMOUNT

AMOUNTS = -1
_DAYS = 2**23  # the calendar's days from year 1 to 9999 fit in so many, on both sides of 1970


@dataclass
class Evidence:
    """Deliveries as running totals, sorted by obligation and day, one row for each day with evidence.

    `done`: the running total at the end of `day`, in the unit of the obligation's method (shares of 10^-9, cost in
    minor units, units of quantity, amounts in minor units); `by_cost`: progress is cost against expected cost.
    """

    obligation: IntArray
    day: IntArray
    done: IntArray
    raw_id: IntArray
    by_cost: BoolArray

    @property
    def key(self) -> IntArray:
        """Obligation and day of each row in one sortable number."""
        return key_of(self.obligation, self.day)

    def at(self, obligation: IntArray, day: IntArray) -> IntArray:
        """The running total of each obligation at the end of each day, 0 before any evidence."""
        if not self.day.size:
            return np.zeros(obligation.size, np.int64)
        place = np.searchsorted(self.key, key_of(obligation, day), "right") - 1
        found = (place >= 0) & (self.obligation[place] == obligation)
        return np.where(found, self.done[place], 0)


def key_of(obligation: IntArray, day: IntArray) -> IntArray:
    """An obligation and a day in one number that sorts by both; a day beyond the calendar is the first or last of all."""
    return obligation * _DAYS + np.clip(day, -_DAYS // 2, _DAYS // 2 - 1) + _DAYS // 2


def evidence(obligation: IntArray, day: IntArray, value: IntArray, latest: BoolArray, raw_id: IntArray,
             by_cost: BoolArray) -> Evidence:  # fmt: skip
    """Evidence from deliveries in order of arrival within a day.

    `latest`: the value is itself cumulative (a percentage complete), so the last one of a day stands.
    """
    order = np.lexsort((np.arange(day.size), day, obligation))
    obligation, day, value, raw_id = (c[order] for c in (obligation, day, value, raw_id))
    latest = latest[order]
    done = np.where(latest, value, running(value, obligation))
    if day.size:
        last = np.r_[(obligation[1:] != obligation[:-1]) | (day[1:] != day[:-1]), True]
        obligation, day, done, raw_id = (c[last] for c in (obligation, day, done, raw_id))
    return Evidence(obligation, day, done, raw_id, by_cost)


@dataclass
class Terms:
    """How obligations are earned under one version of their contract: a row each.

    `start`, `end`: the service period; `quantity`, `cost`: what progress is measured against, where it is.
    """

    obligation: IntArray
    start: IntArray
    end: IntArray
    quantity: IntArray
    cost: IntArray

    def take(self, rows: IntArray) -> Terms:
        """The terms of those rows."""
        return Terms(*(c[rows] for c in (self.obligation, self.start, self.end, self.quantity, self.cost)))


@dataclass(frozen=True)
class Done:
    """Progress: units done = p ÷ q, out of `total`; a method that counts amounts (manual, usage)
    has total AMOUNTS, and one whose measure is missing has total 0."""

    p: IntArray
    q: IntArray
    total: IntArray


@dataclass
class Progress:
    """Answers how far obligations are fulfilled at given days."""

    promises: Promises
    proof: Evidence
    decimals: int | None

    def at(self, terms: Terms, day: IntArray) -> Done:
        """Units done at the end of each day under those terms, never beyond the total."""
        count = terms.obligation.size
        time = IS_TIME[self.promises.method[terms.obligation]]
        if time.all():
            return Done(*self._by_time(terms, day))
        p, q, total = np.zeros(count, np.int64), np.ones(count, np.int64), np.zeros(count, np.int64)
        for rows, measure in ((np.flatnonzero(time), self._by_time), (np.flatnonzero(~time), self._by_evidence)):
            if rows.size:
                p[rows], q[rows], total[rows] = measure(terms.take(rows), day[rows])
        return Done(p, q, total)

    def _by_time(self, terms: Terms, day: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        method = self.promises.method[terms.obligation]
        clock, half = clocks(method, terms.start, terms.end), HALF[method]
        before = coordinates(clock, terms.start - 1)
        total = coordinates(clock, terms.end) - before
        p = np.clip(coordinates(clock, np.maximum(day, terms.start - 1)) - before, 0, total)
        q = np.ones_like(p)
        rows = np.flatnonzero((half > 0) | from_a_31st(terms.start, terms.end, clock))
        if rows.size:
            p[rows], q[rows], total[rows] = _by_pieces(terms.take(rows), clock[rows], half[rows], day[rows])
        return p, q, total

    def _by_evidence(self, terms: Terms, day: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        ob = terms.obligation
        method = self.promises.method[ob]
        p = self.proof.at(ob, day)
        total = np.full(ob.size, WHOLE_SHARE, np.int64)
        units = method == UNITS
        total[units] = np.where(terms.quantity[units] == NO_AMOUNT, 0, terms.quantity[units])
        cost = (method == PERCENT) & self.proof.by_cost[ob]
        total[cost] = np.where(terms.cost[cost] == NO_AMOUNT, 0, terms.cost[cost])
        share = method == PERCENT
        if self.decimals is not None and share.any():
            unit = np.full(share.sum(), 10**self.decimals, np.int64)
            whole = np.maximum(total[share], 1)
            p[share] = np.where(total[share] > 0, prorate(unit, p[share], whole), 0)
            total[share] = np.where(total[share] > 0, unit, 0)
        # Progress beyond the whole is an exception record, not more revenue than was promised.
        amounts = (method == MANUAL) | (method == USAGE)
        total[amounts] = AMOUNTS
        p = np.where(amounts, p, np.clip(p, np.minimum(p, 0), total))
        return p, np.ones_like(p), total


def clocks(method: IntArray, start: IntArray, end: IntArray) -> IntArray:
    """The clock of each term; one that holds no day of a thirty-day month (a 31st alone) is counted by days."""
    clock = CLOCK[method]
    months = np.flatnonzero(clock == THIRTY)
    if months.size:
        own = clock[months]
        empty = coordinates(own, end[months]) == coordinates(own, start[months] - 1)
        clock[months[empty]] = DAY
    return clock


def _by_pieces(terms: Terms, clock: IntArray, half: IntArray, day: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    parts = pieces(terms.start, terms.end, clock, half)
    p, q = np.zeros(day.size, np.int64), np.ones(day.size, np.int64)
    # Pieces of a term follow one another, so the last one that has begun holds the day.
    begun = parts.first <= day[parts.row]
    reading = np.minimum(day[parts.row], parts.last)
    value = parts.a * coordinates(parts.clock, reading) + parts.b
    for n in range(3):
        first = starts(parts.row)
        rows = first + n
        rows = rows[(rows < np.r_[first[1:], parts.row.size])]
        rows = rows[begun[rows]]
        p[parts.row[rows]], q[parts.row[rows]] = value[rows], parts.d[rows]
    return p, q, parts.total
