"""Runs: one row for each time a connector was pulled, with counts per object and how it ended."""

from __future__ import annotations

import dataclasses
import datetime as dt

import sqlalchemy as sa

from store.connect import instant, writing
from store.counts import Counts
from store.language import run
from store.schema import CURSORS, RUN_OBJECTS, RUNS
from store.write.leases import Lock, hold

__all__ = ["Counts", "end_run", "put_counts", "put_cursor", "start_run"]

_COUNTED = (
    sa.update(RUN_OBJECTS)
    .where((RUN_OBJECTS.c.run_id == sa.bindparam("of_run")) & (RUN_OBJECTS.c.object == sa.bindparam("named")))
    .values({field.name: sa.bindparam(field.name) for field in dataclasses.fields(Counts)})
)
_MET = sa.insert(RUN_OBJECTS)
_PLACED = sa.insert(CURSORS)
_MOVED = (
    sa.update(CURSORS)
    .where((CURSORS.c.source == sa.bindparam("of")) & (CURSORS.c.object == sa.bindparam("named")))
    .values({name: sa.bindparam(name) for name in ("cursor", "updated_at", "run_id")})
)

_CUT = (
    sa.update(RUNS)
    .where((RUNS.c.source == sa.bindparam("of")) & (RUNS.c.state == "running"))
    .values(state="cut", error="the program ended before the run did")
)
_STARTED = (
    sa.insert(RUNS)
    .values({name: sa.bindparam(name) for name in ("source", "started_at", "state", "error", "asked")})
    .returning(RUNS.c.id)
)
_ENDED = (
    sa.update(RUNS)
    .where((RUNS.c.id == sa.bindparam("of_run")) & (RUNS.c.state == "running"))
    .values({name: sa.bindparam(f"its_{name}") for name in ("state", "error", "ended_at")})
)


def start_run(engine: sa.Engine, source: str, now: dt.datetime, asked: str, lock: Lock | None = None) -> int:
    """Opens a run and returns its number. `asked`: in words, what was asked beyond the usual ("full", "since …").

    A run of this source that never ended was cut: its program died, or was stopped for so long that another took over.
    What it had stored stands. With a `lock` that somebody else has taken over, nothing is written: RetryLater.
    """
    with writing(engine) as connection:
        hold(connection, lock)
        run(connection, _CUT, of=source)
        values = {"source": source, "started_at": instant(now), "state": "running", "error": "", "asked": asked}
        return int(run(connection, _STARTED, **values).scalar_one())


def end_run(engine: sa.Engine, run_id: int, now: dt.datetime, state: str, error: str = "") -> None:
    """Closes a run: `complete`, `failed` with its error, or `stopped` when it was asked to.

    A run that another process has declared cut stays so.
    """
    with writing(engine) as connection:
        run(connection, _ENDED, of_run=run_id, its_state=state, its_error=error, its_ended_at=instant(now))


def put_counts(connection: sa.Connection, run_id: int, name: str, counts: Counts) -> None:
    """Stores an object's counts so far."""
    values = dataclasses.asdict(counts)
    if not run(connection, _COUNTED, of_run=run_id, named=name, **values).rowcount:
        run(connection, _MET, run_id=run_id, object=name, **values)


def put_cursor(connection: sa.Connection, source: str, name: str, cursor: str, at: str, run_id: int) -> None:
    """Stores how far an object has been read."""
    values = {"cursor": cursor, "updated_at": at, "run_id": run_id}
    if not run(connection, _MOVED, of=source, named=name, **values).rowcount:
        run(connection, _PLACED, source=source, object=name, **values)
