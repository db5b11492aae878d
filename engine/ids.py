"""Ids as numbers: every text that names a record is looked up once, and from then on its position stands for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.arithmetic import IntArray
from model.frames import Facts
from model.records import TABLES

TextArray = NDArray[np.object_]
_MANY = 1000  # ids that it pays for to be turned into numbers
_LONG = 8  # words
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Ids:
    """The ids of a table, each once; `places`: where each stands, if not in this order."""

    def __init__(self, ids: TextArray, places: IntArray | None = None) -> None:
        self.ids = ids
        self._places = None if places is None else np.r_[places, -1]

    def find(self, wanted: Sequence[str] | TextArray) -> IntArray:
        """Positions of the wanted ids, -1 where unknown or blank."""
        asked = np.asarray(wanted, object)
        if not (len(self.ids) and asked.size):
            return np.full(asked.size, -1)
        found = self._by_bytes(asked)
        if found is None:
            found = self._by_text.get_indexer(pd.Index(asked, dtype=object)).astype(np.int64)
        if self._blank >= 0:
            found[found == self._blank] = -1
        return found if self._places is None else self._places[found]

    @property
    def distinct(self) -> bool:
        """Whether every id is there once."""
        return self._words is not None or bool(self._by_text.is_unique)

    @cached_property
    def _blank(self) -> int:
        return int(self._by_text.get_indexer(pd.Index([""], dtype=object))[0]) if (self.ids == "").any() else -1

    @cached_property
    def _by_text(self) -> pd.Index[str]:
        return pd.Index(self.ids, dtype=object)

    @cached_property
    def _words(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64], IntArray | None] | None:
        """The ids as words of eight bytes, their sums in order, and whose each of those is (None: they stand in order);
        None where two have the same sum."""
        words = _eight_bytes(self.ids) if len(self.ids) >= _MANY else None
        if words is None:
            return None
        sums, order = _sum(words), None
        if not (sums[1:] > sums[:-1]).all():
            order = np.argsort(sums)
            sums = sums[order]
        return (words, sums, order) if (sums[1:] != sums[:-1]).all() else None

    def _by_bytes(self, asked: TextArray) -> IntArray | None:
        """The positions by whole numbers in place of texts, several times as fast; None where that is not possible."""
        if self._words is None or (words := _eight_bytes(asked)) is None:
            return None
        known, sums, order = self._words
        width = known.shape[1]
        if words.shape[1] < width:
            words = np.pad(words, ((0, 0), (0, width - words.shape[1])))
        wanted = _sum(words[:, :width])
        found = np.minimum(np.searchsorted(sums, wanted), sums.size - 1)
        other = sums[found] != wanted
        if order is not None:
            found = order[found]
        if words.shape[1] > width:
            other |= words[:, width:].any(axis=1)
        if width > 1:  # two texts may have one sum
            other |= (known[found] != words[:, :width]).any(axis=1)
        found[other] = -1
        return found


def _eight_bytes(texts: TextArray) -> NDArray[np.uint64] | None:
    """Each text as words of eight bytes, which sort as it does; None where they are not all short and plain."""
    listed = texts.tolist()
    try:
        joined = np.frombuffer("\0".join([*listed, ""]).encode("ascii"), np.uint8)
    except UnicodeEncodeError:
        return None
    size, length = len(listed), joined.size // len(listed)
    width = -(-(length - 1) // 8)
    if joined.size == size * length and 0 < width <= _LONG:  # all of one length, if each ends where it would then
        each = joined.reshape(size, length)
        if (each[:, -1] == 0).all() and np.count_nonzero(joined) == size * (length - 1):
            data = np.zeros((size, 8 * width), np.uint8)
            data[:, : length - 1] = each[:, :-1]
            return data.view(">u8").astype(np.uint64)
    data = np.array(listed, np.bytes_)
    width = -(-data.dtype.itemsize // 8)
    if width > _LONG:
        return None
    return data.astype(f"S{8 * width}").view(">u8").astype(np.uint64).reshape(-1, width)


def _sum(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    total = words[:, 0]
    for n in range(1, words.shape[1]):
        total = total * _FACTOR + words[:, n]
    return total


def numbers_of(words: TextArray, numbers: Mapping[str, int], otherwise: int | None = None) -> IntArray:
    """The number of each word, of which there are few; a word without one has `otherwise` (None: KeyError)."""
    which, different = pd.factorize(words)
    known = [numbers[word] if otherwise is None else numbers.get(word, otherwise) for word in different.tolist()]
    return np.array([*known, 0], np.int64)[which]


def line_ids_taken(facts: Facts) -> pd.Series:
    """Which amendments would add a line under the id of a line of a contract, or of one that an earlier amendment adds."""
    added = facts["amendments"]["new_line_id"]
    return added.ne("") & (added.isin(facts["contract_lines"]["line_id"]) | added.duplicated())


def in_order(facts: Facts) -> dict[str, pd.DataFrame]:
    """The facts with every table in the order of its ids, as the store gives them: whatever order they came in, nothing
    depends on it, and where rows are equal otherwise their place tells the order of their ids."""
    return {name: _in_order(frame, TABLES[name].key[0] if len(TABLES[name].key) == 1 else "record_id")
            for name, frame in facts.items()}  # fmt: skip


def _in_order(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    if frame.empty:
        return frame
    ids = frame[key].to_numpy(object)
    if not pd.Index(ids, dtype=object).is_monotonic_increasing:
        frame = frame.take(sorted(range(len(ids)), key=ids.__getitem__))
    return frame.reset_index(drop=True)
