"""A store moved to another database, backed up into a file and brought back: one state, whole or not at all, and proven.

Copying reads one snapshot, so that a sync may go on meanwhile. The target takes it in one transaction, or in a file that
gets its name only at the end; every table is then read back and compared by count and digest before anything counts.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from model.errors import BacklogError, ConfigNeeded
from store import postgres, sqlite
from store.bulk import insert_rows
from store.connect import connect, open_engine, parse, shown, state, translated, writing
from store.proof import TABLES, Sum, Summing, portions, rows_of, sums
from store.schema import DATA_VERSION, REVISION

Progress = Callable[[str, int, int], None]
"""Told what is being done with which table, how many of its rows are done, and of how many."""


def copy(source: sa.Engine, url: str, progress: Progress = lambda what, done, total: None) -> list[Sum]:
    """Copies a store to `url`, where there must be none or an empty one; what every table holds on both sides.

    Raises ConfigNeeded where the target is not empty, BacklogError if what it then holds differs (nothing is kept).
    """
    check_empty(url)
    target, origin = parse(url), shown(source.url)
    making = _server(url) if target.get_backend_name() == "postgresql" else _file(Path(str(target.database)))
    named = f"{origin} → {shown(target)}"
    with translated(named), source.connect() as reading, making as made, writing(made) as connection:
        told = _tell(reading, connection, progress)
        differing = [one.table for one, other in zip(told, sums(connection), strict=True) if one != other]
        if differing:
            raise BacklogError(
                f"store {named}: the copy differs in {', '.join(differing)} and was given up. "
                "Check the disks of both, then copy again"
            )
    return told


@contextlib.contextmanager
def opened_store(url: str) -> Iterator[sa.Engine]:
    """A store that exists, brought to the present form; ConfigNeeded where there is none, and none is made."""
    parsed = parse(url)
    where = shown(parsed)
    found = None
    if parsed.get_backend_name() == "postgresql" or Path(str(parsed.database)).is_file():
        with _disposed(open_engine(parsed)) as engine, translated(where):
            found = state(engine, where)
    if found is None:
        raise ConfigNeeded(f"{where}: there is no store there. Check its name")
    with _disposed(connect(url)) as engine:
        yield engine


@contextlib.contextmanager
def opened_backup(path: Path) -> Iterator[sa.Engine]:
    """A backup as a store to be read. The file is not changed: one of an older version is brought up to date in a copy."""
    if not path.is_file():
        raise ConfigNeeded(f"{path}: there is no such file")
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(_disposed(sqlite.read_only(path)))
        with translated(path):
            found = state(engine, str(path))
        if found is None:
            raise ConfigNeeded(f"{path} is no backup: it holds nothing")
        if found != REVISION:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="backlog-", ignore_cleanup_errors=True))
            with translated(path), engine.connect() as connection:
                sqlite.copy_file(connection, Path(folder) / "copy.db")
            engine = stack.enter_context(_disposed(connect(f"sqlite:///{Path(folder) / 'copy.db'}")))
        yield engine


def check_empty(url: str) -> None:
    """Refuses a place that holds anything; makes nothing there."""
    parsed = parse(url)
    where = shown(parsed)
    if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
        if not Path(parsed.database).absolute().parent.is_dir():
            raise ConfigNeeded(f"{where}: its folder does not exist. Create it first")
        return
    with _disposed(open_engine(parsed)) as engine, translated(where):
        if state(engine, where) is None:
            return
        with engine.connect() as connection:
            held = rows_of(connection)
    if any(rows for table, rows in held.items() if table != DATA_VERSION.name):  # which has a row from the first
        raise ConfigNeeded(
            f"{where} is a store that holds {sum(held.values()):,} rows already and is left alone. "
            "Name an empty place, or move it away"
        )


def _tell(reading: sa.Connection, connection: sa.Connection, progress: Progress) -> list[Sum]:
    """Writes what one snapshot reads; the sums of what was read."""
    total = rows_of(reading)
    connection.execute(sa.delete(DATA_VERSION))
    told = []
    for table in TABLES:
        summing, names, done = Summing(table), tuple(column.name for column in table.columns), 0
        for rows in portions(reading, table):
            summing.add(rows)
            insert_rows(connection, table, names, rows)
            done += len(rows)
            progress(table.name, done, total[table.name])
        told.append(summing.sum())
    connection.execute(sa.update(DATA_VERSION).values(store_id=uuid.uuid4().hex))
    if connection.dialect.name == "postgresql":
        postgres.settle(connection)
    return told


def _server(url: str) -> contextlib.AbstractContextManager[sa.Engine]:
    return _disposed(connect(url))


@contextlib.contextmanager
def _file(path: Path) -> Iterator[sa.Engine]:
    """A new store beside `path`, moved there once it is whole, as one file without a log beside it."""
    beside = path.with_name(f"{path.name}.part")
    _remove(beside)  # of a copy that was killed
    try:
        with _disposed(connect(f"sqlite:///{beside}")) as engine:
            sqlite.leave_log(engine, fast=True)
            yield engine
            sqlite.leave_log(engine)
        if path.exists():  # an empty store: nobody may be using it when it is replaced
            with translated(path), _disposed(open_engine(parse(f"sqlite:///{path}"))) as empty:
                sqlite.leave_log(empty)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        _remove(beside)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


@contextlib.contextmanager
def _disposed(engine: sa.Engine) -> Iterator[sa.Engine]:
    try:
        yield engine
    finally:
        engine.dispose()
