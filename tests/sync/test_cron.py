"""Schedules as cron means them, in the zone they name."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from model.errors import ConfigNeeded
from sync.cron import cron

START = dt.datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC"))  # a Sunday


def times(schedule: str, timezone: str = "UTC", count: int = 3, start: dt.datetime = START) -> list[str]:
    trigger, found = cron(schedule, timezone), []
    last, now = None, start.astimezone(ZoneInfo(timezone))
    for _ in range(count):
        last = trigger.get_next_fire_time(last, now)
        now = last + dt.timedelta(seconds=1)
        found.append(last.strftime("%a %m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/15 * * * *", ["Sun 11-01 00:00", "Sun 11-01 00:15", "Sun 11-01 00:30"]),
        ("0 6 1 * *", ["Sun 11-01 06:00", "Tue 12-01 06:00", "Fri 01-01 06:00"]),
        ("0 6 * * 1-5", ["Mon 11-02 06:00", "Tue 11-03 06:00", "Wed 11-04 06:00"]),
        ("0 6 * * 0", ["Sun 11-01 06:00", "Sun 11-08 06:00", "Sun 11-15 06:00"]),
        ("0 6 * * 7", ["Sun 11-01 06:00", "Sun 11-08 06:00", "Sun 11-15 06:00"]),
        ("0 6 * * fri-sun", ["Sun 11-01 06:00", "Fri 11-06 06:00", "Sat 11-07 06:00"]),
        ("0 6 * * MON,3", ["Mon 11-02 06:00", "Wed 11-04 06:00", "Mon 11-09 06:00"]),
        ("0 6 * * */3", ["Sun 11-01 06:00", "Wed 11-04 06:00", "Sat 11-07 06:00"]),
        ("0 6 3 * 5", ["Tue 11-03 06:00", "Fri 11-06 06:00", "Fri 11-13 06:00"]),
        ("@daily", ["Sun 11-01 00:00", "Mon 11-02 00:00", "Tue 11-03 00:00"]),
    ],
)
def test_times_are_those_of_cron(schedule: str, expected: list[str]) -> None:
    assert times(schedule) == expected


def test_a_time_of_day_is_that_of_its_zone_across_the_change_of_clocks() -> None:
    assert times("0 6 * * *", "America/New_York", 2, START - dt.timedelta(days=1)) == [
        "Sat 10-31 06:00",
        "Sun 11-01 06:00",
    ]


@pytest.mark.parametrize(
    ("schedule", "timezone", "text"),
    [
        ("0 6 * *", "UTC", "is no schedule. Write five fields"),
        ("61 6 * * *", "UTC", "is no schedule"),
        ("0 6 * * funday", "UTC", "'funday' is no weekday"),
        ("0 6 * * 8", "UTC", "'8' is no weekday"),
        ("0 6 * * 1/0", "UTC", "a step is at least 1"),
        ("0 6 * * ?", "UTC", "is no weekday"),
        ("0 6 * * *", "Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("0 6 * * *", "../etc", "is no time zone"),
    ],
)
def test_what_is_no_schedule_is_refused_with_an_example(schedule: str, timezone: str, text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        cron(schedule, timezone)
