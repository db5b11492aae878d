"""The same promise seen in two systems counts once: which contract is which, and who governs it.

What people decided comes first, then the keys in the order of the configuration: its map, the deal's id that a
subscription carries, and customer and amount where they point at one contract only. The foremost authority's contract
governs price and terms (the signed order). What is near, but could be several or none, is suggested and waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from books.groups import Groups
from books.rules import WORDS, Names, Pair, Rules
from engine.arithmetic import BoolArray, IntArray
from model.frames import NO_DAY
from model.records import COMMITTED

NEAR_DAYS = 62  # an order and the subscription that bills it are set up within two months of each other
_NEAR_SHARE = 10  # percent by which amounts may differ and still be asked about
_FEW = 6  # so many that look alike are asked about; of more nobody could tell


class Match(NamedTuple):
    """`dropped` is the same contract as `kept` (row numbers); `by`: which key tells, in words."""

    kept: int
    dropped: int
    by: str


class Contracts:
    """The contracts of all systems on the way to being counted once.

    `own`: their ids in their own systems. `authority`: connectors in the order in which they govern.
    """

    def __init__(self, contracts: pd.DataFrame, own: pd.Series, rules: Rules, authority: Sequence[str]) -> None:
        self.rows, self.rules = contracts, rules
        self.sources: list[str] = contracts["source"].tolist()
        self.names = Names(self.sources, own.tolist())
        self._deals, self._signed = contracts["deal_id"].tolist(), contracts["signed_on"].tolist()
        self._numbers = contracts["number"].tolist()
        self.order = self.names.ranked(rules.order("contracts", authority))
        self._groups = Groups(self.order, self.names.found(rules.decided("contracts", same=False)))
        self._by: dict[int, str] = {}

    def join(self, one: int, other: int, by: str) -> None:
        """Both are the same, unless one system has both or a person has split them."""
        kept, dropped = (one, other) if self.order[one] <= self.order[other] else (other, one)
        if self.sources[kept] != self.sources[dropped] and self._groups.join(kept, dropped):
            self._by[dropped] = by

    def found(self) -> list[Match]:
        """Every contract that another one stands for."""
        pairs = ((root, row) for root, rows in self._groups for row in rows)
        return [
            Match(root, row, self._by.get(row, WORDS["deal_id"]))
            for root, row in sorted(pairs, key=lambda pair: pair[1])
            if self.sources[root] != self.sources[row]
        ]

    def _taken(self, row: int) -> bool:
        """Whether a contract of another system stands for this one, or this one for it."""
        source, root = self.sources[row], self._groups.find(row)
        if root != row:
            return self.sources[root] != source
        return any(self.sources[member] != source for member in self._groups.members(row))

    def _all_taken(self) -> BoolArray:
        """The same of all rows: nothing stands for what is in no group."""
        taken = np.zeros(len(self.sources), bool)
        for root, rows in self._groups:
            others = [row for row in rows if self.sources[row] != self.sources[root]]
            taken[others] = True
            taken[root] = bool(others)
        return taken

    def pair(self, one: int, other: int, by: str, score: int = 100) -> Pair:
        """Two rows as a pair that can be listed."""
        left, right = (one, other) if self.order[one] <= self.order[other] else (other, one)
        shown = (str(self._numbers[left]), str(self._numbers[right]))
        return Pair("contracts", self.names[left], self.names[right], by, shown, score)

    def may_ask(self, one: int, other: int) -> bool:
        """Whether two rows could be one: of two systems, and not split by a person."""
        return self.sources[one] != self.sources[other] and self._groups.may_join(one, other)

    def decided(self) -> None:
        """What people joined, then what the configuration names."""
        for one, other in self.names.found(self.rules.decided("contracts", same=True)):
            self.join(one, other, "a person")
        if "map" in self.rules.contract_keys:
            for one, other in self.names.found(self.rules.mapped("contracts")):
                self.join(one, other, WORDS["map"])

    def by_deal(self) -> None:
        """Contracts of different systems that name the same deal."""
        if "deal_id" not in self.rules.contract_keys:
            return
        deals = set(self._deals) - {""}
        named: dict[str, list[int]] = {}
        for row, (deal, own) in enumerate(zip(self._deals, self.names.own, strict=True)):
            if deal:
                named.setdefault(deal, []).append(row)
            if own != deal and own in deals:
                named.setdefault(own, []).append(row)
        for rows in named.values():
            first, *others = sorted(rows, key=self.order.__getitem__)
            for row in others:
                self.join(first, row, WORDS["deal_id"])

    def by_amount(self, total: IntArray, customers: Sequence[str]) -> list[Pair]:
        """Contracts of one customer over one amount, where only two of two systems can be meant; what is to be asked.

        `total`: what each contract's own system says of its lines; `customers`: whose each is.
        """
        groups: dict[tuple[str, str], dict[int, list[int]]] = {}
        currencies = self.rows["currency"].tolist()
        for row in self._open(total, customers):
            amounts = groups.setdefault((customers[row], currencies[row]), {})
            amounts.setdefault(int(total[row]), []).append(row)
        asked: list[Pair] = []
        for amounts in groups.values():
            for rows in amounts.values():
                # Two alike in one system are two contracts: only a pair from two systems is one contract beyond doubt.
                if len(rows) == 2 and self._clear(*rows) and "amount" in self.rules.contract_keys:
                    self.join(rows[0], rows[1], WORDS["amount"])
            asked += self._near(amounts)
        return asked

    def _open(self, total: IntArray, customers: Sequence[str]) -> list[int]:
        """The committed contracts with an amount that nothing surer has told, of customers whom two systems have such of."""
        rows = np.flatnonzero((total != 0) & self.rows["status"].isin(COMMITTED).to_numpy() & ~self._all_taken())
        systems: dict[str, str] = {}
        several: set[str] = set()
        for row in rows.tolist():
            if systems.setdefault(customers[row], self.sources[row]) != self.sources[row]:
                several.add(customers[row])
        return [row for row in rows.tolist() if customers[row] in several] if several else []

    def _clear(self, one: int, other: int) -> bool:
        days = (self._signed[one], self._signed[other])
        named = self._deals[one] and self._deals[other]
        return self.may_ask(one, other) and NO_DAY not in days and abs(days[0] - days[1]) <= NEAR_DAYS and not named

    def _near(self, amounts: dict[int, list[int]]) -> Iterator[Pair]:
        """Pairs of one customer whose amounts and days are near, where nothing surer has told."""
        open_rows = [(amount, row) for amount, rows in sorted(amounts.items()) for row in rows if not self._taken(row)]
        if len(open_rows) > _FEW:
            return
        for (less, one), (more, other) in combinations(open_rows, 2):
            if self._clear(one, other) and abs(more - less) * 100 <= _NEAR_SHARE * max(abs(more), abs(less)):
                score = 90 - int(50 * abs(more - less) / max(abs(more), abs(less)))
                yield self.pair(one, other, "customer and " + ("amount" if more == less else "near amount"), score)
