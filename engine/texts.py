"""Columns of texts as a ledger holds them: decoded when they are asked for, or a number for each of a few words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arithmetic import IntArray

TextArray = NDArray[np.object_]


class TextColumn(ABC):
    """What both kinds share: a column that reads like an array of str, by place, by several places, or whole."""

    def __getitem__(self, place: Any) -> Any:
        """One text for a whole number, an array of str for several places, a mask or a slice."""
        if isinstance(place, (int, np.integer)):
            return self._one(int(place))
        return self._some(np.arange(len(self))[place])

    def __iter__(self) -> Iterator[str]:
        return iter(self.all.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.all if dtype in (None, object) else self.all.astype(dtype)

    def __eq__(self, other: object) -> Any:
        return self.all == other

    __hash__ = None  # type: ignore[assignment]

    @abstractmethod
    def __len__(self) -> int:
        """How many texts."""

    @property
    @abstractmethod
    def all(self) -> TextArray:
        """The whole column."""

    @abstractmethod
    def _one(self, place: int) -> str:
        """The text at a place."""

    @abstractmethod
    def _some(self, places: IntArray) -> TextArray:
        """The texts at several places."""


class Texts(TextColumn):
    """UTF-8 texts one after the other; text n is the bytes offsets[n] up to offsets[n + 1]."""

    def __init__(self, data: memoryview, offsets: IntArray) -> None:
        self._data, self._offsets = data, offsets

    def __len__(self) -> int:
        return self._offsets.size - 1

    @cached_property
    def all(self) -> TextArray:
        """The whole column, decoded once."""
        data = bytes(self._data)
        cuts = self._offsets.tolist()
        if data.isascii():
            text = data.decode()
            return objects([text[low:high] for low, high in pairwise(cuts)])
        return objects([data[low:high].decode() for low, high in pairwise(cuts)])

    def _one(self, place: int) -> str:
        place = place if place >= 0 else place + len(self)
        return str(self._data[self._offsets[place] : self._offsets[place + 1]], "utf-8")

    def _some(self, places: IntArray) -> TextArray:
        if "all" in self.__dict__ or 4 * places.size > len(self):
            return self.all[places]
        return objects([self._one(place) for place in places.tolist()])


class Words(TextColumn):
    """Few different texts: a number a row, and the text of each number."""

    def __init__(self, codes: IntArray, words: Sequence[str]) -> None:
        self.codes, self.words = codes, list(words)

    @classmethod
    def of(cls, values: TextArray) -> Words:
        """Numbers in the order in which the texts appear."""
        numbers: dict[str, int] = {}
        codes = np.array([numbers.setdefault(value, len(numbers)) for value in values.tolist()], np.int64)
        return cls(codes, list(numbers))

    def __len__(self) -> int:
        return self.codes.size

    @cached_property
    def all(self) -> TextArray:
        """The whole column."""
        return self._some(np.arange(len(self)))

    def __eq__(self, other: object) -> Any:
        if isinstance(other, str):
            return self.codes == (self.words.index(other) if other in self.words else -1)
        return super().__eq__(other)

    __hash__ = None

    def _one(self, place: int) -> str:
        return self.words[self.codes[place]]

    def _some(self, places: IntArray) -> TextArray:
        return objects(self.words)[self.codes[places]]


class Pieced(TextColumn):
    """Pieces of other columns, one after the other: (column, first row, one beyond the last)."""

    def __init__(self, pieces: Sequence[tuple[Any, int, int]]) -> None:
        self._pieces = [(column, low, high) for column, low, high in pieces if high > low]
        self._starts = [0, *accumulate(high - low for _, low, high in self._pieces)]

    def __len__(self) -> int:
        return self._starts[-1]

    @cached_property
    def all(self) -> TextArray:
        """The whole column."""
        whole = {id(column): np.asarray(column) for column, *_ in self._pieces}
        return np.concatenate([objects([]), *(whole[id(column)][low:high] for column, low, high in self._pieces)])

    def _one(self, place: int) -> str:
        place = place if place >= 0 else place + len(self)
        piece = bisect_right(self._starts, place) - 1
        column, low, _ = self._pieces[piece]
        return str(column[low + place - self._starts[piece]])

    def _some(self, places: IntArray) -> TextArray:
        if "all" in self.__dict__ or 4 * places.size > len(self):
            return self.all[places]
        return objects([self._one(place) for place in places.tolist()])


def objects(values: Sequence[Any]) -> TextArray:
    """An array of Python objects, whatever they are."""
    return np.array([*values, None], object)[:-1]


def coded(values: TextArray) -> Words | None:
    """The column as words, where it has few different ones."""
    if len(set(values[:1000].tolist())) > 100:
        return None
    words = Words.of(values)
    return words if len(words.words) <= 1000 else None
