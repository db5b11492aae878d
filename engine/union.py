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

from engine.arithmetic import BoolArray, IntArray, pick, places
from engine.ledger import Ledger

Table = Mapping[str, Any]
Placed = Mapping[str, tuple[Any, Any]]
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
            made["invoice"] = pick(self.invoice, made["invoice"], -1)
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
    customers = _joined(base.customers, now.customers)
    products = _joined(base.products, now.products)
    owners = {"customer": (customers.base[base.contracts["customer"]], customers.now[now.contracts["customer"]])}
    contracts = _by("customer", _joined(base.contracts, now.contracts, ("customer", "currency", "signed_on"), owners))
    owners = {
        "contract": (contracts.base[base.obligations["contract"]], contracts.now[now.obligations["contract"]]),
        "product": (pick(products.base, base.obligations["product"], -1), now.obligations["product"]),
    }
    obligations = _by("contract", _joined(base.obligations, now.obligations, ("contract", "kind", "product"), owners))
    owners = {"customer": (pick(customers.base, base.invoices["customer"], -1), now.invoices["customer"])}
    invoices = _by("customer", _joined(base.invoices, now.invoices, ("due_on",), owners))
    first = len(now.causes["text"])
    return Union(
        customers, products, contracts, obligations, invoices, [*now.causes["text"], *base.causes["text"]],
        Source(base, customers.base, products.base, contracts.base, obligations.base, invoices.base, first),
        Source(now, customers.now, products.now, contracts.now, obligations.now, invoices.now, 0),
    )  # fmt: skip


def _joined(base: Table, now: Table, alike: Sequence[str] = (), placed: Placed | None = None) -> Joined:
    """The rows of both: the same row where id and the columns `alike` are the same.

    `placed`: columns of base and now in place of their own, because they are places in the union.
    """
    placed = placed or {}
    keys = {n: placed.get(n) or (np.asarray(base[n]), np.asarray(now[n])) for n in alike}
    place = _found(np.asarray(base["id"]), np.asarray(now["id"]), keys)
    for column, other in keys.values():
        shared = np.flatnonzero(place >= 0)
        place[shared[column[shared] != other[place[shared]]]] = -1
    extra, count = place < 0, len(now["id"])
    place = np.where(extra, count + np.cumsum(extra) - 1, place)
    table = {n: placed[n][1] if n in placed else np.asarray(now[n]) for n in now.keys()}  # noqa: SIM118 (read from a file)
    if extra.any():
        more = {n: (placed[n][0] if n in placed else np.asarray(base[n]))[extra] for n in table}
        table = {n: np.concatenate([values, more[n]]) for n, values in table.items()}
    return Joined(table, place, np.arange(count))


def _found(base: Any, now: Any, keys: Mapping[str, tuple[Any, Any]]) -> IntArray:
    """For each id of the base the row of now with that id, -1 for none; what has no id is found by the other columns."""
    if base.size == now.size and not keys and (base == now).all():
        return np.arange(now.size)
    named, known = np.flatnonzero(base != ""), np.flatnonzero(now != "")
    place = np.full(base.size, -1)
    place[named] = pick(known, pd.Index(now[known], dtype=object).get_indexer(pd.Index(base[named], dtype=object)), -1)
    blank, other = np.flatnonzero(base == ""), np.flatnonzero(now == "")
    if blank.size and other.size:
        asked, held = (pd.MultiIndex.from_arrays([pair[side][rows] for pair in keys.values()])
                       for side, rows in ((0, blank), (1, other)))  # fmt: skip
        place[blank] = pick(other, held.get_indexer(asked), -1)
    return place


def _by(column: str, joined: Joined) -> Joined:
    """The table in the order of a column, rows of one value in the order they had."""
    order = np.argsort(joined.table[column], kind="stable")
    if (np.diff(order) == 1).all():
        return joined
    place = places(order)
    return Joined({n: v[order] for n, v in joined.table.items()}, place[joined.base], place[joined.now])
