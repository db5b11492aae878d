"""Whom the books know: customers, products, and contracts with their customer and commitment (ASC 606-10-25-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.arithmetic import BoolArray, IntArray
from engine.ids import Ids, TextArray
from model.errors import LedgerBroken
from model.frames import Facts
from model.records import COMMITTED, NO_DAY


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
