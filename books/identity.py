"""Who is who: customers that arrive from several systems are one customer where a sure key says so.

What people decided comes first, then the keys in the order of the configuration: its map, contracts known to be the same,
an id that the systems share, tax id, internet domain. A weaker key never joins what a stronger one tells apart: two
different tax ids are two parties whatever their domain. Where a domain could mean several customers of one system, and
where only names are alike, nothing is joined: it is suggested, and waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import pandas as pd

from books.compared import tax_number
from books.customers import Customers
from books.names import alike
from books.rules import WORDS, Names, Pair, Rules
from books.shared_ids import by_shared_id


@dataclass(frozen=True)
class Identity:
    """`root`: for each row the one that stands for it. `pairs`: by what it was joined; `suggested`: what a person must say;
    `nobodys`: domains by which nobody was joined, for very many have them."""

    names: Names
    root: list[int]
    pairs: list[Pair]
    suggested: list[Pair]
    nobodys: Set[str]

    @property
    def standing(self) -> dict[str, str]:
        """Which customer each "source:id" is."""
        return {name: self.names[root] for name, root in zip(self.names.all, self.root, strict=True)}


def same_customers(
    customers: pd.DataFrame,
    rules: Rules,
    pairs: Iterable[tuple[str, str]],
    authority: Sequence[str],
    nobodys: Set[str] = frozenset(),
) -> Identity:
    """Which customer each row is: itself, or the one of the foremost source in its group.

    `pairs`: customers of contracts known to be the same, each as "source:id". `nobodys`: domains that very many have, where the
    customers given are only some of all.
    """
    all_of = Customers(customers, rules, authority, nobodys)
    _named(all_of, rules.decided("customers", same=True), "a person")
    steps: Mapping[str, Callable[[], None]] = {
        "map": lambda: _named(all_of, rules.mapped("customers"), WORDS["map"]),
        "deal": lambda: _named(all_of, pairs, WORDS["deal"]),
        "shared_id": lambda: by_shared_id(all_of, rules),
        "tax_id": lambda: _by_tax_id(all_of),
        "domain": lambda: _by_domain(all_of),
    }
    for key in rules.customer_keys:
        steps[key]()
    if rules.similar:
        _by_name(all_of, rules.similar)
    root = [all_of.groups.find(row) for row in range(len(all_of.titles))]
    return Identity(all_of.names, root, all_of.pairs, all_of.suggested(), all_of.nobodys)


def _named(all_of: Customers, pairs: Iterable[tuple[str, str]], by: str) -> None:
    for one, other in all_of.names.found(pairs):
        all_of.join(one, other, by)


def _by_tax_id(all_of: Customers) -> None:
    holders: dict[str, int] = {}
    for row, value in enumerate(all_of.tax_id):
        if value and (value := tax_number(value)):
            all_of.join(holders.setdefault(value, row), row, WORDS["tax_id"])


def _by_domain(all_of: Customers) -> None:
    """Of one system's customers with a domain only one may be meant, and their tax ids must not contradict."""
    holders: dict[str, list[int]] = {}
    for row, value in enumerate(all_of.domain):
        if value and value not in all_of.nobodys:
            holders.setdefault(value, []).append(row)
    for rows in holders.values():
        if len(rows) > 1:
            _of_domain(all_of, rows)


def _of_domain(all_of: Customers, rows: Sequence[int]) -> None:
    """Joins each with the one before it that it can mean."""
    sources, find = all_of.sources, all_of.groups.find
    for at, row in enumerate(rows):
        own = {find(other) for other in rows if other != row and sources[other] == sources[row]}
        if own - {find(row)}:  # several of this system have the domain: which of them is meant, a person must say
            for other in rows:
                if sources[other] != sources[row]:
                    all_of.suggest(row, other, WORDS["domain"], 90)
        else:
            all_of.one_or_ask(row, [other for other in rows[:at] if sources[other] != sources[row]], "domain")


def _by_name(all_of: Customers, least: int) -> None:
    """Names of different systems that are alike; tax ids that differ say that they are two."""
    sources, find = all_of.sources, all_of.groups.find

    def open_question(one: int, other: int) -> bool:
        return sources[one] != sources[other] and find(one) != find(other) and not all_of.contradict(one, other)

    for one, other, score in alike(all_of.titles, least, open_question):
        all_of.suggest(one, other, "name", min(score, 89))
