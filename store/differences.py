"""What a run that was tried on a copy of the store would change: records added, altered and removed, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from model.records import TABLES
from store.schema import RECORDS, RUNS, stored_columns

_AT_ONCE = 500


@dataclass(frozen=True)
class Difference:
    """A record before and after a run, as stored: `before` None where it is added, `after` None where it is removed."""

    table: str
    source: str
    record_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """The columns that differ, each with its value before and after."""
        before, after = self.before or {}, self.after or {}
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        return {name: (before.get(name), after.get(name)) for name in names}


def differences(engine: sa.Engine, tried: sa.Engine, run_id: int) -> Iterator[Difference]:
    """What run `run_id`, which the copy `tried` has seen, would change in the store `engine`, table by table."""
    with engine.connect() as now, tried.connect() as then:
        since = then.execute(sa.select(RUNS.c.started_at).where(RUNS.c.id == run_id)).scalar_one()
        for name, table in TABLES.items():
            yield from _of_table(now, then, name, stored_columns(table), run_id, since)


def _of_table(
    now: sa.Connection, then: sa.Connection, name: str, columns: tuple[str, ...], run_id: int, since: str
) -> Iterator[Difference]:
    c = RECORDS[name].c
    query = sa.select(c.source, c.record_id, c.version_id, *(c[column] for column in columns))
    opened = then.execute(query.where((c.run_id == run_id) & c.known_to.is_(None))).all()
    # A clock that was set back may have closed earlier versions at the very same moment: `now` knows which stood.
    ended = then.execute(sa.select(c.version_id).where(c.known_to >= since)).scalars().all()
    standing = {(row[0], row[1]): dict(zip(columns, row[3:], strict=True)) for row in _standing(now, query, c, ended)}
    for source, record, _, *values in sorted(opened, key=lambda row: (row[0], row[1])):
        after, before = dict(zip(columns, values, strict=True)), standing.pop((source, record), None)
        if before != after:
            yield Difference(name, source, record, before, after)
    for (source, record), before in sorted(standing.items()):
        yield Difference(name, source, record, before, None)


def _standing(now: sa.Connection, query: sa.Select[Any], c: Any, ended: Any) -> Iterator[Any]:
    for start in range(0, len(ended), _AT_ONCE):
        wanted = c.version_id.in_(ended[start : start + _AT_ONCE]) & c.known_to.is_(None)
        yield from now.execute(query.where(wanted))
