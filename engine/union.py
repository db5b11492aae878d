"""Two ledgers in one set of places: customers, contracts, promises and invoices that both know stand in one row.

A contract is the same where its id, customer, currency and day of signing are; a promise where its contract, line, kind
and product are; an invoice where its id and due day are. What differs in one of these stands in two rows, so that a
closed period keeps the customer, product or due day it was closed with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import BoolArray, IntArray
from engine.ledger import Ledger

Table = Mapping[str, Any]
ROWS = ("segments", "versions", "stretches", "plans", "entries")


@dataclass(frozen=True)
class Joined:
    """Two tables as one: the rows of `now`, then those only `base` has; and where the rows of each stand."""

    table: dict[str, Any]
    base: IntArray
    now: IntArray

    @property
    def gone(self) -> BoolArray:
        """The rows that only `base` has."""
        only = np.ones(len(next(iter(self.table.values()))), bool)
        only[self.now] = False
        return only


@dataclass(frozen=True)
class Source:
    """A ledger and where its rows stand in a union: the place of each of its customers, products, contracts, obligations
    and invoices, and that of its first cause.
    """

    ledger: Ledger
    customer: IntArray
    product: IntArray
    contract: IntArray
    obligation: IntArray
    invoice: IntArray
    cause: int

    def rows(self, name: str) -> dict[str, Any]:
        """A table of rows by obligation (ROWS), in the places of the union; versions and stretches keep their own numbers."""
        table = getattr(self.ledger, name)
        made = {column: np.asarray(table[column]) for column in table.keys()}  # noqa: SIM118 (read from a file)
        own = self.ledger.stretches["obligation"][made["stretch"]] if name == "plans" else made["obligation"]
        made["obligation"] = self.obligation[own]
        if "cause" in made:
            made["cause"] = made["cause"] + self.cause
        if "invoice" in made:
            made["invoice"] = np.r_[self.invoice, -1][made["invoice"]]
        return made


@dataclass(frozen=True)
class Union:
    """The tables of both ledgers, and each ledger's place in them."""

    customers: Joined
    products: Joined
    contracts: Joined
    obligations: Joined
    invoices: Joined
    causes: list[str]
    base: Source
    now: Source

    @property
    def contract_of(self) -> IntArray:
        """The contract of each obligation."""
        return np.asarray(self.obligations.table["contract"])


def unite(base: Ledger, now: Ledger) -> Union:
    """Both ledgers in one set of places, contracts by customer and obligations by contract as a ledger has them."""
    customers = _joined(base.customers, now.customers, ("id",))
    products = _joined(base.products, now.products, ("id",))
    contracts = _by(
        _joined(
            _contracts(base, customers.base),
            _contracts(now, customers.now),
            ("id", "customer", "currency", "signed_on"),
        ),
        "customer",
    )
    obligations = _by(
        _joined(
            _obligations(base, contracts.base, products.base),
            _obligations(now, contracts.now, products.now),
            ("contract", "id", "kind", "product"),
        ),
        "contract",
    )
    invoices = _joined(base.invoices, now.invoices, ("id", "due_on"))
    first = len(now.causes["text"])
    return Union(
        customers, products, contracts, obligations, invoices, [*now.causes["text"], *base.causes["text"]],
        Source(base, customers.base, products.base, contracts.base, obligations.base, invoices.base, first),
        Source(now, customers.now, products.now, contracts.now, obligations.now, invoices.now, 0),
    )  # fmt: skip


def _contracts(ledger: Ledger, customers: IntArray) -> Table:
    return {**_all(ledger.contracts), "customer": customers[ledger.contracts["customer"]]}


def _obligations(ledger: Ledger, contracts: IntArray, products: IntArray) -> Table:
    table = ledger.obligations
    return {**_all(table), "contract": contracts[table["contract"]], "product": np.r_[products, -1][table["product"]]}


def _all(table: Table) -> dict[str, Any]:
    return {name: np.asarray(table[name]) for name in table.keys()}  # noqa: SIM118 (columns are read from a file)


def _joined(base: Table, now: Table, keys: Sequence[str]) -> Joined:
    known, asked = (_index(table, keys) for table in (now, base))
    found = np.asarray(known.get_indexer(asked), np.int64)
    extra = found < 0
    place = np.where(extra, len(known) + np.cumsum(extra) - 1, found)
    table = {name: np.concatenate([np.asarray(now[name]), np.asarray(base[name])[extra]]) for name in _all(now)}
    return Joined(table, place, np.arange(len(known)))


def _index(table: Table, keys: Sequence[str]) -> pd.Index:
    columns = [np.asarray(table[key]) for key in keys]
    return pd.Index(columns[0]) if len(columns) == 1 else pd.MultiIndex.from_arrays(columns)


def _by(joined: Joined, column: str) -> Joined:
    """The table in the order of a column, rows of one value in the order they had."""
    order = np.argsort(joined.table[column], kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return Joined({n: v[order] for n, v in joined.table.items()}, place[joined.base], place[joined.now])
