"""Quarantine: what broke a rule is kept with its reason, and what it waits for, until it loads or is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from store.bulk import insert_rows, select_in
from store.schema import ITEMS, RAW, REJECTS, WAITS
from store.write.premises import Premises

_REJECT_COLUMNS = tuple(column.name for column in REJECTS.columns)[:-4]
_WAIT_COLUMNS = tuple(column.name for column in WAITS.columns)


class Refused(NamedTuple):
    """Why an item does not load.

    `table`, `column`, `reason`, `remedy` are for a person; `waits` are the (table, record id) whose arrival, change
    or removal may mend it; `slot` tells apart several refusals under one key.
    """

    table: str
    column: str
    reason: str
    remedy: str
    waits: frozenset[tuple[str, str]] = frozenset()
    slot: str = ""


class OpenReject(NamedTuple):
    """A reject that still stands: its number, the content it is about, and the run that last met it."""

    id: int
    key: str
    slot: str
    hash: str
    raw_id: int
    last_run: int


class Waiting(NamedTuple):
    """A quarantined item as a retry takes it up: `body` are its rows and aliases as text."""

    id: int
    source: str
    object: str
    key: str
    slot: str
    hash: str
    raw_id: int
    place: str
    link: str
    body: str
    last_run: int


class RejectBook:
    """The rejects of one transaction: looked up, added, renewed and resolved."""

    def __init__(self, connection: sa.Connection, run_id: int, at: str, premises: Premises) -> None:
        self._connection, self._run_id, self._at = connection, run_id, at
        self._some, self._wait = premises.rejects, premises.waits
        self._next = 0
        self._new: list[tuple[object, ...]] = []
        self._waits: list[tuple[str, str, int]] = []
        self._resolved: list[dict[str, object]] = []
        self._renewed: dict[bool, list[dict[str, object]]] = {True: [], False: []}

    @property
    def any(self) -> bool:
        """Whether anything may stand in quarantine, of whatever source and object."""
        return self._some

    def open(self, source: str, name: str, keys: Collection[str]) -> dict[tuple[str, str], OpenReject]:
        """The open rejects of these keys, by key and slot."""
        if not self._some or not keys:
            return {}
        c = REJECTS.c
        mine = (c.source == source) & (c.object == name) & c.resolved_at.is_(None)
        if self._connection.execute(sa.select(c.id).where(mine).limit(1)).first() is None:
            return {}
        query = sa.select(c.id, c.key, c.slot, c.hash, c.raw_id, c.last_run).where(mine)
        found = (OpenReject(*row) for row in select_in(self._connection, query, c.key, keys))
        return {(reject.key, reject.slot): reject for reject in found}

    def waiting(self, targets: Mapping[str, Collection[str]]) -> list[Waiting]:
        """The open rejects that wait for one of these records, the oldest first."""
        if not self._wait:
            return []
        ids: set[int] = set()
        for table, records in targets.items():
            query = sa.select(WAITS.c.reject_id).where(WAITS.c.table_name == table)
            ids.update(row[0] for row in select_in(self._connection, query, WAITS.c.record_id, records))
        return self.by_id(sorted(ids))

    def by_id(self, ids: Sequence[int] | None = None, source: str | None = None) -> list[Waiting]:
        """Open rejects that a retry can take up: all, those of a source, or those with these numbers."""
        c = REJECTS.c
        query = (
            sa.select(
                c.id, c.source, c.object, c.key, c.slot, c.hash, c.raw_id, c.place, RAW.c.link, c.body, c.last_run
            )
            .join(RAW, RAW.c.id == c.raw_id)
            .where(c.resolved_at.is_(None))
            .order_by(c.id)
        )
        if source is not None:
            query = query.where(c.source == source)
        if ids is None:
            return [Waiting(*row) for row in self._connection.execute(query)]
        found: list[Waiting] = []
        for start in range(0, len(ids), 10_000):
            part = query.where(c.id.in_(ids[start : start + 10_000]))
            found += [Waiting(*row) for row in self._connection.execute(part)]
        return found

    def add(
        self, source: str, name: str, key: str, raw_id: int, hash_: str, place: str, body: str, why: Refused
    ) -> None:
        """Quarantines an item that was not in quarantine."""
        if not self._next:
            self._next = (self._connection.execute(sa.select(sa.func.max(REJECTS.c.id))).scalar() or 0) + 1
        number, self._next = self._next, self._next + 1
        self._new.append(
            (number, source, name, key, why.slot, raw_id, hash_, place, why.table, why.column, why.reason, why.remedy,
             body, self._run_id, self._run_id, self._at, self._at)
        )  # fmt: skip
        self._some = True
        self._await(number, why)

    def renew(self, reject_id: int, raw_id: int, hash_: str, place: str, body: str, why: Refused, *, met: bool) -> None:
        """Says of a reject that it still stands, with its present content and reason; `met`: it was read again."""
        values: dict[str, object] = {
            "raw_id": raw_id, "hash": hash_, "place": place, "body": body, "table_name": why.table,
            "column_name": why.column, "reason": why.reason, "remedy": why.remedy,
        }  # fmt: skip
        if met:
            values |= {"last_run": self._run_id, "last_at": self._at}
        self._renewed[met].append({"number": reject_id, **{f"new_{name}": value for name, value in values.items()}})
        self._await(reject_id, why)

    def _await(self, number: int, why: Refused) -> None:
        self._wait = self._wait or bool(why.waits)
        self._waits += [(table, record, number) for table, record in sorted(why.waits)]

    def resolve(self, ids: Collection[int], outcome: str, *, who: str | None = None, why: str | None = None) -> None:
        """Lets rejects rest: `loaded`, `gone` at the vendor, `replaced` by better news, or `dismissed` by a person, `who`."""
        self._resolved += [{"number": number, "how": outcome, "by": who, "for": why} for number in ids]

    def unseen(self, source: str, name: str) -> list[tuple[int, str, str, bool]]:
        """The object's open rejects this run has not met: number, key, slot, and whether they wait for something."""
        if not self._some:
            return []
        c = REJECTS.c
        waits = sa.exists().where(WAITS.c.reject_id == c.id)
        mine = (c.source == source) & (c.object == name) & c.resolved_at.is_(None) & (c.last_run < self._run_id)
        rows = self._connection.execute(sa.select(c.id, c.key, c.slot, waits).where(mine))
        return [(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def flush(self) -> None:
        """Writes what is new, what is renewed and what is resolved."""
        c, number = REJECTS.c, sa.bindparam("number", type_=sa.BigInteger)
        rested: list[dict[str, object]] = [*self._renewed[True], *self._renewed[False], *self._resolved]
        if rested:
            unwaiting = sa.delete(WAITS).where(WAITS.c.reject_id == number)
            self._connection.execute(unwaiting, [{"number": each["number"]} for each in rested])
        for rows in filter(None, self._renewed.values()):
            values: dict[str, Any] = {name[4:]: sa.bindparam(name) for name in rows[0] if name.startswith("new_")}
            self._connection.execute(sa.update(REJECTS).where(c.id == number).values(values), rows)
        if self._resolved:
            resolved = sa.update(REJECTS).where(c.id == number, c.resolved_at.is_(None))
            said: dict[str, Any] = {
                name: sa.bindparam(key) for name, key in (("outcome", "how"), ("who", "by"), ("why", "for"))
            }
            self._connection.execute(resolved.values(resolved_at=self._at, **said), self._resolved)
        insert_rows(self._connection, REJECTS, _REJECT_COLUMNS, self._new)
        insert_rows(self._connection, WAITS, _WAIT_COLUMNS, self._waits)
        self._new, self._waits, self._resolved, self._renewed = [], [], [], {True: [], False: []}

    def forget(self, items: Iterable[tuple[str, str, str]]) -> None:
        """Has items (source, object, key) read anew next time, although their content may be the one we know."""
        named = [dict(zip(("of", "named", "own"), item, strict=True)) for item in items]
        if named:
            c = ITEMS.c
            mine = (
                (c.source == sa.bindparam("of")) & (c.object == sa.bindparam("named")) & (c.key == sa.bindparam("own"))
            )
            self._connection.execute(sa.update(ITEMS).where(mine).values(hash=""), named)
