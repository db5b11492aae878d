"""A connector that says what a test tells it to, and a real store to say it to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Connector, Item, Page, Pull, Row
from model.records import TABLES, record_id
from store.connect import connect

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


class Said(Connector):
    """Says given items, `size` a page. A callable in place of items is asked with the Pull and yields pages."""

    kind = "said"
    title = "What a test says"

    def __init__(self, objects: Mapping[str, Any], name: str = "books", size: int = 100) -> None:
        super().__init__(name, {})
        self._objects, self._size = objects, size
        self.asked: list[tuple[str, Pull]] = []

    def objects(self) -> tuple[str, ...]:
        return tuple(self._objects)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        self.asked.append((name, ask))
        said = self._objects[name]
        if callable(said):
            yield from said(ask)
            return
        for start in range(0, len(said), self._size):
            yield Page(said[start : start + self._size])


def item(table: str, place: str = "", **values: Any) -> Item:
    """A record as an item of its own, keyed by its id."""
    key = record_id(TABLES[table], values)
    payload = {name: str(value) for name, value in values.items()}
    return Item(key, payload, (Row(table, values),), place or f"{table} {key}")


def deal(deal_number: int = 1, **more: Any) -> dict[str, Sequence[Item]]:
    """A customer with a signed one-year contract of one line over 12,000.00."""
    customer = {"customer_id": f"C{deal_number}", "name": f"Customer {deal_number}"}
    contract = {
        "contract_id": f"K{deal_number}", "customer_id": f"C{deal_number}", "status": "signed", "currency": "USD",
        "signed_on": dt.date(2026, 1, 1), "start_on": dt.date(2026, 1, 1), "end_on": dt.date(2026, 12, 31),
    }  # fmt: skip
    line = {"line_id": f"L{deal_number}", "contract_id": f"K{deal_number}", "amount": Decimal("12000.00")}
    return {
        "customers": [item("customers", **customer)],
        "contracts": [item("contracts", **{**contract, **more})],
        "contract_lines": [item("contract_lines", **line)],
    }


def normalized(engine: sa.Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every version of every record as plain values, without numbers and instants that depend on when it was told."""
    left_out = {"version_id", "raw_id", "run_id", "known_from"}
    found = {}
    with engine.connect() as connection:
        for name in TABLES:
            table = connection.exec_driver_sql(f'SELECT * FROM "{name}" ORDER BY source, record_id, version_id')  # noqa: S608
            keys = list(table.keys())
            found[name] = [
                tuple(
                    (value is None if key == "known_to" else value)
                    for key, value in zip(keys, row, strict=True)
                    if key not in left_out
                )
                for row in table
            ]
    return found


@pytest.fixture
def new_store(new_url: Callable[..., str]) -> Iterator[Callable[[], sa.Engine]]:
    """Makes empty stores, in either kind of database."""
    made: list[sa.Engine] = []

    def make() -> sa.Engine:
        made.append(connect(new_url(ready=True)))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


@pytest.fixture
def engine(new_store: Callable[[], sa.Engine]) -> sa.Engine:
    return new_store()


@pytest.fixture
def kit() -> SimpleNamespace:
    """The helpers above, for test modules that cannot import them."""
    return SimpleNamespace(Said=Said, item=item, deal=deal, normalized=normalized, NOW=NOW)


@pytest.fixture
def receivers() -> Any:
    """The module of receivers of alerts, which test modules cannot import by name."""
    import importlib.util
    from pathlib import Path

    spec = importlib.util.spec_from_file_location("receivers", Path(__file__).with_name("receivers.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
