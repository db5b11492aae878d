"""Whole columns out of a store: what a query selects, as arrays, all queries of one reading in one state.

Small stores are read by the driver that writes them. From large ones ADBC hands over columns as Arrow, several times as
fast, where the extra `speed` has installed it; both ways give equal arrays. A SQLite file is then read by a process of
its own: the locks of a file belong to a process, and a second copy of SQLite in ours would give up those that the first
one holds (sqlite.org, How To Corrupt, 2.2.1).

Queries select no nulls: what is missing is "" in a text and NO_AMOUNT in a whole number.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa

from model.frames import NO_DAY
from model.periods import day_number, parse_day
from store.connect import shown, translated
from store.language import Language
from store.postgres import ALONE
from store.schema import RECORDS

LARGE = {"sqlite": 300_000, "postgresql": 20_000}
"""From how many versions on ADBC is worth its start: a process, or a session on the server."""

_PORTION = 20_000


class As(Enum):
    """What a selected value becomes: text (str objects), whole number (int64), day number (int64), flag (bool), or
    decimal (objects, None where it is missing)."""

    TEXT = "text"
    WHOLE = "whole"
    DAY = "day"
    FLAG = "flag"
    DECIMAL = "decimal"


class Read(Protocol):
    """Asks a query; its columns as arrays, the rows ordered by those at the places `by` (texts, by their bytes)."""

    def __call__(self, query: sa.Select[Any], kinds: Sequence[As], by: Sequence[int] = ()) -> list[Any]:
        """The columns."""
        ...


@contextlib.contextmanager
def reading(engine: sa.Engine, *, little: bool = False) -> Iterator[Read]:
    """A way to ask queries, all of them answered from one state of the store. `little`: they ask for few rows."""
    with translated(shown(engine.url)), engine.connect() as connection:
        if not little and _is_large(connection):
            from store import arrow

            with arrow.opened(engine) as read:
                yield read
        else:
            language = Language.of(connection)
            yield lambda query, kinds, by=(): _plainly(connection, _kept(query, tuple(by), language), kinds)


def ordered(query: sa.Select[Any], by: Sequence[int]) -> sa.Select[Any]:
    """The query with the database putting its rows in order."""
    return query.order_by(*(query.selected_columns.values()[place] for place in by))


def text_of(query: sa.Select[Any], dialect: sa.Dialect) -> str:
    """A query as one text, its values in it."""
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


@lru_cache(maxsize=256)
def _kept(query: sa.Select[Any], by: tuple[int, ...], language: Language) -> str:
    """The text of an ordered query."""
    return text_of(ordered(query, by), language.dialect)


def day_numbers(texts: Sequence[str]) -> list[int]:
    """Day numbers from ISO texts; NO_DAY from ""."""
    return [NO_DAY if text == "" else day_number(parse_day(text)) for text in texts]


def decimals(texts: Sequence[str]) -> list[Decimal | None]:
    """Decimals from texts; None from ""."""
    return [None if text == "" else Decimal(text) for text in texts]


def no_values(kind: As) -> Any:
    """A column without a row."""
    return np.zeros(0, {As.TEXT: object, As.DECIMAL: object, As.FLAG: bool}.get(kind, np.int64))


def objects(values: Sequence[Any]) -> Any:
    """An array of Python objects."""
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _is_large(connection: sa.Connection) -> bool:
    kind = connection.dialect.name
    if getattr(sys, "frozen", False) or not (find_spec("pyarrow") and find_spec(f"adbc_driver_{kind}")):
        return False
    if connection.get_execution_options().get(ALONE, False):
        return False  # another session would see the real tables
    return sum(row[0] or 0 for row in connection.execute(_highest())) >= LARGE[kind]


@cache
def _highest() -> sa.CompoundSelect[Any]:
    return sa.union_all(*(sa.select(sa.func.max(table.c.version_id)) for table in RECORDS.values()))


def _plainly(connection: sa.Connection, text: str, kinds: Sequence[As]) -> list[Any]:
    """By the store's own driver; rows never become objects of ours."""
    columns: list[list[Any]] = [[] for _ in kinds]
    with contextlib.closing(_cursor(connection, text)) as cursor:
        while rows := cursor.fetchmany(_PORTION):
            for column, values in zip(columns, zip(*rows, strict=True), strict=True):
                column.extend(values)
    return [_array(values, kind) for values, kind in zip(columns, kinds, strict=True)]


def _cursor(connection: sa.Connection, text: str) -> Any:
    """A cursor that fetches as it is asked; PostgreSQL's has to be named for that."""
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor("columns")
        cursor.execute(text)
        return cursor
    return connection.exec_driver_sql(text).cursor


def _array(values: list[Any], kind: As) -> Any:
    if kind is As.TEXT:
        return objects(values)
    if kind is As.WHOLE:
        return np.array(values, np.int64)
    if kind is As.FLAG:
        return np.array(values, np.int64) == 1
    # There are few different days and numbers, so each is read once.
    different = list(set(values))
    if kind is As.DAY:
        numbers = dict(zip(different, day_numbers(different), strict=True))
        return np.array([numbers[text] for text in values], np.int64)
    read = dict(zip(different, decimals(different), strict=True))
    return objects([read[text] for text in values])
