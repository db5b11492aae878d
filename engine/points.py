"""One figure at a time: a measure made ready once, then asked for a customer and a day in microseconds."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import kernel
from engine.balances import Measure
from engine.figures import Rows, Scope, answer
from engine.ledger import Ledger


class Points:
    """A measure of a ledger for single customers and days; the figures are those of engine.figures.answer."""

    def __init__(self, ledger: Ledger, measure: str, **options: Any) -> None:
        self._ledger, self._measure, self._options = ledger, measure, options
        self._rows = Rows.customers(ledger)
        self._formula = Measure.of(measure, **options).in_kernel(self._rows)
        self._one_currency = (self._rows.currency != -1).tolist()

    def __call__(self, customer: int, day: int) -> int:
        """Minor units at the end of a day, in the one currency of the customer's contracts, else the reporting currency."""
        if self._formula is not None and self._one_currency[customer]:
            place = np.array((customer, day), np.int64)
            return int(kernel.cells(self._ledger, self._rows.blocks, self._formula, place[:1], place[1:])[0])
        found = answer(
            self._ledger, self._measure, [Scope(customers=np.array([customer]))], np.array([day]), **self._options
        )
        for error in found.errors.values():
            raise error
        return int(found.minor[0, 0])
