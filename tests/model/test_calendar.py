"""Fiscal calendars: what a month, a quarter and a year are."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calendar import WEEKS, Calendar, wrong_ends
from model.errors import Unanswerable
from model.periods import month_end

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31))
LISTED = Calendar(ends=tuple(dt.date(2025, 12, 28) + dt.timedelta(weeks=4 * n + n // 3) for n in range(13)))
KINDS = st.builds(
    Calendar,
    st.integers(1, 12),
    st.sampled_from([(), *WEEKS.values()]),
    weekday=st.integers(0, 6),
    nearest=st.booleans(),
)


@given(KINDS, DAYS)
def test_every_day_is_in_one_month_and_months_follow_one_another(calendar, day):
    month = calendar.month(day)
    assert month.first <= day <= month.last
    assert calendar.month(month.last + dt.timedelta(1)) == calendar.month(day, 1)
    assert calendar.month(day, 1).first == month.last + dt.timedelta(1)
    assert calendar.month(day, 13).first > calendar.month(day, 12).first > month.last
    assert calendar.month(calendar.month(day, -12).first, 12) == month


@given(KINDS, DAYS)
def test_a_month_has_a_name_that_finds_it(calendar, day):
    month = calendar.month(day)
    assert calendar.named(month.name) == month
    assert len({calendar.month(day, n).name for n in range(24)}) == 24


@given(KINDS, DAYS, st.integers(0, 900), st.sampled_from(["month", "quarter", "year"]))
def test_periods_cover_the_days_asked_for_once(calendar, first, days, by):
    last = first + dt.timedelta(days)
    periods = calendar.periods(first, last, by)
    assert (periods[0].first, periods[-1].last) == (first, last)
    assert all(a.last + dt.timedelta(1) == b.first for a, b in itertools.pairwise(periods))


def test_calendar_months_and_years_from_april():
    april = Calendar(4)
    assert [str(p.last) for p in april.periods(dt.date(2026, 1, 1), dt.date(2026, 12, 31), "year")] == [
        "2026-03-31", "2026-12-31",
    ]  # fmt: skip
    assert april.month(dt.date(2028, 2, 3)).last == dt.date(2028, 2, 29)
    assert Calendar(2).periods(dt.date(2026, 1, 31), dt.date(2026, 2, 1), "quarter")[0].last == dt.date(2026, 1, 31)


def test_what_was_over_before_a_day():
    april, weeks = Calendar(4), Calendar(weeks=(4, 4, 5))
    assert april.finished(dt.date(2026, 4, 1), "year") == (dt.date(2025, 4, 1), dt.date(2026, 3, 31))
    assert april.finished(dt.date(2026, 6, 30), "month") == (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    assert weeks.finished(dt.date(2026, 12, 26), "quarter").last == dt.date(2026, 9, 26)
    assert weeks.finished(dt.date(2026, 12, 27), "quarter").last == dt.date(2026, 12, 26)


def test_weeks_of_a_year_that_ends_on_the_last_saturday_of_january():
    """Fiscal 2026 of such a retailer: from Sunday 26 January 2025 to Saturday 31 January 2026, 53 weeks."""
    calendar = Calendar(2, WEEKS["4-5-4"])
    months = calendar.year(dt.date(2025, 6, 1))
    assert (months[0].first, months[-1].last) == (dt.date(2025, 1, 26), dt.date(2026, 1, 31))
    weeks = [((m.last - m.first).days + 1) // 7 for m in months]
    assert weeks == [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]  # the 53rd belongs to the last month
    after = calendar.year(dt.date(2026, 6, 1))
    assert sum((m.last - m.first).days + 1 for m in after) == 364


def test_weeks_of_a_year_that_ends_nearest_the_end_of_december():
    """31 December 2026 is a Thursday: the nearest Saturday is 2 January 2027, the last one 26 December."""
    assert Calendar(weeks=(4, 4, 5), nearest=True).year(dt.date(2026, 12, 1))[-1].last == dt.date(2027, 1, 2)
    assert Calendar(weeks=(4, 4, 5)).year(dt.date(2026, 12, 1))[-1].last == dt.date(2026, 12, 26)


def test_a_listed_calendar_ends_with_its_list():
    assert LISTED.month(dt.date(2025, 12, 29)).last == dt.date(2026, 1, 25)
    assert len(LISTED.periods(LISTED.ends[0] + dt.timedelta(1), LISTED.ends[-1], "quarter")) == 4
    for day in (LISTED.ends[0], LISTED.ends[-1] + dt.timedelta(1)):
        with pytest.raises(Unanswerable, match="fiscal_month_ends"):
            LISTED.month(day)


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ([dt.date(2026, 1, 31)], "no whole years"),
        ([month_end(dt.date(2026, n, 1)) for n in range(1, 13)], "no whole years"),
        ([*LISTED.ends[:3], LISTED.ends[4], LISTED.ends[3], *LISTED.ends[5:]], "in their order"),
        ([*LISTED.ends[:3], *LISTED.ends[4:], dt.date(2027, 1, 24)], "a month end is missing"),
    ],
)
def test_a_wrong_list_is_told(ends, told):
    assert told in wrong_ends(ends)
    assert wrong_ends(LISTED.ends) == ""
