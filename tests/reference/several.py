"""A company of several systems with its store and its books: told whole at every sync, compared with everything made anew."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from generate_records import BEGIN, SYSTEMS, Rows
from generate_systems import Configured, Decided, Event, Locked, Merged
from same import assert_same
from telling import Telling

from books.ledgers import Books
from books.periods import in_force
from engine.ledger import Ledger
from engine.saved import whole_of
from model.records import TABLES
from model.settings import load
from store.periods import period_events
from sync import closing
from sync.decide import decide

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
OTHERS = 6  # customers of two systems to whom nothing happens
HEAD = {"status": "signed", "currency": "USD", "signed_on": BEGIN, "start_on": BEGIN, "end_on": dt.date(2026, 12, 31)}


class Company:
    """A store that is told rows, and its books."""

    def __init__(self, root: Path, url: str, more: str = "") -> None:
        self.root, self.url, self.wholes = root, url, 0
        for system in SYSTEMS:
            (root / system).mkdir()
        self.books = self._configured(more)
        self.telling = Telling(self.books.engine)
        self.rows: Rows = {name: [] for name in TABLES}
        self._merged: list[tuple[str, str, str, str]] = []

    def configure(self, more: str) -> None:
        """Books over the same store, by a configuration with other blocks."""
        self.books = Books.over(self._configured(more).settings, self.books.engine, self.books.folder)

    def _configured(self, more: str) -> Books:
        blocks = [f'[connectors.{name}]\nkind = "files"\npath = "{name}"\n' for name in SYSTEMS]
        (self.root / "config.toml").write_text("\n".join([f'[store]\nurl = "{self.url}"', *blocks, more]))
        return Books(load(self.root / "config.toml"))

    def customer(self, system: str, own: str, amount: int = 1200, **more: Any) -> None:
        """A customer with a contract of one line."""
        self.rows["customers"].append({"source": system, "customer_id": own, "name": f"Company {own}", **more})
        self.rows["contracts"].append({"source": system, "contract_id": f"K-{own}", "customer_id": own, **HEAD})
        self.rows["contract_lines"].append({"source": system, "line_id": f"L-{own}", "contract_id": f"K-{own}", "currency": "USD",
                                            "amount": Decimal(amount)})  # fmt: skip

    def find(self, table: str, own: str) -> dict[str, Any]:
        key = TABLES[table].key[0]
        return next(row for row in self.rows[table] if row[key] == own)

    def sync(self, *merged: tuple[str, str, str, str]) -> Ledger:
        """The ledger after a sync, which is that of everything made anew."""
        self.telling.tell(self.rows, [*merged, *self._merged])
        self._merged.clear()
        found = self.books.build()
        self.wholes += 1
        anew = Books.over(self.books.settings, self.books.engine, self.root / f"apart {self.wholes}")
        assert_same(found, anew.build())
        self.anew = anew
        return found

    def take(self, event: Event) -> None:
        """Something else than a sync happens."""
        match event:
            case Merged(source, table, old, new):
                self._merged.append((source, table, old, new))
            case Decided(kind, left, right, word):
                self.decide(word, left, right, kind)
            case Configured(matching):
                self.configure(matching)
            case Locked(closed=True):
                self.close()
            case Locked(closed=False):
                self.reopen()

    def decide(self, word: str, left: str, right: str, kind: str = "customers") -> None:
        """A person says what two records are."""
        decide(self.books.engine, kind, left, right, word, rule="", who="Ana", why="", now=NOW)  # type: ignore[arg-type]

    def close(self) -> None:
        """The next month of the year is closed, whatever the checks say."""
        month = f"2026-{len(in_force(period_events(self.books.engine))) + 1:02}"
        prepared = closing.prepare(self.books, month, NOW)
        closing.close(self.books, prepared, now=NOW, who="Ann", why="a test", force=True)

    def reopen(self) -> None:
        """The last month that is closed is reopened, if one is."""
        for held in in_force(period_events(self.books.engine))[-1:]:
            closing.reopen(self.books, held.period, now=NOW, who="Ann", why="a test")

    def whole(self) -> Ledger:
        """The ledger made of everything, on which what comes from now on is told."""
        (self.books.folder / "current.json").unlink()
        found = self.sync()
        assert is_whole(found)
        return found

    def updated(self) -> set[str]:
        """The customers of the ledger after a sync that was made of a part alone."""
        found = self.sync()
        assert not is_whole(found)
        return set(found.customers["id"]) - {"Z", *(f"c{n}" for n in range(OTHERS))}


def is_whole(ledger: Ledger) -> bool:
    assert ledger.path is not None
    return whole_of(ledger.path) == ledger.path


def called(ledger: Ledger, name: str) -> list[str]:
    """The ids of the customers that a name finds."""
    return [ledger.customers["id"][place] for place in ledger.find_customers(name).tolist()]


def fill(made: Company) -> None:
    """Four customers of the CRM and of billing each, one of the accounting, and others who are one by their domains."""
    for n in range(OTHERS):
        for system in ("crm", "billing"):
            made.customer(system, f"{system[0]}{n}", 1000 + n, domain=f"other{n}.test")
    for own in "ABCD":
        made.customer("crm", own)
        made.customer("billing", f"b{own}", 700)
    made.customer("books", "Z")
