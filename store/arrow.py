"""Columns as Arrow through ADBC. What is large is read in parts at once, each by a session of its own; all sessions see
one state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from store.arrow_at_once import Ask
from store.arrow_file import in_file
from store.arrow_server import on_server
from store.columns import As, Read, day_numbers, decimals, no_values, objects, ordered, text_of

PART = 50_000
"""So many rows are worth a session of their own."""

_SESSIONS = 2
_LOOKED_AT = 400


@contextlib.contextmanager
def opened(engine: sa.Engine) -> Iterator[Read]:
    """What store.columns.reading promises."""
    # A file has an index in the right order; a server would sort whole rows, and on its disk.
    sorting = engine.dialect.name == "postgresql"
    with on_server(engine, _SESSIONS) if sorting else in_file(str(engine.url.database), _SESSIONS) as ask:

        def read(query: sa.Select[Any], kinds: Sequence[As], by: Sequence[int] = ()) -> list[Any]:
            parts = _parts(ask, query, by, engine.dialect)
            columns: list[list[list[Any]]] = [[[] for _ in parts] for _ in kinds]
            keys: list[list[list[Any]]] = [[[] for _ in parts] for _ in by]
            texts = [text_of(part if sorting else ordered(part, by), engine.dialect) for part in parts]
            for place, batch in ask(texts):  # made ready while the next one is on its way
                for column, values, kind in zip(columns, batch.columns, kinds, strict=True):
                    column[place].append(_array(values, kind))
                for key, at in zip(keys, by, strict=True):
                    key[place].append(batch.column(at))
            made = [_joined(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            return _in_order(made, [[*chain.from_iterable(key)] for key in keys]) if sorting and by else made

        yield read


def _parts(ask: Ask, query: sa.Select[Any], by: Sequence[int], dialect: sa.Dialect) -> list[sa.Select[Any]]:
    """The query, or where it brings many rows several of it that follow each other by the first of `by`."""
    if not by:
        return [query]
    key = query.selected_columns.values()[by[0]]
    count = _first(ask, text_of(query.with_only_columns(sa.func.count()), dialect))
    if count < _SESSIONS * PART:
        return [query]
    keys = query.with_only_columns(key).order_by(key).limit(1)
    ends = [_first(ask, text_of(keys.offset(count * n // _SESSIONS), dialect)) for n in range(1, _SESSIONS)]
    return [
        query.where(*([] if low is None else [key >= low]), *([] if high is None else [key < high]))
        for low, high in pairwise([None, *ends, None])
    ]


def _first(ask: Ask, text: str) -> Any:
    """The one value that a question brings."""
    (value,) = [batch.column(0)[0].as_py() for _, batch in ask([text]) if batch.num_rows]
    return value


def _joined(parts: list[list[Any]], kind: As) -> Any:
    arrays = [array for part in parts for array in part]
    return np.concatenate(arrays) if arrays else no_values(kind)


def _in_order(columns: list[Any], keys: list[list[Any]]) -> list[Any]:
    if not len(columns[0]):
        return columns
    names = [str(place) for place in range(len(keys))]
    table = pa.Table.from_arrays([pa.chunked_array(key) for key in keys], names)
    order = pc.sort_indices(table, [(name, "ascending") for name in names]).to_numpy()
    return [column[order] for column in columns]


def _array(column: Any, kind: As) -> Any:
    """An Arrow column as store.columns promises it."""
    if len(column) == 0:
        return no_values(kind)
    if kind is As.WHOLE:
        return column.to_numpy()
    if kind is As.FLAG:
        return column.to_numpy() == 1
    if kind is As.TEXT and _differ(column):
        return column.to_numpy(zero_copy_only=False)
    encoded = column.dictionary_encode()  # there are few different values, so each is made once
    different, places = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    if kind is As.TEXT:
        return objects(different)[places]
    if kind is As.DAY:
        return np.array(day_numbers(different), np.int64)[places]
    return objects(decimals(different))[places]


def _differ(texts: Any) -> bool:
    """Whether texts are mostly different ones, by the first of them."""
    first = texts[:_LOOKED_AT]
    return 4 * len(first.unique()) > len(first)
