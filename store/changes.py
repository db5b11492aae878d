"""What has changed in a store since a state of it: the records that came, and the versions that ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from model.records import TABLES, Column
from store.columns import As, Read, objects
from store.schema import ALIASES, DATA_VERSION, DECISIONS, RECORDS

IntArray = NDArray[np.int64]
_AT_ONCE = 5_000


@dataclass(frozen=True)
class Mark:
    """A state of a store: which store, the last instant it was told anything, the newest version of every table, and how many
    ids were merged and decisions taken."""

    store: str
    at: str
    newest: Mapping[str, int]
    aliases: int
    decisions: int

    @classmethod
    def now(cls, read: Read) -> Mark:
        """The state that is read."""
        query = _state()
        told = read(query, [As.TEXT, As.TEXT, *[As.WHOLE] * (len(query.selected_columns) - 2)])
        store, at, aliases, decisions, *newest = (column[0] for column in told)
        return cls(
            store, at, {name: int(n) for name, n in zip(RECORDS, newest, strict=True)}, int(aliases), int(decisions)
        )

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> Mark:
        """The mark that was written down as `said`."""
        return cls(**said)

    @property
    def said(self) -> dict[str, Any]:
        """The mark in plain values."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Changes:
    """By table: the numbers of the versions that ended since a mark, and those that came and stand, with what they refer
    to (by column: ids, "" for none)."""

    ended: Mapping[str, IntArray]
    came: Mapping[str, IntArray]
    refers: Mapping[str, Mapping[str, list[str]]]

    def __contains__(self, table: str) -> bool:
        return bool(self.ended[table].size or self.came[table].size)


def changes(read: Read, mark: Mark) -> Changes:
    """What has changed since a mark; a version that ended in its very instant may be told once more."""
    ended, came, refers = {}, {}, {}
    for name, table in TABLES.items():
        c = RECORDS[name].c
        (ended[name],) = read(sa.select(c.version_id).where(c.known_to.is_not(None), c.known_to >= mark.at), [As.WHOLE])
        names = list(dict.fromkeys([table.key[0], *(column.name for column in table.columns if _tells(column))]))
        query = sa.select(c.version_id, *(sa.func.coalesce(c[column], sa.literal_column("''")) for column in names))
        query = query.where(c.version_id > mark.newest[name], c.known_to.is_(None))
        came[name], *columns = read(query, [As.WHOLE, *[As.TEXT] * len(names)])
        refers[name] = {column: values.tolist() for column, values in zip(names, columns, strict=True)}
    return Changes(ended, came, refers)


def values_of(read: Read, table: str, key: str, wanted: Collection[str], column: str) -> dict[str, str]:
    """A column of the records that stand now, by another; of those whose `key` is wanted."""
    c, found, asked = RECORDS[table].c, dict[str, str](), sorted(wanted)
    for n in range(0, len(asked), _AT_ONCE):
        query = sa.select(c[key], sa.func.coalesce(c[column], sa.literal_column("''")))
        query = query.where(c.known_to.is_(None), c[key].in_(asked[n : n + _AT_ONCE]))
        keys, values = read(query, [As.TEXT, As.TEXT])
        found |= dict(zip(objects(keys).tolist(), values.tolist(), strict=True))
    return found


def _tells(column: Column) -> bool:
    """Whether a column tells whose a record is."""
    return bool(column.refers) or column.name == "new_line_id"


@cache
def _state() -> sa.Select[Any]:
    """What a mark says, in one row."""
    counts = (sa.func.count(ALIASES.c.old_id), sa.func.count(DECISIONS.c.id))
    newest = (sa.func.coalesce(sa.func.max(table.c.version_id), 0) for table in RECORDS.values())
    told = (sa.select(what).scalar_subquery() for what in (*counts, *newest))
    return sa.select(DATA_VERSION.c.store_id, DATA_VERSION.c.last_at, *told)
