"""What a salesperson is credited for: the commitment that was signed, less what left it, and never less than nothing.

Estimates give no credit. So of a cancellation only that share is taken back for which credit was given: what the contract
was credited for over its whole price of that day. And from no contract is more taken back than it was credited for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.balances import Measure
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
from engine.kinds import CANCELLATION, COMMITMENT, ESTIMATED, corrected
from engine.ledger import Ledger
from engine.metrics.terms import Found
from engine.slices import Slice
from model.errors import Unanswerable
from model.money import Money
from model.periods import day_number

_ESTIMATES = (ESTIMATED, *corrected([ESTIMATED]))
_CANCELLATIONS = (CANCELLATION, *corrected([CANCELLATION]))


def credited(part: Slice, days: IntArray, on: str) -> IntArray:
    """What every contract (rows) stands credited for at the end of each day (columns), before the rate; minor units.

    `on`: "backlog" (deliveries take back, too) or "commitment" (only what leaves the contract does).
    """
    held = Measure.of("backlog" if on == "backlog" else "contracted").figures(part, days)
    return np.maximum(held - part.entries(_ESTIMATES, days) + _estimates_cancelled(part, days), 0)


def _estimates_cancelled(part: Slice, days: IntArray) -> IntArray:
    """Of what was cancelled by each day, the share that was an estimate: it was never credited."""
    rows, at = part.rows(part.ledger.bounds["entries"])
    kind = np.asarray(part.ledger.entries["kind"])[rows]
    estimated = np.unique(at[np.isin(kind, _ESTIMATES)])
    out = np.zeros((part.contracts.size, days.size), np.int64)
    used = np.isin(kind, COMMITMENT) & np.isin(at, estimated)
    rows, at, kind = rows[used], at[used], kind[used]
    day, amount = (np.asarray(part.ledger.entries[name])[rows] for name in ("day", "amount"))
    order = np.lexsort((np.isin(kind, _CANCELLATIONS), day, at))  # of one day, what is cancelled comes last
    price, estimate, last = 0, 0, -1
    for n in order.tolist():
        if at[n] != last:
            price, estimate, last = 0, 0, int(at[n])
        moved = int(amount[n])
        if kind[n] in _CANCELLATIONS and price > 0:
            share = int(prorate(np.array([moved]), estimate, price)[0])
            estimate += share
            out[last] -= np.where(days >= day[n], share, 0)
        elif kind[n] in _ESTIMATES:
            estimate += moved
        price += moved
    return out


@dataclass(frozen=True)
class Uncredited:
    """What of the movements of the days first..last is not taken back, for it was never credited: `moved` less estimates and
    exchange differences, and this, are the change of what is credited."""

    first: dt.date
    last: dt.date
    on: str
    sign: int = 1

    @property
    def label(self) -> str:
        """What it is."""
        return f"what left uncredited from {self.first} to {self.last}"

    def amounts(self, ledger: Ledger, scopes: Sequence[Scope], currency: str) -> list[Found]:
        """See Term."""
        return [self._one(ledger, scope, currency) for scope in scopes]

    def _one(self, ledger: Ledger, scope: Scope, currency: str) -> Found:
        contracts, days = contracts_of(ledger, scope), np.array([day_number(self.first) - 1, day_number(self.last)])
        part = Slice.make(ledger, contracts, scope.products)
        name = "backlog" if self.on == "backlog" else "contracted"
        moved = Measure.of(name).figures(part, days) - part.entries((ESTIMATED,), days)
        left = np.diff(credited(part, days, self.on) - moved, axis=1)[:, 0]
        codes, rates, total = np.asarray(ledger.contracts["currency"])[contracts], Rates.of(ledger), 0
        target = currency or str(answer(ledger, "backlog", [scope], days[1:]).currency[0])
        try:
            for code in sorted(set(codes[left != 0].tolist())):
                total += int(rates.convert(left[(codes == code) & (left != 0)], code, target, int(days[1])).sum())
        except Unanswerable as error:
            return error
        return Money(total, target)
