"""Leases: who may pull a connector. One row a lease, worth nothing once it has expired.

An expiry is compared with one clock: on a database server the server's own, so that machines whose clocks differ agree;
on SQLite that of the one machine. A holder renews well before its lease expires; one that was stopped for long finds its
mark gone and may write nothing more (see store.write.page).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

from model.errors import RetryLater
from store.connect import instant, writing
from store.language import run
from store.schema import LEASES

_RENEWED = (
    sa.update(LEASES)
    .where((LEASES.c.name == sa.bindparam("lease")) & (LEASES.c.holder == sa.bindparam("ours")))
    .values(expires_at=sa.bindparam("until"))
)
_LEASED: sa.BindParameter[str] = sa.bindparam("lease")
_FOUND = sa.select(LEASES).where(LEASES.c.name == _LEASED)
_FREED = sa.delete(LEASES).where(LEASES.c.name == _LEASED)
_GIVEN_BACK = _FREED.where(LEASES.c.holder == sa.bindparam("ours"))
_TAKEN = sa.insert(LEASES)
_SLACK = 5.0  # seconds that a renewal may take


class Lock(NamedTuple):
    """The lease a page is written under: its name, our mark on it, and for how long each page extends it."""

    name: str
    holder: str
    seconds: float


class Taken(NamedTuple):
    """Another holder's lease. `odd`: it expires later than a lease can: the clock was set back meanwhile."""

    holder: str
    acquired_at: str
    expires_at: str
    odd: bool = False

    def __str__(self) -> str:
        return f"{self.holder} since {self.acquired_at}"


def acquire_lease(
    engine: sa.Engine,
    name: str,
    holder: str,
    now: dt.datetime,
    seconds: float,
    is_dead: Callable[[str], bool],
    silent: Taken | None = None,
) -> Taken | None:
    """Takes the lease, or says who has it; None means that it is ours.

    A lease that has expired, or whose holder `is_dead`, is taken over; so is one that still reads as it did when its
    holder ought to have renewed it since (`silent`).
    """
    with writing(engine) as connection:
        at = _clock(connection, now)
        row = run(connection, _FOUND, lease=name).one_or_none()
        if row and row.holder != holder and row.expires_at > instant(at) and not is_dead(row.holder):
            odd = row.expires_at > instant(at + dt.timedelta(seconds=seconds + _SLACK))
            found = Taken(row.holder, row.acquired_at, row.expires_at, odd)
            if silent is None or (found.holder, found.expires_at) != (silent.holder, silent.expires_at):
                return found
        run(connection, _FREED, lease=name)
        until = instant(at + dt.timedelta(seconds=seconds))
        run(connection, _TAKEN, name=name, holder=holder, acquired_at=instant(at), expires_at=until)
    return None


def renew_lease(connection: sa.Connection, name: str, holder: str, now: dt.datetime, seconds: float) -> bool:
    """Extends a lease we hold; False when somebody else has taken it over meanwhile."""
    until = instant(_clock(connection, now) + dt.timedelta(seconds=seconds))
    return run(connection, _RENEWED, lease=name, ours=holder, until=until).rowcount == 1


def hold(connection: sa.Connection, lock: Lock | None) -> None:
    """Extends the lease that what follows in this transaction is written under; RetryLater where it is ours no more."""
    now = dt.datetime.now(dt.UTC)  # of the lease, whatever moment a run is about
    if lock and not renew_lease(connection, lock.name, lock.holder, now, lock.seconds):
        raise RetryLater(f"{lock.name}: another process has taken over this pull. Let it finish")


def release_lease(engine: sa.Engine, name: str, holder: str) -> None:
    """Gives the lease back, if it still is ours."""
    with writing(engine) as connection:
        run(connection, _GIVEN_BACK, lease=name, ours=holder)


def _clock(connection: sa.Connection, now: dt.datetime) -> dt.datetime:
    """The moment by the clock that all holders share."""
    if connection.dialect.name == "sqlite":
        return now
    at: dt.datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return at
