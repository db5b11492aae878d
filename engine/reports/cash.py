"""Cash in and out by month: what is owed and what will be billed against the cost of delivering the backlog.

Open invoices are paid when they are due, late ones in the first month. What is not billed yet is billed at the end of the
month in which it is earned, and paid after the contract's payment terms. Costs are paid in the month of delivery.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, prorate
from engine.each import each_contract
from engine.figures import Scope
from engine.kinds import BILLED, CASH, CREDITED, ON_ACCOUNT, TAX, TAX_CREDITED, WRITTEN_OFF
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.metrics.terms import with_costs
from engine.reports.forward import Forward, currency_of, forward, in_currency, month_list
from engine.slices import Slice
from model.periods import day_number

TERMS = 30
"""Days in which a contract is paid that does not say."""


def cash(ledger: Ledger, inputs: Inputs, scope: Scope, date: dt.date, months: int, currency: str = "") -> pd.DataFrame:
    """Expected cash of each of the months after `date`.

    Columns out: period_end (date), receivable_minor (paid on open invoices), billing_minor (paid on what is billed later),
    cost_minor (of delivery), net_minor, cumulative_minor, short ("short" where less has come than gone), currency.
    """
    target, ends = currency_of(ledger, scope, date, currency), month_list(date, months)
    coming = forward(ledger, scope, date, months)
    owed = _owed(ledger, coming.contracts, date, ends, target)
    later = in_currency(
        ledger,
        coming.contracts,
        _billed_later(ledger, inputs, coming.contracts, coming.by_month, date, ends),
        target,
        date,
    )
    spent = in_currency(ledger, coming.contracts, _costs(ledger, inputs, scope, coming, date), target, date)
    billing, cost = later.sum(axis=0), spent.sum(axis=0)
    net = owed + billing - cost
    total = np.cumsum(net)
    return pd.DataFrame({
        "period_end": ends, "receivable_minor": owed, "billing_minor": billing, "cost_minor": cost, "net_minor": net,
        "cumulative_minor": total, "short": np.where(total < 0, "short", "").astype(object), "currency": target,
    })  # fmt: skip


def _owed(ledger: Ledger, contracts: IntArray, date: dt.date, ends: list[dt.date], target: str) -> IntArray:
    """What is owed at the end of a day, by the month in which it is due; the last month takes none that is due later."""
    chosen = Slice.make(ledger, contracts, None)
    rows, at = chosen.rows(ledger.bounds["entries"])
    table, on = ledger.entries, day_number(date)
    kind = np.asarray(table["kind"])[rows]
    keep = np.isin(kind, (BILLED, CREDITED, TAX, TAX_CREDITED, CASH, ON_ACCOUNT, WRITTEN_OFF)) & (
        np.asarray(table["day"])[rows] <= on
    )
    rows, at, kind = rows[keep], at[keep], kind[keep]
    sign = np.where(np.isin(kind, (CASH, ON_ACCOUNT, WRITTEN_OFF)), -1, 1)
    invoice = np.asarray(table["invoice"])[rows]
    due = np.where(invoice >= 0, np.r_[ledger.invoices["due_on"], 0][invoice], on)
    limits = np.array([day_number(end) for end in ends])
    month = np.searchsorted(limits, due)
    out = np.zeros((contracts.size, len(ends) + 1), np.int64)
    np.add.at(out, (at, month), np.asarray(table["amount"])[rows] * sign)
    return np.asarray(in_currency(ledger, contracts, out[:, :-1], target, date).sum(axis=0))


def _billed_later(
    ledger: Ledger, inputs: Inputs, contracts: IntArray, earned: IntArray, date: dt.date, ends: list[dt.date]
) -> IntArray:
    """What is paid in each month on bills that are not written yet: first, what is billed ahead is earned off."""
    on = np.array([day_number(date)])
    billed, recognized = (each_contract(ledger, measure, contracts, on)[:, 0] for measure in ("billed", "recognized"))
    total = (recognized - billed)[:, None] + np.c_[np.zeros(contracts.size, np.int64), np.cumsum(earned, axis=1)]
    unbilled = np.maximum(total, 0)
    bills = np.diff(unbilled, axis=1)
    bills[:, 0] += unbilled[:, 0]
    known, out = inputs.terms(), np.zeros((contracts.size, len(ends)), np.int64)
    limits = np.array([day_number(end) for end in ends])
    for row, contract in enumerate(contracts.tolist()):
        name, source = str(ledger.contracts["id"][contract]), str(ledger.contracts["source"][contract])
        days = known.get((source, name.removeprefix(f"{source}:")), TERMS)
        paid = np.searchsorted(limits, limits + days)
        inside = paid < len(ends)
        np.add.at(out[row], paid[inside], bills[row, inside])
    return out


def _costs(ledger: Ledger, inputs: Inputs, scope: Scope, coming: Forward, date: dt.date) -> IntArray:
    """The cost of delivering what is due in each month: the contract's cost that remains, in proportion."""
    rows = with_costs(ledger, scope, date, inputs)
    rows = rows.groupby("contract")["cost_minor"].sum()
    left = np.array([int(rows.get(str(ledger.contracts["id"][n]), 0)) for n in coming.contracts.tolist()], np.int64)
    backlog = np.where(coming.left > 0, coming.left, 1)
    upto = prorate(left[:, None], np.clip(coming.due, 0, backlog[:, None]), backlog[:, None])
    return np.asarray(np.diff(upto, axis=1))
