"""Customers on the way to becoming one each: who was joined with whom by what, and what a person must say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

import pandas as pd

from books.compared import crowded, domains, folded
from books.groups import Groups
from books.rules import WORDS, Names, Pair, Rules


class Customers:
    """The customers of all systems; `nobodys`: domains that are known to be nobody's own."""

    def __init__(self, customers: pd.DataFrame, rules: Rules, authority: Sequence[str], nobodys: Set[str]) -> None:
        self.sources: list[str] = customers["source"].tolist()
        self.titles: list[str] = customers["name"].tolist()
        self.names = Names(self.sources, customers["customer_id"].tolist())
        self.systems = [*authority, *sorted(set(self.sources) - set(authority))]
        self.order = self.names.ranked(rules.order("customers", authority))
        self.written = [value and str(value).strip() for value in customers["shared_id"].tolist()]
        self.shared_id, self.tax_id = (folded(customers[key].tolist()) for key in ("shared_id", "tax_id"))
        self.domain = domains(customers["domain"].tolist())
        self.nobodys = nobodys | crowded(self.domain)
        self._taxed = any(self.tax_id)
        self.groups = Groups(self.order, self.names.found(rules.decided("customers", same=False)))
        self.pairs: list[Pair] = []
        self._suggested: list[Pair] = []

    def join(self, one: int, other: int, by: str) -> None:
        """Both are the same, unless a person has split them; `by`: which key tells."""
        if self.groups.join(one, other):
            self.pairs.append(self._pair(one, other, by))

    def suggest(self, one: int, other: int, by: str, score: int) -> None:
        """Both may be the same: a person must say, unless one has."""
        if self.groups.find(one) != self.groups.find(other) and self.groups.may_join(one, other):
            self._suggested.append(self._pair(one, other, by, score))

    def contradict(self, one: int, other: int) -> bool:
        """Whether both are known by tax ids, and have none in common."""
        if not self._taxed:
            return False
        mine, theirs = ({self.tax_id[row] for row in self.groups.members(each)} - {""} for each in (one, other))
        return bool(mine and theirs and not mine & theirs)

    def one_or_ask(self, row: int, others: Sequence[int], key: str) -> None:
        """Joins a record with the one group it can mean; where it could mean several, or tax ids differ, asks."""
        roots: dict[int, int] = {}
        for other in others:
            roots.setdefault(self.groups.find(other), other)
        by_source = Counter(self.sources[other] for other in roots.values()) if len(roots) > 1 else {}
        for other in roots.values():
            if by_source.get(self.sources[other], 1) > 1 or self.contradict(row, other):
                self.suggest(other, row, WORDS[key], 90)
            else:
                self.join(other, row, WORDS[key])

    def suggested(self) -> list[Pair]:
        """What is still a question: what was joined later is none any more; of two groups is asked once, by the best reason."""
        best: dict[frozenset[int], Pair] = {}
        for each in sorted(self._suggested, key=lambda each: (-each.score, each.left, each.right)):
            both = frozenset(self.groups.find(self.names.at[name]) for name in (each.left, each.right))
            if len(both) == 2:
                best.setdefault(both, each)
        return list(best.values())

    def _pair(self, one: int, other: int, by: str, score: int = 100) -> Pair:
        left, right = (one, other) if self.order[one] <= self.order[other] else (other, one)
        shown = (self.titles[left], self.titles[right])
        return Pair("customers", self.names[left], self.names[right], by, shown, score)
