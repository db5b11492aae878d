"""The same promise seen in two systems counts once: which contract is which, and who governs it.

What people decided comes first, then the keys in the order of the configuration: its map, the deal's id that a
subscription carries, and customer and amount where they point at one contract only. The foremost authority's contract
governs price and terms (the signed order). What is near, but could be several or none, is suggested and waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from books.identity import Groups
from books.rules import WORDS, Pair, Rules
from model.frames import NO_DAY
from model.records import COMMITTED

NEAR_DAYS = 62  # an order and the subscription that bills it are set up within two months of each other
_NEAR_SHARE = 10  # percent by which amounts may differ and still be asked about
_FEW = 6  # so many that look alike are asked about; of more nobody could tell


@dataclass(frozen=True)
class Match:
    """`dropped` is the same contract as `kept` (row numbers); `by`: which key tells, in words."""

    kept: int
    dropped: int
    by: str


class Contracts:
    """The contracts of all systems on the way to being counted once.

    `names`: each row as "source:id", by its own system's id. `authority`: connectors in the order in which they govern.
    """

    def __init__(self, contracts: pd.DataFrame, names: Sequence[str], rules: Rules, authority: Sequence[str]) -> None:
        self.rows, self.rules = contracts, rules
        self.names = list(names)
        self.sources: list[str] = contracts["source"].tolist()
        self._deals, self._signed = contracts["deal_id"].tolist(), contracts["signed_on"].tolist()
        self._numbers = contracts["number"].tolist()
        self._at = {name: row for row, name in enumerate(self.names)}
        rank = {source: n for n, source in enumerate(rules.order("contracts", authority))}
        ranks = {
            name: (rank.get(source, len(rank)), name) for name, source in zip(self.names, self.sources, strict=True)
        }
        self.order = [ranks[name] for name in self.names]
        self._groups = Groups(ranks, rules.decided("contracts", same=False))
        self._by: dict[int, str] = {}

    def join(self, one: int, other: int, by: str) -> None:
        """Both are the same, unless one system has both or a person has split them."""
        kept, dropped = sorted((one, other), key=lambda row: self.order[row])
        if self.sources[kept] != self.sources[dropped] and self._groups.join(self.names[kept], self.names[dropped]):
            self._by[dropped] = by

    def found(self) -> list[Match]:
        """Every contract that another one stands for."""
        roots = {row: self._at[self._groups.find(name)] for row, name in enumerate(self.names)}
        return [
            Match(root, row, self._by.get(row, WORDS["deal_id"]))
            for row, root in roots.items()
            if root != row and self.sources[root] != self.sources[row]
        ]

    def _taken(self, row: int) -> bool:
        """Whether a contract of another system stands for this one, or this one for it."""
        name, source = self.names[row], self.sources[row]
        root = self._at[self._groups.find(name)]
        if root != row:
            return self.sources[root] != source
        return any(self.sources[self._at[member]] != source for member in self._groups.members(name))

    def pair(self, one: int, other: int, by: str, score: int = 100) -> Pair:
        """Two rows as a pair that can be listed."""
        left, right = sorted((one, other), key=lambda row: self.order[row])
        shown = (str(self._numbers[left]), str(self._numbers[right]))
        return Pair("contracts", self.names[left], self.names[right], by, shown, score)

    def may_ask(self, one: int, other: int) -> bool:
        """Whether two rows could be one: of two systems, and not split by a person."""
        return self.sources[one] != self.sources[other] and self._groups.may_join(self.names[one], self.names[other])

    def decided(self) -> None:
        """What people joined, then what the configuration names."""
        given = [(pair, "a person") for pair in self.rules.decided("contracts", same=True)]
        if "map" in self.rules.contract_keys:
            given += [(pair, WORDS["map"]) for pair in self.rules.mapped("contracts")]
        for (one, other), by in given:
            if one in self._at and other in self._at:
                self.join(self._at[one], self._at[other], by)

    def by_deal(self) -> None:
        """Contracts of different systems that name the same deal."""
        if "deal_id" not in self.rules.contract_keys:
            return
        named: dict[str, list[int]] = {}
        for row, (deal, own) in enumerate(zip(self._deals, self.names, strict=True)):
            for name in {str(deal), own.partition(":")[2]} - {""}:
                named.setdefault(name, []).append(row)
        for rows in named.values():
            if any(self._deals[row] for row in rows):
                first, *others = sorted(rows, key=lambda row: self.order[row])
                for row in others:
                    self.join(first, row, WORDS["deal_id"])

    def by_amount(self, lines: pd.DataFrame, customer: Sequence[str]) -> list[Pair]:
        """Contracts of one customer over one amount, where only two of two systems can be meant; what is to be asked."""
        total = lines.groupby(["source", "contract_id"])["amount_minor"].sum().to_dict()
        groups: dict[tuple[str, str], dict[int, list[int]]] = {}
        for row, (source, own, status, currency) in enumerate(
            self.rows[["source", "contract_id", "status", "currency"]].itertuples(index=False)
        ):
            amount = int(total.get((source, own), 0))
            if not self._taken(row) and status in COMMITTED and amount:
                groups.setdefault((customer[row], currency), {}).setdefault(amount, []).append(row)
        asked: list[Pair] = []
        for amounts in groups.values():
            for rows in amounts.values():
                # Two alike in one system are two contracts: only a pair from two systems is one contract beyond doubt.
                if len(rows) == 2 and self._clear(*rows) and "amount" in self.rules.contract_keys:
                    self.join(rows[0], rows[1], WORDS["amount"])
            asked += self._near(amounts)
        return asked

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
