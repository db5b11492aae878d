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
from engine.scenario.overlay import Scenario, fx_ratio, parts
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
    total = {name: np.zeros(months + 1, np.int64) for name in ("base", "shocked")}
    for part in parts(ledger, scenario, contracts, on):
        chosen = Slice.make(ledger, contracts, part.products)
        left = ahead(chosen, on, None)[:, 0]
        due = np.c_[np.zeros(contracts.size, np.int64), ahead(chosen, on, months)]
        for code, effect in enumerate(part.effects):
            for kind in sorted(set(own.tolist())):
                rows = np.flatnonzero((part.code == code) & (own == kind))
                if not rows.size:
                    continue
                ratio = fx_ratio(scenario, kind, target)
                # Backlog at each month's end: what is left, less what is due by then.
                base = left[rows, None] - due[rows]
                late = left[rows, None] - _delayed(due[rows], effect.delay)
                after = prorate(late, effect.keep.numerator, effect.keep.denominator)
                if kind != target:
                    base, after = (rates.convert(each, kind, target, on) for each in (base, after))
                if ratio != 1:
                    after = prorate(after, ratio.numerator, ratio.denominator)
                total["base"] += base.sum(axis=0)
                total["shocked"] += after.sum(axis=0)
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
