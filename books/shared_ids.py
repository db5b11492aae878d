"""Customers found to be one by a shared id: what one system has written down of a record as another system's id.

It is an id of any other system, or of one that it names ("source:id"), or an id of neither that both carry. The case of its
letters matters only where ids of one system differ by nothing else; a former id means the record it was merged into.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from books.customers import Customers
from books.rules import WORDS, Rules


def by_shared_id(customers: Customers, rules: Rules) -> None:
    """Joins by an id in one system's metadata that is the id of the other's record, or that both carry."""
    carried: dict[str, list[int]] = {value: [] for value in customers.shared_id if value}
    if not carried:
        return
    full = {value for value in carried if ":" in value}
    ids, named = _called(customers.names.own, carried), _called(customers.names.all if full else (), full)
    for row, (value, written) in enumerate(zip(customers.shared_id, customers.written, strict=True)):
        if not value:
            continue
        carried[value].append(row)
        exact = _named_so(customers, rules, named, written) if ":" in value else []
        if exact:
            customers.join(exact[0], row, WORDS["shared_id"])
            continue
        source = customers.sources[row]
        others = [other for other in _current(ids, customers, rules, written) if customers.sources[other] != source]
        customers.one_or_ask(row, others, "shared_id")
    for holders in carried.values():
        for other in holders[1:]:
            if customers.sources[other] != customers.sources[holders[0]]:
                customers.join(holders[0], other, WORDS["shared_id"])


def _called(ids: Sequence[str], wanted: Collection[str]) -> dict[str, list[int]]:
    """The rows that have each of the wanted ids, whatever the case of their letters."""
    found: dict[str, list[int]] = {}
    for row, own in enumerate(ids):
        if (plainly := own.casefold()) in wanted:
            found.setdefault(plainly, []).append(row)
    return found


def _named_so(customers: Customers, rules: Rules, named: Mapping[str, list[int]], written: str) -> Sequence[int]:
    """The record of that "source:id"; a former id means the record it was merged into."""
    if (now := rules.now("customers", written)) in customers.names.at:
        return [customers.names.at[now]]
    rows = named.get(written.casefold(), [])
    return rows if len(rows) == 1 else []


def _current(ids: Mapping[str, list[int]], customers: Customers, rules: Rules, written: str) -> Sequence[int]:
    """The records of that id in any system; a former id means the record it was merged into."""
    known = ids.get(written.casefold(), [])
    if len(known) > 1:  # ids that differ in the case of their letters: the one that is written so, if it is there
        known = [row for row in known if customers.names.own[row] == written] or known
    if rules.former:
        known = [row for row in known if rules.now("customers", customers.names[row]) == customers.names[row]]
        heirs = (rules.now("customers", f"{source}:{written}") for source in customers.systems)
        known = list(
            dict.fromkeys([*known, *(customers.names.at[name] for name in heirs if name in customers.names.at)])
        )
    return known
