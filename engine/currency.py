"""Converted figures: one rate of the day, or a named refusal, never a guess (ASC 830-10-55-10, -11).

Balances are read at the closing rate of their day, revenue and other flows at the rate of the day they fall on (or their
month's average, by policy). Every contract is converted and rounded by itself, so that customers add up to the total.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.clocks import month_first, month_of
from engine.ledger import Ledger
from model.errors import Unanswerable
from model.money import exponent
from model.periods import day_of

_MADE: weakref.WeakKeyDictionary[Ledger, Rates] = weakref.WeakKeyDictionary()


class Rates:
    """A ledger's exchange rates: the last on or before a day, direct, turned round, or over the reporting currency."""

    def __init__(self, ledger: Ledger) -> None:
        self.reporting = ledger.reporting
        self.average = ledger.policy.fx_revenue == "average"
        self._known: dict[tuple[bool, str, str], tuple[IntArray, list[Decimal]]] = {}
        table = ledger.rates
        found: dict[tuple[bool, str, str], list[tuple[int, Decimal]]] = {}
        for n, kind in enumerate(table["kind"]):
            key = (kind == "average", str(table["from_currency"][n]), str(table["to_currency"][n]))
            found.setdefault(key, []).append((int(table["on"][n]), Decimal(table["rate"][n])))
        for key, rows in found.items():
            rows.sort()
            self._known[key] = (np.array([day for day, _ in rows], np.int64), [rate for _, rate in rows])

    @classmethod
    def of(cls, ledger: Ledger) -> Rates:
        """The rates of a ledger, read once."""
        if ledger not in _MADE:
            _MADE[ledger] = cls(ledger)
        return _MADE[ledger]

    def rate(self, source: str, target: str, day: int, *, average: bool = False) -> Decimal:
        """Units of `target` for one of `source` on a day; Unanswerable names the pair and the date."""
        for path in ((source, target), (source, self.reporting, target)):
            steps = [self._step(a, b, day, average) for a, b in itertools.pairwise(path)]
            if None not in steps:
                rate = Decimal(1)
                for step in steps:
                    rate *= step or 1
                return rate
        kind = "average rate" if average else "rate"
        raise Unanswerable(f"No {kind} from {source} to {target} on or before {day_of(day)}. Add it to fx_rates")

    def changes(self, source: str, target: str, first: int, last: int) -> IntArray:
        """Days after `first` up to `last` on which the rate for flows may change."""
        if self.average:
            months = np.arange(month_of(np.array([first]))[0] + 1, month_of(np.array([last]))[0] + 1)
            return month_first(months)
        names = {source, target, self.reporting}
        days = [d for (average, a, b), (d, _) in self._known.items() if not average and {a, b} <= names]
        every = np.unique(np.concatenate([np.zeros(0, np.int64), *days]))
        return every[(every > first) & (every <= last)]

    def convert(self, minor: IntArray, source: str, target: str, day: int, *, flow: bool = False) -> IntArray:
        """Each amount in minor units of `target`, rounded half away from zero."""
        if source == target:
            return minor
        average = flow and self.average
        closing = day if not average else int(month_first(month_of(np.array([day])) + 1)[0]) - 1
        rate = self.rate(source, target, closing, average=average).scaleb(exponent(target) - exponent(source))
        above, below = (np.array(part, object if part >= 2**62 else np.int64) for part in rate.as_integer_ratio())
        return prorate(minor, above, below)

    def converted_flow(
        self, upto: Callable[[IntArray], IntArray], source: str, target: str, first: int, last: int
    ) -> IntArray:
        """What flowed in the days first..last, each stretch at the rate of its days.

        `upto(days)`: running totals in the source currency, a row a contract.
        """
        opens = np.r_[first, self.changes(source, target, first, last)]
        totals = upto(np.r_[opens - 1, last])
        moved = np.diff(totals, axis=1)
        result = np.zeros(totals.shape[0], np.int64)
        for column in np.flatnonzero(moved.any(axis=0)):
            result += self.convert(moved[:, column], source, target, int(opens[column]), flow=True)
        return result

    def _step(self, source: str, target: str, day: int, average: bool) -> Decimal | None:
        if source == target:
            return Decimal(1)
        for one, other, turned in ((source, target, False), (target, source, True)):
            days, values = self._known.get((average, one, other), (np.zeros(0, np.int64), []))
            place = int(np.searchsorted(days, day, "right")) - 1
            if place >= 0 and values[place]:
                return 1 / values[place] if turned else values[place]
        return None
