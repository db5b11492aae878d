"""Days and months: the calendar an accountant counts with."""

import calendar
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import RecordRejected
from model.periods import add_months, day_number, day_of, is_month_end, month_end, month_ends, parse_day, parse_month

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))


@given(DAYS)
def test_a_day_and_its_number_are_one(day):
    assert day_of(day_number(day)) == day
    assert day_number(day) == np.datetime64(day, "D").astype(int)


@given(DAYS)
def test_a_day_written_in_iso_reads_back(day):
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize("text", ["2027-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "0000-01-01"])
def test_a_day_that_the_calendar_does_not_have_is_refused_by_its_name(text):
    with pytest.raises(RecordRejected) as refused:
        parse_day(text)
    assert str(refused.value).startswith(f"{text} is not a day of the calendar (")


@pytest.mark.parametrize("text", ["", "2026-1-31", "31.01.2026", "01/31/2026", "2026-01-31T00:00:00", "20260131", "x"])
def test_any_other_writing_is_no_date(text):
    with pytest.raises(RecordRejected) as refused:
        parse_day(text)
    assert str(refused.value) == f"{text!r} is no date. Write it as YYYY-MM-DD, such as 2026-01-31"


def test_leap_years_are_the_calendar_s():
    assert parse_day("2028-02-29") == dt.date(2028, 2, 29)
    assert month_end(dt.date(2000, 2, 1)) == dt.date(2000, 2, 29)
    assert month_end(dt.date(2100, 2, 1)) == dt.date(2100, 2, 28)


@given(DAYS)
def test_a_month_ends_on_the_day_before_the_next_begins(day):
    end = month_end(day)
    assert end >= day
    assert (end + dt.timedelta(days=1)).day == 1
    assert is_month_end(day) == (day == end)


@pytest.mark.parametrize(
    ("day", "months", "on"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-02-28", 12, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-01-30", 1, "2026-02-28"),
        ("2026-04-30", 1, "2026-05-31"),
        ("2026-03-15", -3, "2025-12-15"),
        ("2026-01-31", -1, "2025-12-31"),
        ("2026-05-05", 0, "2026-05-05"),
    ],
)
def test_months_on_keep_the_day_and_a_month_s_end(day, months, on):
    assert add_months(parse_day(day), months) == parse_day(on)


@given(DAYS, st.integers(-600, 600))
def test_so_many_months_on_is_in_the_month_that_many_months_on(day, months):
    on = add_months(day, months)
    assert (on.year * 12 + on.month) - (day.year * 12 + day.month) == months
    last = calendar.monthrange(on.year, on.month)[1]
    assert on.day == (last if is_month_end(day) else min(day.day, last))


@given(DAYS.map(month_end), st.integers(-600, 600))
def test_a_month_s_end_comes_back_from_any_number_of_months(day, months):
    assert add_months(add_months(day, months), -months) == day


@pytest.mark.parametrize("text", ["2026-00", "2026-13", "2026-1", "2026", "2026-10-01", "", "Oct 2026"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(RecordRejected) as refused:
        parse_month(text)
    assert str(refused.value) == f"{text!r} is no month. Write it as YYYY-MM, such as 2026-10"


def test_a_month_is_its_first_and_last_day():
    assert parse_month("2028-02") == (dt.date(2028, 2, 1), dt.date(2028, 2, 29))


@given(DAYS, st.integers(0, 900))
def test_month_ends_cover_every_month_from_first_to_last_once(first, days):
    last = first + dt.timedelta(days=days)
    ends = month_ends(first, last)
    assert ends[0] == month_end(first)
    assert ends[-1] == month_end(last)
    assert all(is_month_end(end) for end in ends)
    months = [end.year * 12 + end.month for end in ends]
    assert months == list(range(months[0], months[0] + len(months)))


def test_beyond_the_end_of_the_calendar_is_its_last_day() -> None:
    assert add_months(dt.date(9999, 12, 31), 12) == dt.date.max
    assert add_months(dt.date(9999, 11, 30), 1) == dt.date(9999, 12, 31)
