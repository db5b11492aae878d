"""The course of a rate: from which day on which ratio holds for what flows, worked out once for every question of a ledger."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import BoolArray, IntArray, whole
from engine.currency import Rates
from engine.ledger import Ledger
from model.errors import Unanswerable

_TURN = threading.Lock()
_MADE: weakref.WeakKeyDictionary[Ledger, dict[tuple[str, str], Course]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Course:
    """A pair's rates between minor units from the day the books begin up to `last`: the days on which one may begin, each as
    a ratio `above`/`below`, 0/1 where there is none (`lacking`)."""

    last: int
    opens: IntArray
    above: IntArray
    below: IntArray
    lacking: BoolArray

    @classmethod
    def of(cls, ledger: Ledger, source: str, target: str, last: int) -> Course:
        """The course up to a day, or further."""
        with _TURN:
            known = _MADE.setdefault(ledger, {}).get((source, target))
        if known is None or known.last < last:
            known = cls._made(ledger, source, target, max(last, ledger.span[1]))
            with _TURN:
                _MADE[ledger][source, target] = known
        return known

    @classmethod
    def _made(cls, ledger: Ledger, source: str, target: str, last: int) -> Course:
        rates, begin = Rates.of(ledger), ledger.span[0]
        opens = np.r_[begin, rates.changes(source, target, begin, last)]
        ratios, lacking = [], np.zeros(opens.size, np.bool_)
        for n, day in enumerate(opens.tolist()):
            try:
                ratios.append(rates.flow_ratio(source, target, day))
            except Unanswerable:
                lacking[n] = True
                ratios.append((0, 1))
        above, below = (whole([ratio[side] for ratio in ratios]) for side in (0, 1))
        return cls(last, opens, above, below, lacking)
