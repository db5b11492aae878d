"""What a question is about: a selection of customers, products and contracts, or many selections at once in columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.arithmetic import IntArray
from engine.kernel import Blocks
from engine.ledger import Ledger
from engine.lines import explode


@dataclass(frozen=True)
class Scope:
    """Which promises a question is about: positions of customers, products, contracts; None is all of them."""

    customers: IntArray | None = None
    products: IntArray | None = None
    contracts: IntArray | None = None


@dataclass(frozen=True)
class Rows:
    """Many scopes of one ledger that share their products: row r is about contracts[bounds[r]] up to contracts[bounds[r + 1]].

    Asked for several times, what they come down to is worked out once.
    """

    ledger: Ledger
    contracts: IntArray
    bounds: IntArray
    products: IntArray | None = None

    def __len__(self) -> int:
        return self.bounds.size - 1

    @classmethod
    def customers(cls, ledger: Ledger, customers: IntArray | None = None) -> Rows:
        """A row for each of those customers, or for every customer of the ledger."""
        bounds = ledger.bounds["contracts"]
        if customers is None:
            return cls(ledger, np.arange(bounds[-1]), bounds)
        contracts, of = explode(bounds[customers], bounds[customers + 1] - 1)
        return cls(ledger, contracts, np.searchsorted(of, np.arange(customers.size + 1)))

    @classmethod
    def of(cls, ledger: Ledger, scopes: Sequence[Scope]) -> Rows:
        """Those scopes, which name the same products."""
        products = scopes[0].products if scopes else None
        single = [scope.customers for scope in scopes if scope.contracts is None and scope.customers is not None]
        if scopes and len(single) == len(scopes) and all(customers.size == 1 for customers in single):
            return dataclasses.replace(cls.customers(ledger, np.concatenate(single)), products=products)
        chosen = [contracts_of(ledger, scope) for scope in scopes]
        bounds = np.cumsum([0, *(contracts.size for contracts in chosen)])
        return cls(ledger, np.concatenate([np.zeros(0, np.int64), *chosen]), bounds, products)

    def take(self, rows: IntArray) -> Rows:
        """Those rows."""
        place, of = explode(self.bounds[rows], self.bounds[rows + 1] - 1)
        bounds = np.searchsorted(of, np.arange(rows.size + 1))
        return Rows(self.ledger, self.contracts[place], bounds, self.products)

    @cached_property
    def currency(self) -> IntArray:
        """The one currency of each row's contracts (a number of ledger.currencies), -1 for several, -2 without a contract.

        Contracts that have no figure, as drafts, have no say where others do.
        """
        codes, names = self.ledger.currencies
        held = np.flatnonzero(np.diff(self.bounds))
        one = np.full(len(self), -2)
        if len(names) == 1:
            one[held] = 0
        elif held.size:
            first, own, counted = self.bounds[held], codes[self.contracts], self.ledger.counted[self.contracts]
            silent = ~counted & np.repeat(np.logical_or.reduceat(counted, first), np.diff(self.bounds)[held])
            low = np.minimum.reduceat(np.where(silent, len(names), own), first)
            high = np.maximum.reduceat(np.where(silent, -1, own), first)
            one[held] = np.where(low == high, low, -1)
        return one

    @cached_property
    def blocks(self) -> Blocks:
        """What the kernel works through: each contract of each row a unit."""
        obligations = self.ledger.bounds["obligations"]
        first, last = obligations[self.contracts], obligations[self.contracts + 1]
        units = np.arange(self.contracts.size + 1)
        if self.products is not None:
            first, of = explode(first, last - 1)
            chosen = np.isin(self.ledger.obligations["product"][first], self.products)
            first, last = first[chosen], first[chosen] + 1
            units = np.searchsorted(of[chosen], units)
        return blocks(self.ledger, self.bounds, units, first, last)


def blocks(ledger: Ledger, rows: IntArray, units: IntArray, first: IntArray, last: IntArray) -> Blocks:
    """Blocks whose stretches are the obligations first[n] up to last[n]."""
    segments, entries = ledger.bounds["segments"], ledger.bounds["entries"]
    return Blocks(rows, units, segments[first], segments[last], entries[first], entries[last])


def contracts_of(ledger: Ledger, scope: Scope) -> IntArray:
    """The contracts a scope holds, in order."""
    if scope.customers is None and scope.contracts is None:
        return np.arange(ledger.size("contracts"))
    if scope.customers is None:
        return np.asarray(scope.contracts)
    contracts = ledger.contract_slice(scope.customers)
    return contracts if scope.contracts is None else np.intersect1d(contracts, scope.contracts)
