"""Finding customers, products and contracts by what people call them: id, name in any case, alias, wildcard.

A ledger keeps a checksum of every id, name and alias in order, so that one is found by search, without reading the rest.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.arithmetic import BoolArray, IntArray

_FACTOR, _MASK = 0x9E3779B97F4A7C15, 2**64 - 1
_ODD = ("  ", " \n", "\n ", *"\t\r\v\f\x1c\x1d\x1e\x1f")  # spacing that names are compared without


def plain(text: str) -> str:
    """How names are compared: without regard to case and to how words are spaced."""
    return " ".join(text.split()).casefold()


def index(ids: Sequence[str], names: Sequence[str], aliases: Sequence[str] = ()) -> dict[str, IntArray]:
    """A table of checksums in order, then of places. Columns out: key; place (of the id or name; −1 − place of an alias)."""
    parts = [_plain(ids), _plain(names), _plain(aliases)]
    places = [np.arange(len(ids)), np.arange(len(names)), -1 - np.arange(len(aliases))]
    key, given = (np.concatenate(columns) for columns in zip(*map(_checksums, parts), strict=True))
    return sorted_index(key[given], np.concatenate(places)[given])


def sorted_index(key: IntArray, place: IntArray) -> dict[str, IntArray]:
    """Checksums with their places, in the order of an index."""
    order = np.argsort(key, kind="stable")
    key, place = key[order], place[order]
    # Few checksums are there twice: only their places are put in order.
    same = np.flatnonzero(np.diff(key) == 0)
    twice = np.union1d(same, same + 1)
    place[twice] = place[twice][np.lexsort((place[twice], key[twice]))]
    return {"key": key, "place": place}


def checksum(text: str) -> int:
    """Of a plain text: the sum of its bytes, each times a power of one factor by its place, in 64 bits."""
    total, power = 0, 1
    for byte in text.encode():
        total, power = (total + byte * power) & _MASK, power * _FACTOR & _MASK
    return total - 2**64 if total >= 2**63 else total


def _checksums(texts: list[str]) -> tuple[IntArray, BoolArray]:
    """The checksums of many plain texts at once, and which of them are not blank."""
    if not texts:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    data = np.frombuffer("\n".join([*texts, ""]).encode(), np.uint8)  # no plain text has a line break
    ends = np.flatnonzero(data == ord("\n"))
    begins = np.r_[0, ends[:-1] + 1]
    size = ends - begins
    factors = np.full(int(size.max()) + 1, _FACTOR, np.uint64)
    factors[0] = 1
    powers = np.multiply.accumulate(factors)
    weighed = data * powers[np.arange(data.size) - np.repeat(begins, size + 1)]
    weighed[ends] = 0
    return np.add.reduceat(weighed, begins).view(np.int64), size > 0


def _plain(texts: Sequence[str]) -> list[str]:
    """All texts plain: at once where they are plainly spaced, else one by one."""
    whole = "\n".join(texts)
    odd = not whole.isascii() or any(space in whole for space in _ODD) or whole[:1] == " " or whole[-1:] == " "
    found = [] if odd else whole.casefold().split("\n")
    return found if len(found) == len(texts) else [plain(text) for text in texts]


@dataclass
class Names:
    """What is called what: columns of texts with their index; `alias_of`: whose each alias is."""

    ids: Sequence[str]
    names: Sequence[str]
    aliases: Sequence[str]
    alias_of: IntArray
    key: IntArray
    place: IntArray

    def find(self, name: str) -> IntArray:
        """Places of what bears the (plain) name, none if nothing does; neither a name nor an alias ever hides an id."""
        key = checksum(name)
        low, high = np.searchsorted(self.key, (key, key + 1))
        places = self.place[low:high].tolist()
        own = [n for n in places if n >= 0]
        found = [n for n in own if plain(self.ids[n]) == name]
        if not found:
            found = [n for n in own if plain(self.names[n]) == name]
            found += [int(self.alias_of[-1 - n]) for n in places if n < 0 and plain(self.aliases[-1 - n]) == name]
        return np.array(sorted(set(found)), np.int64)

    def like(self, pattern: str) -> IntArray:
        """Places of what bears a name like a (plain) pattern with * and ?."""
        fits = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
        return np.array([n for n, texts in enumerate(self._all) if any(fits(text) for text in texts)], np.int64)

    @cached_property
    def _all(self) -> list[list[str]]:
        """What each bears: ids, names and aliases that are nobody's id."""
        ids = _plain(list(self.ids))
        taken = set(ids)
        found = [
            [own] if name in taken or not name else [own, name]
            for own, name in zip(ids, _plain(list(self.names)), strict=True)
        ]
        for alias, of in zip(_plain(list(self.aliases)), self.alias_of.tolist(), strict=True):
            if alias not in taken:
                found[of].append(alias)
        return found
