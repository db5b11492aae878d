"""Writes what is done to periods, what a person acknowledges, and counts of exceptions; nothing of it is changed later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from model.errors import RetryLater
from store.bulk import insert_rows
from store.connect import instant, moment, writing
from store.schema import ACKNOWLEDGEMENTS, CLOSED_FIGURES, DATA_VERSION, PERIOD_EVENTS, QUALITY, READINGS

_FIGURES = tuple(column.name for column in CLOSED_FIGURES.columns)
_COUNTS = ("at", "source", "rule", "severity", "count")


def put_period_event(
    engine: sa.Engine,
    now: dt.datetime,
    data: str,
    previous: str,
    seal: Callable[[str], Mapping[str, Any]],
    figures: Sequence[tuple[Any, ...]] = (),
) -> dt.datetime:
    """Records a close or a reopening at an instant after all that is known and before all that will be.

    `data`: the data version it was prepared from, `previous`: the digest of the last event then; RetryLater where either
    has moved on meanwhile. `seal`: the event's columns, made for its instant. `figures`: rows of closed_figures without the
    event's number.
    """
    with writing(engine) as connection:
        known = connection.execute(sa.select(DATA_VERSION).with_for_update()).one()
        if f"{known.store_id}-{known.version}" != data:
            raise RetryLater("records arrived meanwhile, so the figures are no longer those of the store. Run it again")
        newest = sa.select(PERIOD_EVENTS.c.digest).order_by(PERIOD_EVENTS.c.id.desc()).limit(1)
        if (connection.execute(newest).scalar() or "") != previous:
            raise RetryLater("a period was closed or reopened meanwhile. Look at it with: backlog periods")
        at = max(instant(now), known.last_at)
        inserted = sa.insert(PERIOD_EVENTS).values(**seal(at), previous=previous).returning(PERIOD_EVENTS.c.id)
        number = connection.execute(inserted).scalar_one()
        insert_rows(connection, CLOSED_FIGURES, _FIGURES, [(number, *row) for row in figures])
        # What is told from now on is known after the event, even within the same microsecond.
        later = instant(moment(at) + dt.timedelta(microseconds=1))
        connection.execute(sa.update(DATA_VERSION).values(last_at=later))
    return moment(at)


def put_acknowledgements(
    engine: sa.Engine, exceptions: Iterable[tuple[str, str, str]], who: str, why: str, now: dt.datetime
) -> None:
    """Records that someone has seen exceptions: each by name, rule and words."""
    rows = [{"exception": key, "rule": rule, "what": what, "at": instant(now), "who": who, "why": why}
            for key, rule, what in exceptions]  # fmt: skip
    with writing(engine) as connection:
        if rows:
            connection.execute(sa.insert(ACKNOWLEDGEMENTS), rows)


def put_reading(engine: sa.Engine, digest: str, text: str, now: dt.datetime) -> None:
    """Records how records are read from now on, if that has changed."""
    newest = sa.select(READINGS.c.digest).order_by(READINGS.c.id.desc()).limit(1)
    with engine.connect() as connection:
        if connection.execute(newest).scalar() == digest:
            return
    with writing(engine) as connection:
        if connection.execute(newest).scalar() != digest:
            at = max(instant(now), connection.execute(sa.select(DATA_VERSION.c.last_at)).scalar_one())
            connection.execute(sa.insert(READINGS), {"since": at, "digest": digest, "reading": text})


def put_quality(engine: sa.Engine, counts: Iterable[tuple[str, str, str, int]], now: dt.datetime) -> None:
    """Records counts by source, rule and severity."""
    rows = [dict(zip(_COUNTS, (instant(now), *row), strict=True)) for row in counts]
    with writing(engine) as connection:
        if rows:
            connection.execute(sa.insert(QUALITY), rows)
