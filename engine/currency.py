"""Converted figures: one rate of the day, or a named refusal, never a guess (ASC 830-10-55-10, -11)."""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

import numpy as np

from engine.ledger import Ledger
from model.errors import Unanswerable
from model.money import exponent, to_decimal
from model.periods import day_of


class Rates:
    """The ledger's exchange rates: the last one on or before a day, direct, turned round, or over the reporting currency."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[np.ndarray, list[Decimal]]]:
        table = self.ledger.rates
        found: dict[tuple[str, str], list[tuple[int, Decimal]]] = {}
        for n, kind in enumerate(table["kind"]):
            if kind in ("", "closing", "spot"):
                pair = (str(table["from_currency"][n]), str(table["to_currency"][n]))
                found.setdefault(pair, []).append((int(table["on"][n]), Decimal(table["rate"][n])))
        return {
            pair: (np.array([d for d, _ in sorted(rows)]), [v for _, v in sorted(rows)]) for pair, rows in found.items()
        }

    def rate(self, source: str, target: str, day: int) -> Decimal:
        """Units of `target` for one of `source` at the close of the day; Unanswerable names the pair and the date."""
        if source == target:
            return Decimal(1)
        for path in ((source, target), (source, self.ledger.reporting, target)):
            steps = [self._step(a, b, day) for a, b in itertools.pairwise(path)]
            if all(step is not None for step in steps):
                rate = Decimal(1)
                for step in steps:
                    rate *= step or 1
                return rate
        raise Unanswerable(f"No rate from {source} to {target} on or before {day_of(day)}. Add it to fx_rates")

    def _step(self, source: str, target: str, day: int) -> Decimal | None:
        if source == target:
            return Decimal(1)
        for pair, turned in (((source, target), False), ((target, source), True)):
            if pair in self._known:
                days, values = self._known[pair]
                place = int(np.searchsorted(days, day, "right")) - 1
                if place >= 0 and values[place]:
                    return 1 / values[place] if turned else values[place]
        return None

    def convert(self, minor: int, source: str, target: str, day: int) -> int:
        """Minor units of `target`, rounded half away from zero."""
        amount = to_decimal(minor, source) * self.rate(source, target, day)
        return int(amount.scaleb(exponent(target)).quantize(Decimal(1), ROUND_HALF_UP))
