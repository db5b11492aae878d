"""The ledger: every promise, what was committed, billed and earned on it, in sorted columns.

Made once from the facts known at a moment under a policy, never changed, and named by both. Two tables carry all
figures: `segments` (revenue, closed forms over time) and `entries` (everything that happens on a day). Both are sorted by
obligation, obligations by contract, contracts by customer, so that a customer is one slice of each.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import file
from engine.arithmetic import IntArray
from engine.views import PLACES, SEEN, View
from model.errors import Unanswerable
from model.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

Table = Mapping[str, Any]
TABLES = ("customers", "products", "contracts", "obligations", "segments", "versions", "stretches", "plans", "entries",
          "invoices", "rates", "causes", "aliases", "exceptions_table")  # fmt: skip


class _Columns(dict[str, Any]):
    """A table whose columns are read from the file when they are first asked for."""

    def __init__(self, reader: file.Reader, name: str) -> None:
        super().__init__()
        self._reader, self._name = reader, name

    def __missing__(self, column: str) -> Any:
        self[column] = values = self._reader.column(self._name, column)
        return values

    def keys(self) -> Any:
        """All columns, read or not."""
        return self._reader.names(self._name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def items(self) -> Any:
        """All columns with their values, which reads them."""
        return [(name, self[name]) for name in self.keys()]


@dataclass(eq=False)
class Ledger:
    """Columns by table; see engine.build for what each holds.

    `version` names the data and the policy; `known_at` is the moment up to which facts were known (UTC); `reporting`
    the currency of totals over several currencies; `views` how contracts were seen that have changed since a close,
    the earliest close first (engine.views).
    """

    version: str
    known_at: dt.datetime
    policy: Policy
    reporting: str
    customers: Table
    products: Table
    contracts: Table
    obligations: Table
    segments: Table
    versions: Table
    stretches: Table
    plans: Table
    entries: Table
    invoices: Table
    rates: Table
    causes: Table
    aliases: Table
    exceptions_table: Table
    views: tuple[View, ...] = ()
    path: Path | None = field(default=None, compare=False)

    def save(self, path: Path) -> None:
        """Writes the ledger as one file that readers map into memory."""
        seen = [{"to_day": view.to_day, "policy": dataclasses.asdict(view.ledger.policy)} for view in self.views]
        facts = {"version": self.version, "known_at": self.known_at.isoformat(), "reporting": self.reporting,
                 "policy": dataclasses.asdict(self.policy), "views": seen}  # fmt: skip
        tables = {name: getattr(self, name) for name in TABLES}
        for n, view in enumerate(self.views):
            tables |= {f"view {n} {name}": getattr(view.ledger, name) for name in SEEN}
            tables[f"view {n}"] = {name: getattr(view, name) for name in PLACES}
        file.write(path, {name: {c: table[c] for c in _names(table)} for name, table in tables.items()}, facts)

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """A saved ledger; LedgerBroken if the file is not whole."""
        reader = file.Reader(path)
        made = cls(
            reader.facts["version"], dt.datetime.fromisoformat(reader.facts["known_at"]), _policy(reader.facts["policy"]),
            reader.facts["reporting"], **{name: _Columns(reader, name) for name in TABLES}, views=(), path=path,
        )  # fmt: skip
        made.views = tuple(
            View(
                about["to_day"],
                made.part(_policy(about["policy"]), {name: _Columns(reader, f"view {n} {name}") for name in SEEN}),
                *(_Columns(reader, f"view {n}")[name] for name in PLACES),
            )
            for n, about in enumerate(reader.facts["views"])
        )
        return made

    def part(self, policy: Policy, tables: Mapping[str, Table]) -> Ledger:
        """A ledger of some contracts under a policy, with the customers, products and documents of this one."""
        made = dataclasses.replace(self, policy=policy, views=())
        for name, table in tables.items():
            setattr(made, name, table)
        return made

    @property
    def exceptions(self) -> pd.DataFrame:
        """What someone must see: rule, severity, customer, contract, line, day, amount_minor, currency, text, source."""
        import pandas as pd

        return pd.DataFrame({name: self.exceptions_table[name] for name in _names(self.exceptions_table)})

    def find_customers(self, text: str) -> IntArray:
        """Positions of the customers a text names: an id, a name in any case, an alias, a wildcard; blank is all.

        Raises Unanswerable for a text that no customer answers to.
        """
        return self._find(text, "customer", self._customer_names, len(self.customers["id"]))

    def find_products(self, text: str) -> IntArray:
        """Positions of the products a text names, as find_customers."""
        return self._find(text, "product", self._product_names, len(self.products["id"]))

    def find_contracts(self, text: str) -> IntArray:
        """Positions of the contracts a text names (id or number), as find_customers."""
        return self._find(text, "contract", self._contract_names, len(self.contracts["id"]))

    def contract_slice(self, customers: IntArray) -> IntArray:
        """The contracts of those customers, in order."""
        if customers.size == len(self.customers["id"]):
            return np.arange(len(self.contracts["id"]))
        low, high = self._contract_bounds[customers], self._contract_bounds[customers + 1]
        if customers.size == 1:
            return np.arange(low[0], high[0])
        return np.concatenate([np.zeros(0, np.int64), *(np.arange(a, b) for a, b in zip(low, high, strict=True))])

    @cached_property
    def _contract_bounds(self) -> IntArray:
        return np.searchsorted(self.contracts["customer"], np.arange(len(self.customers["id"]) + 1))

    @cached_property
    def obligation_bounds(self) -> IntArray:
        """Where each contract's obligations begin, and one beyond the last."""
        return np.searchsorted(self.obligations["contract"], np.arange(len(self.contracts["id"]) + 1))

    @cached_property
    def segment_bounds(self) -> IntArray:
        """Where each obligation's segments begin, and one beyond the last."""
        return np.searchsorted(self.segments["obligation"], np.arange(len(self.obligations["id"]) + 1))

    @cached_property
    def entry_bounds(self) -> IntArray:
        """Where each obligation's entries begin, and one beyond the last."""
        return np.searchsorted(self.entries["obligation"], np.arange(len(self.obligations["id"]) + 1))

    @cached_property
    def stretch_bounds(self) -> IntArray:
        """Where each obligation's stretches of earlier agreement begin (engine.agreed), and one beyond the last."""
        return np.searchsorted(self.stretches["obligation"], np.arange(len(self.obligations["id"]) + 1))

    @cached_property
    def plan_bounds(self) -> IntArray:
        """Where each stretch's plans begin, and one beyond the last."""
        return np.searchsorted(self.plans["stretch"], np.arange(len(self.stretches["obligation"]) + 1))

    @cached_property
    def _customer_names(self) -> dict[str, list[int]]:
        names = _index(self.customers["id"], self.customers["name"])
        for alias, position in zip(self.aliases["alias"], self.aliases["customer"], strict=True):
            names.setdefault(_plain(alias), []).append(int(position))
        return names

    @cached_property
    def _product_names(self) -> dict[str, list[int]]:
        return _index(self.products["id"], self.products["name"])

    @cached_property
    def _contract_names(self) -> dict[str, list[int]]:
        return _index(self.contracts["id"], self.contracts["number"])

    def _find(self, text: str, kind: str, names: Mapping[str, list[int]], count: int) -> IntArray:
        wanted = _plain(text)
        if wanted in ("", "*"):
            return np.arange(count)
        if found := names.get(wanted):
            return np.unique(np.array(found, np.int64))
        if "*" in wanted or "?" in wanted:
            hits = {
                p
                for name, places in names.items()
                if fnmatch.fnmatchcase(name, wanted.replace("[", "[[]"))
                for p in places
            }
            if hits:
                return np.array(sorted(hits), np.int64)
        raise Unanswerable(f"No {kind} is called {text.strip()!r} in this ledger. Look it up: =CUSTOMERS(\"*\")"
                           if kind == "customer" else f"No {kind} is called {text.strip()!r} in this ledger")  # fmt: skip


def _policy(stated: Mapping[str, Any]) -> Policy:
    return Policy(**{**stated, "rpo_expedients": tuple(stated["rpo_expedients"])})


def _names(table: Table) -> list[str]:
    return list(table.keys())


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _index(ids: Any, names: Any) -> dict[str, list[int]]:
    """Ids first: a name never hides an id. A contract that was another customer's in a closed period has two rows."""
    found: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if name:
            found.setdefault(_plain(name), []).append(position)
    rows: dict[str, list[int]] = {}
    for position, name in enumerate(ids):
        if name:
            rows.setdefault(name, []).append(position)
    return found | {_plain(name): positions for name, positions in rows.items()}
