"""A store in one SQLite file: how it is opened, tuned, copied, and what its errors mean.

Readers never wait (write-ahead log) and see whole states only; writers queue.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from model.errors import BacklogError, ConfigNeeded, RetryLater

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-200000",
    "PRAGMA wal_autocheckpoint=20000",
    "PRAGMA temp_store=MEMORY",
)
_WRITES = "backlog_writes"
_COPY_PAGES = 4096  # of 4 KiB, between two words on how far the copy is


def open_engine(url: sa.URL, patience: float) -> sa.Engine:
    """The engine of a file that exists or may be made; ConfigNeeded where it cannot be."""
    if not url.database or url.database == ":memory:":
        raise ConfigNeeded(f'{url}: a store is a file. Write url = "sqlite:///backlog.db" under [store]')
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise ConfigNeeded(f"store {url.database}: the folder {folder} does not exist. Create it or change [store] url")
    engine = sa.create_engine(url, paramstyle="qmark", connect_args={"timeout": patience})
    sa.event.listen(engine, "connect", _tune)
    sa.event.listen(engine, "begin", _begin)
    return engine


def shown(url: sa.URL) -> str:
    """The store's name in messages."""
    return str(url.database)


def explain(error: sqlite3.Error, where: object, patience: float) -> BacklogError:
    """What a driver's error means for a person."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return RetryLater(f"store {where}: another program has held it for {patience:g} s. Let it finish, then retry")
    if "full" in text:
        return ConfigNeeded(f"store {where}: the disk is full. Free some space; what was stored before is whole")
    if "readonly" in text or "unable to open" in text:
        return ConfigNeeded(f"store {where}: {text}. Check that its folder exists and that you may write there")
    if "not a database" in text:
        return ConfigNeeded(f"store {where}: this file is no store. Name another file under [store] url")
    if "malformed" in text:
        return ConfigNeeded(f"store {where}: the file is damaged ({text}). Bring back a backup: backlog store restore")
    return ConfigNeeded(f"store {where}: {text}. Run: backlog doctor")


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """What store.connect.writing promises."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def scratch(engine: sa.Engine, patience: float) -> Iterator[sa.Engine]:
    """What store.connect.scratch promises: a copy of the file in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="backlog-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "copy.db"
        with engine.connect() as connection:
            copy_file(connection, path)
        copied = open_engine(sa.URL.create("sqlite", database=str(path)), patience)
        try:
            yield copied
        finally:
            copied.dispose()


def copy_file(
    connection: sa.Connection, path: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Copies the file as it stands in the connection's transaction, page by page; others may write meanwhile.

    `progress(done, total)` counts pages.
    """
    # The first read fixes the state that is copied; without it every write of others would begin the copy anew.
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    source: Any = connection.connection.driver_connection
    with contextlib.closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA synchronous=OFF")
        source.backup(copy, pages=_COPY_PAGES, progress=lambda _, left, total: progress(total - left, total))


def read_only(path: Path) -> sa.Engine:
    """The engine of a file that is read and never changed, not even by tuning it."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        creator=lambda: sqlite3.connect(address, uri=True),
        paramstyle="qmark",
    )
    sa.event.listen(engine, "connect", _say_begin_ourselves)
    sa.event.listen(engine, "begin", _begin)
    return engine


def leave_log(engine: sa.Engine, *, fast: bool = False) -> None:
    """Has the file stand by itself, without a log beside it; `fast`: what is written next may be lost in a crash.

    Raises the driver's error while another program has the file open.
    """
    with contextlib.closing(engine.raw_connection()) as lent:
        connection: Any = lent.driver_connection
        connection.execute("PRAGMA journal_mode=MEMORY" if fast else "PRAGMA journal_mode=DELETE").fetchall()
        connection.execute("PRAGMA synchronous=OFF" if fast else "PRAGMA synchronous=NORMAL")


def _say_begin_ourselves(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # so that reads are in transactions too


def _tune(connection: Any, _record: object) -> None:
    _say_begin_ourselves(connection, _record)
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
