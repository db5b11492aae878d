"""A real store, and a short way to tell it records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Connector, Item, Page, Pull, Row
from model.records import TABLES, record_id
from store.connect import connect
from sync.run import pull


class _Told(Connector):
    kind = "told"
    title = "What a test tells"

    def __init__(self, name: str, records: list[tuple[str, dict[str, Any]]]) -> None:
        super().__init__(name, {})
        self._records = records

    def objects(self) -> tuple[str, ...]:
        return ("things",)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        yield Page([
            Item(f"{table} {record_id(TABLES[table], values)}", {"of": table}, (Row(table, values),))
            for table, values in self._records
        ])  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'backlog.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = connect(url)
    yield made
    made.dispose()


@pytest.fixture
def tell(engine: sa.Engine) -> Callable[..., None]:
    """tell(moment, (table, values), …, source="crm"): every record must load."""

    def told(now: dt.datetime, *records: tuple[str, dict[str, Any]], source: str = "crm") -> None:
        result = pull(engine, _Told(source, list(records)), now=now)
        assert (result.error, result.counts["things"].rejected) == (None, 0)

    return told
