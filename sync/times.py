"""Schedules as APScheduler's triggers: cron expressions as cron means them, and intervals.

APScheduler reads cron a little otherwise: it counts weekdays from Monday, and takes a day of the month and a day of the
week together where cron takes either. An interval is counted from one fixed moment and not from the start of the
service, so that services that share a store, or start again, keep the same times.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from model.errors import ConfigNeeded
from model.schedules import EXAMPLE, NAMES, Every, every

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONDAY = dt.date(2024, 1, 1)
_INSTANT = dt.timedelta(microseconds=1)


def trigger(schedule: str, timezone: str) -> Times:
    """The APScheduler trigger of a schedule in a named time zone; ConfigNeeded says what is wrong with it."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigNeeded(f'{timezone!r} is no time zone. Write timezone = "America/New_York" or "UTC"') from None
    try:
        interval = every(schedule)
        return _cron(schedule, zone) if interval is None else _interval(interval, zone)
    except ValueError as error:
        raise ConfigNeeded(str(error)) from None


class Times(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """Moments that follow one from the other, given by `after`: moment (UTC) → the first one later than it."""

    def __init__(self, after: Callable[[dt.datetime], dt.datetime | None]) -> None:
        self.after = after

    def get_next_fire_time(self, previous: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
        """The moment that follows the previous one, or the first from now on."""
        return self.after(now.astimezone(dt.UTC) - _INSTANT if previous is None else previous.astimezone(dt.UTC))


def _interval(wanted: Every, zone: ZoneInfo) -> Times:
    """Minutes and hours pass alike all year; days and weeks begin at a time of the zone, whatever its clocks do."""
    if wanted.unit in ("minute", "hour"):
        step = dt.timedelta(**{f"{wanted.unit}s": wanted.count})
        start = dt.datetime.combine(_MONDAY, dt.time(), zone).astimezone(dt.UTC)
        return Times(lambda moment: start + ((moment - start) // step + 1) * step)
    days = wanted.count * (7 if wanted.unit == "week" else 1)

    def after(moment: dt.datetime) -> dt.datetime:
        number = (moment.astimezone(zone).date() - _MONDAY).days // days
        while True:
            day = _MONDAY + dt.timedelta(days=number * days)
            found = dt.datetime.combine(day, wanted.at, zone).astimezone(dt.UTC)
            if found > moment:
                return found
            number += 1

    return Times(after)


def _cron(schedule: str, zone: ZoneInfo) -> Times:
    fields = NAMES.get(schedule.strip(), schedule).split()
    if len(fields) != 5:
        raise ValueError(f"{schedule!r} is no schedule. {EXAMPLE}")
    minute, hour, day, month, weekday = fields
    try:
        weekdays = _weekdays(weekday)

        def made(day: str, weekdays: str) -> CronTrigger:
            return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekdays, timezone=zone)

        either = not day.startswith("*") and not weekday.startswith("*")
        inner = OrTrigger([made(day, "*"), made("*", weekdays)]) if either else made(day, weekdays)
    except ValueError as error:
        raise ValueError(f"{schedule!r} is no schedule: {error}. {EXAMPLE}") from None

    def after(moment: dt.datetime) -> dt.datetime | None:
        found: dt.datetime | None = inner.get_next_fire_time(None, moment + _INSTANT)
        # An hour that the clocks repeat counts once, as with cron, unless every hour does.
        while found is not None and found.fold and not hour.startswith("*"):
            found = inner.get_next_fire_time(None, found.astimezone(dt.UTC) + _INSTANT)
        return None if found is None else found.astimezone(dt.UTC)

    return Times(after)


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
