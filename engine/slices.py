"""The rows of a ledger that a question needs, contract by contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine import kernel
from engine.arithmetic import IntArray, bounded
from engine.kernel import Blocks, Formula
from engine.kinds import CORRECTION
from engine.ledger import Ledger
from engine.lines import explode
from engine.scopes import blocks


@dataclass
class Slice:
    """The rows of a ledger that some contracts need: positions of contracts, and of each obligation its place among them
    (ascending)."""

    ledger: Ledger
    contracts: IntArray
    obligations: IntArray
    of: IntArray

    @classmethod
    def make(cls, ledger: Ledger, contracts: IntArray, products: IntArray | None) -> Slice:
        """The obligations of those contracts (of those products only)."""
        bounds = ledger.bounds["obligations"]
        obligations, of = explode(bounds[contracts], bounds[contracts + 1] - 1)
        if products is not None:
            keep = np.isin(ledger.obligations["product"][obligations], products)
            obligations, of = obligations[keep], of[keep]
        return cls(ledger, contracts, obligations, of)

    @classmethod
    def each(cls, ledger: Ledger, obligations: IntArray) -> Slice:
        """Every obligation by itself, as if it were a contract."""
        place = np.arange(obligations.size)
        return cls(ledger, place, obligations, place)

    def some(self, rows: IntArray) -> Slice:
        """The slice of some of its contracts, by their place in it."""
        place = np.full(self.contracts.size, -1)
        place[rows] = np.arange(rows.size)
        keep = place[self.of] >= 0
        return Slice(self.ledger, self.contracts[rows], self.obligations[keep], place[self.of[keep]])

    def figure(self, formula: Formula, days: IntArray) -> IntArray:
        """The formula for every contract (rows) at every day (columns, in any order)."""
        return kernel.grid(self.ledger, self._blocks, formula, days)

    def cells(self, formula: Formula, at: IntArray, day: IntArray) -> IntArray:
        """The formula for the contract at[c] at the end of day[c], for every cell c."""
        return kernel.cells(self.ledger, self._blocks, formula, at, day)

    def entries(self, kinds: Sequence[int], days: IntArray) -> IntArray:
        """Sums of entries of those kinds up to each day, per contract."""
        return self.figure(Formula(plus=tuple(kinds)), days)

    def recognized(self, days: IntArray) -> IntArray:
        """Revenue to date at the end of each day, per contract."""
        return self.figure(Formula(revenue=1), days)

    def corrected(self, days: IntArray) -> IntArray:
        """Of that revenue, what corrects closed periods, per contract."""
        rows, at = self.rows(self.ledger.bounds["segments"])
        segments, rule = self.ledger.segments, np.asarray(self.ledger.versions["rule"])
        ours = rule[segments["version"][rows]] == CORRECTION
        rows, at = rows[ours], at[ours]
        out = np.zeros((self.contracts.size, days.size), np.int64)
        amount = bounded(segments["amount"][rows])
        np.add.at(out, at, np.where(segments["from_day"][rows][:, None] <= days, amount[:, None], 0))
        return out

    def rows(self, bounds: IntArray) -> tuple[IntArray, IntArray]:
        """Rows of a table by the bounds of its obligations, and for each the place of its contract."""
        rows, at = explode(bounds[self.obligations], bounds[self.obligations + 1] - 1)
        return rows, self.of[at]

    @cached_property
    def _blocks(self) -> Blocks:
        place = np.arange(self.contracts.size + 1)
        units = np.searchsorted(self.of, place)
        return blocks(self.ledger, place, units, self.obligations, self.obligations + 1)
