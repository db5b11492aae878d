"""The ledger: every promise, what was committed, billed and earned on it, in sorted columns.

Made once from the facts known at a moment under a policy, never changed, and named by both. Two tables carry all
figures: `segments` (revenue, closed forms over time) and `entries` (everything that happens on a day). Both are sorted by
obligation, obligations by contract, contracts by customer, so that a customer is one slice of each.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import file
from engine.arithmetic import IntArray
from engine.lines import ENDS, LINE_COLUMNS, explode
from engine.names import Names, plain
from engine.texts import Words
from model.errors import Unanswerable
from model.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

Table = Mapping[str, Any]
TABLES = ("customers", "products", "contracts", "obligations", "segments", "versions", "stretches", "plans", "entries",
          "invoices", "rates", "causes", "aliases", "exceptions_table", "bounds", "customer_names", "product_names",
          "contract_names")  # fmt: skip
_FIRST = {
    "contracts": "signed_on",
    "obligations": "contract",
    "exceptions_table": "day",
}  # cheap to read: whole numbers


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
    the currency of totals over several currencies.
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
    bounds: Table
    customer_names: Table
    product_names: Table
    contract_names: Table
    path: Path | None = field(default=None, compare=False)

    def save(self, path: Path) -> None:
        """Writes the ledger as one file that readers map into memory."""
        facts = {"version": self.version, "known_at": self.known_at.isoformat(), "reporting": self.reporting,
                 "policy": dataclasses.asdict(self.policy), "span": self.span, "within_64_bits": self.within_64_bits}  # fmt: skip
        file.write(
            path, {name: {c: getattr(self, name)[c] for c in _names(getattr(self, name))} for name in TABLES}, facts
        )

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """A saved ledger; LedgerBroken if the file is not whole."""
        reader = file.Reader(path)
        policy = dict(reader.facts["policy"])
        policy["rpo_expedients"] = tuple(policy["rpo_expedients"])
        ledger = cls(
            reader.facts["version"], dt.datetime.fromisoformat(reader.facts["known_at"]), Policy(**policy),
            reader.facts["reporting"], **{name: _Columns(reader, name) for name in TABLES}, path=path,
        )  # fmt: skip
        # What whole columns would have to be read for was written down.
        ledger.span, ledger.within_64_bits = tuple(reader.facts["span"]), reader.facts["within_64_bits"]
        return ledger

    def size(self, table: str) -> int:
        """How many rows a table has."""
        return len(getattr(self, table)[_FIRST.get(table, "id")])

    @property
    def exceptions(self) -> pd.DataFrame:
        """What someone must see: rule, severity, customer, contract, line, day, amount_minor, currency, text, source, raw_id."""
        from engine.exceptions import listed

        return listed(self)

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

    @cached_property
    def lines_and_entries(self) -> tuple[IntArray, ...]:
        """The columns the kernel reads: those of segments, then those of entries."""
        return (
            *(self.segments[name] for name in (*LINE_COLUMNS, *ENDS)),
            *(self.entries[name] for name in ("day", "amount", "kind")),
        )

    @cached_property
    def within_64_bits(self) -> bool:
        """Whether no sum of the ledger's amounts can leave 64 bits."""
        amounts = (self.segments["amount"], self.entries["amount"])
        return sum(float(np.abs(values.astype(np.float64)).sum()) for values in amounts) < 2.0**62

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first day on which anything happens and the last."""
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
    def _names(self) -> dict[str, Names]:
        none = np.zeros(0, np.int64)
        return {
            "customers": Names(self.customers["id"], self.customers["name"], self.aliases["alias"], self.aliases["customer"],
                               self.customer_names["key"], self.customer_names["place"]),
            "products": Names(self.products["id"], self.products["name"], (), none, self.product_names["key"],
                              self.product_names["place"]),
            "contracts": Names(self.contracts["id"], self.contracts["number"], (), none, self.contract_names["key"],
                               self.contract_names["place"]),
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


def _names(table: Table) -> list[str]:
    return list(table.keys())
