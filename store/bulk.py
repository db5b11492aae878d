"""Many rows at once: statements declared in SQLAlchemy Core and handed to the driver ready-made, a page at a time.

SQLite prepares a text once for all rows. PostgreSQL takes rows by COPY, and merges those that may be there already from
a table that lives as long as the transaction. Rows are tuples of plain values in the order of `columns`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from store.language import Language

CHUNK = 10_000  # values in one IN (…): SQLite takes 32,766


def insert_rows(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Inserts rows; SQLAlchemy's own executemany costs as much again as the database."""
    if not rows:
        return
    if _copies(connection):
        copy_in(connection, table.name, columns, rows)
    else:
        connection.exec_driver_sql(_insert_text(table, columns, Language.of(connection)), list(rows))


def merge_rows(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Collection[tuple[Any, ...]]
) -> None:
    """Inserts rows, or updates those whose primary key is there; no two of `rows` may have the same key."""
    if not rows:
        return
    if not _copies(connection):
        connection.exec_driver_sql(_merge_text(table, columns, Language.of(connection)), list(rows))
        return
    quote = connection.dialect.identifier_preparer.quote
    beside = f"merge_{table.name}"
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {beside} (LIKE {quote(table.name)}) ON COMMIT DROP")
    copy_in(connection, beside, columns, rows)
    names = ", ".join(map(quote, columns))
    connection.exec_driver_sql(
        f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM {beside} {_on_conflict(table, columns, quote)}"  # noqa: S608
    )
    connection.exec_driver_sql(f"DROP TABLE {beside}")


def set_where(
    connection: sa.Connection, table: sa.Table, column: str, value: object, key: str, ids: Collection[int]
) -> None:
    """Sets a column of the rows with these numbers to one value."""
    quote = connection.dialect.identifier_preparer.quote
    text = f"UPDATE {quote(table.name)} SET {quote(column)} = {{0}} WHERE {quote(key)} = "  # noqa: S608
    if _copies(connection):
        connection.exec_driver_sql(f"{text.format('%s')} ANY(%s)", (value, list(ids)))
    elif ids:
        connection.exec_driver_sql(f"{text.format('?')} ?", [(value, number) for number in ids])


def select_in(
    connection: sa.Connection,
    query: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    values: Collection[str],
    **given: str,
) -> Iterator[tuple[Any, ...]]:
    """The rows of `query` whose `column` is one of `values`, as the driver gives them; `given`: its parameters."""
    find = _find_any if _copies(connection) else _find_in
    for part in _chunks(values):
        yield from find(connection, query, column, part, given)


def copy_in(connection: sa.Connection, target: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Hands rows to PostgreSQL's COPY. The driver's own errors come out: see store.connect.translated."""
    quote = connection.dialect.identifier_preparer.quote
    cursor: Any = connection.connection.cursor()
    text = f"COPY {quote(target)} ({', '.join(map(quote, columns))}) FROM STDIN"
    try:
        with cursor.copy(text) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise sa.exc.DBAPIError.instance(  # as SQLAlchemy does for what it runs itself
            text, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _copies(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


@lru_cache(maxsize=128)
def _insert_text(table: sa.Table, columns: tuple[str, ...], language: Language) -> str:
    return str(sa.insert(table).compile(dialect=language.dialect, column_keys=list(columns)))


@lru_cache(maxsize=128)
def _merge_text(table: sa.Table, columns: tuple[str, ...], language: Language) -> str:
    quote = language.dialect.identifier_preparer.quote
    return f"{_insert_text(table, columns, language)} {_on_conflict(table, columns, quote)}"


def _on_conflict(table: sa.Table, columns: tuple[str, ...], quote: Any) -> str:
    keys = [column.name for column in table.primary_key]
    told = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in columns if name not in keys)
    return f"ON CONFLICT ({', '.join(map(quote, keys))}) DO UPDATE SET {told}"


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    left = iter(values)
    while part := list(islice(left, CHUNK)):
        yield part


def _find_any(
    connection: sa.Connection,
    query: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    part: list[str],
    given: Mapping[str, str],
) -> list[tuple[Any, ...]]:
    """One parameter for the whole list: a statement of ten thousand of them takes longer to read than to run."""
    wanted: sa.BindParameter[Any] = sa.bindparam("wanted", type_=ARRAY(sa.Text()))
    possible = [value for value in part if "\x00" not in value]  # which no text of this database has
    result: Any = connection.execute(query.where(column == sa.any_(wanted)), {**given, "wanted": possible})
    rows: list[tuple[Any, ...]] = result.cursor.fetchall()
    return rows


def _find_in(
    connection: sa.Connection,
    query: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    part: list[str],
    given: Mapping[str, str],
) -> list[tuple[Any, ...]]:
    """The list is the last thing in the statement, so that its values follow the others."""
    before, after, names, own = _in_text(query, column, Language.of(connection))
    values = {**own, **given}
    text = f"{before}({', '.join('?' * len(part))}){after}"
    cursor: Any = connection.exec_driver_sql(text, (*(values[name] for name in names), *part)).cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=256)
def _in_text(
    query: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[Any], language: Language
) -> tuple[str, str, tuple[str, ...], Mapping[str, Any]]:
    """What stands before and after the list, the names of the parameters before it, and those that the query states."""
    wanted: sa.BindParameter[Any] = sa.bindparam("wanted", expanding=True)
    made: Any = query.where(column.in_(wanted)).compile(dialect=language.dialect)
    before, after = str(made).split("(__[POSTCOMPILE_wanted])")
    return before, after, tuple(name for name in made.positiontup if name != "wanted"), made.params
