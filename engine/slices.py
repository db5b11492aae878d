"""The rows of a ledger that a question needs, and their sums at any day: the kernel that every figure goes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import IntArray, bounded, prorate
from engine.clocks import coordinate
from engine.kinds import CORRECTION
from engine.ledger import Ledger

_CHUNK = 4_000_000  # cells of segments × days held at once


@dataclass
class Slice:
    """The rows of a ledger that some contracts need: positions of contracts, and of each obligation its place among them.

    `products`: the products it is narrowed to, None for all.
    """

    ledger: Ledger
    contracts: IntArray
    obligations: IntArray
    of: IntArray
    products: IntArray | None = None

    @classmethod
    def make(cls, ledger: Ledger, contracts: IntArray, products: IntArray | None) -> Slice:
        """The obligations of those contracts (of those products only)."""
        low, high = ledger.obligation_bounds[contracts], ledger.obligation_bounds[contracts + 1]
        obligations, of = ranges(low, high)
        if products is not None:
            keep = np.isin(ledger.obligations["product"][obligations], products)
            obligations, of = obligations[keep], of[keep]
        return cls(ledger, contracts, obligations, of, products)

    def some(self, rows: IntArray) -> Slice:
        """The slice of some of its contracts, by their place in it."""
        place = np.full(self.contracts.size, -1)
        place[rows] = np.arange(rows.size)
        keep = place[self.of] >= 0
        return Slice(self.ledger, self.contracts[rows], self.obligations[keep], place[self.of[keep]], self.products)

    def entries(self, kinds: Sequence[int], days: IntArray, sign: Mapping[int, int] | None = None) -> IntArray:
        """Sums of entries of those kinds up to each day, per contract."""
        rows, at = self.rows(self.ledger.entry_bounds)
        table = self.ledger.entries
        kind = table["kind"][rows]
        keep = np.isin(kind, kinds)
        rows, at, kind = rows[keep], at[keep], kind[keep]
        amount = table["amount"][rows]
        if sign:
            amount = amount * np.array([sign.get(int(k), 1) for k in range(int(max(kinds)) + 1)])[kind]
        return self.sums(at, table["day"][rows], amount, days)

    def sums(self, at: IntArray, day: IntArray, amount: IntArray, days: IntArray) -> IntArray:
        """Amounts on days as running totals at the asked days (in any order), per contract."""
        order = np.argsort(days, kind="stable")
        ranks = np.searchsorted(days[order], day)
        out = np.zeros((self.contracts.size, days.size + 1), np.int64)
        np.add.at(out, (at, ranks), bounded(amount))
        totals = np.cumsum(out[:, :-1], axis=1)
        back = np.empty_like(totals)
        back[:, order] = totals
        return back

    def recognized(self, days: IntArray) -> IntArray:
        """Revenue to date at the end of each day, per contract."""
        rows, at = self.rows(self.ledger.segment_bounds)
        out = np.zeros((self.contracts.size, days.size), np.int64)
        step = max(1, _CHUNK // max(days.size, 1))
        readings = {clock: coordinate(clock, days) for clock in (0, 1, 2)} if rows.size > 64 else {}
        for begin in range(0, rows.size, step):
            part = {n: self.ledger.segments[n][rows[begin : begin + step]] for n in _SEGMENT}
            np.add.at(out, at[begin : begin + step], evaluate(part, days, readings))
        return out

    def corrected(self, days: IntArray) -> IntArray:
        """Of that revenue, what corrects closed periods, per contract."""
        rows, at = self.rows(self.ledger.segment_bounds)
        segments, rule = self.ledger.segments, np.asarray(self.ledger.versions["rule"])
        ours = rule[segments["version"][rows]] == CORRECTION
        rows, at = rows[ours], at[ours]
        return self.sums(at, segments["from_day"][rows], segments["amount"][rows], days)

    def rows(self, bounds: IntArray) -> tuple[IntArray, IntArray]:
        """Rows of a table by the bounds of its obligations, and for each the place of its contract."""
        rows, at = ranges(bounds[self.obligations], bounds[self.obligations + 1])
        return rows, self.of[at]


_SEGMENT = ("amount", "clock", "a", "b", "length", "from_day", "to_day")


def evaluate(lines: Mapping[str, IntArray], days: IntArray, readings: Mapping[int, IntArray] | None = None) -> IntArray:
    """What each line adds by the end of each day: minor units, a row a line and a column a day."""
    shape = (lines["amount"].size, days.size)
    done = np.empty(shape, np.int64)
    before = np.empty(shape[0], np.int64)
    closing = np.empty(shape[0], np.int64)
    for clock in np.unique(lines["clock"]):
        rows = lines["clock"] == clock
        reading = readings[int(clock)] if readings else coordinate(int(clock), days)
        done[rows] = reading[None, :]
        before[rows] = coordinate(int(clock), lines["from_day"][rows] - 1)
        closing[rows] = coordinate(int(clock), lines["to_day"][rows])
    cut = np.minimum(done, closing[:, None])
    units = np.clip(lines["a"][:, None] * cut + lines["b"][:, None], 0, lines["length"][:, None])
    start = np.clip(lines["a"] * before + lines["b"], 0, lines["length"])
    amount, length = lines["amount"][:, None], lines["length"][:, None]
    value = prorate(amount, units, length) - prorate(lines["amount"], start, lines["length"])[:, None]
    return np.where(days[None, :] >= lines["from_day"][:, None], value, 0)


def ranges(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """All positions of the ranges, one after the other, and which range each is of."""
    count = high - low
    which = np.repeat(np.arange(low.size), count)
    before = np.cumsum(count) - count
    return low[which] + np.arange(which.size) - before[which], which
