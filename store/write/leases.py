"""Leases: who may pull a connector. One row a connector, worth nothing once it has expired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from store.connect import instant, writing
from store.schema import LEASES


def acquire_lease(
    engine: sa.Engine, name: str, holder: str, now: dt.datetime, seconds: float, is_dead: Callable[[str], bool]
) -> str | None:
    """Takes the lease, or says who has it.

    A lease that has expired, or whose holder `is_dead`, is taken over. None means that it is ours.
    """
    until = instant(now + dt.timedelta(seconds=seconds))
    with writing(engine) as connection:
        row = connection.execute(sa.select(LEASES).where(LEASES.c.name == name)).one_or_none()
        if row and row.holder != holder and row.expires_at > instant(now) and not is_dead(row.holder):
            return f"{row.holder} since {row.acquired_at}"
        connection.execute(sa.delete(LEASES).where(LEASES.c.name == name))
        values = {"name": name, "holder": holder, "acquired_at": instant(now), "expires_at": until}
        connection.execute(sa.insert(LEASES), values)
    return None


def renew_lease(connection: sa.Connection, name: str, holder: str, now: dt.datetime, seconds: float) -> bool:
    """Extends a lease we hold; False when somebody else has taken it over meanwhile."""
    ours = (LEASES.c.name == name) & (LEASES.c.holder == holder)
    until = instant(now + dt.timedelta(seconds=seconds))
    return connection.execute(sa.update(LEASES).where(ours).values(expires_at=until)).rowcount == 1


def release_lease(engine: sa.Engine, name: str, holder: str) -> None:
    """Gives the lease back, if it still is ours."""
    with writing(engine) as connection:
        connection.execute(sa.delete(LEASES).where((LEASES.c.name == name) & (LEASES.c.holder == holder)))
