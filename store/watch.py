"""What the service keeps for those who watch it: how far objects are read, reconciles, jobs and open alerts."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from store.connect import moment
from store.schema import ALERTS, JOBS, RECONCILES, SIGNALS


@dataclass(frozen=True)
class Reconcile:
    """What the last whole reading of an object brought that no change had told of; `keys`: the first of them."""

    source: str
    object: str
    at: dt.datetime
    run_id: int
    added: int
    changed: int
    removed: int
    keys: tuple[str, ...]

    @property
    def missed(self) -> int:
        """How many items no change had told of."""
        return self.added + self.changed + self.removed


@dataclass(frozen=True)
class JobState:
    """The last time a job of the service began, how it ended, and how often in a row it failed.

    `state`: running, complete, failed, stopped or busy. `parked_until`: its vendor's quota is used up till then.
    """

    name: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    state: str
    error: str
    failures: int
    parked_until: dt.datetime | None


@dataclass(frozen=True)
class Alert:
    """What someone is to be told of; `told_at` None: nobody could be reached yet."""

    name: str
    kind: str
    since: dt.datetime
    text: str
    told_at: dt.datetime | None


@dataclass(frozen=True)
class Tripped:
    """A signal of the backlog: since when it tripped, in the words of that day, and when it ended (None: it still trips)."""

    name: str
    since: dt.datetime
    text: str
    ended_at: dt.datetime | None


def reconciles(engine: sa.Engine) -> list[Reconcile]:
    """The last reconcile of each object, by source and object."""
    query = sa.select(RECONCILES).order_by(RECONCILES.c.source, RECONCILES.c.object)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        Reconcile(row.source, row.object, moment(row.at), row.run_id, row.added, row.changed, row.removed,
                  tuple(json.loads(row.met)))
        for row in rows
    ]  # fmt: skip


def jobs(engine: sa.Engine) -> dict[str, JobState]:
    """Every job that ever began, by name."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(JOBS).order_by(JOBS.c.name)).all()
    return {
        row.name: JobState(row.name, moment(row.started_at), _moment(row.ended_at), row.state, row.error, row.failures,
                           _moment(row.parked_until))
        for row in rows
    }  # fmt: skip


def alerts(engine: sa.Engine) -> dict[str, Alert]:
    """The open alerts, by name."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(ALERTS).order_by(ALERTS.c.name)).all()
    return {row.name: Alert(row.name, row.kind, moment(row.since), row.text, _moment(row.told_at)) for row in rows}


def tripped(engine: sa.Engine) -> list[Tripped]:
    """Every time a signal tripped, the last first."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(SIGNALS).order_by(SIGNALS.c.since.desc(), SIGNALS.c.name)).all()
    return [Tripped(row.name, moment(row.since), row.text, _moment(row.ended_at)) for row in rows]


def _moment(text: Any) -> dt.datetime | None:
    return None if text is None else moment(text)
