"""Signals kept in the store: each fires once, until it no longer trips, and its days can be read later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from store.connect import translated
from store.watch import Tripped, alerts, tripped
from store.write.jobs import open_alert, resolve_alert
from store.write.signals import note_signals

KIND = "signal"
_PREFIX = "signal "


def keep(engine: sa.Engine, found: Mapping[str, str], now: dt.datetime) -> None:
    """Notes what is new and what has ended: opens the alert of each signal that is not open yet, ends those that no longer trip.

    `found`: the signals of now, by name, in words. Whom the service tells of alerts is told of each once, and of its end.
    """
    with translated(engine.url.database):
        note_signals(engine, found, now)
        for name, text in found.items():
            open_alert(engine, f"{_PREFIX}{name}", KIND, text, now)
        for name in alerts(engine):
            if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) not in found:
                resolve_alert(engine, name, f"{name.removeprefix(_PREFIX)} no longer trips")


def since(engine: sa.Engine) -> dict[str, dt.datetime]:
    """The signals that are open, by name, and since when."""
    return {each.name: each.since for each in history(engine) if each.ended_at is None}


def history(engine: sa.Engine) -> list[Tripped]:
    """Every time a signal was noted, the last first."""
    with translated(engine.url.database):
        return tripped(engine)
