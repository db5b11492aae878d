"""The deferred revenue roll-forward: what moved the contract liability, in total and in its two parts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from engine import kinds as r
from engine.arithmetic import IntArray
from engine.balances import DEFERRED, RECOGNIZED, Measure
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
from engine.grouped import distinct
from engine.kernel import Formula
from engine.ledger import Ledger
from engine.movements import entries_of, moved, refuse
from engine.slices import Slice
from model.periods import day_number

_COLUMNS = ["movement", "amount_minor", "current_minor", "noncurrent_minor"]


def deferred_rollforward(
    ledger: Ledger, scope: Scope, first: dt.date, last: dt.date, currency: str = ""
) -> pd.DataFrame:
    """Opening deferred revenue, what moved it in the days first..last, and closing, by the elected basis.

    Columns out: movement, amount_minor, current_minor (due within twelve months), noncurrent_minor, currency. Rows:
    opening; billings and credits (by the basis `paid`, collections net of refunds and without tax); for revenue
    already recognized (what of these settled contract assets instead of adding a liability); recognized from deferred
    (revenue that was billed before it was earned); reclassification (what became current, or no longer is); exchange
    differences; closing. What is billed, credited and earned runs through the current part.
    Source: ASC 606-10-50-8(b), 210-10-45-1.
    Holds: every column sums from opening to closing, current and noncurrent sum to the amount in every row.
    """
    begin, end = day_number(first), day_number(last)
    days = np.array([begin - 1, end])
    balance = answer(ledger, "deferred", [scope], days, currency=currency)
    target = balance.currency[0]
    later = answer(ledger, "deferred", [scope], days, currency=target, part="noncurrent")
    refuse({**balance.errors, **later.errors})
    part = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    flow = partial(moved, part, days, target)
    rows = [_row("opening", int(balance.minor[0, 0]), int(later.minor[0, 0]))]
    if ledger.policy.deferred_basis == "paid":
        rows.append(_row("collections", flow(_held)))
    else:
        rows += [_row("billings", flow(entries_of(r.BILLED))), _row("credits", flow(entries_of(r.CREDITED)))]
    rows.append(_row("for revenue already recognized", -flow(_settled)))
    rows.append(_row("recognized from deferred", -flow(_released)))
    became = _reclassified(part, days, target)
    rows.append(("reclassification", 0, -became, became))
    closing = _row("closing", int(balance.minor[0, 1]), int(later.minor[0, 1]))
    # What is left between movements at the rates of their days and balances at theirs is the exchange difference.
    amount, noncurrent = closing[1] - sum(row[1] for row in rows), closing[3] - sum(row[3] for row in rows)
    rows += [_row("exchange differences", amount, noncurrent), closing]
    return pd.DataFrame(rows, columns=_COLUMNS).assign(currency=target)


def _row(movement: str, amount: int, noncurrent: int = 0) -> tuple[str, int, int, int]:
    return movement, amount, amount - noncurrent, noncurrent


def _taken(part: Slice) -> Formula:
    """What deferred revenue is before revenue is taken off, by the elected basis: what was billed, or what was paid."""
    return replace(DEFERRED[part.ledger.policy.deferred_basis], revenue=0, floor=False)


def _held(part: Slice, days: IntArray) -> IntArray:
    return part.figure(_taken(part), days)


def _released(part: Slice, days: IntArray) -> IntArray:
    """What deferred revenue gave to revenue by each day: what was billed (or paid) for it and is no longer deferred."""
    return _held(part, days) - _settled(part, days) - Measure("deferred").figures(part, days)


def _settled(part: Slice, days: IntArray) -> IntArray:
    """What was billed (or paid) by each day for revenue already recognized: what it took from contract assets.

    Revenue of the very day counts as recognized already where nothing is left deferred by its end (billed in arrears, on
    the last day or on delivery); else what is billed that day is billed ahead of it.
    """
    taken, ledger = _taken(part), part.ledger
    rows, at = part.rows(ledger.bounds["entries"])
    mine = (taken.weights[ledger.entries["kind"][rows]] != 0) & (ledger.entries["day"][rows] <= days.max(initial=0))
    begin, end = ledger.span
    at, day = np.divmod(
        distinct(at[mine] * (end + 1 - begin) + ledger.entries["day"][rows[mine]] - begin)[0], end + 1 - begin
    )
    day = day + begin
    before, after = part.cells(taken, at, day - 1), part.cells(taken, at, day)
    by_then, eve = part.cells(RECOGNIZED, at, day), part.cells(RECOGNIZED, at, day - 1)
    earned = np.where(after <= by_then, by_then, eve)
    amount = np.maximum(earned - before, 0) - np.maximum(earned - after, 0)
    out = np.zeros((part.contracts.size, days.size), np.int64)
    np.add.at(out, at, np.where(day[:, None] <= days, amount[:, None], 0))
    return out


def _reclassified(part: Slice, days: IntArray, target: str) -> int:
    """What the noncurrent part grew by, contract by contract, at the closing rate."""
    grown = np.diff(Measure("deferred", part="noncurrent").figures(part, days), axis=1)[:, 0]
    own = np.asarray(part.ledger.contracts["currency"])[part.contracts]
    total = 0
    for kind in sorted(set(own[grown != 0].tolist())):
        mine = grown[own == kind]
        converted = mine if kind == target else Rates.of(part.ledger).convert(mine, kind, target, int(days[1]))
        total += int(converted.sum())
    return total
