"""A scenario month by month: revenue of the months ahead and backlog at their ends, as they stand and shocked."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, prorate
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
from engine.ledger import Ledger
from engine.planned import ahead
from engine.scenario.overlay import Effect, Scenario, fx_ratio, parts
from engine.slices import Slice
from model.periods import add_months, day_number


def by_month(
    ledger: Ledger, scenario: Scenario, scope: Scope, date: dt.date, months: int, currency: str = ""
) -> pd.DataFrame:
    """What the backlog at the end of `date` brings in each of the months after it, under a scenario of that day.

    Columns out: period_end (date), base_revenue_minor, shocked_revenue_minor, difference_minor, base_backlog_minor,
    shocked_backlog_minor, currency. Revenue is what is scheduled, and of what needs evidence what is expected
    (engine.planned); amounts in other currencies are converted at the closing rate of `date`.
    """
    contracts = contracts_of(ledger, scope)
    on, own = day_number(date), np.asarray(ledger.contracts["currency"])[contracts]
    target = str(answer(ledger, "backlog", [scope], np.array([on]), currency=currency).currency[0])
    rates = Rates.of(ledger)
    base = np.zeros((contracts.size, months + 1), np.int64)
    late: dict[Effect, IntArray] = {}
    for part in parts(ledger, scenario, contracts, on):
        chosen = Slice.make(ledger, contracts, part.products)
        # Backlog at each month's end: what is left, less what is due by then.
        left = ahead(chosen, on, None)
        due = np.c_[np.zeros(contracts.size, np.int64), ahead(chosen, on, months)]
        base += left - due
        for code, effect in enumerate(part.effects):
            sums = late.setdefault(effect, np.zeros_like(base))
            sums += np.where((part.code == code)[:, None], left - _delayed(due, effect.delay), 0)
    after = np.zeros_like(base)
    for effect, sums in late.items():
        after += prorate(sums, effect.keep.numerator, effect.keep.denominator)
    total = {name: np.zeros(months + 1, np.int64) for name in ("base", "shocked")}
    for kind in sorted(set(own.tolist())):
        rows, ratio = np.flatnonzero(own == kind), fx_ratio(scenario, kind, target)
        pair = (base[rows], after[rows])
        if kind != target and any(each.any() for each in pair):
            pair = (rates.convert(pair[0], kind, target, on), rates.convert(pair[1], kind, target, on))
        total["base"] += pair[0].sum(axis=0)
        total["shocked"] += prorate(pair[1], ratio.numerator, ratio.denominator).sum(axis=0)
    revenue = {name: values[:-1] - values[1:] for name, values in total.items()}
    return pd.DataFrame({
        "period_end": [add_months(date, n) for n in range(1, months + 1)],
        "base_revenue_minor": revenue["base"], "shocked_revenue_minor": revenue["shocked"],
        "difference_minor": revenue["shocked"] - revenue["base"],
        "base_backlog_minor": total["base"][1:], "shocked_backlog_minor": total["shocked"][1:], "currency": target,
    })  # fmt: skip


def _delayed(due: IntArray, months: int) -> IntArray:
    """What is due by each month's end (the first column: now) where everything comes later."""
    late = np.zeros_like(due)
    if months < due.shape[1]:
        late[:, months:] = due[:, : due.shape[1] - months]
    return late
