"""Opens a store: makes it where there is none, brings it to the present form, and tunes the connection.

On SQLite one file holds everything. Readers never wait (write-ahead log) and see whole states only; writers queue.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from model.errors import BacklogError, ConfigNeeded, RetryLater
from store.schema import DATA_VERSION, REVISION

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-200000",
    "PRAGMA wal_autocheckpoint=20000",
    "PRAGMA temp_store=MEMORY",
)
_WRITES = "backlog_writes"


def connect(url: str) -> sa.Engine:
    """The store at `url` (sqlite:///file.db), created or migrated if need be.

    Raises ConfigNeeded when the address is no store of ours, RetryLater when it stays locked.
    """
    engine = _engine(url)
    try:
        with translated(url), engine.connect() as connection:
            found = _revision(connection)
        if found != REVISION:
            with translated(url), writing(engine) as connection:
                _migrate(connection, url)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that writes: it waits for its turn before it reads, so that what it reads stays true."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def scratch(engine: sa.Engine) -> Iterator[sa.Engine]:
    """A copy of the store as it is now, to try things on; it is gone afterwards and the store never knew."""
    with tempfile.TemporaryDirectory(prefix="backlog-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "copy.db"
        with engine.connect() as connection, contextlib.closing(sqlite3.connect(path)) as copy:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)  # noqa: S101 (told to the type checker: _engine allows no other)
            source.backup(copy)
        copied = _engine(f"sqlite:///{path}")
        try:
            yield copied
        finally:
            copied.dispose()


@contextlib.contextmanager
def translated(where: object) -> Iterator[None]:
    """Turns what a database driver raises into errors that say the remedy."""
    try:
        yield
    except DBAPIError as error:
        raise explain(error.orig, where) from error
    except sqlite3.Error as error:
        raise explain(error, where) from error


def explain(error: BaseException | None, where: object) -> BacklogError:
    """What a driver's error means for a person. `where` names the store."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return RetryLater(f"store {where}: another program has held it for {BUSY_SECONDS} s. Let it finish, then retry")
    if "full" in text:
        return ConfigNeeded(f"store {where}: the disk is full. Free some space; what was stored before is whole")
    if "readonly" in text or "unable to open" in text:
        return ConfigNeeded(f"store {where}: {text}. Check that its folder exists and that you may write there")
    if "not a database" in text:
        return ConfigNeeded(f"store {where}: this file is no store. Name another file under [store] url")
    return ConfigNeeded(f"store {where}: {text}. Run: backlog doctor")


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


def _engine(url: str) -> sa.Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigNeeded(f'{url!r} is no address of a store. Write url = "sqlite:///backlog.db"') from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        shown = parsed.render_as_string(hide_password=True)
        raise ConfigNeeded(f'{shown}: a store is a SQLite file. Write url = "sqlite:///backlog.db" under [store]')
    folder = Path(parsed.database).absolute().parent
    if not folder.is_dir():
        raise ConfigNeeded(
            f"store {parsed.database}: the folder {folder} does not exist. Create it or change [store] url"
        )
    engine = sa.create_engine(parsed, paramstyle="qmark", connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _tune)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _tune(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, so that reads are in transactions too
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: sa.Connection) -> str | None:
    """The step the store is at, None for an empty file."""
    tables = set(sa.inspect(connection).get_table_names())
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise ConfigNeeded(f"{connection.engine.url.database} holds other tables. Name another file under [store] url")
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found > REVISION:
        raise ConfigNeeded(
            f"{connection.engine.url.database} was written by a newer version (step {found}, we know {REVISION}). "
            "Upgrade revenue-backlog: pip install --upgrade revenue-backlog"
        )
    return found


def _migrate(connection: sa.Connection, url: str) -> None:
    """Runs the missing steps in the transaction at hand: all of them or, after a crash, none."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.execute(sa.select(sa.func.count()).select_from(DATA_VERSION)).scalar() == 0:
        first = {"id": 1, "store_id": uuid.uuid4().hex, "version": 0, "last_at": ""}
        connection.execute(sa.insert(DATA_VERSION), first)
