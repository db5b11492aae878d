"""Converted figures: one rate of the day, or a named refusal, never a guess (ASC 830-10-55-10, -11).

Balances are read at the closing rate of their day (deferred revenue that cash stands behind at the rate of the day it came,
engine.historic), revenue and other flows at the rate of the day they fall on (or their month's average, by policy). A day has
the last rates before it, where it has none of its own; a month that was over when the facts were told has its own average or
none. Of several kinds of one day balances take `closing`, flows and cash what was dealt at on that day. Every contract is
converted and rounded by itself, so that customers add up to the total.
"""

from __future__ import annotations

import itertools
import weakref
from fractions import Fraction
from functools import partial

import numpy as np

from engine.arithmetic import IntArray, prorate, whole
from engine.clocks import FOREVER, month_first, month_of
from engine.courses import Course
from engine.ledger import Ledger
from model.errors import Unanswerable
from model.money import exponent
from model.periods import day_number, day_of

CLOSING, DAILY, AVERAGE = range(3)
"""What a rate is wanted for: a balance, what flows on a day, what flows in a month."""
_FIRST = {CLOSING: ("closing", "spot", "daily"), DAILY: ("spot", "daily", "closing")}
"""Which kind is taken of several of one day; other kinds come between the last two, by name."""
_NO_MARKET = ("budget", "forecast", "plan")
"""Kinds that nothing is dealt at: they convert nothing."""

_MADE: weakref.WeakKeyDictionary[Ledger, Rates] = weakref.WeakKeyDictionary()


class Rates:
    """A ledger's exchange rates: the last on or before a day, direct, turned round, or over the reporting currency."""

    def __init__(self, ledger: Ledger) -> None:
        self.reporting, self._told = ledger.reporting, day_number(ledger.known_at.date())
        self._average = _elections(ledger)
        self._known: dict[tuple[int, str, str], tuple[IntArray, list[Fraction]]] = {}
        self._ratios: dict[tuple[str, str, int, int], tuple[int, int]] = {}
        self._span, self._courses = ledger.span, dict[tuple[str, str], Course]()
        table = ledger.rates
        found: dict[tuple[int, str, str], dict[int, tuple[tuple[int, str], Fraction]]] = {}
        for n, stated in enumerate(table["kind"]):
            kind = str(stated).casefold()
            day, rate = int(table["on"][n]), Fraction(table["rate"][n])
            for purpose in _purposes(kind):
                rows = found.setdefault((purpose, str(table["from_currency"][n]), str(table["to_currency"][n])), {})
                rank = _rank(purpose, kind)
                if day not in rows or rank <= rows[day][0]:
                    rows[day] = rank, rate
        for key, rows in found.items():
            days = sorted(rows)
            self._known[key] = (np.array(days, np.int64), [rows[day][1] for day in days])

    @classmethod
    def of(cls, ledger: Ledger) -> Rates:
        """The rates of a ledger, read once."""
        if ledger not in _MADE:
            _MADE[ledger] = cls(ledger)
        return _MADE[ledger]

    def rate(self, source: str, target: str, day: int, purpose: int = CLOSING) -> Fraction:
        """Units of `target` for one of `source` on a day; Unanswerable names the pair and the date."""
        for path in ((source, target), (source, self.reporting, target)):
            steps = [self._step(a, b, day, purpose) for a, b in itertools.pairwise(path)]
            if None not in steps:
                rate = Fraction(1)
                for step in steps:
                    rate *= step or 1
                return rate
        of = (
            f"average rate from {source} to {target} for the month of"
            if purpose == AVERAGE
            else f"rate from {source} to {target} on or before"
        )
        raise Unanswerable(f"No {of} {day_of(day)}. Add it to fx_rates")

    def changes(self, source: str, target: str, first: int, last: int) -> IntArray:
        """Days after `first` up to `last` on which the rate for flows may change."""
        names = {source, target, self.reporting}
        days = [d for (purpose, a, b), (d, _) in self._known.items() if purpose == DAILY and {a, b} <= names]
        daily, found, low = np.concatenate([np.zeros(0, np.int64), *days]), [np.zeros(0, np.int64)], first
        for to_day, average in self._average:
            high = min(to_day, last)
            if low > high:
                continue
            ends = month_of(np.array([low, high]))
            marks = month_first(np.arange(ends[0], ends[1] + 1)) if average else daily
            # Where another election begins, another rate may.
            found.append(np.r_[marks[(marks > low) & (marks <= high)], [low] if low > first else []].astype(np.int64))
            low = high + 1
        return np.unique(np.concatenate(found))

    def course(self, source: str, target: str, last: int) -> Course:
        """The rates for flows from the day the books begin up to a day, or further: worked out once for every question."""
        known = self._courses.get((source, target))
        if known is None or known.last < last:
            begin, last = self._span[0], max(last, self._span[1])
            opens = np.r_[begin, self.changes(source, target, begin, last)]
            known = Course.of(last, opens, partial(self.flow_ratio, source, target))
            self._courses[source, target] = known
        return known

    def convert(self, minor: IntArray, source: str, target: str, day: int, purpose: int = CLOSING) -> IntArray:
        """Each amount at the closing rate of the day (or another), in minor units of `target`, rounded half away from zero."""
        above, below = self._scaled(source, target, day, purpose)
        return prorate(minor, whole([above]), whole([below]))

    def ask(self, source: str, target: str, day: int, *, flow: bool) -> None:
        """Unanswerable where nothing could be converted on a day."""
        self._scaled(source, target, day, self._elected(day) if flow else CLOSING)

    def flow_ratio(self, source: str, target: str, day: int) -> tuple[int, int]:
        """The rate between minor units for what flows on a day, as a ratio of whole numbers; Unanswerable without one."""
        return self._scaled(source, target, day, self._elected(day))

    def between_minor(self, source: str, target: str, day: int, purpose: int = CLOSING) -> Fraction:
        """Minor units of `target` for one of `source` on a day."""
        return self.rate(source, target, day, purpose) * Fraction(10) ** (exponent(target) - exponent(source))

    def _scaled(self, source: str, target: str, day: int, purpose: int) -> tuple[int, int]:
        """The rate between minor units as a ratio of whole numbers; the same days are asked for again and again."""
        key = (source, target, day, purpose)
        if key not in self._ratios:
            on = int(month_first(month_of(np.array([day])) + 1)[0]) - 1 if purpose == AVERAGE else day
            self._ratios[key] = self.between_minor(source, target, on, purpose).as_integer_ratio()
        return self._ratios[key]

    def _elected(self, day: int) -> int:
        """Which rate flows of a day are converted at."""
        return AVERAGE if next(average for to_day, average in self._average if day <= to_day) else DAILY

    def _step(self, source: str, target: str, day: int, purpose: int) -> Fraction | None:
        if source == target:
            return Fraction(1)
        for one, other, turned in ((source, target, False), (target, source, True)):
            days, values = self._known.get((purpose, one, other), (np.zeros(0, np.int64), []))
            place = int(np.searchsorted(days, day, "right")) - 1
            if place < 0 or not values[place]:
                continue
            # Another month's average says nothing of this one; of a month that was not over, it was the last that was known.
            own = month_of(days[[place]])[0] == month_of(np.array([day]))[0]
            if purpose != AVERAGE or own or day > self._told:
                return 1 / values[place] if turned else values[place]
        return None


def _purposes(kind: str) -> tuple[int, ...]:
    """What a rate of this kind is used for."""
    if kind in _NO_MARKET:
        return ()
    return (AVERAGE,) if kind == "average" else (CLOSING, DAILY)


def _rank(purpose: int, kind: str) -> tuple[int, str]:
    """The order in which the kinds of one day are taken."""
    first = _FIRST.get(purpose, ())
    return (2 * first.index(kind), "") if kind in first else (2 * len(first) - 3, kind)


def _elections(ledger: Ledger) -> list[tuple[int, bool]]:
    """Whether flows are converted at average rates, and up to which day: a closed period keeps what its close elected."""
    policies = [(view.to_day, view.ledger.policy) for view in ledger.views if view.to_day < FOREVER]
    found = [(day, policy.fx_revenue == "average") for day, policy in (*policies, (FOREVER, ledger.policy))]
    return [found[n] for n in range(len(found)) if n + 1 == len(found) or found[n][1] != found[n + 1][1]]
