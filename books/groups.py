"""Things found to be one: groups of rows, by union of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any


class Groups:
    """Sets of rows found to be the same; what is to stay `apart` never ends in one set.

    `order`: for each row what tells who stands for a group, the least first.
    """

    def __init__(self, order: Sequence[Any], apart: Iterable[tuple[int, int]] = ()) -> None:
        self._order = order
        self._parent = list(range(len(order)))
        self._members: dict[int, list[int]] = {}
        self._apart: dict[int, set[int]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def __iter__(self) -> Iterator[tuple[int, list[int]]]:
        """Every group of several, with the row that stands for it."""
        return iter(self._members.items())

    def find(self, row: int) -> int:
        """The row that stands for its group."""
        parent = self._parent
        while (above := parent[row]) != row:
            parent[row] = row = parent[above]
        return row

    def members(self, row: int) -> list[int]:
        """All of a row's group."""
        root = self.find(row)
        return self._members.get(root) or [root]

    def may_join(self, one: int, other: int) -> bool:
        """Whether no two of the two groups are to stay apart."""
        if not self._apart:
            return True
        others = set(self.members(other))
        return not any(self._apart.get(member, set()) & others for member in self.members(one))

    def join(self, one: int, other: int) -> bool:
        """Both are the same, unless they are to stay apart; the better ranked stands for the group."""
        first, second = self.find(one), self.find(other)
        if first == second or not self.may_join(first, second):
            return False
        if self._order[second] < self._order[first]:
            first, second = second, first
        self._members.setdefault(first, [first]).extend(self._members.pop(second, [second]))
        self._parent[second] = first
        return True
