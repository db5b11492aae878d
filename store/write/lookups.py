"""What stands in the store for what a page brings: a question a table, never one a row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from store.bulk import select_in
from store.schema import ALIASES, ITEMS, RAW, RECORDS


class ItemState(NamedTuple):
    """What the store knows of a vendor's item.

    `hash` names the content last read ("" = take it anew); `state` is loaded, rejected or gone; `records` are the
    records that stand for it, as JSON {table: [ids]}: those of its last good version.
    """

    key: str
    hash: str
    state: str
    raw_id: int
    place: str
    records: str


class Standing(NamedTuple):
    """The version of a record that stands now, and the item it came from."""

    record_id: str
    version_id: int
    row_hash: str
    object: str
    key: str
    raw_id: int


@cache
def _items() -> sa.Select[*tuple[Any, ...]]:
    c = ITEMS.c
    query = sa.select(c.key, c.hash, c.state, c.raw_id, c.place, c.records)
    return query.where(c.source == sa.bindparam("of"), c.object == sa.bindparam("named"))


@cache
def _standing(table: str) -> sa.Select[*tuple[Any, ...]]:
    c = RECORDS[table].c
    query = sa.select(c.record_id, c.version_id, c.row_hash, c.origin_object, c.origin_key, c.raw_id)
    return query.where(c.source == sa.bindparam("of"), c.known_to.is_(None))


@cache
def _aliases() -> sa.Select[*tuple[Any, ...]]:
    c = ALIASES.c
    return sa.select(c.source, c.old_id, c.new_id, c.known_from).where(c.table_name == sa.bindparam("of"))


@cache
def _current(table: str, column: str, wanted: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    c = RECORDS[table].c
    return sa.select(c.source, c[column], *(c[name] for name in wanted)).where(c.known_to.is_(None))


class Lookups:
    """The questions of one transaction. `aliased`: whether the store has any alias to look for."""

    def __init__(self, connection: sa.Connection, *, aliased: bool) -> None:
        self._connection, self._aliased = connection, aliased

    def items(self, source: str, name: str, keys: Collection[str]) -> dict[str, ItemState]:
        """What is known of an object's items, by key."""
        found = select_in(self._connection, _items(), ITEMS.c.key, keys, of=source, named=name)
        return {row[0]: ItemState(*row) for row in found}

    def unlisted(self, source: str, name: str, seen: frozenset[str]) -> list[ItemState]:
        """The items that stand but are not in a full listing of their object."""
        c = ITEMS.c
        query = sa.select(c.key, c.hash, c.state, c.raw_id, c.place, c.records)
        query = query.where((c.source == source) & (c.object == name) & (c.state != "gone"))
        return [ItemState(*row) for row in self._connection.execute(query) if row[0] not in seen]

    def standing(self, source: str, table: str, ids: Collection[str]) -> dict[str, Standing]:
        """The versions that stand now, by record id."""
        found = select_in(self._connection, _standing(table), RECORDS[table].c.record_id, ids, of=source)
        return {row[0]: Standing(*row) for row in found}

    def current(
        self, table: str, column: str, ids: Collection[str], wanted: Sequence[str]
    ) -> Iterator[tuple[Any, ...]]:
        """Source, `column` and the `wanted` columns of the records that stand now in any source."""
        query = _current(table, column, tuple(wanted))
        return select_in(self._connection, query, RECORDS[table].c[column], ids)

    def aliases(self, table: str, ids: Collection[str]) -> dict[tuple[str, str], str]:
        """The ids that now mean another record: (source, old id) to new id."""
        if not self._aliased:
            return {}
        found = sorted(select_in(self._connection, _aliases(), ALIASES.c.old_id, ids, of=table), key=lambda row: row[3])
        return {(row[0], row[1]): row[2] for row in found}  # the newest of each

    def place(self, raw_id: int) -> str:
        """Where a raw payload was read."""
        return self._connection.execute(sa.select(RAW.c.place).where(RAW.c.id == raw_id)).scalar() or ""
