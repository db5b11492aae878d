"""What a transaction finds before it begins, asked in one question: most stores have nothing of most kinds to look for."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from store.language import run
from store.schema import ALIASES, DATA_VERSION, RAW, REJECTS, WAITS


class Premises(NamedTuple):
    """The last instant the store was told anything, the highest number of a payload, and whether there are aliases,
    open rejects, and records that a reject waits for."""

    last_at: str
    raw: int
    aliases: bool
    rejects: bool
    waits: bool


def _any(column: sa.ColumnElement[object], *where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.select(column).where(*where).limit(1).exists()


_ASKED = sa.select(
    DATA_VERSION.c.last_at,
    sa.select(sa.func.coalesce(sa.func.max(RAW.c.id), 0)).scalar_subquery(),
    _any(ALIASES.c.old_id),
    _any(REJECTS.c.id, REJECTS.c.resolved_at.is_(None)),
    _any(WAITS.c.reject_id),
)


def premises(connection: sa.Connection) -> Premises:
    """What stands at the start of a transaction that has had its turn: nobody else writes until it ends."""
    last_at, raw, aliases, rejects, waits = run(connection, _ASKED).one()
    return Premises(last_at, raw, bool(aliases), bool(rejects), bool(waits))
