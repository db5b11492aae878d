"""Risk by simulation: what the next months' revenue may be where contracts cancel and deliveries come late.

Every draw lets each contract cancel or not, and if it stays come so many months late, by its chances: each on its own, or
in part together with the others of its segment or customer, as engine.reports.draws says. The seed is given, so that a
report can be repeated to the cent; the moments are known exactly and stand beside the draws.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.figures import Scope
from engine.ledger import Ledger
from engine.reports.delays import evidence_due
from engine.reports.draws import moments, simulate
from engine.reports.forward import currency_of, forward, in_currency


@dataclass(frozen=True)
class Chances:
    """`cancel`: the chance that a contract cancels what is undelivered within the months; `delays`: the chances that what of
    it needs evidence comes 0, 1, 2 … months late. Chances are floats of 0..1: a simulation estimates, it books nothing.
    """

    cancel: float
    delays: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Together:
    """How contracts of one `by` (segment or customer) fare alike: their correlation, 0..1; 0 = each on its own."""

    correlation: float = 0.0
    by: str = "segment"


ALONE = Together()


@dataclass(frozen=True)
class Risk:
    """Simulated revenue: `draws` minor units, one a draw, sorted; `mean` and `deviation` as they are known without drawing;
    `committed` without any chance; `customers`: customer, committed_minor, expected_loss_minor, share_of_variance.
    """

    draws: IntArray
    mean: float
    deviation: float
    committed: int
    currency: str
    customers: pd.DataFrame

    def percentile(self, percent: int) -> int:
        """The draw below which so many per cent of the draws lie."""
        place = min(len(self.draws) - 1, max(0, round(percent / 100 * (len(self.draws) - 1))))
        return int(self.draws[place])


def risk(
    ledger: Ledger,
    scope: Scope,
    date: dt.date,
    months: int,
    chances: Chances,
    draws: int,
    seed: int,
    currency: str = "",
    together: Together = ALONE,
) -> Risk:
    """The revenue of the months after `date` from the backlog of a scope at its end."""
    target, coming = currency_of(ledger, scope, date, currency), forward(ledger, scope, date, months)
    due = in_currency(ledger, coming.contracts, coming.due, target, date)
    needing = evidence_due(ledger, coming.contracts, scope.products, date, months)
    proven = in_currency(ledger, coming.contracts, needing, target, date)
    # What a contract brings within the months if what needs evidence comes 0, 1, 2 … months late; later than them is nothing.
    late = [due[:, months] - proven[:, months] + proven[:, max(months - n, 0)] for n in range(len(chances.delays))]
    outcomes = np.stack([np.zeros(due.shape[0], np.int64), *late], axis=1)
    weights = np.array([chances.cancel, *((1 - chances.cancel) * np.array(chances.delays))])
    customer = np.asarray(ledger.contracts["customer"])[coming.contracts]
    groups = _groups(ledger, customer, together.by)
    mean, variance = moments(outcomes, weights, groups, together.correlation)
    found = simulate(outcomes, weights, draws, seed, groups, together.correlation)
    shares = pd.DataFrame(
        {"customer": customer, "committed": due[:, months], "lost": due[:, months] - mean, "variance": variance}
    )
    by = shares.groupby("customer").sum().sort_values("variance", ascending=False, kind="stable")
    whole = float(variance.sum())
    customers = pd.DataFrame({
        "customer": [str(ledger.customers["name"][n]) for n in by.index], "committed_minor": by["committed"].to_numpy(np.int64),
        "expected_loss_minor": np.rint(by["lost"]).astype(np.int64),
        "share_of_variance": by["variance"].to_numpy() / whole if whole else np.zeros(len(by)),
    })  # fmt: skip
    return Risk(found, float(mean.sum()), float(np.sqrt(max(whole, 0.0))), int(due[:, months].sum()), target, customers)


def _groups(ledger: Ledger, customer: IntArray, by: str) -> IntArray:
    """A number for each contract, equal where contracts fare alike; a customer without a segment stands for itself."""
    names = [str(word) for word in ledger.customers["segment"]] if by == "segment" else []
    label = np.array(
        [f"segment {names[n]}" if names and names[n] else f"customer {n}" for n in customer.tolist()], object
    )
    return np.asarray(np.unique(label.astype(str), return_inverse=True)[1], np.int64)


def cancel_chance(cancelled: int, exposed: int, months: int, history: int) -> float:
    """The chance of cancelling within `months`, from what was cancelled of the commitment of `history` months."""
    if exposed <= 0:
        return 0.0
    yearly = min(max(cancelled / exposed, 0.0), 1.0)
    return float(1 - (1 - yearly) ** (months / history))


def mixed(distributions: Sequence[Any], weights: Sequence[int]) -> tuple[float, ...]:
    """One distribution of delays of several, by weight."""
    longest = max((len(each) for each in distributions), default=1)
    total = np.zeros(longest)
    for each, weight in zip(distributions, weights, strict=True):
        total[: len(each)] += weight * np.asarray(each)
    return tuple((total / total.sum()).tolist()) if total.sum() else (1.0,)
