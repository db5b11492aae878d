"""Columns as Arrow through ADBC: from a server in this process, from a file by way of store.arrow_child."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from model.errors import BacklogError
from store.columns import As, Read, day_numbers, decimals, objects, ordered, text_of

Ask = Callable[[str], contextlib.AbstractContextManager[Any]]
"""Asks a question; a reader of record batches."""


@contextlib.contextmanager
def opened(engine: sa.Engine) -> Iterator[Read]:
    """What store.columns.reading promises."""
    # A file has an index in the right order; a server would sort whole rows, and on its disk.
    sorting = engine.dialect.name == "postgresql"
    with _on_server(engine) if sorting else _in_file(str(engine.url.database)) as ask:

        def read(query: sa.Select[Any], kinds: Sequence[As], by: Sequence[int] = ()) -> list[Any]:
            parts: list[list[Any]] = [[_array(pa.array([], pa.string()), kind)] for kind in kinds]
            keys: list[list[Any]] = [[] for _ in by]
            with ask(text_of(query if sorting else ordered(query, by), engine.dialect)) as batches:
                for batch in batches:  # made ready while the next one is on its way
                    for part, column, kind in zip(parts, batch.columns, kinds, strict=True):
                        part.append(_array(column, kind))
                    for key, place in zip(keys, by, strict=True):
                        key.append(batch.column(place))
            columns = [np.concatenate(part) for part in parts]
            return _in_order(columns, keys) if sorting and by else columns

        yield read


def _in_order(columns: list[Any], keys: list[list[Any]]) -> list[Any]:
    if not len(columns[0]):
        return columns
    names = [str(place) for place in range(len(keys))]
    table = pa.Table.from_arrays([pa.chunked_array(key) for key in keys], names)
    order = pc.sort_indices(table, [(name, "ascending") for name in names]).to_numpy()
    return [column[order] for column in columns]


@contextlib.contextmanager
def _on_server(engine: sa.Engine) -> Iterator[Ask]:
    import adbc_driver_manager as adbc
    import adbc_driver_postgresql as driver
    from psycopg.conninfo import make_conninfo

    given = engine.dialect.create_connect_args(engine.url)[1]
    address = make_conninfo(**{name: value for name, value in given.items() if name != "context"})  # psycopg's own
    try:
        with driver.connect(address) as database, adbc.AdbcConnection(database) as connection:
            connection.set_autocommit(False)
            with adbc.AdbcStatement(connection) as statement:

                @contextlib.contextmanager
                def ask(text: str) -> Iterator[Any]:
                    statement.set_sql_query(text)
                    with pa.RecordBatchReader.from_stream(statement.execute_query()[0]) as batches:
                        yield batches

                statement.set_sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                statement.execute_update()
                yield ask
    except adbc.Error as error:
        raise BacklogError(f"the store could not be read: {str(error).splitlines()[0]}. Try again") from error


@contextlib.contextmanager
def _in_file(path: str) -> Iterator[Ask]:
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        # -P: a folder named store in the current one is not ours.
        [sys.executable, "-P", "-m", "store.arrow_child", path], stdin=pipe, stdout=pipe, stderr=pipe,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip
    stdin: Any = child.stdin
    stderr: Any = child.stderr

    @contextlib.contextmanager
    def ask(text: str) -> Iterator[Any]:
        try:
            stdin.write(json.dumps(text).encode() + b"\n")
            stdin.flush()
            with pa.ipc.open_stream(child.stdout) as batches:
                yield batches
        except (OSError, pa.ArrowInvalid) as error:
            child.kill()
            said = stderr.read().decode(errors="replace").strip().splitlines() or [str(error)]
            raise BacklogError(f"store {path}: it could not be read ({said[-1]}). Try again") from error

    try:
        yield ask
    finally:
        child.kill()
        child.communicate()


def _array(column: Any, kind: As) -> Any:
    """An Arrow column as store.columns promises it."""
    if len(column) == 0:
        return np.zeros(0, {As.TEXT: object, As.DECIMAL: object, As.FLAG: bool}.get(kind, np.int64))
    if kind is As.WHOLE:
        return column.to_numpy()
    if kind is As.FLAG:
        return column.to_numpy() == 1
    if kind is As.TEXT:
        return column.to_numpy(zero_copy_only=False)
    encoded = column.dictionary_encode()  # there are few different days and numbers, so each is read once
    different, places = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    if kind is As.DAY:
        return np.array(day_numbers(different), np.int64)[places]
    return objects(decimals(different))[places]
