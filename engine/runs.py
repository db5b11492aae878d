"""Runs of rows, now of the one source and now of the other, by which two tables become one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.arithmetic import IntArray


@dataclass(frozen=True)
class Runs:
    """Rows low up to high of a source (0: the whole ledger, 1: the part), run after run; `start`: where each begins in the
    spliced table, and one beyond the last."""

    source: IntArray
    low: IntArray
    high: IntArray

    @property
    def start(self) -> IntArray:
        """Where each run begins, and one beyond the last."""
        return np.r_[0, np.cumsum(self.high - self.low)]

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        return zip(self.source.tolist(), self.low.tolist(), self.high.tolist(), strict=True)


def customer_runs(ids: Any, new: list[str], gone: IntArray) -> Runs:
    """Runs of customers by their ids, without those at the places `gone` and with the `new` ones (ascending)."""
    events = sorted([*((place_of(ids, name), 0, n) for n, name in enumerate(new)), *((g, 1, 0) for g in gone.tolist())])
    runs: list[tuple[int, int, int]] = []
    at = 0
    for place, leaves, n in [*events, (len(ids), 1, 0)]:
        if place > at:
            runs.append((0, at, place))
            at = place
        if leaves:
            at = place + 1
        elif runs and runs[-1][0] == 1 and runs[-1][2] == n:
            runs[-1] = (1, runs[-1][1], n + 1)
        else:
            runs.append((1, n, n + 1))
    return Runs(*np.array(runs, np.int64).reshape(-1, 3).T)


def place_of(ids: Any, name: str) -> int:
    """Where a name stands, or would stand, among ids in order."""
    low, high = 0, len(ids)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if ids[middle] < name else (low, middle)
    return low


def joined(columns: Sequence[Any], runs: Runs) -> Any:
    """The runs of a column one after the other."""
    return np.concatenate([np.asarray(columns[0])[:0], *(np.asarray(columns[n])[low:high] for n, low, high in runs)])
