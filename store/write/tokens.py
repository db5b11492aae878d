"""Tokens that a vendor renews: kept sealed, each renewal announced before it is asked for and stored before it is used."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import sqlalchemy as sa

from store.connect import instant, writing
from store.schema import TOKENS


class Sealed(NamedTuple):
    """What is kept of a connector's tokens; `asked_at`: when a renewal began whose answer was never stored."""

    text: str
    seed: str
    asked_at: str | None


def read_tokens(engine: sa.Engine, name: str) -> Sealed | None:
    """The tokens as they were last stored."""
    query = sa.select(TOKENS.c.sealed, TOKENS.c.seed, TOKENS.c.asked_at).where(TOKENS.c.name == name)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Sealed(*row)


def announce_renewal(engine: sa.Engine, name: str, now: dt.datetime) -> None:
    """Notes that a renewal begins: where this cannot be written, the answer could not be kept either."""
    with writing(engine) as connection:
        mine = TOKENS.c.name == name
        if not connection.execute(sa.update(TOKENS).where(mine).values(asked_at=instant(now))).rowcount:
            values = {"name": name, "sealed": "", "seed": "", "asked_at": instant(now), "changed_at": instant(now)}
            connection.execute(sa.insert(TOKENS), values)


def put_tokens(engine: sa.Engine, name: str, sealed: str, seed: str, was: str, now: dt.datetime) -> bool:
    """Stores renewed tokens in place of those that read `was`; False if somebody has renewed them meanwhile.

    They may be used once this has returned: a loss of power does not undo it.
    """
    values = {"sealed": sealed, "seed": seed, "asked_at": None, "changed_at": instant(now)}
    with writing(engine) as connection:
        mine = (TOKENS.c.name == name) & (TOKENS.c.sealed == was)
        stored = connection.execute(sa.update(TOKENS).where(mine).values(**values)).rowcount == 1
    if engine.dialect.name == "sqlite":
        _to_disk(engine)
    return stored


def _to_disk(engine: sa.Engine) -> None:
    """SQLite's log is written to the disk by a checkpoint; our commits, for speed, do not wait for that."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        raw.close()
