"""Flows in another currency. Each contract has a running total since the books begin, every day at its rate, rounded as a
whole; what flowed in a period is its difference, so that any split of time adds up."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray, prorated_sums, whole
from engine.clocks import month_first, month_of
from engine.courses import Course
from engine.currency import Rates
from engine.ledger import Ledger
from engine.slices import Slice
from model.errors import Unanswerable

Upto = Callable[[Slice, IntArray], IntArray]
"""Running totals of a slice in its own currency: a row a contract, a column a day."""
_AT_ONCE = 2**22  # contracts × spans that are worked on at a time
_FEW = 2**16  # contracts × spans whose totals are worked out again sooner than kept
_KEPT = 2**24  # contracts × points whose totals a ledger keeps
_MONTHS = 240  # whose ends are worked out with what is asked of many contracts

_TURN = threading.Lock()
_MADE: weakref.WeakKeyDictionary[Ledger, dict[Any, _Totals]] = weakref.WeakKeyDictionary()


def converted_flows(
    part: Slice, upto: Upto, source: str, target: str, windows: Sequence[tuple[int, int]]
) -> tuple[IntArray, dict[int, Unanswerable]]:
    """What flowed in each window (first and last day), and for which of them a rate is missing.

    `part`: contracts in the currency `source`. `upto`: one function for one meaning, since totals are kept by it.
    Shape: a row a contract, a column a window; minor units of `target`.
    """
    begin = part.ledger.span[0]
    firsts, lasts = (np.maximum([window[n] for window in windows], begin + n - 1) for n in (0, 1))
    firsts = np.minimum(firsts, lasts + 1)
    totals = _totals(part, upto, source, target, np.unique(np.r_[firsts - 1, lasts]))
    numbered = zip(range(len(windows)), firsts.tolist(), lasts.tolist(), strict=True)
    told = {n: totals.spans.missing(totals.used, first, last) for n, first, last in numbered}
    return totals.at(lasts) - totals.at(firsts - 1), {n: error for n, error in told.items() if error}


def _totals(part: Slice, upto: Upto, source: str, target: str, points: IntArray) -> _Totals:
    """Totals at those points. Of many contracts those of every month are worked out along and kept: the next question is
    most often the next month."""
    ledger, count = part.ledger, part.contracts.size
    spans = _RateSpans.make(ledger, source, target, points)
    if count * spans.days.size <= _FEW:
        return _Totals.make(part, upto, spans, points)
    key = (upto, source, target, part.contracts.tobytes(), part.obligations.tobytes())
    with _TURN:
        known = _MADE.setdefault(ledger, {}).pop(key, None)
    if known is None or not np.isin(points, known.points).all():
        points = np.union1d(points, _month_ends(ledger) if known is None else known.points)
        known = _Totals.make(part, upto, _RateSpans.make(ledger, source, target, points), points)
    with _TURN:
        made = _MADE[ledger]
        made[key] = known  # what was asked for last stays longest
        while len(made) > 1 and sum(each.values.size for each in made.values()) > _KEPT:
            del made[next(iter(made))]
    return known


def _month_ends(ledger: Ledger) -> IntArray:
    first, last = month_of(np.array(ledger.span)).tolist()
    return month_first(np.arange(first, min(last, first + _MONTHS) + 1) + 1) - 1


@dataclass(frozen=True)
class _Totals:
    """Running totals of contracts (rows) at the end of each point (columns); in which spans anything flowed."""

    spans: _RateSpans
    points: IntArray
    values: IntArray
    used: BoolArray

    @classmethod
    def make(cls, part: Slice, upto: Upto, spans: _RateSpans, points: IntArray) -> _Totals:
        count, days = part.contracts.size, spans.days
        values, used = np.zeros((count, points.size), np.int64), np.zeros(days.size, np.bool_)
        step = max(1, _AT_ONCE // max(1, days.size))
        for low in range(0, count if days.size else 0, step):
            rows = np.arange(low, min(low + step, count))
            moved = np.diff(upto(part.some(rows), np.r_[days - 1, points[-1]]), axis=1)
            used |= moved.any(axis=0)
            values[rows] = spans.totals(moved, points)
        return cls(spans, points, values, used)

    def at(self, days: IntArray) -> IntArray:
        return self.values[:, np.searchsorted(self.points, days)]


@dataclass(frozen=True)
class _RateSpans:
    """Spans of days at one rate, cut at every point asked for: the first day of each, and its place in the course of rates."""

    rates: Rates
    source: str
    target: str
    course: Course
    days: IntArray
    places: IntArray

    @classmethod
    def make(cls, ledger: Ledger, source: str, target: str, points: IntArray) -> _RateSpans:
        rates, begin, last = Rates.of(ledger), ledger.span[0], int(points[-1])
        course = rates.course(source, target, last)
        if last < begin:
            return cls(rates, source, target, course, points[:0], points[:0])
        opens = course.opens[: np.searchsorted(course.opens, last, "right")]
        days = np.unique(np.r_[opens, points[(points >= begin) & (points < last)] + 1])
        return cls(rates, source, target, course, days, np.searchsorted(opens, days, "right") - 1)

    def totals(self, moved: IntArray, points: IntArray) -> IntArray:
        """Running totals at the end of each point of what moved in each span; what has no rate counts nothing."""
        row, column = np.nonzero(moved)  # of most contracts nothing flows on most days
        used = np.bincount(column, minlength=self.days.size) > 0
        above = whole(np.where(used, self.course.above[self.places], 0).tolist())
        below = whole(np.where(used, self.course.below[self.places], 1).tolist())
        counts, size = np.arange(len(moved))[:, None], self.days.size + 1
        ends = np.searchsorted(row * size + column, counts * size + np.searchsorted(self.days, points, "right"))
        begins = np.broadcast_to(np.searchsorted(row, counts), ends.shape)
        sums = prorated_sums(moved[row, column], column, above, below, begins.ravel(), ends.ravel())
        return sums.reshape(ends.shape)

    def missing(self, used: BoolArray, first: int, last: int) -> Unanswerable | None:
        """What is said of the first span of a window in which something flowed that has no rate."""
        lacking = used & self.course.lacking[self.places]
        for n in np.flatnonzero(lacking & (self.days >= first) & (self.days <= last)).tolist():
            try:
                self.rates.flow_ratio(self.source, self.target, max(first, int(self.course.opens[self.places[n]])))
            except Unanswerable as error:
                return error
        return None
