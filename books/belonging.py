"""Which record each row of another table belongs to, as row numbers, and what all of a record's rows come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import BoolArray, IntArray
from model.records import NO_DAY


class Belonging:
    """`of`: for each of the rows the number of its record, -1 where that is not there."""

    def __init__(self, records: pd.Series, rows: pd.DataFrame, column: str) -> None:
        self._rows, self._count = rows, len(records)
        self.of = places(records.tolist(), rows[column])
        self._known = np.flatnonzero(self.of >= 0)

    def total(self, column: str, where: BoolArray | None = None) -> IntArray:
        """The sum of a column by record, 0 for a record without rows; `where`: of those rows alone."""
        rows = self._known if where is None else self._known[where[self._known]]
        made = np.zeros(self._count, np.int64)
        np.add.at(made, self.of[rows], self._rows[column].to_numpy(np.int64)[rows])
        return made

    def first(self, column: str) -> IntArray:
        """The earliest day in a column by record, NO_DAY for none."""
        days = self._rows[column].to_numpy(np.int64)
        rows = self._known[days[self._known] != NO_DAY]
        made = np.full(self._count, -NO_DAY)
        np.minimum.at(made, self.of[rows], days[rows])
        return np.where(made == -NO_DAY, NO_DAY, made)

    def last(self, column: str) -> IntArray:
        """The latest day in a column by record, NO_DAY for none."""
        made = np.full(self._count, NO_DAY)
        np.maximum.at(made, self.of[self._known], self._rows[column].to_numpy(np.int64)[self._known])
        return made


def places(ids: Sequence[str], wanted: pd.Series) -> IntArray:
    """Where each of the wanted ids stands, -1 for one that is not there."""
    at = dict(zip(ids, range(len(ids)), strict=True))
    return np.array([at.get(name, -1) for name in wanted.tolist()], np.int64)


def renamed(frame: pd.DataFrame, column: str, names: Any) -> pd.DataFrame:
    """The frame with each text of a column that `names` knows in the words it has for it."""
    values = frame[column].tolist()
    if not names or not values:
        return frame
    return frame.assign(**{column: pd.Series([names.get(value, value) for value in values], frame.index, object)})
