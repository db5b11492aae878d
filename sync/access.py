"""Giving someone access to the server, and taking it back."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa

from model.redaction import remember
from store.access import digest
from store.connect import translated
from store.write.access import end_grant, put_grant

PREFIX = "rbk_"
"""How a token begins, so that it is recognised where it should not be."""


def give(
    engine: sa.Engine, name: str, role: str, now: dt.datetime, expires_at: dt.datetime | None = None
) -> tuple[int, str]:
    """A new token for `name`: its number, and its text, which is kept nowhere and cannot be shown again."""
    token = PREFIX + secrets.token_urlsafe(32)
    remember(token)
    with translated(engine.url.database):
        return put_grant(engine, name, digest(token), role, now, expires_at), token


def revoke(engine: sa.Engine, number: int, now: dt.datetime) -> bool:
    """Takes a token back at once; whether there was one to take back."""
    with translated(engine.url.database):
        return end_grant(engine, number, now)
