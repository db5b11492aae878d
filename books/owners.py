"""Whose every record is: the customer whose part of the ledger it belongs to, and which customers must be made together.

An invoice of one customer for a contract of another links the two: neither can be made without the other. A record that
names one which is not there belongs to nobody yet, nor is it known whom it will link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.arithmetic import BoolArray, IntArray, pick
from engine.ids import Ids, TextArray

if TYPE_CHECKING:
    from engine.ledger import Ledger, Table

Links = list[tuple[IntArray, IntArray, BoolArray]]
LOOSE = -1
"""The group of what belongs to nobody."""
OWNED = ("customers", "contracts", "contract_lines", "estimates", "amendments", "deliveries", "schedules", "invoices",
         "invoice_lines", "credit_notes", "payments")  # fmt: skip
"""The tables whose every record is a customer's."""


def groups(count: int, links: Links) -> IntArray:
    """The group of each of so many customers, a customer's place in it, LOOSE for one that a missing record may link to any
    other; and, beyond them, LOOSE for what is nobody's."""
    parent = np.arange(count + 1)  # the last place is LOOSE

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = n = parent[parent[n]]
        return n

    pairs = [np.zeros((2, 0), np.int64)]
    for one, other, named in links:
        some = named & (one != other)
        pairs.append(np.stack([one[some], other[some]]))
    for one, other in np.unique(np.concatenate(pairs, axis=1), axis=1).T.tolist():
        low, high = sorted((root(one % parent.size), root(other % parent.size)))
        parent[low] = high  # LOOSE, the highest, stands for whoever is linked to it
    below = np.flatnonzero(parent != np.arange(parent.size))
    parent[below] = [root(n) for n in below.tolist()]
    parent[parent == count] = LOOSE
    return parent


def of_closed(ledger: Ledger, closed: Ledger | None, place: IntArray) -> Links:
    """Links by contracts and invoices that were another customer's when a period was closed, of which each then has a part.

    `closed`: the books of the last close; `place`: which each customer of the ledger is.
    """
    if closed is None:
        return []
    at = Ids(np.asarray(ledger.customers["id"])).find(np.asarray(closed.customers["id"]))
    sides = ((ledger, np.append(place, -1)), (closed, np.append(place[at], -1)))
    links = [_one_id([(getattr(books, table), of) for books, of in sides]) for table in ("contracts", "invoices")]
    for books, of in sides:
        owner = of[_customer(books.contracts)[np.asarray(books.obligations["contract"])]]
        for obligation, invoice in _entries(books):
            links.append((owner[obligation], of[pick(_customer(books.invoices), invoice, -1)], invoice >= 0))
    return links


def _one_id(tables: Sequence[tuple[Table, IntArray]]) -> tuple[IntArray, IntArray, BoolArray]:
    """Links of all whose records have one id; each table with which each of its customers is."""
    ids = np.concatenate([np.asarray(table["id"]) for table, _ in tables])
    of = np.concatenate([which[_customer(table)] for table, which in tables])
    codes, _ = pd.factorize(ids)
    _, first = np.unique(codes, return_index=True)
    return of, of[first[codes]], ids != ""


def _entries(books: Ledger) -> Iterator[tuple[IntArray, IntArray]]:
    """The obligation and the invoice of all entries, as they are seen now and as they were at earlier closes."""
    for held, at in ((books, None), *((view.ledger, view.obligation) for view in books.views)):
        obligation, invoice = (np.asarray(held.entries[name]) for name in ("obligation", "invoice"))
        yield (obligation if at is None else at[obligation]), invoice


def _customer(table: Table) -> IntArray:
    return np.asarray(table["customer"])


def owners(facts: Mapping[str, pd.DataFrame]) -> tuple[dict[str, IntArray], Links]:
    """By table the customer of each record, -1 where it is not known, and all links: who, whom, and whether one is named.

    `facts`: with ids unique over all systems, and every record still there.
    """
    links: Links = []

    def column(table: str, name: str) -> TextArray:
        return facts[table][name].to_numpy(object)

    customer, contract, invoice = (Ids(column(table, name)) for table, name in
                                   (("customers", "customer_id"), ("contracts", "contract_id"), ("invoices", "invoice_id")))  # fmt: skip
    lines = _lines(facts)
    owner = {
        "customers": np.arange(len(facts["customers"])),
        "contracts": customer.find(column("contracts", "customer_id")),
    }

    def by(table: str, name: str, ids: Ids, of: IntArray) -> IntArray:
        return np.asarray(pick(of, ids.find(column(table, name)), -1))

    for table in ("contract_lines", "estimates", "amendments"):
        owner[table] = by(table, "contract_id", contract, owner["contracts"])
    line_of = np.r_[owner["contract_lines"], owner["amendments"]][lines[1]]
    for table in ("deliveries", "schedules"):
        owner[table] = by(table, "line_id", lines[0], line_of)
    for table in ("invoices", "credit_notes", "payments"):
        owner[table] = by(table, "customer_id", customer, owner["customers"])
    owner["invoice_lines"] = by("invoice_lines", "invoice_id", invoice, owner["invoices"])
    for table, name, ids, of in (
        ("estimates", "line_id", lines[0], line_of), ("amendments", "line_id", lines[0], line_of),
        ("amendments", "new_line_id", lines[0], line_of),  # which may be there already
        ("invoices", "contract_id", contract, owner["contracts"]), ("invoice_lines", "line_id", lines[0], line_of),
        ("credit_notes", "invoice_id", invoice, owner["invoices"]), ("credit_notes", "line_id", lines[0], line_of),
        ("payments", "invoice_id", invoice, owner["invoices"]),
    ):  # fmt: skip
        links.append((owner[table], by(table, name, ids, of), column(table, name) != ""))
    return owner, links


def _lines(facts: Mapping[str, pd.DataFrame]) -> tuple[Ids, IntArray]:
    """All lines by id, each once, and where each stands among those of contracts and then those that amendments add."""
    own, added = (
        facts["contract_lines"]["line_id"].to_numpy(object),
        facts["amendments"]["new_line_id"].to_numpy(object),
    )
    rows = np.flatnonzero(added != "")
    if rows.size:
        ids = pd.Index(np.r_[own, added[rows]], dtype=object)
        first = np.flatnonzero(~ids.duplicated())
        return Ids(ids.to_numpy(object)[first]), np.r_[np.arange(own.size), own.size + rows][first]
    return Ids(own), np.arange(own.size)
