"""Backlog by month, back and forward: what was, what is committed, what is aimed at; expected renewals stand apart."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd

from engine.arithmetic import prorate
from engine.each import each_contract
from engine.figures import Scope, answer, contracts_of
from engine.kinds import COMMITMENT, RENEWAL
from engine.ledger import Ledger
from engine.methods import IS_TIME
from engine.metrics.inputs import Inputs
from engine.metrics.planning import TARGETS, has_target, monthly_target
from engine.reports.forward import currency_of, forward, in_currency, month_list, summed
from engine.slices import Slice
from model.periods import add_months, day_number
from model.records import NO_AMOUNT, NO_DAY

_FLOWS = ("bookings", "cancellations", "recognized")


def trend(
    ledger: Ledger, inputs: Inputs, scope: Scope, date: dt.date, back: int, ahead: int, currency: str = ""
) -> pd.DataFrame:
    """Months up to `date` as they were, and months after it as they are committed on it.

    Columns out: period_end (date), kind ("actual" or "committed"), bookings_minor, cancellations_minor, recognized_minor,
    backlog_minor, deferred_minor, renewals_minor, currency; and of bookings, recognized, backlog and deferred, where they have
    targets, FIGURE_target_minor and FIGURE_gap_minor (the figure less its target). Ahead nothing is booked or cancelled;
    deferred is what is billed by now and not earned by then. `renewals` are bookings that may come, by the share that was
    renewed so far: they are in no other column.
    """
    target = currency_of(ledger, scope, date, currency)
    past, coming = _actual(ledger, scope, date, back, target), _committed(ledger, scope, date, ahead, target)
    rows = pd.concat([past, coming], ignore_index=True)
    for figure in TARGETS:
        if has_target(inputs, figure, scope):
            goals = np.array(
                [_target(inputs, figure, end, target, ledger.reporting) for end in rows["period_end"]], np.int64
            )
            reached = rows[f"{figure}_minor"].to_numpy(np.int64)
            unknown = (goals == NO_AMOUNT) | (reached == NO_AMOUNT)
            rows[f"{figure}_target_minor"] = goals
            rows[f"{figure}_gap_minor"] = np.where(unknown, NO_AMOUNT, reached - np.where(unknown, 0, goals))
    renewals = _renewals(ledger, scope, date, ahead, target)
    rows["renewals_minor"] = np.array([NO_AMOUNT] * len(past) + renewals, np.int64)
    return rows.assign(currency=target)


def _actual(ledger: Ledger, scope: Scope, date: dt.date, back: int, target: str) -> pd.DataFrame:
    ends = [add_months(date, -n) for n in range(back - 1, -1, -1)]
    days = np.array([day_number(end) for end in ends], np.int64)
    since = np.array([day_number(add_months(end, -1)) + 1 for end in ends], np.int64)
    columns: dict[str, object] = {"period_end": ends, "kind": "actual"}
    for measure in (*_FLOWS, "backlog", "deferred"):
        found = answer(ledger, measure, [scope], days, since=since if measure in _FLOWS else None, currency=target)
        for error in found.errors.values():
            raise error
        columns[f"{measure}_minor"] = found.minor[0]
    return pd.DataFrame(columns)


def _committed(ledger: Ledger, scope: Scope, date: dt.date, months: int, target: str) -> pd.DataFrame:
    coming = forward(ledger, scope, date, months)
    held = each_contract(ledger, "deferred", coming.contracts, np.array([day_number(date)]), scope.products)
    deferred = np.maximum(held - coming.due[:, 1:], 0)
    left = coming.left[:, None] - coming.due
    backlog = summed(ledger, coming.contracts, left, target, date)
    nothing = np.full(months, NO_AMOUNT)
    return pd.DataFrame({
        "period_end": month_list(date, months), "kind": "committed", "bookings_minor": nothing, "cancellations_minor": nothing,
        "recognized_minor": backlog[:-1] - backlog[1:], "backlog_minor": backlog[1:],
        "deferred_minor": summed(ledger, coming.contracts, deferred, target, date),
    })  # fmt: skip


def _target(inputs: Inputs, figure: str, end: dt.date, currency: str, reporting: str) -> int:
    money = monthly_target(inputs, figure, end, reporting)
    return money.minor if money is not None and money.currency == currency else NO_AMOUNT


def renewal_rate(ledger: Ledger, scope: Scope, date: dt.date, target: str) -> Fraction | None:
    """What was renewed in the two years by `date`, as a share of the time-based promises that ended in them; None if none did."""
    ended = sum(_ending(ledger, scope, add_months(date, -24), date, target, date))
    if ended <= 0:
        return None
    chosen = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    days = np.array([day_number(add_months(date, -24)), day_number(date)])
    renewed = np.diff(chosen.entries((RENEWAL,), days), axis=1)
    return min(Fraction(int(summed(ledger, chosen.contracts, renewed, target, date)[0]), ended), Fraction(1))


def _renewals(ledger: Ledger, scope: Scope, date: dt.date, months: int, target: str) -> list[int]:
    rate = renewal_rate(ledger, scope, date, target)
    if rate is None:
        return [NO_AMOUNT] * months
    ends = [date, *month_list(date, months)]
    ending = [sum(_ending(ledger, scope, a, b, target, date)) for a, b in pairwise(ends)]
    return [int(value) for value in prorate(np.array(ending), rate.numerator, rate.denominator)]


def _ending(ledger: Ledger, scope: Scope, after: dt.date, upto: dt.date, target: str, date: dt.date) -> list[int]:
    """The price of time-based promises whose service ends after a day up to another, at the closing rate of `date`."""
    chosen = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    table, ob = ledger.obligations, chosen.obligations
    method, end = np.asarray(table["method"])[ob], np.asarray(table["agreed_end_on"])[ob]
    keep = (method >= 0) & IS_TIME[method] & (end > day_number(after)) & (end <= day_number(upto)) & (end != NO_DAY)
    if not keep.any():
        return []
    contract = np.asarray(table["contract"])[ob[keep]]
    each = Slice(ledger, contract, ob[keep], np.arange(contract.size))
    price = each.entries(COMMITMENT, np.array([day_number(upto)]))
    return [int(value) for value in in_currency(ledger, contract, price, target, date)[:, 0]]
