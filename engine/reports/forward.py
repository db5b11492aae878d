"""The months ahead, contract by contract: what of the backlog at the end of a day is due by the end of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.arithmetic import IntArray
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
from engine.ledger import Ledger
from engine.planned import ahead
from engine.slices import Slice
from model.periods import add_months, day_number


@dataclass(frozen=True)
class Forward:
    """Backlog of `contracts` at the end of a day and what of it is due, minor units of their own currencies.

    `left`: a row a contract; `due`: what is due by the end of each month ahead, a column a month, the first 0 (now).
    """

    contracts: IntArray
    left: IntArray
    due: IntArray

    @property
    def by_month(self) -> IntArray:
        """What is due within each month ahead."""
        return np.asarray(np.diff(self.due, axis=1))


def forward(ledger: Ledger, scope: Scope, date: dt.date, months: int) -> Forward:
    """The months after `date` for a scope."""
    contracts, on = contracts_of(ledger, scope), day_number(date)
    chosen = Slice.make(ledger, contracts, scope.products)
    due = np.c_[np.zeros(contracts.size, np.int64), ahead(chosen, on, months)]
    return Forward(contracts, ahead(chosen, on, None)[:, 0], due)


def currency_of(ledger: Ledger, scope: Scope, date: dt.date, currency: str = "") -> str:
    """The one currency a report is in: as asked, else the one the contracts share, else the reporting one."""
    return currency or str(answer(ledger, "backlog", [scope], np.array([day_number(date)])).currency[0])


def summed(ledger: Ledger, contracts: IntArray, amounts: IntArray, target: str, date: dt.date) -> IntArray:
    """Amounts of contracts (a row each) added up in one currency, at the closing rate of `date`."""
    return np.asarray(in_currency(ledger, contracts, amounts, target, date).sum(axis=0))


def in_currency(ledger: Ledger, contracts: IntArray, amounts: IntArray, target: str, date: dt.date) -> IntArray:
    """Amounts of contracts in one currency, each converted by itself at the closing rate of `date`."""
    codes, out = np.asarray(ledger.contracts["currency"])[contracts], np.array(amounts, np.int64)
    for code in sorted(set(codes.tolist()) - {target}):
        rows = np.flatnonzero(codes == code)
        if out[rows].any():
            out[rows] = Rates.of(ledger).convert(out[rows], code, target, day_number(date))
    return out


def month_list(date: dt.date, months: int) -> list[dt.date]:
    """The ends of so many months after a day."""
    return [add_months(date, n) for n in range(1, months + 1)]


def texts(values: Any) -> Any:
    """Texts as a column."""
    return np.array([*values, None], object)[:-1]
