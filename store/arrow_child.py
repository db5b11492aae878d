"""A program that reads a SQLite file through ADBC for store.arrow, in a process of its own: see store.columns for why.

It takes questions from its standard input, each a line of JSON, and answers each with a stream of Arrow. All answers are
of one state. It imports as little as it can, for its start is waited for.
"""

from __future__ import annotations

import json
import sys

import adbc_driver_manager as adbc
import adbc_driver_sqlite as driver
import pyarrow as pa


def main(path: str) -> None:
    """Answers until there are no more questions."""
    out = pa.PythonFile(sys.stdout.buffer)
    with driver.connect(path) as database, adbc.AdbcConnection(database) as connection:
        connection.set_autocommit(False)
        for line in sys.stdin.buffer:
            with adbc.AdbcStatement(connection) as statement:
                statement.set_options(**{"adbc.sqlite.query.batch_rows": "65536"})
                statement.set_sql_query(json.loads(line))
                handle, _ = statement.execute_query()
                with (
                    pa.RecordBatchReader.from_stream(handle) as reader,
                    pa.ipc.new_stream(out, reader.schema) as stream,
                ):
                    for batch in reader:
                        stream.write_batch(batch)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
