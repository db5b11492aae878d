"""One page, one transaction: raw payloads, versions of records, aliases, rejects, cursor and counts together.

The writer looks up what stands (store.write.lookups), collects what is to be written, and writes it with prepared
statements. Nobody else writes meanwhile, so that what it has looked up stays true until the end.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa

from store.bulk import insert_rows, merge_rows, select_in, set_where
from store.connect import instant, writing
from store.counts import Counts
from store.language import run
from store.schema import ALIASES, DATA_VERSION, ITEMS, RAW, RECORDS, VERSION_COLUMNS
from store.write.leases import Lock, hold
from store.write.listings import Listings
from store.write.lookups import ItemState, Lookups, Standing
from store.write.premises import premises
from store.write.rejects import RejectBook, Waiting
from store.write.runs import put_counts, put_cursor

__all__ = ["ItemState", "Lock", "PageWriter", "Standing", "Waiting", "page_transaction"]

_RAW_COLUMNS = tuple(column.name for column in RAW.columns)
_ITEM_COLUMNS = tuple(column.name for column in ITEMS.columns)
_RECORD_COLUMNS = {
    name: tuple(c.name for c in table.columns if c.name not in ("version_id", "known_to"))
    for name, table in RECORDS.items()
}

_alias = ALIASES.c
_mine = sa.and_(
    _alias.source == sa.bindparam("of"),
    _alias.table_name == sa.bindparam("named"),
    _alias.old_id == sa.bindparam("old"),
)
_NEWEST_ALIAS = sa.select(_alias.new_id).where(_mine).order_by(_alias.known_from.desc()).limit(1)
_ALIAS_OF_NOW = sa.delete(ALIASES).where(_mine, _alias.known_from == sa.bindparam("now"))
_NEW_ALIAS = sa.insert(ALIASES)
_TOLD = sa.update(DATA_VERSION).values(
    last_at=sa.bindparam("last"), version=DATA_VERSION.c.version + sa.bindparam("more", type_=sa.BigInteger)
)


@cache
def _children(table: str) -> sa.Select[*tuple[Any, ...]]:
    c = RECORDS[table].c
    return sa.select(c.source, c.origin_object, c.origin_key).where(c.known_to.is_(None)).distinct()


class PageWriter(Lookups):
    """The lookups and writes of one transaction.

    `now` is the moment by the clock, `at` the instant it counts as known from: later where the clock was set back.
    """

    def __init__(self, connection: sa.Connection, run_id: int, now: str) -> None:
        stands = premises(connection)
        super().__init__(connection, aliased=stands.aliases)
        self.run_id, self.at, self.now = run_id, max(now, stands.last_at), now
        self.listings = Listings(connection, run_id)
        self.rejects = RejectBook(connection, run_id, self.at, stands)
        self._next_raw = stands.raw + 1
        self._raw: list[tuple[Any, ...]] = []
        self._new_items: list[tuple[Any, ...]] = []
        self._old_items: dict[tuple[str, str, str], tuple[Any, ...]] = {}
        self._opened: dict[str, list[tuple[Any, ...]]] = {}
        self._closed: dict[str, list[int]] = {}
        self._changed = False

    # -- writes -------------------------------------------------------------------------------------------------

    def add_raw(
        self,
        source: str,
        name: str,
        key: str,
        hash_: str,
        place: str,
        link: str,
        payload: str,
        *,
        deleted: bool = False,
    ) -> int:
        """Keeps a payload and returns its number."""
        number, self._next_raw = self._next_raw, self._next_raw + 1
        self._raw.append((number, source, name, key, hash_, place, link, payload, int(deleted), self.at, self.run_id))
        return number

    def open_version(
        self,
        source: str,
        table: str,
        name: str,
        key: str,
        record: str,
        raw_id: int,
        hash_: str,
        values: tuple[Any, ...],
    ) -> None:
        """Adds the version of a record that an item has brought; `values` in the order of schema.stored_columns."""
        row = (source, record, name, key, raw_id, self.run_id, hash_, self.at, *values)
        self._opened.setdefault(table, []).append(row)

    def close_version(self, table: str, version_id: int) -> None:
        """Ends a version: it is replaced, or its record is gone."""
        self._closed.setdefault(table, []).append(version_id)

    def put_item(self, source: str, name: str, item: ItemState, *, known: bool) -> None:
        """Stores what is known of an item; `known`: the store had it already."""
        row = (source, name, item.key, item.hash, item.state, item.raw_id, item.place, item.records)
        if known:
            self._old_items[row[:3]] = row
        else:
            self._new_items.append(row)

    def put_alias(self, source: str, table: str, old: str, new: str) -> bool:
        """Stores that `old` now means `new`; False if it was known."""
        mine = {"of": source, "named": table, "old": old}
        if run(self._connection, _NEWEST_ALIAS, **mine).scalar() == new:
            return False
        run(self._connection, _ALIAS_OF_NOW, **mine, now=self.at)  # said twice in one page
        values = {"source": source, "table_name": table, "old_id": old, "new_id": new}
        run(self._connection, _NEW_ALIAS, **values, known_from=self.at, run_id=self.run_id)
        self._changed = self._aliased = True
        return True

    def doubt_children(self, table: str, column: str, ids: Collection[str]) -> None:
        """Has the items of these parents' records settled anew when they are next read."""
        self.rejects.forget(list(select_in(self._connection, _children(table), RECORDS[table].c[column], ids)))

    def put_counts(self, name: str, counts: Counts) -> None:
        """Stores an object's counts so far."""
        put_counts(self._connection, self.run_id, name, counts)

    def put_cursor(self, source: str, name: str, cursor: str) -> None:
        """Stores how far an object has been read once this page is stored."""
        put_cursor(self._connection, source, name, cursor, self.now, self.run_id)

    def flush(self) -> None:
        """Writes what was collected, so that lookups see it."""
        insert_rows(self._connection, RAW, _RAW_COLUMNS, self._raw)
        self._changed = self._changed or bool(self._opened or self._closed)
        for table, closed in self._closed.items():
            set_where(self._connection, RECORDS[table], "known_to", self.at, "version_id", closed)
        for table, rows in self._opened.items():
            insert_rows(self._connection, RECORDS[table], _RECORD_COLUMNS[table], rows)
        self._flush_items()
        self.rejects.flush()
        self._raw, self._opened, self._closed = [], {}, {}

    def finish(self) -> None:
        """The last write: what was collected, and the new version of the data if anything changed."""
        self.flush()
        run(self._connection, _TOLD, last=self.at, more=int(self._changed))

    def _flush_items(self) -> None:
        insert_rows(self._connection, ITEMS, _ITEM_COLUMNS, self._new_items)
        merge_rows(self._connection, ITEMS, _ITEM_COLUMNS, self._old_items.values())
        self._new_items, self._old_items = [], {}


@contextlib.contextmanager
def page_transaction(
    engine: sa.Engine, run_id: int, now: dt.datetime, lock: Lock | None = None
) -> Iterator[PageWriter]:
    """A transaction that stores one page, whole or not at all.

    Its instant never lies before the one of an earlier page, even where the clock was set back. With a `lock` whose
    lease somebody else has taken over meanwhile (we were stopped for long) nothing is written: RetryLater.
    """
    with writing(engine) as connection:
        hold(connection, lock)
        writer = PageWriter(connection, run_id, instant(now))
        yield writer
        writer.finish()


assert _RECORD_COLUMNS["customers"][: len(VERSION_COLUMNS)] == VERSION_COLUMNS  # noqa: S101 (open_version relies on it)
