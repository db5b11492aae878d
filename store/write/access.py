"""Access tokens given and taken back. A row is never removed: who could ask is on record."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from store.connect import instant, writing
from store.schema import ACCESS


def put_grant(
    engine: sa.Engine, name: str, digest: str, role: str, now: dt.datetime, expires_at: dt.datetime | None
) -> int:
    """Adds a token by its digest; its number."""
    values = {
        "name": name, "digest": digest, "role": role, "created_at": instant(now),
        "expires_at": None if expires_at is None else instant(expires_at), "revoked_at": None,
    }  # fmt: skip
    with writing(engine) as connection:
        return int(connection.execute(sa.insert(ACCESS).values(values).returning(ACCESS.c.id)).scalar_one())


def end_grant(engine: sa.Engine, number: int, now: dt.datetime) -> bool:
    """Revokes a token; whether there was one that was not revoked yet."""
    change = sa.update(ACCESS).where(ACCESS.c.id == number, ACCESS.c.revoked_at.is_(None))
    with writing(engine) as connection:
        return bool(connection.execute(change.values(revoked_at=instant(now))).rowcount)
