"""The deferred revenue roll-forward: what moved the contract liability, in total and in its two parts."""

from __future__ import annotations

import datetime as dt
from functools import partial

import numpy as np
import pandas as pd

from engine import kinds as r
from engine.arithmetic import IntArray
from engine.balances import Measure
from engine.currency import Rates
from engine.figures import Scope, answer, contracts_of
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
    opening; billings and credits (by the basis `paid`, collections net of refunds and without tax); recognized from
    deferred (revenue that was billed before it was earned); reclassification (what became current, or no longer is);
    exchange differences; closing. What is billed, credited and earned runs through the current part.
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
        rows.append(_row("collections", flow(_paid)))
    else:
        rows += [_row("billings", flow(entries_of(r.BILLED))), _row("credits", flow(entries_of(r.CREDITED)))]
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


def _paid(part: Slice, days: IntArray) -> IntArray:
    return part.figure(Formula(plus=(r.CASH,), minus=(r.CASH_TAX,)), days)


def _released(part: Slice, days: IntArray) -> IntArray:
    """What deferred revenue gave to revenue by each day: what was billed (or paid) and is no longer deferred."""
    paid = part.ledger.policy.deferred_basis == "paid"
    held = _paid(part, days) if paid else part.entries((r.BILLED, r.CREDITED), days)
    return held - Measure("deferred").figures(part, days)


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
