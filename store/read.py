"""What can be asked of a store. Every answer is one whole state: a sync under way is seen page by page, never torn."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from model.errors import Unanswerable
from model.records import TABLES
from store.connect import instant, moment
from store.counts import Counts
from store.schema import CURSORS, DATA_VERSION, RAW, RECORDS, REJECTS, RUN_OBJECTS, RUNS, WAITS, stored_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Cursor", "RawRecord", "Reject", "Run", "Version", "cursors", "data_version", "facts", "freshness", "history", "raw",
    "rejects", "runs",
]  # fmt: skip


@dataclass(frozen=True)
class RawRecord:
    """A payload as the vendor sent it (`payload` is JSON text), where it was found, and when and by which run."""

    source: str
    object: str
    key: str
    link: str
    place: str
    payload: str
    known_from: dt.datetime
    run_id: int
    deleted: bool


@dataclass(frozen=True)
class Run:
    """One pull of a connector. `state`: running, complete, failed, stopped, or cut (its program died)."""

    id: int
    source: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    state: str
    error: str
    asked: str
    objects: Mapping[str, Counts]


@dataclass(frozen=True)
class Reject:
    """A quarantined item: where it was read, what is wrong, the remedy, and its payload.

    `outcome` of a reject that rests: loaded, gone, replaced or dismissed; of one that was dismissed since this is kept also
    `who` did it and `why`. `waits`: it loads by itself once a record arrives.
    """

    id: int
    source: str
    object: str
    key: str
    place: str
    table: str
    column: str
    reason: str
    remedy: str
    payload: str
    waits: bool
    first_run: int
    last_run: int
    outcome: str | None
    who: str | None
    why: str | None
    first_at: dt.datetime
    last_at: dt.datetime
    resolved_at: dt.datetime | None


@dataclass(frozen=True)
class Version:
    """One version of a record: its stored values, from when to when it was known, and what it came from."""

    values: Mapping[str, Any]
    known_from: dt.datetime
    known_to: dt.datetime | None
    run_id: int
    raw_id: int


def facts(
    engine: sa.Engine, known_at: dt.datetime | None = None, names: Iterable[str] = TABLES
) -> dict[str, pd.DataFrame]:
    """All records (or the tables of those `names`) as model.frames describes them, in one state; the past one if
    `known_at` (with a zone) is given.

    Ids of records that the vendor has merged into others read as the ids they became.
    """
    from store.facts import read_facts  # pandas takes half a second to load, and only this needs it

    return read_facts(engine, known_at, names)


def data_version(engine: sa.Engine) -> str:
    """A text that changes whenever a record does, and never repeats: also a new store in an old place has another."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(DATA_VERSION.c.store_id, DATA_VERSION.c.version)).one()
    return f"{row[0]}-{row[1]}"


def freshness(engine: sa.Engine, known_at: dt.datetime | None = None) -> dict[str, dt.datetime]:
    """The end of the last complete run of each connector (by a moment); one that never completed is absent."""
    query = sa.select(RUNS.c.source, sa.func.max(RUNS.c.ended_at)).where(RUNS.c.state == "complete")
    if known_at is not None:
        query = query.where(RUNS.c.ended_at <= instant(known_at))
    with engine.connect() as connection:
        return {row[0]: moment(row[1]) for row in connection.execute(query.group_by(RUNS.c.source))}


class Cursor(NamedTuple):
    """How far an object has been read, in the connector's own terms, and when the store was told, by the clock of then."""

    state: dict[str, Any]
    told_at: dt.datetime


def cursors(engine: sa.Engine, source: str) -> dict[str, Cursor]:
    """How far the objects of a connector have been read; those without a cursor are absent."""
    query = sa.select(CURSORS.c.object, CURSORS.c.cursor, CURSORS.c.updated_at).where(CURSORS.c.source == source)
    with engine.connect() as connection:
        found = connection.execute(query).all()
    return {row[0]: Cursor(dict(json.loads(row[1])), moment(row[2])) for row in found}


def runs(engine: sa.Engine, limit: int = 20) -> list[Run]:
    """The last runs, the newest first."""
    with engine.connect() as connection:
        found = connection.execute(sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(limit)).all()
        ids = [row.id for row in found]
        counts = connection.execute(sa.select(RUN_OBJECTS).where(RUN_OBJECTS.c.run_id.in_(ids))).all()
    objects: dict[int, dict[str, Counts]] = {number: {} for number in ids}
    for row in counts:
        objects[row.run_id][row.object] = Counts(*row[2:])
    return [
        Run(row.id, row.source, moment(row.started_at), _moment(row.ended_at), row.state, row.error, row.asked,
            objects[row.id])
        for row in found
    ]  # fmt: skip


def rejects(
    engine: sa.Engine, source: str | None = None, *, resolved: bool = False, dismissed: bool = False
) -> list[Reject]:
    """The open rejects, the oldest first; with `resolved` also those that rest; or those alone that a person `dismissed`."""
    c = REJECTS.c
    query = sa.select(
        c.id, c.source, c.object, c.key, c.place, c.table_name, c.column_name, c.reason, c.remedy, RAW.c.payload,
        sa.exists().where(WAITS.c.reject_id == c.id), c.first_run, c.last_run, c.outcome, c.who, c.why,
        c.first_at, c.last_at, c.resolved_at,
    ).join(RAW, RAW.c.id == c.raw_id)  # fmt: skip
    if source is not None:
        query = query.where(c.source == source)
    if dismissed:
        query = query.where(c.outcome == "dismissed")
    elif not resolved:
        query = query.where(c.resolved_at.is_(None))
    with engine.connect() as connection:
        rows = [tuple[Any, ...](row) for row in connection.execute(query.order_by(c.id))]
    return [Reject(*row[:16], *(_moment(at) for at in row[16:])) for row in rows]


def raw(engine: sa.Engine, raw_id: int) -> RawRecord:
    """The vendor's own words behind a record; Unanswerable if there is no such number."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(RAW).where(RAW.c.id == int(raw_id))).one_or_none()
    if row is None:
        raise Unanswerable(f"the store holds no payload {raw_id}")
    return RawRecord(
        row.source, row.object, row.key, row.link, row.place, row.payload, moment(row.known_from), row.run_id,
        bool(row.deleted),
    )  # fmt: skip


def history(engine: sa.Engine, table: str, source: str, record_id: str) -> list[Version]:
    """All versions of a record, the oldest first; none if it was never known."""
    c, names = RECORDS[table].c, stored_columns(TABLES[table])
    mine = sa.select(RECORDS[table]).where(c.source == source, c.record_id == record_id)
    with engine.connect() as connection:
        # Asked for apart, each is found by its own index.
        rows = [
            row
            for known in (c.known_to.is_not(None), c.known_to.is_(None))
            for row in connection.execute(mine.where(known))
        ]
    rows.sort(key=lambda row: row.version_id)
    return [
        Version(
            {name: row._mapping[name] for name in names}, moment(row.known_from), _moment(row.known_to), row.run_id,
            row.raw_id,
        )
        for row in rows
    ]  # fmt: skip


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else moment(text)
