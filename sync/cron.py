"""Cron expressions as cron means them.

APScheduler reads them a little otherwise: it counts weekdays from Monday, and takes a day of the month and a day of
the week together where cron takes either.
"""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from model.errors import ConfigNeeded

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
_EXAMPLE = 'Write five fields, minute hour day month weekday, such as "*/15 * * * *" or "0 6 1 * *"'


def cron(schedule: str, timezone: str) -> Any:
    """The APScheduler trigger of a cron expression in a named time zone; ConfigNeeded says what is wrong with it."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigNeeded(f'{timezone!r} is no time zone. Write timezone = "America/New_York" or "UTC"') from None
    fields = _SHORT.get(schedule.strip(), schedule).split()
    if len(fields) != 5:
        raise ConfigNeeded(f"{schedule!r} is no schedule. {_EXAMPLE}")
    minute, hour, day, month, weekday = fields
    try:
        weekdays = _weekdays(weekday)

        def trigger(day: str, weekdays: str) -> CronTrigger:
            return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekdays, timezone=zone)

        if day.startswith("*") or weekday.startswith("*"):
            return trigger(day, weekdays)
        return OrTrigger([trigger(day, "*"), trigger("*", weekdays)])
    except ValueError as error:
        raise ConfigNeeded(f"{schedule!r} is no schedule: {error}. {_EXAMPLE}") from None


def _weekdays(field: str) -> str:
    """A weekday field with names in place of numbers; 0 and 7 are Sunday.

    >>> _weekdays("1-5"), _weekdays("5-7"), _weekdays("*")
    ('mon,tue,wed,thu,fri', 'fri,sat,sun', '*')
    """
    if field == "*":
        return field
    days: list[str] = []
    for part in field.lower().split(","):
        found = re.fullmatch(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/(\d+))?", part)
        if not found:
            raise ValueError(f"{part!r} is no weekday")
        step = int(found[3] or 1)
        if step < 1:
            raise ValueError("a step is at least 1")
        first, last = (0, 6) if found[1] == "*" else (_day(found[1]), _day(found[2] or found[1]))
        if found[3] and not found[2] and found[1] != "*":
            last = 6
        if last < first:
            last += 7
        days += [_DAYS[number % 7] for number in range(first, last + 1, step)]
    return ",".join(dict.fromkeys(days))


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isdigit() and int(text) <= 7:
        return int(text)
    raise ValueError(f"{text!r} is no weekday")
