"""Statements declared in SQLAlchemy Core and handed to the driver ready-made, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

CHUNK = 10_000  # values in one IN (…): SQLite takes 32,766


@lru_cache(maxsize=128)
def _insert_text(table: sa.Table, columns: tuple[str, ...], dialect: sa.Dialect) -> str:
    return str(sa.insert(table).compile(dialect=dialect, column_keys=list(columns)))


def insert_rows(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Inserts rows of plain values, in the order of `columns` (which is the order of the table).

    The driver prepares the text once for all rows; SQLAlchemy's own executemany costs as much again as the database.
    """
    if rows:
        connection.exec_driver_sql(_insert_text(table, columns, connection.dialect), list(rows))


def chunks(values: Collection[str]) -> Iterator[list[str]]:
    """The values in portions that fit one statement."""
    left = iter(values)
    while part := list(islice(left, CHUNK)):
        yield part


def select_in(
    connection: sa.Connection,
    query: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    values: Collection[str],
) -> Iterator[tuple[Any, ...]]:
    """The rows of `query` whose `column` is one of `values`, as the driver gives them.

    The list is the last thing in the statement, so that its values follow the others.
    """
    wanted: sa.BindParameter[Any] = sa.bindparam("wanted", expanding=True)
    made: Any = query.where(column.in_(wanted)).compile(dialect=connection.dialect)
    before, after = str(made).split("(__[POSTCOMPILE_wanted])")
    first = tuple(made.params[name] for name in made.positiontup if name != "wanted")
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    for part in chunks(values):
        text = f"{before}({', '.join([mark] * len(part))}){after}"
        cursor: Any = connection.exec_driver_sql(text, (*first, *part)).cursor
        yield from cursor.fetchall()
