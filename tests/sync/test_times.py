"""Schedules as cron means them, and intervals, in the zone they name."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from model.errors import ConfigNeeded
from sync.times import trigger

START = dt.datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC"))  # a Sunday


def times(schedule: str, timezone: str = "UTC", count: int = 3, start: dt.datetime = START) -> list[str]:
    made, found = trigger(schedule, timezone), []
    last = made.get_next_fire_time(None, start)
    for _ in range(count):
        assert last is not None
        found.append(last.astimezone(ZoneInfo(timezone)).strftime("%a %m-%d %H:%M"))
        last = made.get_next_fire_time(last, last)
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
        ("every 20 minutes", ["Sun 11-01 00:00", "Sun 11-01 00:20", "Sun 11-01 00:40"]),
        ("every hour", ["Sun 11-01 00:00", "Sun 11-01 01:00", "Sun 11-01 02:00"]),
        ("every day at 06:30", ["Sun 11-01 06:30", "Mon 11-02 06:30", "Tue 11-03 06:30"]),
        ("every 2 weeks at 06:30", ["Mon 11-02 06:30", "Mon 11-16 06:30", "Mon 11-30 06:30"]),
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


@pytest.mark.parametrize("schedule", ["30 2 * * *", "every day at 02:30"])
def test_a_time_that_the_change_of_clocks_repeats_comes_once(schedule: str) -> None:
    """On 25 October 2026 Berlin has 02:30 twice, on 28 March 2027 not at all: an hour later is the nearest."""
    zone = "Europe/Berlin"
    autumn = dt.datetime(2026, 10, 24, 12, tzinfo=ZoneInfo("UTC"))
    assert times(schedule, zone, 2, autumn) == ["Sun 10-25 02:30", "Mon 10-26 02:30"]
    spring = dt.datetime(2027, 3, 27, 12, tzinfo=ZoneInfo("UTC"))
    assert times(schedule, zone, 2, spring) == ["Sun 03-28 03:30", "Mon 03-29 02:30"]


def test_every_quarter_of_a_repeated_hour_comes() -> None:
    before = dt.datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("UTC"))  # 02:30, and again an hour later
    assert times("*/30 * * * *", "Europe/Berlin", 4, before) == [
        f"Sun 10-25 {time}" for time in ("02:30", "02:00", "02:30", "03:00")
    ]


def test_hours_pass_alike_whatever_the_clocks_do() -> None:
    before = dt.datetime(2026, 10, 24, 22, tzinfo=ZoneInfo("UTC"))  # Sunday, 00:00 in Berlin
    made, last, found = trigger("every 2 hours", "Europe/Berlin"), None, []
    for _ in range(4):
        last = made.get_next_fire_time(last, before)
        assert last is not None
        found.append(last)
    assert {later - earlier for earlier, later in pairwise(found)} == {dt.timedelta(hours=2)}


@pytest.mark.parametrize(
    ("schedule", "timezone", "text"),
    [
        ("0 6 * *", "UTC", "is no schedule. Write .every 20 minutes"),
        ("61 6 * * *", "UTC", "is no schedule"),
        ("0 6 * * funday", "UTC", "'funday' is no weekday"),
        ("0 6 * * 8", "UTC", "'8' is no weekday"),
        ("0 6 * * 1/0", "UTC", "a step is at least 1"),
        ("0 6 * * ?", "UTC", "is no weekday"),
        ("every other day", "UTC", "'every other day' is no schedule"),
        ("every 0 minutes", "UTC", "count from 1 to 1000"),
        ("every 2 hours at 06:30", "UTC", "only days and weeks begin at a time"),
        ("every day at 24:00", "UTC", "24:00 is no time"),
        ("0 6 * * *", "Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("0 6 * * *", "../etc", "is no time zone"),
    ],
)
def test_what_is_no_schedule_is_refused_with_an_example(schedule: str, timezone: str, text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        trigger(schedule, timezone)
