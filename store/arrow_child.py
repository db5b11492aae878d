"""A program that reads a SQLite file through ADBC for store.arrow_file, in a process of its own: store.columns says why.

It takes lines of JSON from its standard input, each a list of questions that are answered at once, and writes batches, each
a stream of Arrow of its own, after its place and size. All answers are of one state. It imports as little as it can, for its
start is waited for.
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
from typing import Any

if __name__ == "__main__":
    sys.modules["numpy"] = None  # type: ignore[assignment]  # Arrow does without it, and starts in half the time

import adbc_driver_manager as adbc
import adbc_driver_sqlite as driver
import pyarrow as pa

from store.arrow_at_once import at_once, batches

HEAD = struct.Struct(">BQ")
"""Before each batch: the place of its question, and its bytes."""

END = 255
"""The place that ends the answers of a line."""

BATCH_ROWS = "65536"

_TRIES = 20


def main(path: str, sessions: int) -> None:
    """Answers until there are no more questions."""
    out = sys.stdout.buffer
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(driver.connect(path))
        connections = [stack.enter_context(adbc.AdbcConnection(database)) for _ in range(sessions)]
        statements = [stack.enter_context(adbc.AdbcStatement(connection)) for connection in connections]
        for statement in statements:
            statement.set_options(**{"adbc.sqlite.query.batch_rows": BATCH_ROWS})
        _see_one_state(connections, statements)
        for line in sys.stdin.buffer:
            for place, batch in at_once(statements, json.loads(line)):
                message = _whole(batch)
                out.write(HEAD.pack(place, message.size))
                out.write(message)
            out.write(HEAD.pack(END, 0))
            out.flush()


def _see_one_state(connections: list[Any], statements: list[Any]) -> None:
    """Begins the sessions' transactions anew until no page was written between the first one's begin and the last one's."""
    for _ in range(_TRIES):
        for connection in connections:
            connection.set_autocommit(False)
        seen = {
            batch.column(0)[0].as_py()
            for statement in statements
            for batch in batches(statement, "SELECT version FROM data_version")
        }
        if len(seen) <= 1:
            return
        for connection in connections:
            connection.set_autocommit(True)
    raise SystemExit("it is written without a pause")


def _whole(batch: Any) -> Any:
    """A batch with its schema and dictionaries."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
