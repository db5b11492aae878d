"""Who may ask the server: access tokens, known by the digest of what was shown once."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from model.roles import ROLES
from store.connect import moment
from store.schema import ACCESS


@dataclass(frozen=True)
class Grant:
    """One token: whom it was given to (`name`), what its bearer may do, and until when. Its text is nowhere."""

    id: int
    name: str
    role: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def refused(self, now: dt.datetime) -> str:
        """Why it does not count at that moment; blank where it does."""
        if self.revoked_at is not None:
            return "it was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return f"it expired on {self.expires_at:%Y-%m-%d %H:%M} UTC"
        return ""

    def may(self, role: str) -> bool:
        """Whether its role includes another."""
        return ROLES.index(self.role) >= ROLES.index(role)


def digest(token: str) -> str:
    """What is kept of a token. It is 256 random bits, so a plain hash tells nothing about it."""
    return hashlib.sha256(f"revenue-backlog access {token}".encode()).hexdigest()


def grants(engine: sa.Engine) -> list[Grant]:
    """Every token that was ever given, oldest first."""
    with engine.connect() as connection:
        return [_grant(row) for row in connection.execute(sa.select(ACCESS).order_by(ACCESS.c.id))]


def grant_of(engine: sa.Engine, token: str) -> Grant | None:
    """What was granted with a token, revoked and expired ones too; None for one that was never given."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(ACCESS).where(ACCESS.c.digest == digest(token))).first()
    return None if row is None else _grant(row)


def _grant(row: Any) -> Grant:
    ends, revoked = row.expires_at, row.revoked_at
    return Grant(row.id, row.name, row.role, moment(row.created_at), ends and moment(ends), revoked and moment(revoked))
