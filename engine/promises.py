"""The promises: every performance obligation of every contract, with its price as stated and how it is earned.

One row of contract_lines, and every line an amendment adds, is one performance obligation (ASC 606-10-25-14). What an
obligation does not say itself comes from its contract (dates), its product (method, stand-alone price) or the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import BoolArray, IntArray, is_ascending, pick, places
from engine.ids import Ids, TextArray
from engine.methods import ADDED, FEE, IS_TIME, LINE, MANUAL, METHODS
from engine.parties import Parties
from engine.room import rows_of
from engine.stated import priced, signing_order, stated
from model.frames import Facts
from model.policy import Policy
from model.records import NO_AMOUNT, NO_DAY

_SELDOM = ("ssp", "bundle_ssp", "quantity", "cost", "turn")
"""What many companies state of no promise: a column of one value then takes no room."""


@dataclass
class Promises:
    """Columns of obligations, a row each, those of a contract together and the contracts in order; `contract` is a position
    in Parties.contracts.

    `stated`, `ssp`, `cost`, `bundle_ssp`: minor units (NO_AMOUNT = not given); `start`, `end`, `booked`, `since`: day
    numbers (booked: signed on; since: in force from); `undated`: time-based without a service period; `quantity`: scaled
    whole number; `kind`: LINE, ADDED, FEE; `turn`: the place of the amendment that brought it in the order of signature,
    -1 for what was there from the start; `discount`: a negative line beside promises, spread over them.
    """

    line_id: TextArray
    contract: IntArray
    method: IntArray
    start: IntArray
    end: IntArray
    stated: IntArray
    ssp: IntArray
    residual: BoolArray
    bundle: TextArray
    bundle_ssp: IntArray
    quantity: IntArray
    cost: IntArray
    product: IntArray
    description: TextArray
    kind: IntArray
    booked: IntArray
    since: IntArray
    turn: IntArray
    raw_id: IntArray
    undated: BoolArray
    discount: BoolArray
    ids: Ids

    def __len__(self) -> int:
        return len(self.contract)

    def take(self, rows: slice | IntArray) -> Promises:
        """Some of them (a slice: without a copy), with their contracts numbered as they are."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return Promises(**columns, ids=Ids(columns["line_id"]))

    def index(self, ids: Sequence[str] | TextArray) -> IntArray:
        """Positions of line ids, -1 where unknown."""
        return self.ids.find(ids)

    def of(self, ids: Sequence[str] | TextArray, contract: IntArray) -> IntArray:
        """The same, -1 also for a line of another contract than each `contract`."""
        line = self.index(ids)
        return np.where(pick(self.contract, line, -1) == contract, line, -1)

    @property
    def distinct(self) -> bool:
        """Whether no two have one id."""
        return self.ids.distinct


COLUMNS = tuple(column.name for column in fields(Promises) if column.name != "ids")


def promises(facts: Facts, who: Parties, policy: Policy, scale: int) -> Promises:
    """Every obligation: the contracts' lines, then what amendments add or renew, then termination fees.

    `scale`: how many decimals quantities are given in (they become whole numbers).
    """
    lines = stated(facts["contract_lines"], "line_id", who, policy, scale)
    amended = priced(facts["amendments"], who)
    amended = amended.assign(turn=signing_order(amended))
    adds = amended[amended["kind"].isin(("add_line", "renew")) & (amended["amount_minor"] != NO_AMOUNT)]
    adds = adds.sort_values("new_line_id", ignore_index=True)
    added = stated(adds, "new_line_id", who, policy, scale)
    fees = amended[(amended["kind"] == "terminate") & ~amended["amount_minor"].isin((NO_AMOUNT, 0))]
    fees = fees.reset_index(drop=True)
    fee = _fees(fees, who, policy, scale)
    parts = [part for part in (lines, added, fee) if len(part["contract"])] or [lines]
    columns: dict[str, Any] = (
        parts[0] if len(parts) == 1 else {n: np.concatenate([part[n] for part in parts]) for n in lines}
    )
    count = len(lines["contract"])
    columns["kind"] = np.repeat([LINE, ADDED, FEE], [count, len(adds), len(fees)])
    columns["turn"] = np.concatenate([np.full(count, -1), adds["turn"], fees["turn"]])
    # Nothing is booked before its contract is (606-10-25-1).
    booked = who.signed[columns["contract"]]
    booked[count:] = np.maximum(booked[count:], np.r_[adds["signed_on"], fees["signed_on"]])
    since = booked.copy()
    since[count:] = np.maximum(booked[count:], np.r_[adds["effective_on"], fee["start"]])
    columns["booked"], columns["since"] = booked, since
    # Without a service period a time-based promise cannot be earned: it stays backlog, and an exception says so.
    start, end = columns["start"], columns["end"]
    columns["undated"] = IS_TIME[columns["method"]] & ((start == NO_DAY) | (end == NO_DAY) | (start > end))
    columns["method"] = np.where(columns["undated"], MANUAL, columns["method"])
    columns["discount"] = _discounts(columns["contract"], columns["stated"], columns["kind"])
    del parts, lines, fee, booked, since, start, end
    return _by_contract(columns)


def _fees(rows: pd.DataFrame, who: Parties, policy: Policy, scale: int) -> dict[str, Any]:
    """Termination fees as promises, kept on the day the termination is signed and in force."""
    fee = stated(rows, "amendment_id", who, policy, scale)
    fee["line_id"] = np.array([f"{name} fee" for name in fee["line_id"]], object)
    fee["method"] = np.full(len(rows), METHODS["straight_line_daily"])
    fee["start"] = fee["end"] = np.maximum(
        rows["signed_on"].to_numpy(np.int64), rows["effective_on"].to_numpy(np.int64)
    )
    return fee


def _by_contract(columns: dict[str, Any]) -> Promises:
    """The promises with those of a contract together."""
    ids = Ids(columns["line_id"])
    if not is_ascending(columns["contract"]):
        order = np.argsort(columns["contract"], kind="stable")
        ids = Ids(columns["line_id"], places(order))
        for name, values in columns.items():  # one after the other: the room of each serves the next
            same = name in _SELDOM and bool((values == values[0]).all())
            columns[name] = np.broadcast_to(values[0], values.shape) if same else rows_of(values, order)
    return Promises(**columns, ids=ids)


def _discounts(contract: IntArray, stated: IntArray, kind: IntArray) -> BoolArray:
    """Negative lines of contracts that promise something: discounts over the contract, never recognized alone."""
    promising = np.zeros(int(contract.max(initial=-1)) + 1, bool)
    promising[contract[(stated >= 0) & (kind == LINE)]] = True
    return (stated < 0) & (stated != NO_AMOUNT) & (kind != FEE) & promising[contract]
