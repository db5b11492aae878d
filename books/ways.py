"""The ways in which customers of several systems come to be one: who may be found to be whom, whatever is then decided.

Whoever shares a key with another, is named with another by a person or the configuration, or has an alias with another, is
made together with that one: what is found among them is found in the same way whoever else there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from books.keys import Keys, asked_by_contracts, asked_by_customers, numbers, offered_by_customers
from books.rules import KINDS, Names, Rules
from books.unique_ids import OWN
from engine.arithmetic import IntArray
from engine.ids import Ids

if TYPE_CHECKING:
    import pandas as pd

    from books.facts import Unified
    from books.owners import Links


@dataclass(frozen=True)
class Ways:
    """The keys of all customers (places in the table as it was told): `asked` and `offered` (books.keys), and `claimed`, aliases;
    `pairs`: who are named together."""

    asked: Keys
    offered: Keys
    claimed: Keys
    pairs: tuple[IntArray, IntArray]

    @classmethod
    def of(cls, unified: Unified, own: Mapping[str, pd.DataFrame], rules: Rules, owner: Mapping[str, IntArray]) -> Ways:
        """`own`: the records by the ids of their own systems; `owner`: by table the customer of each, -1 for nobody's."""
        customers, contracts = (
            {name: own[table][name].tolist() for name in columns} for table, columns in _COLUMNS.items()
        )
        if unified.as_read:
            none = owner["customers"][:0]
            ids = Keys.made([(offered_by_customers(customers, "id"), owner["customers"])])
            return cls(Keys(none, none), ids, Keys(none, none), (none, none))
        offered = [(offered_by_customers(customers, kind), owner["customers"]) for kind in ("id", "name")]
        offered.append((numbers("deal", contracts["contract_id"]), owner["contracts"]))
        asked = [
            Keys.asked(asked_by_customers(customers, rules, unified.nobodys), owner["customers"]),
            Keys.asked(asked_by_contracts(contracts), owner["contracts"]),
        ]
        aliases, meant = zip(*unified.claims, strict=True) if unified.claims else ((), ())
        claimed = (
            numbers("alias", aliases),
            Ids(unified.told["customers"]["customer_id"].to_numpy(object)).find(meant),
        )
        return cls(
            Keys.made([(each.number, each.whose) for each in asked]), Keys.made(offered), Keys.made([claimed]),
            _pairs(own, rules, owner),
        )  # fmt: skip

    @property
    def links(self) -> Links:
        """Who are to be made together."""
        return [(one, other, np.ones(one.size, bool)) for one, other in
                (self.asked.links(self.offered), self.claimed.links(self.claimed), self.pairs)]  # fmt: skip


_COLUMNS = {"customers": ("source", "customer_id", "parent_id", "shared_id", "tax_id", "domain"),
            "contracts": ("source", "contract_id", "deal_id")}  # fmt: skip


def named_together(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """Pairs that a person or the configuration has named as one, each with its kind."""
    for kind in KINDS:
        yield from ((kind, one, other) for one, other in (*rules.decided(kind, same=True), *rules.mapped(kind)))


def _pairs(own: Mapping[str, pd.DataFrame], rules: Rules, owner: Mapping[str, IntArray]) -> tuple[IntArray, IntArray]:
    found: list[tuple[int, int]] = []
    named = list(named_together(rules))
    for kind in dict.fromkeys(kind for kind, *_ in named):
        records = Names(own[kind]["source"].tolist(), own[kind][OWN[kind]].tolist())
        rows = records.found((one, other) for each, one, other in named if each == kind)
        found += [(owner[kind][one], owner[kind][other]) for one, other in rows]
    one, other = np.array(found, np.int64).reshape(-1, 2).T
    return one, other
