"""Sales: what each salesperson booked and holds, its growth and margin, and the credit, down to the contract.

Every contract is taken by itself in its own currency, and read in the company's at the closing rate of the last day; a
salesperson is the sum of the contracts, so that a credit can be followed to each of them.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, prorate
from engine.each import each_contract
from engine.figures import Scope
from engine.ledger import Ledger
from engine.metrics.credit import credited
from engine.metrics.inputs import Inputs
from engine.metrics.measure import ratio
from engine.metrics.terms import with_costs
from engine.reports.forward import currency_of, in_currency
from engine.slices import Slice
from model.dimensions import NONE
from model.periods import day_number
from model.records import NO_AMOUNT

_AMOUNTS = ("bookings", "cancellations", "opening", "backlog", "credit", "costed", "cost")


def sales(ledger: Ledger, inputs: Inputs, first: dt.date, last: dt.date) -> pd.DataFrame:
    """A row a salesperson over the days first..last.

    Columns out: sales_rep, bookings_minor, cancellations_minor, opening_minor, backlog_minor (held at the end), growth,
    margin (Decimal or None), credit_minor (NO_AMOUNT where no rate is agreed), currency.
    """
    rows = _contracts(ledger, inputs, first, last)
    people = rows.groupby("sales_rep", sort=True)[list(_AMOUNTS)].sum().reset_index()
    return _shown(people, ["sales_rep"], inputs, currency_of(ledger, Scope(), last))


def by_contract(ledger: Ledger, inputs: Inputs, first: dt.date, last: dt.date) -> pd.DataFrame:
    """The same, a row a contract that moved or is held: `contract` and `customer` beside `sales_rep`."""
    rows = _contracts(ledger, inputs, first, last).sort_values(["sales_rep", "contract"], kind="stable")
    return _shown(rows, ["sales_rep", "contract", "customer"], inputs, currency_of(ledger, Scope(), last))


def _contracts(ledger: Ledger, inputs: Inputs, first: dt.date, last: dt.date) -> pd.DataFrame:
    known, everyone = ledger.contracts, np.arange(len(ledger.contracts["id"]))
    days = np.array([day_number(first) - 1, day_number(last)])
    held = each_contract(ledger, "backlog", everyone, days)
    flows = {name: _within(each_contract(ledger, name, everyone, days)) for name in ("bookings", "cancellations")}
    change = _within(credited(Slice.make(ledger, everyone, None), days, inputs.incentive_on))
    rate = Fraction(inputs.incentive_rate or 0)
    costs = _costs(ledger, inputs, last)
    own = {
        "bookings": flows["bookings"], "cancellations": flows["cancellations"], "opening": held[:, 0], "backlog": held[:, 1],
        "credit": prorate(change, rate.numerator, rate.denominator), **costs,
    }  # fmt: skip
    moved = np.flatnonzero(np.any([values != 0 for values in own.values()], axis=0))
    target = currency_of(ledger, Scope(), last)
    amounts = in_currency(ledger, moved, np.stack([own[name][moved] for name in _AMOUNTS], axis=1), target, last)
    return pd.DataFrame({
        "sales_rep": [str(known["sales_rep"][n]) or NONE for n in moved],
        "contract": [str(known["id"][n]) for n in moved],
        "customer": [str(ledger.customers["name"][known["customer"][n]]) for n in moved],
        **{name: amounts[:, n] for n, name in enumerate(_AMOUNTS)},
    })  # fmt: skip


def _within(totals: IntArray) -> IntArray:
    return np.asarray(totals[:, 1] - totals[:, 0])


def _costs(ledger: Ledger, inputs: Inputs, last: dt.date) -> dict[str, IntArray]:
    """Of each contract the backlog of lines whose cost is known, and what they are still expected to cost."""
    rows = with_costs(ledger, Scope(), last, inputs)
    sums = rows.groupby("contract")[["backlog_minor", "cost_minor"]].sum()
    ids = [str(name) for name in ledger.contracts["id"]]
    placed = sums.reindex(ids).fillna(0).astype(np.int64)
    return {"costed": placed["backlog_minor"].to_numpy(), "cost": placed["cost_minor"].to_numpy()}


def _shown(rows: pd.DataFrame, names: list[str], inputs: Inputs, currency: str) -> pd.DataFrame:
    credit = rows["credit"] if inputs.incentive_rate is not None else np.full(len(rows), NO_AMOUNT)
    return pd.DataFrame({
        **{name: rows[name].to_numpy(object) for name in names},
        **{f"{name}_minor": rows[name].to_numpy(np.int64) for name in ("bookings", "cancellations", "opening", "backlog")},
        "growth": _ratios(rows["backlog"] - rows["opening"], rows["opening"]),
        "margin": _ratios(rows["costed"] - rows["cost"], rows["costed"]),
        "credit_minor": np.asarray(credit, np.int64), "currency": currency,
    })  # fmt: skip


def _ratios(above: Any, below: Any) -> Any:
    """Ratios as decimals, None where there is nothing to divide by."""
    found = [ratio(Fraction(int(a), int(b))) if b else None for a, b in zip(above, below, strict=True)]
    return np.array([*found, None], object)[:-1]
