"""The records as columns, as they stand now or as they were known at a moment of the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from model.frames import NO_AMOUNT, NO_DAY, column_values
from model.periods import day_number, parse_day
from model.records import TABLES, Kind, Table
from store.connect import instant
from store.schema import ALIASES, RECORDS, stored_columns

_PORTION = 50_000
_HEAD = ("source", "record_id", "raw_id", "known_from")


def read_facts(engine: sa.Engine, known_at: dt.datetime | None = None) -> dict[str, pd.DataFrame]:
    """What store.read.facts answers."""
    at = None if known_at is None else instant(known_at)
    with engine.connect() as connection:
        former = successors(connection, at)
        return {name: _frame(connection, table, at, former) for name, table in TABLES.items()}


def _frame(
    connection: sa.Connection, table: Table, at: str | None, successors: Mapping[tuple[str, str], Mapping[str, str]]
) -> pd.DataFrame:
    names = (*_HEAD, *stored_columns(table))
    columns = dict(zip(names, _columns(connection, RECORDS[table.name], names, at), strict=True))
    kinds = {column.stored: column.kind for column in table.columns}
    sources, known_from = columns["source"], columns.pop("known_from")
    made: dict[str, Any] = {
        "source": _objects(sources),
        "record_id": _objects(columns["record_id"]),
        "raw_id": np.array(columns["raw_id"], np.int64),
        "known_on": _days([text[:10] for text in known_from]),
    }
    refers = {column.name: column.refers for column in table.columns if column.refers}
    for name in names[len(_HEAD) :]:
        values = columns[name]
        if name in refers and successors:
            values = _renamed(values, sources, refers[name], successors)
        made[name] = _column(kinds.get(name, Kind.CURRENCY), values)
    if table.name == "contracts":
        made["cancelled_on"] = _cancelled_on(connection, at, columns["source"], columns["record_id"], columns["status"])
    return pd.DataFrame({name: _series(values) for name, values in made.items()})


def _columns(connection: sa.Connection, table: sa.Table, names: tuple[str, ...], at: str | None) -> list[list[Any]]:
    """Whole columns of the versions that stood at the moment, by record id: rows never become objects of ours."""
    query = sa.select(*(table.c[name] for name in names)).where(_stood(table, at))
    text = str(
        query.order_by(table.c.record_id, table.c.source).compile(connection, compile_kwargs={"literal_binds": True})
    )
    columns: list[list[Any]] = [[] for _ in names]
    for rows in _portions(connection, text):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def _portions(connection: sa.Connection, text: str) -> Iterator[list[tuple[Any, ...]]]:
    cursor: Any = connection.exec_driver_sql(text).cursor
    while rows := cursor.fetchmany(_PORTION):
        yield rows


def _stood(table: sa.Table, at: str | None) -> sa.ColumnElement[bool]:
    if at is None:
        return table.c.known_to.is_(None)
    return (table.c.known_from <= at) & (table.c.known_to.is_(None) | (table.c.known_to > at))


def _column(kind: Kind, values: list[Any]) -> Any:
    if kind is Kind.DATE:
        return _days(values)
    if kind in (Kind.MONEY, Kind.INTEGER):
        return np.array([NO_AMOUNT if value is None else value for value in values], np.int64)
    if kind is Kind.DECIMAL:
        from decimal import Decimal

        return _objects([None if value is None else Decimal(value) for value in values])
    return column_values(kind, values)


def _days(values: list[Any]) -> Any:
    """Day numbers from ISO texts: there are few different days, so each is read once."""
    numbers = {text: NO_DAY if text is None else day_number(parse_day(text)) for text in set(values)}
    return np.array([numbers[text] for text in values], np.int64)


def _objects(values: list[Any]) -> Any:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _series(values: Any) -> Any:
    """Text stays a column of Python objects, whatever pandas would make of it."""
    return pd.Series(values, dtype=object) if values.dtype == object else values


def successors(connection: sa.Connection, at: str | None) -> dict[tuple[str, str], dict[str, str]]:
    """Former ids by (source, table), each with the id it means at last."""
    query = sa.select(ALIASES.c.source, ALIASES.c.table_name, ALIASES.c.old_id, ALIASES.c.new_id)
    if at is not None:
        query = query.where(ALIASES.c.known_from <= at)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for source, table, old, new in connection.execute(query):
        found.setdefault((source, table), {})[old] = new
    for names in found.values():
        for old in names:
            seen = {old}
            while names[old] in names and names[old] not in seen:
                seen.add(names[old])
                names[old] = names[names[old]]
    return found


def _renamed(
    values: list[Any], sources: list[str], table: str, successors: Mapping[tuple[str, str], Mapping[str, str]]
) -> list[Any]:
    nothing: Mapping[str, str] = {}
    by_source = {source: successors.get((source, table), nothing) for source in set(sources)}
    return [by_source[source].get(value, value) for source, value in zip(sources, values, strict=True)]


def _cancelled_on(
    connection: sa.Connection, at: str | None, sources: list[str], records: list[str], statuses: list[str]
) -> Any:
    """The day each cancelled contract's status arrived: the first of the versions that say so without a break."""
    table = RECORDS["contracts"]
    now = table.alias("now")
    stood = (now.c.status == "cancelled") & _stood_alias(now, at)
    mine = (table.c.record_id == now.c.record_id) & (table.c.source == now.c.source)
    query = (
        sa.select(table.c.source, table.c.record_id, table.c.known_from, table.c.known_to, table.c.status)
        .join(now, mine)
        .where(stood)
        .order_by(table.c.version_id)
    )
    since: dict[tuple[str, str], str] = {}
    until: dict[tuple[str, str], str | None] = {}
    for source, record, known_from, known_to, status in connection.execute(query):
        if at is not None and known_from > at:
            continue
        key = (source, record)
        if status != "cancelled":
            since.pop(key, None)
        elif key not in since or until[key] != known_from:
            since[key] = known_from
        until[key] = known_to
    first = [since.get(key) for key in zip(sources, records, strict=True)]
    return _days(
        [
            None if text is None or status != "cancelled" else text[:10]
            for text, status in zip(first, statuses, strict=True)
        ]
    )


def _stood_alias(now: Any, at: str | None) -> sa.ColumnElement[bool]:
    if at is None:
        return now.c.known_to.is_(None)  # type: ignore[no-any-return]
    return (now.c.known_from <= at) & (now.c.known_to.is_(None) | (now.c.known_to > at))  # type: ignore[no-any-return]
