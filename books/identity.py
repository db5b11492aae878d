"""Who is who: customers that arrive from several systems are one customer where a sure key says so.

What people decided comes first, then the keys in the order of the configuration: its map, contracts known to be the same,
an id that the systems share, tax id, internet domain. A weaker key never joins what a stronger one tells apart: two
different tax ids are two parties whatever their domain. Where a domain could mean several customers of one system, and
where only names are alike, nothing is joined: it is suggested, and waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from books.names import alike
from books.rules import WORDS, Pair, Rules

# Mailbox providers are nobody's own domain.
SHARED_DOMAINS = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "aol.com",
     "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "qq.com", "163.com", "example.com"}
)  # fmt: skip
_MANY = 50


class Groups:
    """Sets of things found to be the same, by union of pairs; what is to stay `apart` never ends in one set."""

    def __init__(self, ranks: Mapping[str, tuple[int, str]], apart: Iterable[tuple[str, str]] = ()) -> None:
        self._ranks = ranks
        self._parent: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._apart: dict[str, set[str]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def find(self, thing: str) -> str:
        """The thing that stands for its group."""
        while (above := self._parent.get(thing, thing)) != thing:
            self._parent[thing] = self._parent.get(above, above)
            thing = above
        return thing

    def members(self, thing: str) -> list[str]:
        """All of a thing's group."""
        root = self.find(thing)
        return self._members.get(root, [root])

    def may_join(self, one: str, other: str) -> bool:
        """Whether no two of the two groups are to stay apart."""
        if not self._apart:
            return True
        others = set(self.members(other))
        return not any(self._apart.get(member, set()) & others for member in self.members(one))

    def join(self, one: str, other: str) -> bool:
        """Both are the same, unless they are to stay apart; the better ranked stands for the group."""
        a, b = self.find(one), self.find(other)
        if a == b or not self.may_join(a, b):
            return False
        first, second = sorted((a, b), key=lambda thing: self._ranks.get(thing, (2**31, thing)))
        self._members[first] = self.members(first) + self.members(second)
        self._members.pop(second, None)
        self._parent[second] = first
        return True


@dataclass
class Identity:
    """`standing`: which customer each "source:id" is. `pairs`: by what it was joined; `suggested`: what a person must say."""

    standing: dict[str, str]
    pairs: list[Pair] = field(default_factory=list)
    suggested: list[Pair] = field(default_factory=list)


class _Customers:
    """The customers of all systems on the way to becoming one each."""

    def __init__(self, customers: pd.DataFrame, rules: Rules, authority: Sequence[str]) -> None:
        self.names = [f"{s}:{own}" for s, own in zip(customers["source"], customers["customer_id"], strict=True)]
        self.titles = dict(zip(self.names, customers["name"], strict=True))
        self.sources = dict(zip(self.names, customers["source"], strict=True))
        self.systems = tuple(dict.fromkeys(self.sources.values()))
        order = {source: n for n, source in enumerate(rules.order("customers", authority))}
        self.ranks = {name: (order.get(source, len(order)), name) for name, source in self.sources.items()}
        self.columns = {
            key: dict(zip(self.names, map(_plain, customers[key]), strict=True))
            for key in ("tax_id", "domain", "shared_id")
        }
        self.groups = Groups(self.ranks, rules.decided("customers", same=False))
        self.found = Identity({})

    def join(self, one: str, other: str, by: str) -> None:
        if one in self.titles and other in self.titles and self.groups.join(one, other):
            self.found.pairs.append(self.pair(one, other, by))

    def suggest(self, one: str, other: str, by: str, score: int) -> None:
        if self.groups.find(one) != self.groups.find(other) and self.groups.may_join(one, other):
            self.found.suggested.append(self.pair(one, other, by, score))

    def pair(self, one: str, other: str, by: str, score: int = 100) -> Pair:
        left, right = sorted((one, other), key=lambda name: self.ranks[name])
        return Pair("customers", left, right, by, (self.titles[left], self.titles[right]), score)

    def tax_ids(self, name: str) -> set[str]:
        return {self.columns["tax_id"][member] for member in self.groups.members(name)} - {""}


def same_customers(
    customers: pd.DataFrame, rules: Rules, pairs: Iterable[tuple[str, str]], authority: Sequence[str]
) -> Identity:
    """Which customer each "source:id" is: itself, or the one of the foremost source in its group.

    `pairs`: customers of contracts known to be the same.
    """
    all_of = _Customers(customers, rules, authority)
    for one, other in rules.decided("customers", same=True):
        all_of.join(one, other, "a person")
    steps: Mapping[str, Callable[[], None]] = {
        "map": lambda: _named(all_of, rules.mapped("customers"), "map"),
        "deal": lambda: _named(all_of, pairs, "deal"),
        "shared_id": lambda: _by_shared_id(all_of, rules),
        "tax_id": lambda: _by_tax_id(all_of),
        "domain": lambda: _by_domain(all_of),
    }
    for key in rules.customer_keys:
        steps[key]()
    if rules.similar:
        _by_name(all_of, rules.similar)
    found = all_of.found
    found.standing = {name: all_of.groups.find(name) for name in all_of.names}
    # What was joined later is no question any more; of two groups is asked once, by the best reason.
    best: dict[frozenset[str], Pair] = {}
    for each in sorted(found.suggested, key=lambda each: (-each.score, each.left, each.right)):
        groups = frozenset((found.standing[each.left], found.standing[each.right]))
        if len(groups) == 2:
            best.setdefault(groups, each)
    found.suggested = list(best.values())
    return found


def _named(all_of: _Customers, pairs: Iterable[tuple[str, str]], key: str) -> None:
    for one, other in pairs:
        all_of.join(one, other, WORDS[key])


def _by_shared_id(all_of: _Customers, rules: Rules) -> None:
    """An id in one system's metadata that is the id of the other's record, or that both carry."""
    ids: dict[str, list[str]] = {}
    for name in all_of.names:
        ids.setdefault(name.partition(":")[2], []).append(name)
    carried: dict[str, list[str]] = {}
    for name in all_of.names:
        value = all_of.columns["shared_id"][name]
        if not value:
            continue
        carried.setdefault(value, []).append(name)
        exact = rules.now("customers", value) if ":" in value else ""
        if exact in all_of.titles:
            all_of.join(exact, name, WORDS["shared_id"])
            continue
        source = all_of.sources[name]
        others = [other for other in _current(ids, all_of, rules, value) if all_of.sources[other] != source]
        _one_or_ask(all_of, name, others, "shared_id")
    for holders in carried.values():
        for other in holders[1:]:
            if all_of.sources[other] != all_of.sources[holders[0]]:
                all_of.join(holders[0], other, WORDS["shared_id"])


def _current(ids: Mapping[str, list[str]], all_of: _Customers, rules: Rules, value: str) -> list[str]:
    """The records of that id in any system; a former id means the record it was merged into."""
    successors = [rules.now("customers", f"{source}:{value}") for source in all_of.systems]
    known = [name for name in ids.get(value, ()) if name in successors]
    return list(dict.fromkeys([*known, *(name for name in successors if name in all_of.titles)]))


def _by_tax_id(all_of: _Customers) -> None:
    holders: dict[str, str] = {}
    for name in all_of.names:
        if value := "".join(all_of.columns["tax_id"][name].split()):
            all_of.join(holders.setdefault(value, name), name, WORDS["tax_id"])


def _by_domain(all_of: _Customers) -> None:
    """Of one system's customers with a domain only one may be meant, and their tax ids must not contradict.

    A domain that very many have is a mailbox provider's that we do not know by name.
    """
    holders: dict[str, list[str]] = {}
    for name in all_of.names:
        value = all_of.columns["domain"][name].removeprefix("www.")
        if value and value not in SHARED_DOMAINS:
            holders.setdefault(value, []).append(name)
    for names in holders.values():
        if len(names) > _MANY:
            continue
        for at, name in enumerate(names):
            others = [other for other in names[:at] if all_of.sources[other] != all_of.sources[name]]
            twins = [other for other in names if other != name and all_of.sources[other] == all_of.sources[name]]
            groups = {all_of.groups.find(twin) for twin in twins} - {all_of.groups.find(name)}
            if groups:  # several of this system have the domain: which of them is meant, a person must say
                for other in names:
                    if all_of.sources[other] != all_of.sources[name]:
                        all_of.suggest(name, other, WORDS["domain"], 90)
            else:
                _one_or_ask(all_of, name, others, "domain")


def _one_or_ask(all_of: _Customers, name: str, others: Sequence[str], key: str) -> None:
    """Joins a record with the one group it can mean; where it could mean several, or tax ids differ, asks."""
    roots: dict[str, str] = {}
    for other in others:
        roots.setdefault(all_of.groups.find(other), other)
    by_source: dict[str, int] = {}
    for other in roots.values():
        by_source[all_of.sources[other]] = by_source.get(all_of.sources[other], 0) + 1
    for other in roots.values():
        mine, theirs = all_of.tax_ids(name), all_of.tax_ids(other)
        if by_source[all_of.sources[other]] > 1 or (mine and theirs and not mine & theirs):
            all_of.suggest(other, name, WORDS[key], 90)
        else:
            all_of.join(other, name, WORDS[key])


def _by_name(all_of: _Customers, least: int) -> None:
    """Names of different systems that are alike; tax ids that differ say that they are two."""
    for one, other, score in alike([(name, all_of.titles[name]) for name in all_of.names], least):
        mine, theirs = all_of.tax_ids(one), all_of.tax_ids(other)
        if all_of.sources[one] != all_of.sources[other] and not (mine and theirs and not mine & theirs):
            all_of.suggest(one, other, "name", min(score, 89))


def _plain(value: object) -> str:
    return str(value).strip().casefold()
