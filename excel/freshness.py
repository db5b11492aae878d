"""The age of the data: when each connector was last read completely."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from excel.answers import Cell, Values
from excel.arguments import Given
from excel.host import Host
from excel.values import quoted
from model.errors import Unanswerable


def last_complete(host: Host, connector: Given[str]) -> Values:
    """When the named connectors were last complete; a blank one means the oldest of all."""
    fresh = host.freshness()
    found: list[Cell] = [_of(name, fresh, host.zone) for name in connector.values]
    return Values([[found[code] for code in row] for row in connector.codes.tolist()])


def _of(name: str | Unanswerable, fresh: Mapping[str, dt.datetime | None], zone: dt.tzinfo) -> Cell:
    if isinstance(name, Unanswerable):
        return name
    if not fresh:
        return Unanswerable("no connector is configured: add one to the configuration, then run: backlog sync")
    named = {n: at for n, at in fresh.items() if name in ("", "*") or n.lower() == name.lower()}
    if not named:
        return Unanswerable(f"there is no connector {quoted(name)}: known are {', '.join(fresh)}")
    never = [n for n, at in named.items() if at is None]
    if never:
        return Unanswerable(f"{', '.join(never)} was never read completely. Run: backlog sync {never[0]}")
    return min(at for at in named.values() if at is not None).astimezone(zone)
