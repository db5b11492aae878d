"""Signals of the backlog as they come and go: a row each time one trips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from store.connect import instant, writing
from store.schema import SIGNALS


def note_signals(engine: sa.Engine, found: Mapping[str, str], now: dt.datetime) -> None:
    """Notes those of `found` (by name, in words) that were not open, and the end of those that are not found any more."""
    with writing(engine) as connection:
        is_open = SIGNALS.c.ended_at.is_(None)
        known = set(connection.execute(sa.select(SIGNALS.c.name).where(is_open)).scalars())
        over = sorted(known - set(found))
        if over:
            ending = sa.update(SIGNALS).where(is_open, SIGNALS.c.name.in_(over))
            connection.execute(ending.values(ended_at=instant(now)))
        new = [
            {"name": name, "since": instant(now), "text": text, "ended_at": None}
            for name, text in found.items()
            if name not in known
        ]
        if new:
            connection.execute(sa.insert(SIGNALS), new)
