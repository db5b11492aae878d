"""A ledger out of two: a whole one, and the part of some customers made anew.

Everything in a ledger stands by customer, so the spliced ledger is runs of rows, now of the one and now of the other, with the
numbers that point into other tables moved to where those rows stand. A column is put together when it is first asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.arithmetic import IntArray
from engine.lazy import Lazy
from engine.names import sorted_index
from engine.runs import Runs, customer_runs, joined
from engine.texts import Pieced, TextColumn, Words, objects

if TYPE_CHECKING:
    from engine.ledger import Ledger, Table

REFERS: Mapping[tuple[str, str], str] = {
    ("contracts", "customer"): "customers", ("obligations", "contract"): "contracts",
    ("segments", "obligation"): "obligations", ("segments", "version"): "versions",
    ("versions", "obligation"): "obligations", ("versions", "cause"): "causes",
    ("stretches", "obligation"): "obligations", ("plans", "stretch"): "stretches",
    ("entries", "obligation"): "obligations", ("entries", "cause"): "causes", ("entries", "invoice"): "invoices",
    ("invoices", "customer"): "customers", ("causes", "customer"): "customers", ("aliases", "customer"): "customers",
    ("exceptions_table", "owner"): "customers", ("exceptions_table", "contract"): "contracts",
    ("exceptions_table", "obligation"): "obligations",
}  # fmt: skip
"""Columns that hold rows of other tables; −1 is none."""
_OWNERS = {"contracts": "customers", "obligations": "contracts", "segments": "obligations", "entries": "obligations",
           "stretches": "obligations", "plans": "stretches"}  # fmt: skip
"""Whose rows are together: with bounds (engine.indexes) in the ledger."""
_SORTED = {"versions": ("obligation", "obligations"), "invoices": ("customer", "customers"),
           "causes": ("customer", "customers"), "exceptions_table": ("owner", "customers")}  # fmt: skip
"""The same without bounds: sorted by a column."""
_NAMED = {"customer_names": "customers", "contract_names": "contracts"}


def splice(whole: Ledger, part: Ledger, gone: IntArray) -> Ledger:
    """The ledger `whole` with the customers of `part` in place of those at the places `gone`.

    Both are made under one policy and from the same products; nothing links a customer that goes or comes to one that
    stays. Holds: every column is that of the ledger made at once from the records of all of them.
    """
    runs = customer_runs(whole.customers["id"], np.asarray(part.customers["id"]).tolist(), gone)
    return _put_together(Splice((whole, part), runs), part)


def part_of(ledger: Ledger, customers: IntArray) -> Ledger:
    """Those customers of a ledger (places, ascending), with all products; nothing links them to others."""
    runs = Runs(np.zeros_like(customers), customers, customers + 1)
    return _put_together(Splice((ledger, ledger), runs), ledger)


def _put_together(made: Splice, like: Ledger) -> Ledger:
    from engine.splice_views import spliced_views

    whole = made.sources[0]
    tables: dict[str, Any] = {name: made.table(name) for name in (*_OWNERS, *_SORTED, "customers")}
    ledger = dataclasses.replace(like, **tables, products=whole.products, aliases=made.aliases, views=(), path=None)
    ledger.has_indexes({"bounds": made.bounds(), **{name: made.names(name) for name in _NAMED},
                        "product_names": whole.index("product_names")})  # fmt: skip
    ledger.views = spliced_views(made, ledger)
    return ledger


class Splice:
    """The tables of a ledger out of two sources."""

    def __init__(self, sources: tuple[Ledger, Ledger], runs: Runs, of: str = "customers") -> None:
        self.sources = sources
        self._runs = {of: runs}
        self._moves: dict[str, tuple[IntArray, IntArray]] = {}
        self._made: dict[str, dict[str, IntArray]] = {}

    def runs(self, table: str) -> Runs:
        """The runs of a table."""
        if table not in self._runs:
            column, owned_by = _SORTED.get(table) or ("", _OWNERS[table])
            owner = self.runs(owned_by)
            low, high = np.zeros_like(owner.low), np.zeros_like(owner.high)
            for n, source in enumerate(self.sources):
                mine, held = (
                    owner.source == n,
                    np.asarray(getattr(source, table)[column] if column else source.bounds[table]),
                )
                for edge, of in ((low, owner.low[mine]), (high, owner.high[mine])):
                    edge[mine] = np.searchsorted(held, of) if column else held[of]
            # What no record brought about is the first cause of both.
            first = [[0], [0], [1]] if table == "causes" else np.zeros((3, 0), np.int64)
            self._runs[table] = Runs(*(np.r_[one, more].astype(np.int64) for one, more in
                                       zip(first, (owner.source, low, high), strict=True)))  # fmt: skip
        return self._runs[table]

    def table(self, name: str) -> Table:
        """A table whose columns are put together when they are asked for."""
        return Lazy(lambda: list(getattr(self.sources[0], name).keys()), lambda column: self._column(name, column))

    def bounds(self) -> Table:
        """The bounds of engine.indexes."""
        return Lazy(lambda: list(_OWNERS), self._bound)

    def names(self, index: str) -> Table:
        """An index of names, for those who stay and those of the part."""
        return Lazy(lambda: ["key", "place"], lambda column: self._index(index)[column])

    @cached_property
    def aliases(self) -> Table:
        """The aliases of those who stay and those of the part."""
        texts, of, order = self._aliases
        return {"alias": objects([texts[n] for n in order.tolist()]), "customer": of[order]}

    @cached_property
    def _aliases(self) -> tuple[list[str], IntArray, IntArray]:
        """All aliases of both sources with their customers, and those that count in order."""
        texts = [text for source in self.sources for text in np.asarray(source.aliases["alias"]).tolist()]
        of = np.concatenate(
            [self.moved("customers", n)[source.aliases["customer"]] for n, source in enumerate(self.sources)]
        )
        return texts, of, np.array(sorted(np.flatnonzero(of >= 0).tolist(), key=texts.__getitem__), np.int64)

    @cached_property
    def _moved_aliases(self) -> tuple[IntArray, IntArray]:
        texts, _, order = self._aliases
        place, first = np.full(len(texts), -1), len(self.sources[0].aliases["customer"])
        place[order] = np.arange(order.size)
        return np.r_[place[:first], -1], np.r_[place[first:], -1]

    def _column(self, table: str, name: str) -> Any:
        columns = [getattr(source, table)[name] for source in self.sources]
        runs = self.runs(table)
        if all(isinstance(column, Words) for column in columns):
            words = list(dict.fromkeys(word for column in columns for word in column.words))
            place = {word: n for n, word in enumerate(words)}
            codes = [np.array([*(place[word] for word in column.words), 0])[column.codes] for column in columns]
            return Words(joined(codes, runs), words)
        if any(isinstance(column, TextColumn) for column in columns):
            return Pieced([(columns[n], low, high) for n, low, high in runs])
        if target := REFERS.get((table, name)):
            columns = [self.moved(target, n)[column] for n, column in enumerate(columns)]
        return joined(columns, runs)

    def moved(self, table: str, source: int) -> IntArray:
        """Where each row of a source stands in the spliced table, -1 for one that is gone, and a last -1 for none."""
        if table not in self._moves:
            runs = self.runs(table)
            places = [np.full(self._count(table, n) + 1, -1) for n in (0, 1)]
            for (n, low, high), start in zip(runs, runs.start.tolist(), strict=False):
                places[n][low:high] = np.arange(start, start + high - low)
            if table == "causes":
                places[1][0] = 0
            self._moves[table] = (places[0], places[1])
        return self._moves[table][source]

    def _count(self, table: str, source: int) -> int:
        columns = getattr(self.sources[source], table)
        return len(columns[next(iter(columns.keys()))])

    def _bound(self, table: str) -> IntArray:
        owner, own = self.runs(_OWNERS[table]), self.runs(table)
        parts = [np.asarray(self.sources[n].bounds[table])[low:high] + (start - first) for (n, low, high), start, first in
                 zip(owner, own.start.tolist(), own.low.tolist(), strict=False)]  # fmt: skip
        return np.concatenate([*parts, own.start[-1:]])

    def _index(self, name: str) -> dict[str, IntArray]:
        if name not in self._made:
            keys, places = [], []
            for n, source in enumerate(self.sources):
                table = source.index(name)
                key, place = np.asarray(table["key"]), np.asarray(table["place"])
                own = place >= 0
                at = self.moved(_NAMED[name], n)[np.where(own, place, -1)]
                alias = self._moved_aliases[n][np.where(own, -1, -1 - place)]
                kept = np.where(own, at, alias) >= 0
                keys.append(key[kept])
                places.append(np.where(own, at, -1 - alias)[kept])
            self._made[name] = sorted_index(np.concatenate(keys), np.concatenate(places))
        return self._made[name]
