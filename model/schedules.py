"""Schedules in words: five cron fields, a name such as @daily, or an interval such as "every 20 minutes"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

EXAMPLE = (
    'Write "every 20 minutes", "every 2 days at 06:30", or five fields, minute hour day month weekday: "0 6 1 * *"'
)
NAMES: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
_EVERY = re.compile(r"every\s+(?:(\d+)\s+)?(minute|hour|day|week)s?(?:\s+at\s+(\d\d):(\d\d))?\Z")


@dataclass(frozen=True)
class Every:
    """An interval: every `count` of a `unit` (minute, hour, day, week); days and weeks begin `at` a time of the zone."""

    count: int
    unit: str
    at: dt.time


def every(text: str) -> Every | None:
    """The interval that a text names, None where it is none; ValueError where it is one that cannot be kept.

    >>> every("every 2 days at 06:30")
    Every(count=2, unit='day', at=datetime.time(6, 30))
    """
    plain = text.strip().lower()
    if not plain.startswith("every"):
        return None
    found = _EVERY.match(plain)
    if not found:
        raise ValueError(f"{text!r} is no schedule. {EXAMPLE}")
    count, unit = int(found[1] or 1), found[2]
    if not 1 <= count <= 1000:
        raise ValueError(f"{text!r} is no schedule: count from 1 to 1000")
    if found[3] and unit in ("minute", "hour"):
        raise ValueError(f"{text!r} is no schedule: only days and weeks begin at a time")
    hour, minute = int(found[3] or 0), int(found[4] or 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{text!r} is no schedule: {hour:02}:{minute:02} is no time")
    return Every(count, unit, dt.time(hour, minute))
