"""Columns from a PostgreSQL server as Arrow, through sessions of this process that share the snapshot of the first."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import adbc_driver_manager as adbc
import adbc_driver_postgresql as driver
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from model.errors import BacklogError
from store.arrow_at_once import Ask, at_once, batches

BATCH_BYTES = 2**22
"""Of a batch, about: what waits to be taken stays small."""


@contextlib.contextmanager
def on_server(engine: sa.Engine, sessions: int) -> Iterator[Ask]:
    """A way to ask the server that an engine speaks to, that many questions at once.

    Raises:
        BacklogError: the server could not be asked, or its session is gone.
    """
    given = engine.dialect.create_connect_args(engine.url)[1]
    address = make_conninfo(**{name: value for name, value in given.items() if name != "context"})  # psycopg's own
    try:
        with contextlib.ExitStack() as stack:
            database = stack.enter_context(driver.connect(address))
            statements = [_session(database, stack) for _ in range(sessions)]
            _share(statements)
            yield lambda texts: at_once(statements, texts)
    except adbc.Error as error:
        raise BacklogError(f"the store could not be read: {str(error).splitlines()[0]}. Try again") from error


def pages_of(table: Any) -> sa.ColumnElement[int]:
    """How many pages the file of a table has."""
    return sa.literal_column(f"pg_relation_size('{table.name}') / current_setting('block_size')::bigint")


@contextlib.contextmanager
def scanning(ask: Ask, sessions: int) -> Iterator[None]:
    """Here so many sessions read their part of a table from its first page to its last. What has just been filled has no
    statistics yet, and without them the server would go through an index of the whole table for each part."""
    _set(ask, "'off'", sessions)
    yield
    _set(ask, "NULL", sessions)  # as it was


def _set(ask: Ask, value: str, sessions: int) -> None:
    names = ("enable_indexscan", "enable_bitmapscan")
    text = ", ".join(f"set_config('{name}', {value}, true)" for name in names)
    for _ in ask([f"SELECT {text}"] * sessions):
        pass


def _session(database: Any, stack: contextlib.ExitStack) -> Any:
    connection = stack.enter_context(adbc.AdbcConnection(database))
    connection.set_autocommit(False)
    statement = stack.enter_context(adbc.AdbcStatement(connection))
    statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
    _tell(statement, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    return statement


def _share(statements: Sequence[Any]) -> None:
    """From here on all sessions see what the first one sees."""
    (name,) = [batch.column(0)[0].as_py() for batch in batches(statements[0], "SELECT pg_export_snapshot()")]
    for statement in statements[1:]:
        _tell(statement, f"SET TRANSACTION SNAPSHOT '{name}'")


def _tell(statement: Any, text: str) -> None:
    statement.set_sql_query(text)
    statement.execute_update()
