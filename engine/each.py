"""Figures contract by contract, each in its own currency: what overlays and reports are made of, for all contracts at once."""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray
from engine.balances import Measure
from engine.ledger import Ledger
from engine.slices import Slice


def each_contract(
    ledger: Ledger, measure: str, contracts: IntArray, days: IntArray, products: IntArray | None = None
) -> IntArray:
    """A measure of engine.figures at the end of each day (flows: since the beginning), of some products only if named.

    Rows: the contracts; columns: the days; minor units of each contract's currency.
    """
    part = Slice.make(ledger, np.asarray(contracts, np.int64), products)
    return Measure.of(measure).figures(part, np.asarray(days, np.int64))
