"""Signals that are open: kept in the store, so that each fires once, until it no longer trips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from store.connect import translated
from store.watch import alerts
from store.write.jobs import open_alert, resolve_alert

KIND = "signal"
_PREFIX = "signal "


def keep(engine: sa.Engine, found: Mapping[str, str], now: dt.datetime) -> None:
    """Opens the alert of each signal that is not open yet, and ends those that no longer trip.

    `found`: the signals of now, by name, in words. Whom the service tells of alerts is told of each once, and of its end.
    """
    with translated(engine.url.database):
        for name, text in found.items():
            open_alert(engine, f"{_PREFIX}{name}", KIND, text, now)
        for name in alerts(engine):
            if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) not in found:
                resolve_alert(engine, name, f"{name.removeprefix(_PREFIX)} no longer trips")


def since(engine: sa.Engine) -> dict[str, dt.datetime]:
    """The signals that are open, by name, and since when."""
    with translated(engine.url.database):
        return {name.removeprefix(_PREFIX): each.since for name, each in alerts(engine).items() if each.kind == KIND}
