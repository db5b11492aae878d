"""The keys a pull has met, in eight bytes each: a million items must not need a hundred megabytes.

Kept are hashes, in sorted runs of growing length, as a merge sort has them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np


class Met:
    """A set of keys that grows a page at a time."""

    def __init__(self) -> None:
        self._runs: list[Any] = []

    def among(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that have been met."""
        hashes = _hashes(keys)
        found = np.zeros(len(hashes), bool)
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            found |= run[places] == hashes
        return {key for key, met in zip(keys, found.tolist(), strict=True) if met}

    def add(self, keys: Collection[str]) -> None:
        """Counts keys as met."""
        if not keys:
            return
        self._runs.append(np.sort(_hashes(keys)))
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate((self._runs[-1], last)), kind="stable")


def _hashes(keys: Collection[str]) -> Any:
    return np.fromiter(map(hash, keys), np.int64, len(keys))
