"""The chances of a simulation, from what was observed: how much is cancelled in a year, how late deliveries come."""

from __future__ import annotations

import datetime as dt

import numpy as np

from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.reports.delays import by_evidence, distributions, families, observed
from engine.reports.forward import currency_of
from engine.reports.risk import Chances, cancel_chance, mixed
from model.periods import add_months, day_number

HISTORY = 24
"""Months of history that cancellations are counted over."""


def observed_chances(ledger: Ledger, date: dt.date, months: int, yearly: float | None = None) -> Chances:
    """Chances within so many months after `date`. `yearly`: the chance of a cancellation within a year, None = as observed:
    what was cancelled in the last two years over the backlog before them and what was booked in them.
    """
    if yearly is not None:
        cancel = 1 - (1 - yearly) ** (months / 12)
    else:
        begin, target = add_months(date, -HISTORY), currency_of(ledger, Scope(), date)
        day, since = np.array([day_number(date)]), np.array([day_number(begin) + 1])
        flows = [
            answer(ledger, name, [Scope()], day, since=since, currency=target) for name in ("cancellations", "bookings")
        ]
        before = answer(ledger, "backlog", [Scope()], since - 1, currency=target)
        for found in (*flows, before):
            for error in found.errors.values():
                raise error
        lost, booked, held = (int(found.minor[0, 0]) for found in (*flows, before))
        cancel = cancel_chance(lost, held + booked, months, HISTORY)
    return Chances(cancel, _delays(ledger, date))


def _delays(ledger: Ledger, date: dt.date) -> tuple[float, ...]:
    """How late a promise that needs evidence comes, over all families by how many of them are in the books."""
    found = distributions(observed(ledger, date))
    names, counts = np.unique(families(ledger)[by_evidence(ledger)].astype(str), return_counts=True)
    weights = [int(count) for count in counts]
    return mixed([found.get(str(name), np.array([1.0])) for name in names], weights)
