"""Delivery as it was observed: how late promises of each product family came, and what the months ahead bring if it goes on.

Only promises that need evidence can be late: time-based service comes with its days. How late: from the planned end as
stated to the last evidence of the whole; early counts as in time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.figures import Scope, answer
from engine.kinds import COMMITMENT
from engine.ledger import Ledger
from engine.methods import IS_TIME
from engine.planned import ahead
from engine.reports.forward import currency_of, forward, in_currency
from engine.slices import Slice
from model.dimensions import NONE
from model.periods import add_months, day_number, day_of
from model.records import NO_DAY

LONGEST = 24
"""Months of delay told apart at most; what was later counts as so late."""


def observed(ledger: Ledger, date: dt.date) -> pd.DataFrame:
    """How many months late promises fully delivered by `date` came.

    Columns out: family, line, planned_on, delivered_on (dates), months_late.
    """
    table = ledger.obligations
    planned, proven = np.asarray(table["end_on"]), np.asarray(table["proven_on"])
    rows = np.flatnonzero(by_evidence(ledger) & (planned != NO_DAY) & (proven != NO_DAY) & (proven <= day_number(date)))
    each = Slice(ledger, np.asarray(table["contract"])[rows], rows, np.arange(rows.size))
    left = (each.entries(COMMITMENT, np.array([day_number(date)])) - each.recognized(np.array([day_number(date)])))[
        :, 0
    ]
    rows = rows[left == 0]
    return pd.DataFrame({
        "family": families(ledger)[rows], "line": np.asarray(table["id"])[rows],
        "planned_on": [day_of(int(day)) for day in planned[rows]], "delivered_on": [day_of(int(day)) for day in proven[rows]],
        "months_late": [_months_late(int(a), int(b)) for a, b in zip(planned[rows], proven[rows], strict=True)],
    })  # fmt: skip


def distributions(seen: pd.DataFrame) -> dict[str, Any]:
    """For each family the share of promises that came 0, 1, 2 … months late."""
    found = {}
    for family, part in seen.groupby("family"):
        counts = np.bincount(part["months_late"].to_numpy(np.int64), minlength=1)
        found[str(family)] = counts / counts.sum()
    return found


@dataclass(frozen=True)
class Expected:
    """Revenue by month ahead, minor units: as scheduled, and with the delays observed."""

    scheduled: IntArray
    delayed: IntArray
    currency: str


def expected(ledger: Ledger, date: dt.date, months: int, delays: Mapping[str, Any], currency: str = "") -> Expected:
    """What the backlog at the end of `date` brings in each month, where promises come as late as `delays` says.

    A family that was never observed comes as scheduled. What is late already is due at once, and then late once more.
    """
    target = currency_of(ledger, Scope(), date, currency)
    on_time, late = np.zeros(months, np.int64), np.zeros(months)
    family, needs = families(ledger), by_evidence(ledger)
    products = np.asarray(ledger.obligations["product"])
    for name in sorted(set(family.tolist())):
        mine = np.unique(products[family == name])
        coming = forward(ledger, Scope(products=mine), date, months)
        amounts = in_currency(ledger, coming.contracts, coming.due, target, date)
        by_month = np.diff(amounts.sum(axis=0))
        on_time += by_month
        shares = delays.get(name)
        if shares is None or not needs[family == name].any():
            late += by_month
            continue
        everyone = np.arange(len(ledger.contracts["id"]))
        needing = evidence_due(ledger, everyone, mine, date, months)
        proven = np.diff(in_currency(ledger, everyone, needing, target, date).sum(axis=0))
        late += by_month - proven
        for month, share in enumerate(shares.tolist()):
            if month < months:
                late[month:] += share * proven[: months - month]
    return Expected(on_time, np.rint(late).astype(np.int64), target)


def back_test(ledger: Ledger, date: dt.date, months: int) -> pd.DataFrame:
    """What was predicted so many months before `date`, by what had been observed by then, beside what came.

    Columns out: period_end (date), scheduled_minor, predicted_minor, came_minor, error_minor, currency. Only contracts
    signed by the earlier day are counted on both sides.
    """
    begin = add_months(date, -months)
    found = expected(ledger, begin, months, distributions(observed(ledger, begin)))
    signed = np.flatnonzero(np.asarray(ledger.contracts["signed_on"]) <= day_number(begin))
    ends = [add_months(begin, n) for n in range(1, months + 1)]
    starts = [day_number(add_months(begin, n)) + 1 for n in range(months)]
    came = answer(ledger, "recognized", [Scope(contracts=signed)], np.array([day_number(end) for end in ends]),
                  since=np.array(starts), currency=found.currency)  # fmt: skip
    for error in came.errors.values():
        raise error
    return pd.DataFrame({
        "period_end": ends, "scheduled_minor": found.scheduled, "predicted_minor": found.delayed, "came_minor": came.minor[0],
        "error_minor": found.delayed - came.minor[0], "currency": found.currency,
    })  # fmt: skip


def families(ledger: Ledger) -> Any:
    """The product family of each obligation; NONE where there is none."""
    product = np.asarray(ledger.obligations["product"])
    names = np.array([*(str(name) or NONE for name in ledger.products["family"]), NONE, None], object)[:-1]
    return names[np.where(product < 0, len(names) - 1, product)]


def by_evidence(ledger: Ledger) -> Any:
    """Which obligations are earned by evidence of delivery, not by time."""
    method = np.asarray(ledger.obligations["method"])
    return (method >= 0) & ~IS_TIME[method]


def evidence_due(
    ledger: Ledger, contracts: IntArray, products: IntArray | None, date: dt.date, months: int
) -> IntArray:
    """Of each contract what needs evidence and is due by the end of each month ahead, the first column 0 (now); its currency."""
    chosen = Slice.make(ledger, contracts, products)
    keep = by_evidence(ledger)[chosen.obligations]
    part = Slice(ledger, chosen.contracts, chosen.obligations[keep], chosen.of[keep])
    return np.c_[np.zeros(contracts.size, np.int64), ahead(part, day_number(date), months)]


def _months_late(planned: int, delivered: int) -> int:
    """Whole months begun after the planned end; 0 for what came in time."""
    if delivered <= planned:
        return 0
    first, last = day_of(planned), day_of(delivered)
    months = (last.year - first.year) * 12 + last.month - first.month
    if day_number(add_months(first, months)) < delivered:
        months += 1
    return min(max(months, 1), LONGEST)
