"""The ledger: every promise, what was committed, billed and earned on it, in sorted columns.

Made once from the facts known at a moment under a policy, never changed, and named by both. Two tables carry all
figures: `segments` (revenue, closed forms over time) and `entries` (everything that happens on a day). Both are sorted by
obligation, obligations by contract, contracts by customer, so that a customer is one slice of each.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.indexes import INDEXES
from engine.lines import ENDS, LINE_COLUMNS, explode
from engine.names import Names, plain
from engine.texts import Words
from engine.views import View
from model.errors import Unanswerable
from model.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

Table = Mapping[str, Any]
TABLES = ("customers", "products", "contracts", "obligations", "segments", "versions", "stretches", "plans", "entries",
          "invoices", "rates", "causes", "aliases", "exceptions_table")  # fmt: skip


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
    path: Path | None = None
    _indexes: dict[str, Table] = field(default_factory=dict, init=False)

    def part(self, policy: Policy, tables: Mapping[str, Table]) -> Ledger:
        """A ledger of some contracts under a policy, with the customers, products and documents of this one."""
        changed: dict[str, Any] = dict(tables)
        return dataclasses.replace(self, policy=policy, views=(), **changed)

    def has_indexes(self, written: Mapping[str, Table]) -> None:
        """Takes indexes that are known, in place of working them out."""
        self._indexes.update(written)

    def size(self, table: str) -> int:
        """How many rows a table of things with ids has."""
        return len(getattr(self, table)["id"])

    @property
    def exceptions(self) -> pd.DataFrame:
        """What someone must see: rule, severity, customer, contract, line, day, amount_minor, currency, text, source, raw_id."""
        from engine.exceptions import listed

        return listed(self)

    def exceptions_of(self, customers: IntArray) -> pd.DataFrame:
        """Those about customers at these places."""
        from engine.exceptions import listed

        return listed(self, customers)

    def find_customers(self, text: str) -> IntArray:
        """Positions of the customers a text names: an id, a name in any case, an alias, a wildcard; blank is all.

        Raises Unanswerable for a text that no customer answers to.
        """
        return self._find(text, "customers", "customer")

    def find_products(self, text: str) -> IntArray:
        """Positions of the products a text names, as find_customers."""
        return self._find(text, "products", "product")

    def find_contracts(self, text: str) -> IntArray:
        """Positions of the contracts a text names (id or number), as find_customers."""
        return self._find(text, "contracts", "contract")

    def contract_slice(self, customers: IntArray) -> IntArray:
        """The contracts of those customers, in order."""
        if customers.size == self.size("customers"):
            return np.arange(self.size("contracts"))
        bounds = self.bounds["contracts"]
        return explode(bounds[customers], bounds[customers + 1] - 1)[0]

    def index(self, name: str) -> Table:
        """A table of engine.indexes.INDEXES, worked out when it is first asked for, if it was not written down."""
        if name not in self._indexes:
            self._indexes[name] = INDEXES[name](self)
        return self._indexes[name]

    @property
    def bounds(self) -> Table:
        """Where what belongs to each customer, contract, obligation and stretch begins, and one beyond the last."""
        return self.index("bounds")

    @cached_property
    def lines_and_entries(self) -> tuple[IntArray, ...]:
        """The columns the kernel reads: those of segments, then those of entries."""
        return (
            *(self.segments[name] for name in (*LINE_COLUMNS, *ENDS)),
            *(self.entries[name] for name in ("day", "amount", "kind")),
        )

    @property
    def within_64_bits(self) -> bool:
        """Whether no sum of the ledger's amounts can leave 64 bits."""
        return self.weight < 2.0**62

    @cached_property
    def weight(self) -> float:
        """No less than what all amounts come to without their signs."""
        amounts = (self.segments["amount"], self.entries["amount"])
        return sum(float(np.abs(values.astype(np.float64)).sum()) for values in amounts)

    @cached_property
    def span(self) -> tuple[int, int]:
        """Two days: nothing happens before the one or after the other."""
        days = [
            table[name]
            for table, names in ((self.segments, ("from_day", "to_day")), (self.entries, ("day",)))
            for name in names
        ]
        held = [column for column in days if len(column)]
        return min((int(c.min()) for c in held), default=0), max((int(c.max()) for c in held), default=0)

    @cached_property
    def begin(self) -> int | None:
        """The first day on which anything is contracted, billed or paid; None where nothing ever is."""
        days = self.entries["day"]
        return int(days.min()) if len(days) else None

    @cached_property
    def currencies(self) -> tuple[IntArray, list[str]]:
        """Each contract's currency as a number, and the names of those numbers."""
        column = self.contracts["currency"]
        words = column if isinstance(column, Words) else Words.of(np.asarray(column))
        return words.codes, words.words

    @cached_property
    def counted(self) -> BoolArray:
        """Which contracts anything was ever agreed, billed or earned of; a draft has nothing."""
        of = self.bounds["obligations"]
        return np.logical_or(*(np.diff(self.bounds[name][of]) > 0 for name in ("segments", "entries")))

    @cached_property
    def _names(self) -> dict[str, Names]:
        none = np.zeros(0, np.int64)
        return {
            "customers": Names(self.customers["id"], self.customers["name"], self.aliases["alias"], self.aliases["customer"],
                               **self.index("customer_names")),
            "products": Names(self.products["id"], self.products["name"], (), none, **self.index("product_names")),
            "contracts": Names(self.contracts["id"], self.contracts["number"], (), none, **self.index("contract_names")),
        }  # fmt: skip

    def _find(self, text: str, table: str, kind: str) -> IntArray:
        wanted = plain(text)
        if wanted in ("", "*"):
            return np.arange(self.size(table))
        found = self._names[table].find(wanted)
        if not found.size and ("*" in wanted or "?" in wanted):
            found = self._names[table].like(wanted)
        if found.size:
            return found
        look = ': =CUSTOMERS("*")' if kind == "customer" else ""
        raise Unanswerable(f"No {kind} is called {text.strip()!r} in this ledger{'. Look it up' if look else ''}{look}")
