"""Who is who: customers that arrive from several systems are one customer where a sure key says so.

What people decided comes first, then the keys in the order of the configuration: its map, contracts known to be the same,
an id that the systems share, tax id, internet domain. A weaker key never joins what a stronger one tells apart: two
different tax ids are two parties whatever their domain. Where a domain could mean several customers of one system, and
where only names are alike, nothing is joined: it is suggested, and waits for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import pandas as pd

from books.groups import Groups
from books.keys import MANY, domains, plain, tax_number
from books.names import alike
from books.rules import WORDS, Names, Pair, Rules


@dataclass
class Identity:
    """`root`: for each row the one that stands for it. `pairs`: by what it was joined; `suggested`: what a person must say."""

    names: Names
    root: list[int] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    suggested: list[Pair] = field(default_factory=list)

    @property
    def standing(self) -> dict[str, str]:
        """Which customer each "source:id" is."""
        return {name: self.names[root] for name, root in zip(self.names.all, self.root, strict=True)}


class _Customers:
    """The customers of all systems on the way to becoming one each."""

    def __init__(self, customers: pd.DataFrame, rules: Rules, authority: Sequence[str]) -> None:
        self.sources: list[str] = customers["source"].tolist()
        self.titles: list[str] = customers["name"].tolist()
        self.names = Names(self.sources, customers["customer_id"].tolist())
        self.systems = [*authority, *sorted(set(self.sources) - set(authority))]
        self.order = self.names.ranked(rules.order("customers", authority))
        self.written = [value and str(value).strip() for value in customers["shared_id"].tolist()]
        self.shared_id, self.tax_id = (plain(customers[key].tolist()) for key in ("shared_id", "tax_id"))
        self.domain = domains(customers["domain"].tolist())
        self._taxed = any(self.tax_id)
        self.groups = Groups(self.order, self.names.found(rules.decided("customers", same=False)))
        self.found = Identity(self.names)

    def join(self, one: int, other: int, by: str) -> None:
        if self.groups.join(one, other):
            self.found.pairs.append(self.pair(one, other, by))

    def suggest(self, one: int, other: int, by: str, score: int) -> None:
        if self.groups.find(one) != self.groups.find(other) and self.groups.may_join(one, other):
            self.found.suggested.append(self.pair(one, other, by, score))

    def pair(self, one: int, other: int, by: str, score: int = 100) -> Pair:
        left, right = (one, other) if self.order[one] <= self.order[other] else (other, one)
        shown = (self.titles[left], self.titles[right])
        return Pair("customers", self.names[left], self.names[right], by, shown, score)

    def contradict(self, one: int, other: int) -> bool:
        """Whether both are known by tax ids, and have none in common."""
        if not self._taxed:
            return False
        mine, theirs = ({self.tax_id[row] for row in self.groups.members(each)} - {""} for each in (one, other))
        return bool(mine and theirs and not mine & theirs)


def same_customers(
    customers: pd.DataFrame,
    rules: Rules,
    pairs: Iterable[tuple[str, str]],
    authority: Sequence[str],
    nobodys: Set[str] = frozenset(),
) -> Identity:
    """Which customer each row is: itself, or the one of the foremost source in its group.

    `pairs`: customers of contracts known to be the same, each as "source:id". `nobodys`: domains that are nobody's own.
    """
    all_of = _Customers(customers, rules, authority)
    _named(all_of, rules.decided("customers", same=True), "a person")
    steps: Mapping[str, Callable[[], None]] = {
        "map": lambda: _named(all_of, rules.mapped("customers"), WORDS["map"]),
        "deal": lambda: _named(all_of, pairs, WORDS["deal"]),
        "shared_id": lambda: _by_shared_id(all_of, rules),
        "tax_id": lambda: _by_tax_id(all_of),
        "domain": lambda: _by_domain(all_of, nobodys),
    }
    for key in rules.customer_keys:
        steps[key]()
    if rules.similar:
        _by_name(all_of, rules.similar)
    found, groups = all_of.found, all_of.groups
    found.root = [groups.find(row) for row in range(len(all_of.titles))]
    # What was joined later is no question any more; of two groups is asked once, by the best reason.
    best: dict[frozenset[int], Pair] = {}
    for each in sorted(found.suggested, key=lambda each: (-each.score, each.left, each.right)):
        both = frozenset(groups.find(all_of.names.at[name]) for name in (each.left, each.right))
        if len(both) == 2:
            best.setdefault(both, each)
    found.suggested = list(best.values())
    return found


def _named(all_of: _Customers, pairs: Iterable[tuple[str, str]], by: str) -> None:
    for one, other in all_of.names.found(pairs):
        all_of.join(one, other, by)


def _by_shared_id(all_of: _Customers, rules: Rules) -> None:
    """An id in one system's metadata that is the id of the other's record, or that both carry."""
    carried: dict[str, list[int]] = {value: [] for value in all_of.shared_id if value}
    if not carried:
        return
    full = {value for value in carried if ":" in value}
    ids, named = _called(all_of.names.own, carried), _called(all_of.names.all if full else (), full)
    for row, (value, written) in enumerate(zip(all_of.shared_id, all_of.written, strict=True)):
        if not value:
            continue
        carried[value].append(row)
        exact = _named_so(all_of, rules, named, written) if ":" in value else []
        if exact:
            all_of.join(exact[0], row, WORDS["shared_id"])
            continue
        source = all_of.sources[row]
        others = [other for other in _current(ids, all_of, rules, written) if all_of.sources[other] != source]
        _one_or_ask(all_of, row, others, "shared_id")
    for holders in carried.values():
        for other in holders[1:]:
            if all_of.sources[other] != all_of.sources[holders[0]]:
                all_of.join(holders[0], other, WORDS["shared_id"])


def _called(ids: Sequence[str], wanted: Collection[str]) -> dict[str, list[int]]:
    """The rows that have each of the wanted ids, whatever the case of their letters."""
    found: dict[str, list[int]] = {}
    for row, own in enumerate(ids):
        if (plainly := own.casefold()) in wanted:
            found.setdefault(plainly, []).append(row)
    return found


def _named_so(all_of: _Customers, rules: Rules, named: Mapping[str, list[int]], written: str) -> Sequence[int]:
    """The record of that "source:id"; a former id means the record it was merged into."""
    if (now := rules.now("customers", written)) in all_of.names.at:
        return [all_of.names.at[now]]
    rows = named.get(written.casefold(), [])
    return rows if len(rows) == 1 else []


def _current(ids: Mapping[str, list[int]], all_of: _Customers, rules: Rules, written: str) -> Sequence[int]:
    """The records of that id in any system; a former id means the record it was merged into."""
    known = ids.get(written.casefold(), [])
    if len(known) > 1:  # ids that differ in the case of their letters: the one that is written so, if it is there
        known = [row for row in known if all_of.names.own[row] == written] or known
    if rules.former:
        known = [row for row in known if rules.now("customers", all_of.names[row]) == all_of.names[row]]
        heirs = (rules.now("customers", f"{source}:{written}") for source in all_of.systems)
        known = list(dict.fromkeys([*known, *(all_of.names.at[name] for name in heirs if name in all_of.names.at)]))
    return known


def _by_tax_id(all_of: _Customers) -> None:
    holders: dict[str, int] = {}
    for row, value in enumerate(all_of.tax_id):
        if value and (value := tax_number(value)):
            all_of.join(holders.setdefault(value, row), row, WORDS["tax_id"])


def _by_domain(all_of: _Customers, nobodys: Set[str]) -> None:
    """Of one system's customers with a domain only one may be meant, and their tax ids must not contradict.

    A domain that very many have is a mailbox provider's that we do not know by name.
    """
    holders: dict[str, list[int]] = {}
    for row, value in enumerate(all_of.domain):
        if value and value not in nobodys:
            holders.setdefault(value, []).append(row)
    for rows in holders.values():
        if 1 < len(rows) <= MANY:
            _of_domain(all_of, rows)


def _of_domain(all_of: _Customers, rows: Sequence[int]) -> None:
    sources, find = all_of.sources, all_of.groups.find
    for at, row in enumerate(rows):
        own = {find(other) for other in rows if other != row and sources[other] == sources[row]}
        if own - {find(row)}:  # several of this system have the domain: which of them is meant, a person must say
            for other in rows:
                if sources[other] != sources[row]:
                    all_of.suggest(row, other, WORDS["domain"], 90)
        else:
            _one_or_ask(all_of, row, [other for other in rows[:at] if sources[other] != sources[row]], "domain")


def _one_or_ask(all_of: _Customers, row: int, others: Sequence[int], key: str) -> None:
    """Joins a record with the one group it can mean; where it could mean several, or tax ids differ, asks."""
    roots: dict[int, int] = {}
    for other in others:
        roots.setdefault(all_of.groups.find(other), other)
    by_source = Counter(all_of.sources[other] for other in roots.values()) if len(roots) > 1 else {}
    for other in roots.values():
        if by_source.get(all_of.sources[other], 1) > 1 or all_of.contradict(row, other):
            all_of.suggest(other, row, WORDS[key], 90)
        else:
            all_of.join(other, row, WORDS[key])


def _by_name(all_of: _Customers, least: int) -> None:
    """Names of different systems that are alike; tax ids that differ say that they are two."""
    sources, find = all_of.sources, all_of.groups.find

    def open_question(one: int, other: int) -> bool:
        return sources[one] != sources[other] and find(one) != find(other) and not all_of.contradict(one, other)

    for one, other, score in alike(all_of.titles, least, open_question):
        all_of.suggest(one, other, "name", min(score, 89))
