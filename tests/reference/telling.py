"""A store told what systems say, record by record, without what reads it from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from model.frames import frame
from model.periods import day_of
from model.records import NO_AMOUNT, NO_DAY, TABLES, Kind
from store.schema import RECORDS, stored_columns
from store.write import page_transaction

_BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


class Telling:
    """What a store was told: each time the whole of it, of which it keeps what is new."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self._turn = engine, 0
        self._known: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    def tell(
        self, rows: Mapping[str, Sequence[Mapping[str, Any]]], merged: Sequence[tuple[str, str, str, str]] = ()
    ) -> None:
        """Everything that is so now; `merged`: (source, table, former id, id that it means)."""
        self._turn += 1
        now = {
            (name, source, record): values
            for name in TABLES
            for source, record, values in _stored(name, rows.get(name, ()))
        }
        other = {key for key in now.keys() | self._known.keys() if now.get(key) != self._known.get(key)}
        with page_transaction(self.engine, self._turn, _BEGIN + dt.timedelta(hours=self._turn)) as writer:
            for name, source, record in sorted(other):
                if (name, source, record) in self._known:
                    writer.close_version(name, self._version(name, source, record))
                if (values := now.get((name, source, record))) is not None:
                    writer.open_version(source, name, name, record, record, 0, str(self._turn), values)
            for source, name, old, new in merged:
                writer.put_alias(source, name, old, new)
        self._known = now

    def _version(self, name: str, source: str, record: str) -> int:
        c = RECORDS[name].c
        query = sa.select(c.version_id).where(c.source == source, c.record_id == record, c.known_to.is_(None))
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())


def _stored(name: str, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Records as a store keeps them, with their source and id."""
    made, table = frame(name, rows), TABLES[name]
    kinds = {column.stored: column.kind for column in table.columns}
    columns = [
        [_value(kinds.get(column, Kind.TEXT), value) for value in made[column].tolist()]
        for column in stored_columns(table)
    ]
    return list(zip(made["source"].tolist(), made["record_id"].tolist(), zip(*columns, strict=True), strict=True))


def _value(kind: Kind, value: Any) -> Any:
    if value is None or value in ("", NO_AMOUNT, NO_DAY):
        return None
    if kind is Kind.DATE:
        return day_of(value).isoformat()
    return str(value) if kind is Kind.DECIMAL else int(value) if kind is Kind.FLAG else value
