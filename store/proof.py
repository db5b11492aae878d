"""What a store holds, table by table, in a form that two stores can be compared by: rows, and a digest of all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from store.schema import DATA_VERSION, LEASES, metadata

# Leases belong to processes that run now, not to what the store was told.
TABLES: tuple[sa.Table, ...] = tuple(table for table in metadata.sorted_tables if table is not LEASES)
_PORTION = 5_000
_encode = msgspec.msgpack.Encoder().encode


class Sum(NamedTuple):
    """A table's rows, and a digest that is the same where all their values are, whatever the database."""

    table: str
    rows: int
    digest: str


class Summing:
    """The sum of a table in the making: rows are told in the order of their keys."""

    def __init__(self, table: sa.Table) -> None:
        self._table, self._rows, self._hash = table.name, 0, hashlib.blake2b(digest_size=16)
        # Every store has an identity of its own, so that no ledger of another is taken for one of its ledgers.
        self._blank = list(table.columns).index(DATA_VERSION.c.store_id) if table is DATA_VERSION else None

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Counts rows in."""
        self._rows += len(rows)
        if self._blank is not None:
            rows = [(*row[: self._blank], "", *row[self._blank + 1 :]) for row in rows]
        self._hash.update(b"".join([_encode(row) for row in rows]))

    def sum(self) -> Sum:
        """What was told."""
        return Sum(self._table, self._rows, self._hash.hexdigest())


def sums(connection: sa.Connection) -> list[Sum]:
    """All that the connection's transaction sees."""
    found = []
    for table in TABLES:
        summing = Summing(table)
        for rows in portions(connection, table):
            summing.add(rows)
        found.append(summing.sum())
    return found


def portions(connection: sa.Connection, table: sa.Table) -> Iterator[list[tuple[Any, ...]]]:
    """A table's rows in the order of their keys, some at a time, so that memory does not grow with the table."""
    query = sa.select(table).order_by(*table.primary_key)
    streamed = {"stream_results": True, "max_row_buffer": _PORTION}
    with connection.execute(query, execution_options=streamed) as result:
        for part in result.partitions(_PORTION):
            yield [tuple(row) for row in part]


def rows_of(connection: sa.Connection) -> dict[str, int]:
    """The number of rows of every table."""
    return {
        table.name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
        for table in TABLES
    }
