"""Whom what a store has been told since names: the keys of customers that records which came are of, or may be one with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from books.keys import Keys, asked_by_contracts, asked_by_customers, names, numbers, offered_by_customers
from books.owners import OWNED
from books.unique_ids import OWN
from books.ways import named_together
from engine.arithmetic import IntArray
from store.changes import Changes, values_of

if TYPE_CHECKING:
    from books.rules import Rules
    from store.columns import Read

_NAMES = {"customer_id": "customers", "contract_id": "contracts", "line_id": "contract_lines", "new_line_id": "contract_lines",
          "invoice_id": "invoices"}  # fmt: skip


def touched_keys(
    read: Read, changed: Changes, rules: Rules, anew: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, IntArray]]:
    """Keys by which the customers are found who are touched, each with where to look: "asked" or "offered" (books.ways).

    `anew`: by table ids of records that a system has anew or no more.
    """
    named: dict[str, set[str]] = {
        name: set(anew.get(name, ())) for name in ("customers", "contracts", "contract_lines", "amendments", "invoices")
    }
    for table in OWNED:
        for column, ids in changed.came[table].columns.items():
            if column in _NAMES:
                named[_NAMES[column]] |= set(ids)
    _partners(changed, rules, named)
    yield "offered", numbers("id", sorted(each.casefold() for each in _customers(read, rules, named)))
    customers, contracts = (changed.came[name].columns for name in ("customers", "contracts"))
    asked = [Keys.asked(asked_by_customers(customers, rules, frozenset()), np.arange(len(customers["source"]))),
             Keys.asked(asked_by_contracts(contracts), np.arange(len(contracts["source"])))]  # fmt: skip
    for keys in asked:
        yield "asked", keys.number
        yield "offered", keys.number
    yield from (("asked", offered_by_customers(customers, kind)) for kind in ("id", "name"))
    yield "asked", numbers("deal", contracts["contract_id"])


def _partners(changed: Changes, rules: Rules, named: Mapping[str, set[str]]) -> None:
    """Names those as well with whom a person or the configuration has named what came."""
    came = {kind: set(names(changed.came[kind].columns, OWN[kind])) for kind in ("customers", "contracts", "invoices")}
    for kind, one, other in named_together(rules):
        for mine, theirs in ((one, other), (other, one)):
            if mine in came[kind]:
                named[kind].add(theirs.partition(":")[2])


def _customers(read: Read, rules: Rules, named: Mapping[str, set[str]]) -> set[str]:
    """The ids of all customers of what is named, those that it is known by today among them."""

    def now(kind: str) -> set[str]:
        """An id that a vendor has merged into another means that one."""
        for (_, table), heirs in rules.former.items():
            if table == kind:
                named[kind].update(heirs[each] for each in named[kind] & heirs.keys())
        return named[kind]

    lines = now("contract_lines")
    for table, key in (("contract_lines", "record_id"), ("amendments", "new_line_id")):
        named["contracts"].update(values_of(read, table, key, lines, "contract_id"))
    named["contracts"].update(values_of(read, "amendments", "record_id", named["amendments"], "contract_id"))
    invoices = now("invoices")
    named["customers"].update(values_of(read, "invoices", "record_id", invoices, "customer_id"))
    named["contracts"].update(values_of(read, "invoices", "record_id", invoices, "contract_id"))
    named["customers"].update(values_of(read, "contracts", "record_id", now("contracts"), "customer_id"))
    return now("customers") - {""}
