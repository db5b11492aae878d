"""Several questions to one database at once, each on a session of its own; their answers as they come.

It imports as little as it can, for store.arrow_child stands on it and its start is waited for.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import adbc_driver_manager as adbc
import pyarrow as pa

Ask = Callable[[Sequence[str]], Iterator[tuple[int, Any]]]
"""Asks at most as many questions as there are sessions; the record batches, each with the place of its question."""

_AHEAD = 2
"""Batches of a session that wait to be taken."""

_LOOKED_AT = 400


def batches(statement: Any, text: str) -> Iterator[Any]:
    """What a session answers, batch by batch; texts that come again and again as a dictionary and places in it."""
    statement.set_sql_query(text)
    with pa.RecordBatchReader.from_stream(statement.execute_query()[0]) as reader:
        for batch in reader:
            columns = [column.dictionary_encode() if _repeats(column) else column for column in batch.columns]
            yield pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _repeats(column: Any) -> bool:
    """Whether a column has few different texts, by the first of them."""
    first = column[:_LOOKED_AT]
    return pa.types.is_string(column.type) and 4 * len(first.unique()) <= len(first)


def at_once(statements: Sequence[Any], texts: Sequence[str]) -> Iterator[tuple[int, Any]]:
    """The batches of several questions, each with the place of its question. The first error of one ends all."""
    if len(texts) == 1:
        for batch in batches(statements[0], texts[0]):
            yield 0, batch
        return
    found: queue.Queue[tuple[int, Any]] = queue.Queue(_AHEAD * len(texts))
    over = threading.Event()

    def ask(place: int) -> None:
        end: Exception | None = None
        try:
            for batch in batches(statements[place], texts[place]):
                if over.is_set():
                    break
                found.put((place, batch))
        except (adbc.Error, pa.ArrowException, OSError) as error:
            end = error
        finally:
            found.put((place, end))

    threads = [threading.Thread(target=ask, args=(place,), daemon=True) for place in range(len(texts))]
    for thread in threads:
        thread.start()
    try:
        asking = len(threads)
        while asking:
            place, batch = found.get()
            if isinstance(batch, Exception):
                raise batch
            if batch is None:
                asking -= 1
            else:
                yield place, batch
    finally:
        over.set()
        for thread in threads:  # none is left in the middle of a session that is closed next
            while thread.is_alive():
                _emptied(found)
                thread.join(0.01)


def _emptied(found: queue.Queue[tuple[int, Any]]) -> None:
    try:
        while True:
            found.get_nowait()
    except queue.Empty:
        return
