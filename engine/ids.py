"""Ids as numbers: every text that names a record is looked up once, and from then on its position stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.arithmetic import IntArray
from model.frames import Facts
from model.records import TABLES

TextArray = NDArray[np.object_]


class Ids:
    """The ids of a table, each once."""

    def __init__(self, ids: TextArray) -> None:
        self.ids = ids

    def find(self, wanted: Sequence[str] | TextArray) -> IntArray:
        """Positions of the wanted ids, -1 where unknown or blank."""
        found = self._index.get_indexer(pd.Index(np.asarray(wanted, object), dtype=object)).astype(np.int64)
        if (blank := self._index.get_indexer(pd.Index([""], dtype=object))[0]) >= 0:
            found[found == blank] = -1
        return found

    @property
    def distinct(self) -> bool:
        """Whether every id is there once."""
        return bool(self._index.is_unique)

    @cached_property
    def _index(self) -> pd.Index[str]:
        return pd.Index(self.ids, dtype=object)


def taken(facts: Facts) -> pd.Series:
    """Which amendments would add a line under the id of a line of a contract, or of one that an earlier amendment adds."""
    added = facts["amendments"]["new_line_id"]
    return added.ne("") & (added.isin(facts["contract_lines"]["line_id"]) | added.duplicated())


def in_order(facts: Facts) -> dict[str, pd.DataFrame]:
    """The facts with every table in the order of its ids, as the store gives them: whatever order they came in, nothing
    depends on it, and where rows are equal otherwise their place tells the order of their ids."""
    return {name: _in_order(frame, TABLES[name].key[0] if len(TABLES[name].key) == 1 else "record_id")
            for name, frame in facts.items()}  # fmt: skip


def _in_order(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    ids = frame[key].to_numpy(object)
    if not pd.Index(ids, dtype=object).is_monotonic_increasing:
        frame = frame.take(sorted(range(len(ids)), key=ids.__getitem__))
    return frame.reset_index(drop=True)
