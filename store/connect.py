"""Opens a store: makes it where there is none, and brings it to the present form.

A store is one SQLite file or one PostgreSQL database; everything beyond this module works on both alike.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from model.errors import BacklogError, ConfigNeeded
from store import postgres, postgres_errors, sqlite
from store.migrate import migrate, revision
from store.schema import REVISION

BUSY_SECONDS = 30
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


def connect(url: str) -> sa.Engine:
    """The store at `url` (sqlite:///file.db or postgresql://user@host/database), created or migrated if need be.

    Raises ConfigNeeded when the address is no store of ours, RetryLater when it stays locked or does not answer.
    """
    parsed = parse(url)
    where = shown(parsed)
    engine = open_engine(parsed)
    try:
        with translated(where):
            found = state(engine, where)
        if found != REVISION:
            with translated(where), writing(engine) as connection:
                migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_engine(url: sa.URL) -> sa.Engine:
    """The engine of a place that may or may not hold a store; nothing is made there yet."""
    if url.get_backend_name() == "postgresql":
        return postgres.open_engine(url, BUSY_SECONDS)
    return sqlite.open_engine(url, BUSY_SECONDS)


def state(engine: sa.Engine, where: str) -> str | None:
    """The step at which a store stands, None where there is none; ConfigNeeded where it is none of ours."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            postgres.check(connection)
        return revision(connection, where)


def parse(url: str) -> sa.URL:
    """The address of a store in its parts; ConfigNeeded if it is none."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigNeeded(
            'this is no address of a store. Write url = "sqlite:///backlog.db" or '
            '"postgresql://user@host/database" under [store]'
        ) from None
    if parsed.drivername in _POSTGRES:
        if not parsed.database:
            raise ConfigNeeded(f'{shown(parsed)} names no database. Write url = "postgresql://user@host/database"')
        return parsed.set(drivername="postgresql")
    if parsed.drivername != "sqlite":
        raise ConfigNeeded(
            f"{parsed.drivername} holds no store: a store is a SQLite file or a PostgreSQL database. "
            'Write url = "sqlite:///backlog.db" or "postgresql://user@host/database" under [store]'
        )
    return parsed


def shown(url: str | sa.URL) -> str:
    """A store's address as it may be printed: never with a password."""
    parsed = parse(url) if isinstance(url, str) else url
    return postgres.shown(parsed) if parsed.get_backend_name() == "postgresql" else sqlite.shown(parsed)


def writing(engine: sa.Engine) -> contextlib.AbstractContextManager[sa.Connection]:
    """A transaction that writes: it waits for its turn before it reads, so that what it reads stays true."""
    return postgres.writing(engine) if engine.dialect.name == "postgresql" else sqlite.writing(engine)


def scratch(engine: sa.Engine) -> contextlib.AbstractContextManager[sa.Engine]:
    """A copy of the store as it is now, to try things on; it is gone afterwards and the store never knew."""
    return postgres.scratch(engine) if engine.dialect.name == "postgresql" else sqlite.scratch(engine, BUSY_SECONDS)


@contextlib.contextmanager
def translated(where: object) -> Iterator[None]:
    """Turns what a database driver raises into errors that say the remedy. `where` names the store."""
    try:
        yield
    except DBAPIError as error:
        raise explain(error.orig or error, where) from error
    except Exception as error:
        if not _is_of_a_driver(error):
            raise
        raise explain(error, where) from error


def explain(error: BaseException, where: object) -> BacklogError:
    """What a driver's error means for a person. `where` names the store."""
    if isinstance(error, sqlite3.Error):
        return sqlite.explain(error, where, BUSY_SECONDS)
    if _is_of_a_driver(error):
        return postgres_errors.explain(error, where, BUSY_SECONDS)
    return ConfigNeeded(f"store {where}: {error}. Run: backlog doctor")


def instant(moment: dt.datetime) -> str:
    """A moment as the store writes it.

    >>> instant(dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC))
    '2026-01-31T09:30:00.000000Z'
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> dt.datetime:
    """The moment that `instant` wrote."""
    return dt.datetime.fromisoformat(text)


def _is_of_a_driver(error: BaseException) -> bool:
    """Told by its module: psycopg need not be installed."""
    return isinstance(error, sqlite3.Error) or type(error).__module__.partition(".")[0] == "psycopg"
