"""A connector and the simulated vendor it is tried on: what the test file of a new connector declares, and no more.

SITE = Simulation(Chargebee, ChargebeeServer, site, secret=("api_key", KEY), serving={"key": KEY})

class TestChargebee(ConnectorContract):
    simulation = SITE
    expected = {"customers": {"c1", "c2"}, …}
    changes = Edit("customers", "c1", {"company": "Renamed Ltd"})
    removes = Edit("invoices", "i2")

def test_what_is_the_vendors_own() -> None:
    assert SITE.pulled().of("contracts", "contract_id")["s1"]["status"] == "active"
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.connector import Connector, Item, Page, Pull
from connectors.kit.transport import Patience
from demo.vendors.server import VendorServer

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
# A server on loopback may be slow where the machine is busy; silence is waited for only where it is what is tried.
QUICK = Patience(attempts=4, first=0.001, longest=0.01, parks_after=5, silence=20)
ONCE = Patience(attempts=1, first=0.001, longest=0.01, silence=20)


class Store:
    """What a sync would keep: the last item of each key and the cursor, page by page."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.cursors: dict[str, Any] = {}
        self.read: list[tuple[str, str]] = []
        self.gone: set[tuple[str, str]] = set()
        self.listed: dict[str, set[str]] = {}

    def take(self, connector: Connector, now: dt.datetime = NOW, full: bool = False) -> None:
        """A pull of every object."""
        for name in connector.objects():
            for page in connector.pull(name, Pull(self.cursors.get(name), now, full=full)):
                self.keep(name, page)

    def keep(self, name: str, page: Page) -> None:
        """What a sync does with a page."""
        for item in page.items:
            self.read.append((name, item.key))
            self.items[name, item.key] = item
        if page.part is not None and page.part.sweeps:
            listed = set() if page.part.first else self.listed.get(name, set())
            self.listed[name] = listed | {item.key for item in page.items}
            if page.part.last:
                self.gone |= {key for key in self.items if key[0] == name and key[1] not in self.listed[name]}
        if page.cursor is not None:
            self.cursors[name] = dict(page.cursor)

    def said(self) -> list[tuple[str, str]]:
        """Every record that counts, as text, in order: equal where two stores say the same."""
        return sorted(
            (row.table, repr(sorted(row.values.items(), key=str)))
            for item in self.items.values()
            if not item.deleted
            for row in item.rows
        )

    def rows(self, table: str, name: str = "", key: str = "") -> list[dict[str, Any]]:
        """The records of a table; of one object or of one of its items where they are named."""
        return [
            dict(row.values)
            for (each, own), item in self.items.items()
            if (not name or each == name) and (not key or own == key)
            for row in item.rows
            if row.table == table
        ]

    def of(self, table: str, column: str) -> dict[Any, dict[str, Any]]:
        """The records of a table by a column; the last of those that share its value."""
        return {row[column]: row for row in self.rows(table)}

    def problems(self) -> list[str]:
        """What was wrong with what was rejected."""
        return [str(problem) for item in self.items.values() for problem in item.problems]

    def counted(self, name: str) -> set[str]:
        """Keys of what still counts: neither told to be gone, nor swept, nor without any record but a void one."""
        return {
            key
            for key in self.keys(name) - {key for each, key in self.gone if each == name}
            if self.items[name, key].rows
            and not any(row.values.get("status") == "void" for row in self.items[name, key].rows)
        }

    def keys(self, name: str) -> set[str]:
        """Keys of what was not told to be gone."""
        return {key for (each, key), item in self.items.items() if each == name and not item.deleted}


@dataclass(frozen=True)
class Edit:
    """Someone's work at the vendor: the connector's `object` and `key`, and the `fields` that get another value (none: it
    is deleted), in the vendor's `table` where it is called otherwise."""

    object: str
    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""

    def done(self, server: Any) -> tuple[str, str]:
        """Does it, and names what was touched."""
        table = self.table or self.object
        if self.fields:
            server.update(table, self.key, **self.fields)
        else:
            server.delete(table, self.key)
        return self.object, self.key


@dataclass(frozen=True)
class Simulation:
    """`kind`: the connector; `vendor`: its simulated vendor; `tables`: makes what is there; `secret`: the setting that
    holds the secret, and its value; `serving`: what else the server is made with; `options`: further settings, in which
    {url} is the server's address."""

    kind: Callable[..., Any]
    vendor: Callable[..., Any]
    tables: Callable[[], Any]
    secret: tuple[str, str]
    serving: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def serve(self, tables: Any = None, **options: Any) -> Any:
        """The vendor, not started yet."""
        given = {"clock": lambda: NOW.timestamp() + 60, **self.serving, **options}
        return self.vendor(self.tables() if tables is None else tables, **given)

    def connect(self, server: VendorServer, patience: Patience = QUICK, secret: str = "", **options: Any) -> Any:
        """The connector, set to the server."""
        setting, known = self.secret
        given = {
            "base_url": server.url,
            "requests_per_second": 5_000,
            **self.options,
            setting: secret or known,
            **options,
        }
        placed = {
            name: value.replace("{url}", server.url) if isinstance(value, str) else value
            for name, value in given.items()
        }
        return self.kind("system", placed, patience=patience)

    def pulled(self, source: Any = None, *, rejects: int = 0, pulls: int = 1, **options: Any) -> Store:
        """What so many pulls bring of a server that runs, or of tables; `rejects`: how many items break a rule."""
        if not isinstance(source, VendorServer):
            with self.serve(source) as server:
                return self.pulled(server, rejects=rejects, pulls=pulls, **options)
        store, connector = Store(), self.connect(source, **options)
        try:
            for _ in range(pulls):
                store.take(connector)
        finally:
            connector.close()
        problems = store.problems()
        assert len(problems) == rejects, problems
        return store
