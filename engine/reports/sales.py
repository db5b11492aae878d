"""Sales: what each salesperson booked and holds, its growth and margin, and the credit, down to the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.metrics.measure import measure
from engine.movements import scopes_by
from engine.reports.forward import currency_of
from model.errors import Unanswerable
from model.money import Money
from model.periods import day_number
from model.records import NO_AMOUNT


def sales(ledger: Ledger, inputs: Inputs, first: dt.date, last: dt.date) -> pd.DataFrame:
    """A row a salesperson over the days first..last.

    Columns out: sales_rep, bookings_minor, cancellations_minor, opening_minor, backlog_minor (held at the end), growth,
    margin (Decimal or None), credit_minor, currency (of the company's figures).
    """
    return _table(ledger, inputs, scopes_by(ledger, "sales_rep"), first, last, "sales_rep")


def by_contract(ledger: Ledger, inputs: Inputs, first: dt.date, last: dt.date) -> pd.DataFrame:
    """The same, a row a contract that moved or is held; `contract` and `customer` beside `sales_rep`."""
    known = ledger.contracts
    scopes = {str(name): Scope(contracts=np.array([n])) for n, name in enumerate(known["id"]) if name}
    rows = _table(ledger, inputs, scopes, first, last, "contract")
    amounts = [name for name in rows.columns if name.endswith("_minor")]
    rows = rows[(rows[amounts].replace(NO_AMOUNT, 0) != 0).any(axis=1)].reset_index(drop=True)
    place = {str(name): n for n, name in enumerate(known["id"])}
    at = [place[name] for name in rows["contract"]]
    rows.insert(0, "sales_rep", [str(known["sales_rep"][n]) or "(none)" for n in at])
    rows.insert(2, "customer", [str(ledger.customers["name"][known["customer"][n]]) for n in at])
    return rows.sort_values(["sales_rep", "contract"], ignore_index=True)


def _table(
    ledger: Ledger, inputs: Inputs, scopes: Mapping[str, Scope], first: dt.date, last: dt.date, name: str
) -> pd.DataFrame:
    target, who = currency_of(ledger, Scope(), last), list(scopes.values())
    eve, end, since = day_number(first) - 1, day_number(last), np.array([day_number(first)])
    columns: dict[str, Any] = {name: list(scopes)}
    for flow in ("bookings", "cancellations"):
        columns[f"{flow}_minor"] = _asked(answer(ledger, flow, who, np.array([end]), since=since, currency=target))[
            :, 0
        ]
    held = _asked(answer(ledger, "backlog", who, np.array([eve, end]), currency=target))
    columns["opening_minor"], columns["backlog_minor"] = held[:, 0], held[:, 1]
    for column, metric in (("growth", "backlog_growth"), ("margin", "backlog_margin")):
        found = measure(ledger, metric, who, last, first, inputs)
        columns[column] = [None if isinstance(each.value, Unanswerable) else each.value for each in found]
    credits = measure(ledger, "incentive_credit", who, last, first, inputs) if inputs.incentive_rate is not None else []
    columns["credit_minor"] = [_credit(ledger, each.value, target, last) for each in credits] or [NO_AMOUNT] * len(who)
    return pd.DataFrame(columns).assign(currency=target)


def _asked(found: Any) -> Any:
    for error in found.errors.values():
        raise error
    return found.minor


def _credit(ledger: Ledger, value: Any, target: str, day: dt.date) -> int:
    """A credit in the company's currency; each is computed in the currency its contracts share."""
    from engine.currency import Rates

    if not isinstance(value, Money):
        raise value
    if value.currency == target:
        return value.minor
    return int(Rates.of(ledger).convert(np.array([value.minor]), value.currency, target, day_number(day))[0])
