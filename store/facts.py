"""The records as columns, as they stand now or as they were known at a moment of the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from model.frames import NO_AMOUNT, NO_DAY
from model.records import TABLES, Kind, Table
from store.changes import IntArray, Mark
from store.columns import As, Read, day_numbers, no_values, objects, reading
from store.connect import instant
from store.schema import ALIASES, RECORDS, stored_columns

_AS = {Kind.DATE: As.DAY, Kind.MONEY: As.WHOLE, Kind.INTEGER: As.WHOLE, Kind.DECIMAL: As.DECIMAL, Kind.FLAG: As.FLAG}
_HEAD = {"version_id": As.WHOLE, "source": As.TEXT, "record_id": As.TEXT, "raw_id": As.WHOLE, "known_from": As.DAY}
_AT_ONCE = 5_000
Successors = Mapping[tuple[str, str], Mapping[str, str]]


def read_facts(
    engine: sa.Engine, known_at: dt.datetime | None = None, names: Iterable[str] = TABLES
) -> dict[str, pd.DataFrame]:
    """What store.read.facts answers."""
    at = None if known_at is None else instant(known_at)
    with reading(engine) as read:
        successors = former_ids(read, at)
        return {name: _frame(read, TABLES[name], at, successors)[0] for name in names}


@dataclass(frozen=True)
class Marked:
    """Facts as they stand, with the mark of that state and, by table, the number of each row's version."""

    mark: Mark
    facts: dict[str, pd.DataFrame]
    numbers: dict[str, IntArray]


def read_marked(engine: sa.Engine) -> Marked:
    """All facts of now."""
    with reading(engine) as read:
        mark, successors = Mark.now(read), former_ids(read, None)
        found = {
            name: _frame(read, table, None, successors) if mark.newest[name] else _nothing(name)
            for name, table in TABLES.items()
        }
        return Marked(mark, *({name: pair[n] for name, pair in found.items()} for n in (0, 1)))  # type: ignore[arg-type]


def _nothing(name: str) -> tuple[pd.DataFrame, IntArray]:
    """A table of which nothing is wanted, or that was never told anything."""
    frame, numbers = _empty(name)
    return frame.copy(), numbers


@cache
def _empty(name: str) -> tuple[pd.DataFrame, IntArray]:
    return _frame(lambda _, kinds, by=(): [no_values(kind) for kind in kinds], TABLES[name], None, {})


def read_some(read: Read, wanted: Mapping[str, IntArray | None]) -> dict[str, pd.DataFrame]:
    """Facts as they stand now, of each table the versions of those numbers (None: all)."""
    successors = former_ids(read, None)
    return {
        name: _frame(read, TABLES[name], None, successors, numbers)[0]
        if numbers is None or numbers.size
        else _nothing(name)[0]
        for name, numbers in wanted.items()
    }


def _frame(read: Read, table: Table, at: str | None, successors: Successors,
           numbers: IntArray | None = None) -> tuple[pd.DataFrame, IntArray]:  # fmt: skip
    """A table, of all versions that stood or of those of some numbers, and the number of each row's version."""
    asked, own = _asked(table.name)
    kinds, by = list(asked.values()), _order(asked)
    if numbers is None:
        query = _now(table.name) if at is None else _versions(table.name).where(_stood(RECORDS[table.name], at))
        columns = dict(zip(asked, read(query, kinds, by), strict=True))
    else:
        columns = dict(zip(asked, _numbered(read, table.name, numbers), strict=True))
    made: dict[str, Any] = {name: columns[name] for name in ("source", "record_id", "raw_id")}
    made["known_on"] = columns["known_from"]
    refers = {column.name: column.refers for column in table.columns if column.refers}
    for name in stored_columns(table):
        values = made["record_id"].copy() if name == own else columns[name]
        if name in refers and successors:
            values = _renamed(values, made["source"], refers[name], successors)
        made[name] = values
    if table.name == "contracts":
        made["cancelled_on"] = _cancelled_on(read, at, made, numbers)
    return pd.DataFrame({name: _series(values) for name, values in made.items()}, copy=False), columns["version_id"]


def _asked(name: str) -> tuple[dict[str, As], str | None]:
    """What is asked of a table, and its column that needs no asking: the record's id is its one key."""
    table = TABLES[name]
    kinds = {column.stored: _AS.get(column.kind, As.TEXT) for column in table.columns}
    wanted = {**_HEAD, **{name: kinds.get(name, As.TEXT) for name in stored_columns(table)}}
    own = table.key[0] if len(table.key) == 1 else None
    return {name: kind for name, kind in wanted.items() if name != own}, own


def _order(asked: Mapping[str, As]) -> list[int]:
    names = list(asked)
    return [names.index("record_id"), names.index("source")]


@cache
def _versions(name: str) -> sa.Select[Any]:
    """All versions of a table."""
    return sa.select(*(_given(RECORDS[name].c[column], kind) for column, kind in _asked(name)[0].items()))


@cache
def _now(name: str) -> sa.Select[Any]:
    """The versions that stand now; one query for good, whose text is kept."""
    return _versions(name).where(_stood(RECORDS[name], None))


def _numbered(read: Read, name: str, numbers: IntArray) -> list[Any]:
    """The columns of the versions of those numbers that stand, in order."""
    (asked, _), c = _asked(name), RECORDS[name].c
    portions = [numbers[n : n + _AT_ONCE] for n in range(0, numbers.size, _AT_ONCE)]
    parts = [read(_now(name).where(c.version_id.in_(portion.tolist())), list(asked.values())) for portion in portions]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    keys = [columns[place].tolist() for place in _order(asked)]
    order = np.array(sorted(range(len(keys[0])), key=lambda n: [key[n] for key in keys]), np.int64)
    return [column[order] for column in columns]


def _given(column: sa.Column[Any], kind: As) -> sa.ColumnElement[Any]:
    """A column without nulls, as store.columns wants it; of an instant its day."""
    if kind in (As.WHOLE, As.FLAG):
        missing: sa.ColumnElement[Any] = (
            sa.literal_column("0") if kind is As.FLAG else sa.literal_column(f"CAST('{NO_AMOUNT}' AS BIGINT)")
        )
        return sa.func.coalesce(column, missing) if column.nullable else column
    if column.name == "known_from":
        return sa.func.substr(column, 1, 10)
    return sa.func.coalesce(column, sa.literal_column("''")) if column.nullable else column


def _stood(table: Any, at: str | None) -> sa.ColumnElement[bool]:
    """Whether a version stood at the moment."""
    if at is None:
        return table.c.known_to.is_(None)  # type: ignore[no-any-return]
    return (table.c.known_from <= at) & (table.c.known_to.is_(None) | (table.c.known_to > at))  # type: ignore[no-any-return]


def _series(values: Any) -> Any:
    """Text stays a column of Python objects, whatever pandas would make of it."""
    return pd.Series(values, dtype=object, copy=False) if values.dtype == object else values


def former_ids(read: Read, at: str | None) -> Successors:
    """Former ids by (source, table), each with the id it means at last."""
    query = _merged() if at is None else _merged().where(ALIASES.c.known_from <= at)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for source, table, old, new in zip(*read(query, [As.TEXT] * 4), strict=True):
        found.setdefault((source, table), {})[old] = new
    for names in found.values():
        for old in names:
            seen = {old}
            while names[old] in names and names[old] not in seen:
                seen.add(names[old])
                names[old] = names[names[old]]
    return found


@cache
def _merged() -> sa.Select[Any]:
    c = ALIASES.c
    return sa.select(c.source, c.table_name, c.old_id, c.new_id).order_by(c.known_from)  # the newest counts


def _renamed(values: Any, sources: Any, table: str, successors: Successors) -> Any:
    nothing: Mapping[str, str] = {}
    by_source = {source: successors.get((source, table), nothing) for source in set(sources)}
    return objects([by_source[source].get(value, value) for source, value in zip(sources, values, strict=True)])


def _cancelled_on(read: Read, at: str | None, contracts: Mapping[str, Any], numbers: IntArray | None) -> Any:
    """The day each cancelled contract's status arrived: the first of the versions that say so without a break."""
    days = np.full(len(contracts["record_id"]), NO_DAY, np.int64)
    cancelled = np.flatnonzero(contracts["status"] == "cancelled")
    if not cancelled.size:
        return days
    c = RECORDS["contracts"].c
    now = RECORDS["contracts"].alias("now")
    mine = (c.record_id == now.c.record_id) & (c.source == now.c.source)
    gone = (now.c.status == "cancelled") & _stood(now, at)
    if numbers is not None:
        gone &= now.c.record_id.in_(contracts["record_id"][cancelled].tolist())
    query = (
        sa.select(c.source, c.record_id, c.known_from, sa.func.coalesce(c.known_to, sa.literal_column("''")), c.status)
        .join(now, mine)
        .where(gone)
        .order_by(c.version_id)
    )
    since: dict[tuple[str, str], str] = {}
    until: dict[tuple[str, str], str] = {}
    for source, record, known_from, known_to, status in zip(*read(query, [As.TEXT] * 5), strict=True):
        if at is not None and known_from > at:
            continue
        key = (source, record)
        if status != "cancelled":
            since.pop(key, None)
        elif key not in since or until[key] != known_from:
            since[key] = known_from
        until[key] = known_to
    for place in cancelled:
        first = since[contracts["source"][place], contracts["record_id"][place]]
        days[place] = day_numbers([first[:10]])[0]
    return days
