"""A figure at a day under a scenario, beside the same figure as it stands.

Of every contract, what is undelivered on the day of the shock shrinks to the share that stays and comes later; what is
delivered by then stays as it is. Each contract is taken and rounded by itself, so that shocks on different customers add
up; without a shock the figure is the engine's own, to the minor unit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.balances import Measure
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
from engine.ledger import Ledger
from engine.scenario.bills import BILLS, on_later_bills
from engine.scenario.derived import DERIVED, NEEDED, SINCE, Own
from engine.scenario.overlay import Effect, Part, Scenario, days_back, fx_ratio, parts
from engine.slices import Slice
from model.errors import WrongArgument
from model.periods import day_number

MEASURES = (
    "backlog", "contracted", "recognized", "billed", "collected", "deferred", "unbilled", "receivable", "rpo", "bookings",
    "cancellations",
)  # fmt: skip
"""The figures a scenario can be asked for; flows are since the beginning."""


@dataclass(frozen=True)
class Shocked:
    """A figure as it stands and under a scenario, minor units of `currency`."""

    base: int
    shocked: int
    currency: str

    @property
    def difference(self) -> int:
        """What the scenario changes."""
        return self.shocked - self.base


def shocked(
    ledger: Ledger, scenario: Scenario, measure: str, scope: Scope, date: dt.date, currency: str = ""
) -> Shocked:
    """The figure of a scope at the end of `date`; Unanswerable where a rate or a name is missing."""
    if measure not in MEASURES:
        raise WrongArgument(f"{measure!r} has no scenario; it is one of: {', '.join(MEASURES)}")
    start = scenario.on or date
    base = answer(ledger, measure, [scope], np.array([day_number(date)]), currency=currency)
    for error in base.errors.values():
        raise error
    amount, target = int(base.minor[0, 0]), str(base.currency[0])
    if date < start:
        return Shocked(amount, amount, target)
    contracts = contracts_of(ledger, scope)
    own = _own(ledger, scenario, measure, contracts, start, date)
    codes = np.asarray(ledger.contracts["currency"])[contracts]
    rates, change = Rates.of(ledger), 0
    for code in sorted(set(codes.tolist())):
        rows = np.flatnonzero(codes == code)
        moved, exposed = own.difference[rows], own.exposed[rows]
        ratio = fx_ratio(scenario, code, target) - 1
        if code != target and (moved.any() or (exposed.any() and ratio)):
            moved = rates.convert(moved, code, target, day_number(date))
            exposed = rates.convert(exposed, code, target, day_number(date))
        if ratio:
            moved = moved + prorate(exposed, ratio.numerator, ratio.denominator)
        change += int(moved.sum())
    return Shocked(amount, amount + change, target)


def _own(ledger: Ledger, scenario: Scenario, measure: str, contracts: IntArray, start: dt.date, date: dt.date) -> Own:
    """What a scenario changes of a measure at the end of a day."""
    d0, names = day_number(start), NEEDED[measure]
    if ledger.policy.deferred_basis == "paid" and measure == "deferred":
        names = ("paid", "recognized")
    # What is undelivered, by name and effect: a contract is rounded once for all its promises that fare alike.
    undelivered: dict[tuple[str, Effect], IntArray] = {}
    there: dict[Effect, IntArray] = {}
    total = {f"{name}{mark}": np.zeros(contracts.size, np.int64) for name in names for mark in ("", "'", "°")}
    for part in parts(ledger, scenario, contracts, d0):
        figures = _Figures(ledger, part, contracts, start, date)
        for name in names:
            # What is undelivered of a commitment is what exceeds the revenue of that day.
            now = figures.at(name, day_number(date))
            then = now - figures.later(name) if name in BILLS else figures.at(SINCE.get(name, name), d0)
            delayed = figures.delayed(name) if name == "recognized" else now
            total[name] += now
            total[f"{name}°"] += then
            if name == "rpo":
                left = now + figures.at("recognized", day_number(date)) - figures.delayed("recognized")
            else:
                total[f"{name}'"] += then
                left = delayed - then
            for code, effect in enumerate(part.effects):
                sums = undelivered.setdefault((name, effect), np.zeros(contracts.size, np.int64))
                sums += np.where(part.code == code, left, 0)
                if name == "cancellations":
                    held = figures.at("contracted", d0) - figures.at("recognized", d0)
                    sums = there.setdefault(effect, np.zeros(contracts.size, np.int64))
                    sums += np.where(part.code == code, held, 0)
    for (name, effect), left in undelivered.items():
        total[f"{name}'"] += prorate(left, effect.keep.numerator, effect.keep.denominator)
    for effect, held in there.items():
        total["cancellations'"] += held - prorate(held, effect.stay.numerator, effect.stay.denominator)
    return DERIVED[f"deferred, {names[0]}" if measure == "deferred" else measure](total)


class _Figures:
    """The figures of the contracts in one part of their promises, in their own currencies."""

    def __init__(self, ledger: Ledger, part: Part, contracts: IntArray, start: dt.date, date: dt.date) -> None:
        self.part, self.size = part, contracts.size
        self.start, self.date = start, date
        self._known: dict[tuple[str, int], IntArray] = {}
        self._slice = Slice.make(ledger, contracts, part.products)

    def at(self, name: str, day: int) -> IntArray:
        """A figure at the end of a day."""
        if (name, day) not in self._known:
            days, bills = np.array([day]), BILLS.get(name)
            found = self._slice.figure(bills, days) if bills else Measure.of(name).figures(self._slice, days)
            self._known[name, day] = found[:, 0]
        return self._known[name, day]

    def later(self, name: str) -> IntArray:
        """What of a figure of documents and cash stands on bills of the days after the shock."""
        return on_later_bills(self._slice, BILLS[name], day_number(self.start), day_number(self.date))

    def delayed(self, name: str) -> IntArray:
        """A flow up to the day whose deliveries arrive on the asked one."""
        out = np.zeros(self.size, np.int64)
        for code, effect in enumerate(self.part.effects):
            rows = self.part.code == code
            out[rows] = self.at(name, days_back(self.date, self.start, effect.delay))[rows]
        return out
