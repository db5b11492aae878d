"""The waterfall: when what was booked in a month is recognized, and what of it remains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.balances import Measure
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
from engine.flows import converted_flows
from engine.ledger import Ledger
from engine.methods import UNALLOCATED
from engine.movements import refuse
from engine.slices import Slice
from model.calendar import MONTHS, Calendar
from model.periods import day_number, day_of

TOTAL = "total"
_ALL = Scope()


def waterfall(
    ledger: Ledger,
    first: dt.date,
    last: dt.date,
    currency: str = "",
    calendar: Calendar = MONTHS,
    scope: Scope = _ALL,
) -> pd.DataFrame:
    """Booking cohorts down, months of recognition across: a row for each month in which promises of a scope were booked.

    Columns out: cohort (last day of the month of booking as ISO text, or "total"), earlier_minor (recognized before
    `first`), a column for each month of first..last, named by its last day with _minor, recognized_minor (their sum),
    remaining_minor (backlog at the end of `last`), currency. A promise belongs to the month in which it was booked, which
    for an added line or a renewal is not its contract's.
    Holds: the totals are RECOGNIZED of each month and BACKLOG at `last`, to the minor unit, in any currency.
    """
    end = day_number(last)
    balance = answer(ledger, "backlog", [scope], np.array([end]), currency=currency)
    refuse(balance.errors)
    target = balance.currency[0]
    periods = calendar.periods(first, last, "month")
    opens = np.array([day_number(period.first) for period in periods])
    points = np.r_[min(_beginning(ledger), opens[0]) - 1, opens - 1, end]
    promises, cohort, months = _booked(ledger, scope, end, calendar)
    flows = _by_cohort(promises, cohort, target, partial(_flows, points=points, target=target))
    left = _by_cohort(promises, cohort, target, partial(_remaining, day=end, target=target))
    table = np.c_[flows, flows[:, 1:].sum(axis=1), left]
    names = ["earlier_minor", *(f"{period.last}_minor" for period in periods), "recognized_minor", "remaining_minor"]
    frame = pd.DataFrame(np.r_[table, table.sum(axis=0, keepdims=True)], columns=names)
    frame.insert(0, "cohort", [*(str(month) for month in months), TOTAL])
    return frame.assign(currency=target)


def _booked(ledger: Ledger, scope: Scope, end: int, calendar: Calendar) -> tuple[Slice, IntArray, list[dt.date]]:
    """The promises booked by a day, each as a contract of its own, the cohort of each, and the cohorts' month ends."""
    table = ledger.obligations
    contract, booked = np.asarray(table["contract"]), np.asarray(table["booked_on"])
    counts = (np.asarray(table["kind"]) != UNALLOCATED) & (np.asarray(ledger.contracts["committed"])[contract] == 1)
    counts &= np.isin(contract, contracts_of(ledger, scope))
    if scope.products is not None:
        counts &= np.isin(np.asarray(table["product"]), scope.products)
    rows = np.flatnonzero(counts & (booked <= end))
    days, of_day = np.unique(booked[rows], return_inverse=True)
    months = [calendar.month(day_of(int(day))).last for day in days]
    ends = sorted(set(months))
    cohort = np.array([ends.index(month) for month in months], np.int64)[of_day]
    return Slice(ledger, contract[rows], rows, np.arange(rows.size)), cohort, ends


def _by_cohort(promises: Slice, cohort: IntArray, target: str, convert: Callable[[Slice, str], IntArray]) -> IntArray:
    """Figures of each cohort, a row each.

    Another currency is converted contract by contract, as everywhere: what a cohort adds to those before it is its own,
    so that rounding leaves nothing between the cohorts and the whole.
    """
    count = int(cohort.max(initial=-1)) + 1
    own = np.asarray(promises.ledger.contracts["currency"])[promises.contracts]
    total: IntArray | int = 0
    for kind in sorted({target, *own.tolist()}):
        mine = np.flatnonzero(own == kind)
        if kind == target:
            groups = Slice(promises.ledger, promises.contracts[mine], promises.obligations[mine], np.arange(mine.size))
            figures = convert(groups, kind)
            parts = np.zeros((count, figures.shape[1]), np.int64)
            np.add.at(parts, cohort[mine], figures)
        else:
            some = Slice(promises.ledger, promises.contracts[mine], promises.obligations[mine], np.arange(mine.size))
            parts = np.stack([_added(some, cohort[mine], n, kind, convert) for n in range(count)])
        total = total + parts
    return np.asarray(total)


def _added(
    promises: Slice, cohort: IntArray, number: int, kind: str, convert: Callable[[Slice, str], IntArray]
) -> IntArray:
    """What a cohort adds to those before it: the figures of the contracts it has a promise of, with it less without it."""
    contracts = np.unique(promises.contracts[cohort == number])
    mine = np.isin(promises.contracts, contracts)
    figures = []
    for rows in (np.flatnonzero(mine & (cohort <= number)), np.flatnonzero(mine & (cohort < number))):
        of = np.searchsorted(contracts, promises.contracts[rows])
        figures.append(convert(Slice(promises.ledger, contracts, promises.obligations[rows], of), kind).sum(axis=0))
    return np.asarray(figures[0] - figures[1])


def _flows(part: Slice, kind: str, *, points: IntArray, target: str) -> IntArray:
    """Revenue between one point and the next, a row a contract."""
    if kind == target:
        return np.diff(part.recognized(points), axis=1)
    spans = list(zip((points[:-1] + 1).tolist(), points[1:].tolist(), strict=True))
    flows, errors = converted_flows(part, Slice.recognized, kind, target, spans)
    refuse(errors)
    return flows


def _remaining(part: Slice, kind: str, *, day: int, target: str) -> IntArray:
    """Backlog at the end of a day, a row a contract."""
    left = Measure("backlog").figures(part, np.array([day]))
    return left if kind == target else Rates.of(part.ledger).convert(left[:, 0], kind, target, day)[:, None]


def _beginning(ledger: Ledger) -> int:
    """The first day anything was recognized."""
    return int(np.asarray(ledger.segments["from_day"]).min(initial=day_number(dt.date.max)))
