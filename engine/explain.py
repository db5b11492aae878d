"""The proof of a figure: a row for each promise, with the version it stands on and the record it came from."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.balances import Measure
from engine.currency import Rates
from engine.figures import Scope, contracts_of
from engine.kinds import COMMITMENT
from engine.ledger import Ledger
from engine.methods import UNALLOCATED
from engine.slices import Slice
from engine.versions import RULES
from model.errors import Unanswerable
from model.periods import day_number, day_of
from model.records import NO_DAY, RECOGNITION

_NOTICE = "606-10-25-3"
"""Of a contract that a notice ends, no more counts than what the notice leaves."""


def explain(ledger: Ledger, scope: Scope, day: dt.date) -> pd.DataFrame:
    """Every promise that counts at the end of a day.

    Columns out: customer, contract, line, booked_on (date), contracted_minor, recognized_minor, backlog_minor, currency,
    method, rule (paragraph of ASC 606), version (what its terms stand on), source, source_record, raw_id.
    Holds: backlog_minor sums to the backlog of the scope, per currency.
    """
    found, on = counted(ledger, scope, day), day_number(day)
    ob, of, contracted, recognized = found.obligations, found.contracts, found.contracted, found.recognized
    own, contracts = np.asarray(ledger.obligations["raw_id"])[ob], ledger.contracts
    version = _in_force(ledger, ob, on)
    return pd.DataFrame({
        "customer": np.asarray(ledger.customers["name"])[np.asarray(contracts["customer"])[of]],
        "contract": np.asarray(contracts["id"])[of],
        "line": np.asarray(ledger.obligations["id"])[ob],
        "booked_on": [day_of(d) if d != NO_DAY else None for d in np.asarray(ledger.obligations["booked_on"])[ob]],
        "contracted_minor": contracted, "recognized_minor": recognized, "backlog_minor": contracted - recognized,
        "currency": np.asarray(contracts["currency"])[of],
        "method": [RECOGNITION[m] for m in np.asarray(ledger.obligations["method"])[ob]],
        "rule": [_NOTICE if less else RULES[ledger.versions["rule"][v]] if v >= 0 else "606-10-25-1"
                 for v, less in zip(version, contracted != found.stated, strict=True)],
        "version": [str(ledger.causes["text"][ledger.versions["cause"][v]]) if v >= 0 else "contract" for v in version],
        "source": np.asarray(contracts["source"])[of],
        "source_record": np.asarray(ledger.obligations["id"])[ob],
        "raw_id": [int(ledger.versions["raw_id"][v] if v >= 0 else own[n]) for n, v in enumerate(version)],
    })  # fmt: skip


def by_size(ledger: Ledger, frame: pd.DataFrame, day: int) -> list[int]:
    """The places of `explain`'s rows, the largest backlog first, in the reporting currency at a day's rate; what has no rate
    comes last."""
    sizes = np.full(len(frame), -1, np.int64)
    for currency in frame["currency"].unique():
        mine = (frame["currency"] == currency).to_numpy()
        amounts = frame.loc[mine, "backlog_minor"].abs().to_numpy(np.int64)
        with contextlib.suppress(Unanswerable):
            same = currency == ledger.reporting
            sizes[mine] = amounts if same else Rates.of(ledger).convert(amounts, currency, ledger.reporting, day)
    places: list[int] = np.argsort(-sizes, kind="stable").tolist()
    return places


@dataclass(frozen=True)
class Counted:
    """The promises that count at the end of a day: places of `obligations` and of their `contracts` in the ledger, what is
    `contracted` and `recognized` of each, minor units of the contract's currency. `stated`: its whole price, also where no
    more than a notice period of it counts as contracted.
    """

    obligations: IntArray
    contracts: IntArray
    contracted: IntArray
    recognized: IntArray
    stated: IntArray

    @property
    def backlog(self) -> IntArray:
        """What is left of each."""
        return self.contracted - self.recognized


def counted(ledger: Ledger, scope: Scope, day: dt.date) -> Counted:
    """The figures behind `explain`, without its words."""
    on = day_number(day)
    ob = Slice.make(ledger, contracts_of(ledger, scope), scope.products).obligations
    ob = ob[(ledger.obligations["kind"][ob] != UNALLOCATED) & (ledger.obligations["booked_on"][ob] <= on)]
    of = np.asarray(ledger.obligations["contract"])[ob]
    counts = (np.asarray(ledger.contracts["committed"])[of] == 1) & (np.asarray(ledger.contracts["until"])[of] >= on)
    ob, of = ob[counts], of[counts]
    each, days = Slice(ledger, of, ob, np.arange(ob.size)), np.array([on])
    contracted, stated = Measure("contracted").figures(each, days), each.entries(COMMITMENT, days)
    return Counted(ob, of, contracted[:, 0], each.recognized(days)[:, 0], stated[:, 0])


def _in_force(ledger: Ledger, obligations: np.ndarray, day: int) -> list[int]:
    """The version of each obligation on which its figure stands, -1 before the first."""
    owner, since = np.asarray(ledger.versions["obligation"]), np.asarray(ledger.versions["since"])
    low, high = np.searchsorted(owner, obligations, "left"), np.searchsorted(owner, obligations, "right")
    # The last version so far that has begun, at each place; one of another obligation lies before `low`.
    begun = np.maximum.accumulate(np.r_[-1, np.where(since <= day, np.arange(since.size), -1)])
    last = begun[high]
    return [int(row) for row in np.where(last >= low, last, -1)]
