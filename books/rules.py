"""By what records of different systems are known to be one, and what people have decided about them.

A record of one system is named `source:id`. A decision stands against every key: what a person has split stays split, what
a person has joined stays joined, until the decision is undone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from model.settings_blocks import CONTRACT_KEYS, CUSTOMER_KEYS, INVOICE_KEYS

if TYPE_CHECKING:
    from model.settings_blocks import MatchingBlock

KINDS = ("customers", "contracts", "invoices")
WORDS: Mapping[str, str] = {
    "map": "the configuration", "deal": "contracts that are one", "shared_id": "shared id", "tax_id": "tax id",
    "domain": "domain", "deal_id": "deal id", "amount": "customer and amount", "number": "number",
}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What a person decided about two records of a kind: `same` or apart, who, when (UTC text) and why."""

    kind: str
    left: str
    right: str
    same: bool
    who: str = ""
    at: str = ""
    why: str = ""


class Pair(NamedTuple):
    """Two records that are one, or that may be (`score`: how much so, of 100), the governing one first.

    `by`: which key tells, in words. `names`: what a person knows them by.
    """

    kind: str
    left: str
    right: str
    by: str
    names: tuple[str, str] = ("", "")
    score: int = 100

    @property
    def id(self) -> str:
        """A short name of the pair that stays the same whatever its order."""
        return pair_id(self.kind, self.left, self.right)


class Names:
    """The records of a kind as they are named: `own` ids in their own `sources`, row by row."""

    def __init__(self, sources: Sequence[str], own: Sequence[str]) -> None:
        self.sources, self.own = sources, own
        self.all = [f"{source}:{record}" for source, record in zip(sources, own, strict=True)]

    def __getitem__(self, row: int) -> str:
        """A row's name."""
        return self.all[row]

    @cached_property
    def at(self) -> Mapping[str, int]:
        """The row of each name."""
        return dict(zip(self.all, range(len(self.all)), strict=True))

    def found(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
        """The rows of those pairs that are both there."""
        return [(self.at[one], self.at[other]) for one, other in pairs if one in self.at and other in self.at]

    def ranked(self, order: Sequence[str]) -> list[tuple[int, str]]:
        """What tells for each row who governs, the least first: its connector's place in the order, then its name."""
        rank = {source: n for n, source in enumerate(order)}
        return list(zip([rank.get(source, len(rank)) for source in self.sources], self.all, strict=True))


@dataclass(frozen=True)
class Rules:
    """How records are matched.

    `customers`, `contracts`: pairs the configuration names. `keys`: by kind, the keys in force, the strongest first.
    `govern`: by kind, the connectors in the order in which they govern, where that differs. `decisions`: the last about
    each pair. `former`: ids that a vendor has merged into others, by (source, table). `similar`: from how much of 100
    on equal-sounding names are suggested, 0 for never.
    """

    customers: Mapping[str, str] = field(default_factory=dict)
    contracts: Mapping[str, str] = field(default_factory=dict)
    customer_keys: Sequence[str] = CUSTOMER_KEYS
    contract_keys: Sequence[str] = CONTRACT_KEYS
    invoice_keys: Sequence[str] = INVOICE_KEYS
    govern: Mapping[str, Sequence[str]] = field(default_factory=dict)
    decisions: Sequence[Decision] = ()
    former: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    similar: int = 85

    @classmethod
    def configured(
        cls,
        block: MatchingBlock,
        decisions: Sequence[Decision] = (),
        former: Mapping[tuple[str, str], Mapping[str, str]] | None = None,
    ) -> Rules:
        """The rules of the configuration, with what people decided and what vendors merged."""
        govern = {kind: tuple(order) for kind, order in block.govern.model_dump().items() if order}
        return cls(
            block.customers, block.contracts, block.customer_keys, block.contract_keys, block.invoice_keys, govern,
            decisions, former or {}, block.similar_names,
        )  # fmt: skip

    def decided(self, kind: str, same: bool) -> list[tuple[str, str]]:
        """The pairs of a kind that people joined, or split, by the ids that stand now."""
        return [
            (self.now(kind, each.left), self.now(kind, each.right))
            for each in self.decisions
            if each.kind == kind and each.same is same
        ]

    def mapped(self, kind: str) -> list[tuple[str, str]]:
        """The pairs of a kind that the configuration names, by the ids that stand now."""
        named = {"customers": self.customers, "contracts": self.contracts}.get(kind, {})
        return [(self.now(kind, one), self.now(kind, other)) for one, other in named.items()]

    def now(self, kind: str, name: str) -> str:
        """A record's name today, where its vendor has merged it into another."""
        source, _, record = name.partition(":")
        return f"{source}:{self.former.get((source, kind), {}).get(record, record)}"

    def order(self, kind: str, authority: Sequence[str]) -> list[str]:
        """Connectors in the order in which they govern a kind."""
        first = [source for source in self.govern.get(kind, ()) if source in authority]
        return [*first, *(source for source in authority if source not in first)]


def pair_id(kind: str, one: str, other: str) -> str:
    """A short name of a pair of records of a kind, in either order."""
    text = "\n".join([kind, *sorted((one, other))])
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
