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
from store.arrow_server import on_server, pages_of, scanning
from store.columns import As, Read, day_numbers, decimals, no_values, objects, ordered, text_of

PART = 50_000
"""So many rows of a file are worth a session of their own."""

PAGES = 1_000
"""So many pages of a server's table are."""

_SESSIONS = 2


@contextlib.contextmanager
def opened(engine: sa.Engine) -> Iterator[Read]:
    """What store.columns.reading promises."""
    # A file has an index in the right order; a server would sort whole rows, and on its disk.
    sorting = engine.dialect.name == "postgresql"
    with on_server(engine, _SESSIONS) if sorting else in_file(str(engine.url.database), _SESSIONS) as ask:
        split = _by_page if sorting else _by_key

        def read(query: sa.Select[Any], kinds: Sequence[As], by: Sequence[int] = ()) -> list[Any]:
            parts = split(ask, query, by, engine.dialect) if by else [query]
            columns: list[list[list[Any]]] = [[[] for _ in parts] for _ in kinds]
            keys: list[list[list[Any]]] = [[[] for _ in parts] for _ in by]
            texts = [text_of(part if sorting else ordered(part, by), engine.dialect) for part in parts]
            with scanning(ask, len(parts)) if sorting and len(parts) > 1 else contextlib.nullcontext():
                for place, batch in ask(texts):  # made ready while the next one is on its way
                    for column, values, kind in zip(columns, batch.columns, kinds, strict=True):
                        column[place].append(_array(values, kind))
                    for key, at in zip(keys, by, strict=True):
                        key[place].append(batch.column(at))
            made = [_joined(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            return _in_order(made, [[*chain.from_iterable(key)] for key in keys]) if sorting and by else made

        yield read


def _by_key(ask: Ask, query: sa.Select[Any], by: Sequence[int], dialect: sa.Dialect) -> list[sa.Select[Any]]:
    """The query, or where it brings many rows several of it that follow each other by the first of `by`."""
    count = _first(ask, text_of(query.with_only_columns(sa.func.count()), dialect))
    if count < _SESSIONS * PART:
        return [query]
    key = query.selected_columns.values()[by[0]]
    keys = query.with_only_columns(key).order_by(key).limit(1)
    ends = [_first(ask, text_of(keys.offset(count * n // _SESSIONS), dialect)) for n in range(1, _SESSIONS)]
    return _between(query, key, ends)


def _by_page(ask: Ask, query: sa.Select[Any], _: Sequence[int], dialect: sa.Dialect) -> list[sa.Select[Any]]:
    """The query, or where its table is large several of it that follow each other in the table's file. Nothing moves
    for as long as a snapshot sees it."""
    (table,) = query.get_final_froms()
    count = _first(ask, text_of(sa.select(pages_of(table)), dialect))
    if count < _SESSIONS * PAGES:
        return [query]
    ends: list[Any] = [sa.literal_column(f"'({count * n // _SESSIONS},0)'::tid") for n in range(1, _SESSIONS)]
    return _between(query, sa.literal_column("ctid"), ends)


def _between(query: sa.Select[Any], key: sa.ColumnElement[Any], ends: Sequence[Any]) -> list[sa.Select[Any]]:
    return [
        query.where(*([] if low is None else [key >= low]), *([] if high is None else [key < high]))
        for low, high in pairwise([None, *ends, None])
    ]


def _first(ask: Ask, text: str) -> Any:
    """The one value that a question brings."""
    (value,) = [batch.column(0)[0].as_py() for _, batch in ask([text]) if batch.num_rows]
    return value


def _joined(parts: list[list[Any]], kind: As) -> Any:
    """The arrays of a column as one; a value that comes again is made once."""
    arrays = [array for part in parts for array in part]
    if not arrays:
        return no_values(kind)
    if not any(isinstance(array, pa.DictionaryArray) for array in arrays):
        return np.concatenate(arrays)
    known: dict[str, int] = {}
    places = []
    for array in arrays:
        repeats = isinstance(array, pa.DictionaryArray)
        texts = array.dictionary.to_pylist() if repeats else array.tolist()
        own = np.array([known.setdefault(text, len(known)) for text in texts], np.int32)
        places.append(own[array.indices.to_numpy()] if repeats else own)
    return _made(list(known), kind)[np.concatenate(places)]


def _made(texts: list[str], kind: As) -> Any:
    if kind is As.DAY:
        return np.array(day_numbers(texts), np.int64)
    return objects(decimals(texts) if kind is As.DECIMAL else texts)


def _in_order(columns: list[Any], keys: list[list[Any]]) -> list[Any]:
    if not len(columns[0]):
        return columns
    first, *_ = plain = [pa.chunked_array([_undone(part) for part in key]) for key in keys]
    if pc.all(pc.less(first[:-1], first[1:])).as_py():
        return columns  # records that were told in the order of their ids
    names = [str(place) for place in range(len(keys))]
    table = pa.Table.from_arrays(plain, names)
    order = pc.sort_indices(table, [(name, "ascending") for name in names]).to_numpy()
    return [column[order] for column in columns]


def _array(column: Any, kind: As) -> Any:
    """An Arrow column as store.columns promises it, or with its dictionary what is to be made of texts."""
    if len(column) == 0:
        return no_values(kind)
    if kind is As.WHOLE:
        return column.to_numpy()
    if kind is As.FLAG:
        return column.to_numpy() == 1
    if pa.types.is_dictionary(column.type):
        return column
    return column.to_numpy(zero_copy_only=False) if kind is As.TEXT else column.dictionary_encode()


def _undone(column: Any) -> Any:
    """A column without its dictionary."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
