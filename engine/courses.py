"""The course of a rate: from which day on which ratio holds for what flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import BoolArray, IntArray, whole
from model.errors import Unanswerable


@dataclass(frozen=True)
class Course:
    """A pair's rates between minor units up to the day `last`: the days on which one may begin, each as a ratio
    `above`/`below`, 0/1 where there is none (`lacking`)."""

    last: int
    opens: IntArray
    above: IntArray
    below: IntArray
    lacking: BoolArray

    @classmethod
    def of(cls, last: int, opens: IntArray, ratio: Callable[[int], tuple[int, int]]) -> Course:
        """The course over those days. `ratio`: that of a day; Unanswerable where it has none."""
        ratios, lacking = [], np.zeros(opens.size, np.bool_)
        for n, day in enumerate(opens.tolist()):
            try:
                ratios.append(ratio(day))
            except Unanswerable:
                lacking[n] = True
                ratios.append((0, 1))
        above, below = (whole([each[side] for each in ratios]) for side in (0, 1))
        return cls(last, opens, above, below, lacking)
