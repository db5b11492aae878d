"""The promises: every performance obligation of every contract, with its price as stated and how it is earned.

One row of contract_lines, and every line an amendment adds, is one performance obligation (ASC 606-10-25-14). What an
obligation does not say itself comes from its contract (dates), its product (method, stand-alone price) or the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.arithmetic import BoolArray, IntArray, is_ascending, pick, places
from engine.ids import Ids, TextArray, numbers_of
from engine.methods import ADDED, FEE, IS_TIME, LINE, MANUAL, METHODS
from engine.room import rows_of
from model.errors import LedgerBroken
from model.frames import Facts
from model.money import round_minor
from model.policy import Policy
from model.records import COMMITTED, NO_AMOUNT, NO_DAY

_SELDOM = ("ssp", "bundle_ssp", "quantity", "cost", "turn")
"""What many companies state of no promise: a column of one value then takes no room."""


@dataclass
class Parties:
    """Whom the books know: ids by index, and the contracts with their customer, currency and commitment."""

    customers: pd.DataFrame
    products: pd.DataFrame
    contracts: pd.DataFrame
    customer_of: IntArray
    committed: BoolArray
    signed: IntArray

    def contract_index(self, ids: Sequence[str] | TextArray) -> IntArray:
        """Positions of contract ids, -1 where unknown."""
        return self._contract_ids.find(ids)

    @cached_property
    def customer_ids(self) -> Ids:
        """Where customers stand."""
        return Ids(self.customers["customer_id"].to_numpy(object))

    @cached_property
    def product_ids(self) -> Ids:
        """Where products stand."""
        return Ids(self.products["product_id"].to_numpy(object))

    @cached_property
    def _contract_ids(self) -> Ids:
        return Ids(self.contracts["contract_id"].to_numpy(object))


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


def parties(facts: Facts) -> Parties:
    """Customers, products and contracts in a fixed order: that of their ids, contracts by their customer's first."""
    customers, contracts = facts["customers"], facts["contracts"]
    customer_of = Ids(customers["customer_id"].to_numpy(object)).find(contracts["customer_id"].to_numpy(object))
    if (customer_of < 0).any():
        row = contracts.iloc[int(np.argmin(customer_of))]
        raise LedgerBroken(f"contract {row.contract_id} names customer {row.customer_id!r}, which no record has")
    order = np.argsort(customer_of, kind="stable")
    contracts, customer_of = contracts.take(order).reset_index(drop=True), customer_of[order]
    signed = contracts["signed_on"].to_numpy(np.int64)
    committed = contracts["status"].isin(COMMITTED).to_numpy() & (signed != NO_DAY)
    return Parties(customers, facts["products"], contracts, customer_of, committed, signed)


def promises(facts: Facts, who: Parties, policy: Policy, scale: int) -> Promises:
    """Every obligation: the contracts' lines, then what amendments add or renew, then termination fees.

    `scale`: how many decimals quantities are given in (they become whole numbers).
    """
    lines = _columns(facts["contract_lines"], "line_id", who, policy, scale)
    amended = priced(facts["amendments"], who)
    amended = amended.assign(turn=signing_order(amended))
    adds = amended[amended["kind"].isin(("add_line", "renew")) & (amended["amount_minor"] != NO_AMOUNT)]
    adds = adds.sort_values("new_line_id", ignore_index=True)
    added = _columns(adds, "new_line_id", who, policy, scale)
    fees = amended[(amended["kind"] == "terminate") & ~amended["amount_minor"].isin((NO_AMOUNT, 0))]
    fees = fees.reset_index(drop=True)
    fee = _columns(fees, "amendment_id", who, policy, scale)
    fee["line_id"] = np.array([f"{name} fee" for name in fee["line_id"]], object)
    fee["method"] = np.full(len(fees), METHODS["straight_line_daily"])
    signed_fee = np.maximum(fees["signed_on"].to_numpy(np.int64), fees["effective_on"].to_numpy(np.int64))
    fee["start"] = fee["end"] = signed_fee
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
    since[count:] = np.maximum(booked[count:], np.r_[adds["effective_on"], signed_fee])
    columns["booked"], columns["since"] = booked, since
    # Without a service period a time-based promise cannot be earned: it stays backlog, and an exception says so.
    start, end = columns["start"], columns["end"]
    columns["undated"] = IS_TIME[columns["method"]] & ((start == NO_DAY) | (end == NO_DAY) | (start > end))
    columns["method"] = np.where(columns["undated"], MANUAL, columns["method"])
    columns["discount"] = _discounts(columns["contract"], columns["stated"], columns["kind"])
    del parts, lines, booked, since, start, end
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


def priced(amendments: pd.DataFrame, who: Parties) -> pd.DataFrame:
    """Amendments with the amount that quantity times unit price comes to, where both are given and no amount is."""
    quantity, price = (_given(amendments[name].to_numpy(object)) for name in ("quantity", "unit_price"))
    rows = np.intersect1d(quantity, price)
    rows = rows[amendments["amount_minor"].to_numpy(np.int64)[rows] == NO_AMOUNT]
    rows = rows[amendments["kind"].to_numpy(object)[rows] != "terminate"]
    if not rows.size:
        return amendments
    amount = amendments["amount_minor"].to_numpy(np.int64).copy()
    contract = who.contract_index(amendments["contract_id"].to_numpy(object)[rows])
    currency = who.contracts["currency"].to_numpy(object)[contract]
    for row, code in zip(rows, currency, strict=True):
        amount[row] = round_minor(amendments["quantity"].iloc[row] * amendments["unit_price"].iloc[row], code)
    return amendments.assign(amount_minor=amount)


def signing_order(amendments: pd.DataFrame) -> IntArray:
    """The place of each amendment (they come in the order of ids) among all: as they were signed, those of one day by id."""
    return places(np.argsort(amendments["signed_on"].to_numpy(np.int64), kind="stable"))


def _columns(rows: pd.DataFrame, key: str, who: Parties, policy: Policy, scale: int) -> dict[str, NDArray[np.generic]]:
    contract = who.contract_index(rows["contract_id"].to_numpy())
    product = who.product_ids.find(rows["product_id"].to_numpy(object))
    start = _first_day(rows["start_on"], who.contracts["start_on"], contract)
    end = _first_day(rows["end_on"], who.contracts["end_on"], contract)
    if "effective_on" in rows:  # an added line without dates begins when it takes effect and ends with the contract
        effective = rows["effective_on"].to_numpy(np.int64)
        start = np.where(rows["start_on"].to_numpy(np.int64) == NO_DAY, np.maximum(effective, start), start)
    currency = who.contracts["currency"].to_numpy()[contract]
    count = len(rows)
    ssp = _standalone(rows, who, product, currency)
    given = {name: name in rows for name in ("ssp_method", "bundle", "bundle_ssp_minor")}
    residual = (rows["ssp_method"] == "residual").to_numpy() if given["ssp_method"] else np.zeros(count, bool)
    return {
        "line_id": rows[key].to_numpy(object),
        "contract": contract,
        "method": _methods(rows["recognition"], who.products["recognition"], product, policy),
        "start": start,
        "end": end,
        "stated": rows["amount_minor"].to_numpy(np.int64),
        "ssp": np.where(residual & (rows["ssp_minor"].to_numpy(np.int64) == NO_AMOUNT), NO_AMOUNT, ssp),
        "residual": residual,
        "bundle": rows["bundle"].to_numpy(object) if given["bundle"] else np.full(count, "", object),
        "bundle_ssp": (
            rows["bundle_ssp_minor"].to_numpy(np.int64)
            if given["bundle_ssp_minor"]
            else np.full(count, NO_AMOUNT, np.int64)
        ),
        "quantity": scaled(rows["quantity"].to_numpy(object), scale),
        "cost": rows["expected_cost_minor"].to_numpy(np.int64),
        "product": product,
        "description": rows["description"].to_numpy(object),
        "raw_id": rows["raw_id"].to_numpy(np.int64),
    }


def _standalone(rows: pd.DataFrame, who: Parties, product: IntArray, currency: TextArray) -> IntArray:
    """The stand-alone price of the whole line: its own, else its product's times the quantity (606-10-32-32)."""
    ssp = rows["ssp_minor"].to_numpy(np.int64).copy()
    prices = who.products["ssp"].to_numpy(object)
    quantities = rows["quantity"].to_numpy(object)
    for row in np.flatnonzero((ssp == NO_AMOUNT) & (product >= 0)):
        price = prices[product[row]]
        if price is not None:
            ssp[row] = round_minor(price * (Decimal(1) if quantities[row] is None else quantities[row]), currency[row])
    return ssp


def scaled(values: TextArray, digits: int) -> IntArray:
    """Decimals as whole numbers of 10^-digits, NO_AMOUNT where none is given."""
    out = np.full(len(values), NO_AMOUNT, np.int64)
    for row in _given(values):
        out[row] = int(values[row].scaleb(digits))
    return out


def decimals(*columns: TextArray) -> int:
    """The most decimals any value of these columns has, so that all can be whole numbers of one unit."""
    exponents = (value.as_tuple().exponent for values in columns for value in values[_given(values)])
    return max((-int(exponent) for exponent in exponents), default=0)


def _given(values: TextArray) -> IntArray:
    """Where a value is given."""
    return np.flatnonzero(values != np.array(None))


def _methods(own: pd.Series, of_products: pd.Series, product: IntArray, policy: Policy) -> IntArray:
    """How each line is earned: as it says itself, else as its product does, else by the policy."""
    default = METHODS[policy.recognition]
    numbers = {**METHODS, "": -1}
    stated, fallback = (numbers_of(column.to_numpy(object), numbers) for column in (own, of_products))
    fallback = pick(fallback, product, -1)
    return np.where(stated >= 0, stated, np.where(fallback >= 0, fallback, default))


def _first_day(own: pd.Series, contract: pd.Series, positions: IntArray) -> IntArray:
    values = own.to_numpy(np.int64)
    return np.where(values == NO_DAY, contract.to_numpy(np.int64)[positions], values)
