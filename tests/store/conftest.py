"""A real store, and a short way to tell it records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
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

    def __init__(
        self, name: str, records: list[tuple[str, dict[str, Any]]], aliases: list[tuple[str, str, str]]
    ) -> None:
        super().__init__(name, {})
        self._records, self._aliases = records, aliases

    def objects(self) -> tuple[str, ...]:
        return ("things",)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        yield Page([
            Item(f"{table} {record_id(TABLES[table], values)}", {"of": table}, (Row(table, values),),
                 aliases=self._aliases)
            for table, values in self._records
        ])  # fmt: skip


@pytest.fixture
def url(new_url: Callable[..., str]) -> str:
    """The address of a place that is still empty, in either kind of database."""
    return new_url()


@pytest.fixture
def engine(new_url: Callable[..., str]) -> Iterator[sa.Engine]:
    made = connect(new_url(ready=True))
    yield made
    made.dispose()


@pytest.fixture
def tell(engine: sa.Engine) -> Callable[..., None]:
    """tell(moment, (table, values), …, source="crm", aliases=(table, old, new), …): every record must load."""

    def told(
        now: dt.datetime,
        *records: tuple[str, dict[str, Any]],
        source: str = "crm",
        aliases: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        result = pull(engine, _Told(source, list(records), list(aliases)), now=now)
        assert (result.error, result.counts["things"].rejected) == (None, 0)

    return told
