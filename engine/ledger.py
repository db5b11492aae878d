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
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import file
from engine.arithmetic import BoolArray, IntArray
from engine.indexes import INDEXES
from engine.lazy import Lazy
from engine.lines import ENDS, LINE_COLUMNS, explode
from engine.names import Names, plain
from engine.splice import splice
from engine.texts import Words
from engine.views import PLACES, SEEN, View
from model.errors import LedgerBroken, Unanswerable
from model.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

Table = Mapping[str, Any]
TABLES = ("customers", "products", "contracts", "obligations", "segments", "versions", "stretches", "plans", "entries",
          "invoices", "rates", "causes", "aliases", "exceptions_table")  # fmt: skip
_TOLD = ("span", "weight")  # what whole columns would have to be read for


def _columns(reader: file.Reader, table: str) -> Lazy:
    """A table of a file."""
    return Lazy(partial(reader.names, table), partial(reader.column, table))


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

    def save(self, path: Path) -> None:
        """Writes the ledger as one file that readers map into memory."""
        self._write(path, self.told, {})

    def save_over(self, path: Path, whole: Ledger, gone: IntArray) -> None:
        """Writes a ledger that is the saved one `whole` with this one's customers in place of those at the places `gone`
        (engine.splice), as a file that says only what differs and names the other.
        """
        assert whole.path is not None  # noqa: S101
        # Those who leave are counted still: a wider span and a greater weight are as good.
        span = (min(whole.span[0], self.span[0]), max(whole.span[1], self.span[1]))
        over = {"over": whole.path.name, "span": span, "weight": whole.weight + self.weight}
        self._write(path, over, {"over": {"gone": gone}})

    def _write(self, path: Path, told: Mapping[str, Any], more: Mapping[str, Table]) -> None:
        seen = [
            {"to_day": view.to_day, "policy": dataclasses.asdict(view.ledger.policy), **view.ledger.told}
            for view in self.views
        ]
        facts = {"version": self.version, "known_at": self.known_at.isoformat(), "reporting": self.reporting,
                 "policy": dataclasses.asdict(self.policy), "views": seen, **told}  # fmt: skip
        tables = (
            dict(more) | {name: getattr(self, name) for name in TABLES} | {name: self.index(name) for name in INDEXES}
        )
        for n, view in enumerate(self.views):
            tables |= {f"view {n} {name}": getattr(view.ledger, name) for name in (*SEEN, "bounds")}
            tables[f"view {n}"] = {name: getattr(view, name) for name in PLACES}
        file.write(path, {name: {c: table[c] for c in _names(table)} for name, table in tables.items()}, facts)

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """A saved ledger; LedgerBroken if a file of it is missing, not whole, or another version's."""
        reader = file.Reader(path)
        try:
            made = cls._read(reader)
        except KeyError as error:
            raise LedgerBroken(f"{path.name} is another version's, without {error}. Rebuild it: backlog sync") from None
        if name := reader.facts.get("over"):
            made = splice(cls.open(path.with_name(name)), made, np.asarray(reader.column("over", "gone")))
            made._tell(reader.facts, {})
            made.path = path
        return made

    @classmethod
    def _read(cls, reader: file.Reader) -> Ledger:
        facts = reader.facts
        made = cls(
            facts["version"], dt.datetime.fromisoformat(facts["known_at"]), _policy(facts["policy"]), facts["reporting"],
            **{name: _columns(reader, name) for name in TABLES}, views=(), path=reader.path,
        )  # fmt: skip
        made._tell(facts, {name: _columns(reader, name) for name in INDEXES})
        views = []
        for n, about in enumerate(facts["views"]):
            seen = made.part(_policy(about["policy"]), {name: _columns(reader, f"view {n} {name}") for name in SEEN})
            seen._tell(about, {"bounds": _columns(reader, f"view {n} bounds")})
            places = _columns(reader, f"view {n}")
            views.append(View(about["to_day"], seen, *(places[name] for name in PLACES)))
        made.views = tuple(views)
        return made

    def part(self, policy: Policy, tables: Mapping[str, Table]) -> Ledger:
        """A ledger of some contracts under a policy, with the customers, products and documents of this one."""
        changed: dict[str, Any] = dict(tables)
        return dataclasses.replace(self, policy=policy, views=(), **changed)

    @property
    def told(self) -> dict[str, Any]:
        """What is written down of the ledger beside its tables."""
        return {name: getattr(self, name) for name in _TOLD}

    def _tell(self, facts: Mapping[str, Any], written: Mapping[str, Table]) -> None:
        """Takes what was written down in place of working it out."""
        self.span, self.weight = tuple(facts["span"]), facts["weight"]
        self.has_indexes(written)

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


def whole_of(path: Path) -> Path:
    """The file of the whole ledger that a file stands over (Ledger.save_over), or the file itself."""
    return path.with_name(file.Reader(path).facts.get("over", path.name))


def _policy(stated: Mapping[str, Any]) -> Policy:
    return Policy(**{**stated, "rpo_expedients": tuple(stated["rpo_expedients"])})


def _names(table: Table) -> list[str]:
    return list(table.keys())
