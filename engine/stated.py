"""What records state of a promise: price, quantity, term and method, each its own or what stands for it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.arithmetic import IntArray, pick, places
from engine.ids import TextArray, numbers_of
from engine.methods import METHODS
from engine.parties import Parties
from model.money import round_minor
from model.policy import Policy
from model.records import NO_AMOUNT, NO_DAY


def stated(rows: pd.DataFrame, key: str, who: Parties, policy: Policy, scale: int) -> dict[str, NDArray[np.generic]]:
    """Columns of engine.promises.Promises from rows of contract_lines or amendments, whose id is in the column `key`.

    What a row does not say comes from its contract (dates), its product (method, stand-alone price) or the policy.
    """
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
