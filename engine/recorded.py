"""What a close records of each contract, and the laws its figures must obey before it may."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from engine.balances import Measure
from engine.figures import Scope
from engine.ledger import Ledger
from engine.movements import backlog_rollforward
from engine.slices import Slice
from model.periods import day_number

FIGURES: dict[str, tuple[str, dict[str, str]]] = {
    "contracted": ("contracted", {}), "recognized": ("recognized", {}), "backlog": ("backlog", {}),
    "billed": ("billed", {}), "deferred_current": ("deferred", {"part": "current"}),
    "deferred_noncurrent": ("deferred", {"part": "noncurrent"}), "unbilled": ("unbilled", {}),
    "receivable": ("receivable", {}),
}  # fmt: skip
_KEY = ["customer_id", "contract_id", "currency"]


def recorded(ledger: Ledger, last: dt.date) -> pd.DataFrame:
    """The figures of every contract at the end of a day, in its own currency and under the books' policy.

    Columns out: customer_id, contract_id ("" for what is under no contract), currency, and FIGURES in minor units. Contracts
    of which every figure is 0 are left out.
    """
    part = Slice.make(ledger, np.arange(len(ledger.contracts["id"])), None)
    days = np.array([day_number(last)])
    owner = np.asarray(ledger.contracts["customer"])[part.contracts]
    frame = pd.DataFrame({
        "customer_id": np.asarray(ledger.customers["id"])[owner], "contract_id": np.asarray(ledger.contracts["id"]),
        "currency": np.asarray(ledger.contracts["currency"]),
        **{name: Measure.of(measure, **options).figures(part, days)[:, 0] for name, (measure, options) in FIGURES.items()},
    })  # fmt: skip
    frame = frame.groupby(_KEY, as_index=False, sort=True)[list(FIGURES)].sum()
    return frame[(frame[list(FIGURES)] != 0).any(axis=1)].reset_index(drop=True)


def untied(ledger: Ledger, first: dt.date, last: dt.date) -> list[str]:
    """What does not tie out in the days first..last, in words; none if all of it does.

    For every currency: opening and movements come to the closing without a difference. For every contract: backlog is
    (contracted − billed) + deferred − unbilled, where backlog is the whole contract.
    """
    found = []
    currencies = np.asarray(ledger.contracts["currency"])
    for currency in sorted(set(currencies.tolist())):
        scope = Scope(contracts=np.flatnonzero(currencies == currency))
        moves = backlog_rollforward(ledger, scope, first, last, currency).set_index("movement")["amount_minor"]
        rest = int(moves["closing"] - moves.drop(["closing", "exchange differences"]).sum())
        if rest:
            found.append(f"the roll-forward in {currency} is off by {rest} (minor units)")
    if ledger.policy.termination == "contracted":
        part, days = Slice.make(ledger, np.arange(len(currencies)), None), np.array([day_number(last)])
        contracted, billed, unbilled, backlog = (
            Measure(name).figures(part, days)[:, 0] for name in ("contracted", "billed", "unbilled", "backlog")
        )
        deferred = Measure("deferred", basis="billed").figures(part, days)[:, 0]
        wrong = np.flatnonzero(backlog != contracted - billed + deferred - unbilled)
        found += [f"contract {ledger.contracts['id'][n]}: backlog is not (contracted − billed) + deferred − unbilled"
                  for n in wrong]  # fmt: skip
    return found
