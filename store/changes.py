"""What has changed in a store since a state of it: the records that came, and the versions that ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from model.records import TABLES, Column
from store.columns import As, Read, no_values
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
class Versions:
    """Versions of a table's records: their numbers, and by column what each tells of whose it is ("" for nothing): its source,
    its key, what it refers to, and by what it is found to be one with others."""

    numbers: IntArray
    columns: Mapping[str, list[str]]


@dataclass(frozen=True)
class Changes:
    """By table the versions that `ended` since a mark, and those that `came` and stand."""

    ended: Mapping[str, Versions]
    came: Mapping[str, Versions]

    def __contains__(self, table: str) -> bool:
        return bool(self.ended[table].numbers.size or self.came[table].numbers.size)


def changes(read: Read, mark: Mark, now: Mark) -> Changes:
    """What has changed between two marks; a version that ended in the very instant of the first may be told once more."""
    ended, came = dict[str, Versions](), dict[str, Versions]()
    for name, table in TABLES.items():
        c = RECORDS[name].c
        names = list(dict.fromkeys(["source", table.key[0], *(each.name for each in table.columns if _tells(each))]))
        query = sa.select(c.version_id, *(sa.func.coalesce(c[column], sa.literal_column("''")) for column in names))
        kinds = [As.WHOLE, *[As.TEXT] * len(names)]
        if not now.newest[name]:
            ended[name] = came[name] = _versions(names, [no_values(kind) for kind in kinds])
            continue
        ended[name] = _versions(names, read(query.where(c.known_to.is_not(None) & (c.known_to >= mark.at)), kinds))
        newer = query.where((c.version_id > mark.newest[name]) & c.known_to.is_(None))
        some = now.newest[name] > mark.newest[name]
        came[name] = _versions(names, read(newer, kinds) if some else [no_values(kind) for kind in kinds])
    return Changes(ended, came)


def _versions(names: Sequence[str], columns: Sequence[NDArray[Any]]) -> Versions:
    numbers, *texts = columns
    return Versions(numbers, {name: values.tolist() for name, values in zip(names, texts, strict=True)})


def values_of(read: Read, table: str, key: str, wanted: Collection[str], column: str) -> set[str]:
    """A column of the records that stand now, of any system; of those whose `key` is wanted."""
    return {value for _, value in pairs_of(read, table, key, wanted, column)}


def pairs_of(read: Read, table: str, key: str, wanted: Collection[str], column: str) -> list[tuple[str, str]]:
    """The same with the key of each."""
    c, found, asked = RECORDS[table].c, list[tuple[str, str]](), sorted(wanted)
    for n in range(0, len(asked), _AT_ONCE):
        query = sa.select(c[key], sa.func.coalesce(c[column], sa.literal_column("''")))
        query = query.where(c.known_to.is_(None), c[key].in_(asked[n : n + _AT_ONCE]))
        keys, values = read(query, [As.TEXT, As.TEXT])
        found += zip(keys.tolist(), values.tolist(), strict=True)
    return found


def _tells(column: Column) -> bool:
    """Whether a column tells whose a record is."""
    return bool(column.refers) or column.name in ("new_line_id", "deal_id", "shared_id", "tax_id", "domain")


@cache
def _state() -> sa.Select[Any]:
    """What a mark says, in one row."""
    counts = (sa.func.count(ALIASES.c.old_id), sa.func.count(DECISIONS.c.id))
    newest = (sa.func.coalesce(sa.func.max(table.c.version_id), 0) for table in RECORDS.values())
    told = (sa.select(what).scalar_subquery() for what in (*counts, *newest))
    return sa.select(DATA_VERSION.c.store_id, DATA_VERSION.c.last_at, *told)
