"""What the service keeps of its jobs, and whom it has to tell of what, for all services that share a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from store.connect import instant, moment, writing
from store.schema import ALERTS, JOBS

_FAILED = ("failed",)


def begin_job(
    engine: sa.Engine, name: str, now: dt.datetime, due: Callable[[dt.datetime | None, dt.datetime | None], bool]
) -> bool:
    """Notes that a job begins, unless it is not due: `due(last begun, parked until)`; both None the first time."""
    with writing(engine) as connection:
        row = connection.execute(sa.select(JOBS).where(JOBS.c.name == name)).one_or_none()
        begun = None if row is None else moment(row.started_at)
        parked = None if row is None or row.parked_until is None else moment(row.parked_until)
        if not due(begun, parked):
            return False
        values = {"started_at": instant(now), "ended_at": None, "state": "running", "error": "", "parked_until": None}
        if row is None:
            connection.execute(sa.insert(JOBS), {"name": name, "failures": 0, **values})
        else:
            connection.execute(sa.update(JOBS).where(JOBS.c.name == name).values(**values))
    return True


def end_job(
    engine: sa.Engine, name: str, now: dt.datetime, state: str, error: str, parked_until: dt.datetime | None
) -> int:
    """Notes how a job ended; how often in a row it has failed by now. One that was stopped or busy did not fail."""
    with writing(engine) as connection:
        failures = int(connection.execute(sa.select(JOBS.c.failures).where(JOBS.c.name == name)).scalar() or 0)
        if state == "complete":
            failures = 0
        elif state in _FAILED:
            failures += 1
        values = {
            "ended_at": instant(now), "state": state, "error": error, "failures": failures,
            "parked_until": None if parked_until is None else instant(parked_until),
        }  # fmt: skip
        connection.execute(sa.update(JOBS).where(JOBS.c.name == name).values(**values))
    return failures


def open_alert(engine: sa.Engine, name: str, kind: str, text: str, now: dt.datetime) -> None:
    """Has someone told of `text`, unless an alert of that name is open already."""
    with writing(engine) as connection:
        found = connection.execute(sa.select(ALERTS.c.kind).where(ALERTS.c.name == name)).scalar()
        if found is not None and found != "recovered":
            return
        connection.execute(sa.delete(ALERTS).where(ALERTS.c.name == name))
        values = {"name": name, "kind": kind, "since": instant(now), "text": text, "told_at": None}
        connection.execute(sa.insert(ALERTS), values)


def resolve_alert(engine: sa.Engine, name: str, text: str) -> None:
    """Has those who were told of an alert told that it is over; one that nobody was told of just ends."""
    mine = ALERTS.c.name == name
    with writing(engine) as connection:
        row = connection.execute(sa.select(ALERTS.c.kind, ALERTS.c.told_at).where(mine)).one_or_none()
        if row is None or row.kind == "recovered":
            return
        if row.told_at is None:
            connection.execute(sa.delete(ALERTS).where(mine))
        else:
            connection.execute(sa.update(ALERTS).where(mine).values(kind="recovered", text=text, told_at=None))


def told_alert(engine: sa.Engine, name: str, kind: str, now: dt.datetime) -> None:
    """Notes that someone was told; a recovery that was told of is over."""
    mine = (ALERTS.c.name == name) & (ALERTS.c.kind == kind)
    with writing(engine) as connection:
        if kind == "recovered":
            connection.execute(sa.delete(ALERTS).where(mine))
        else:
            connection.execute(sa.update(ALERTS).where(mine).values(told_at=instant(now)))
