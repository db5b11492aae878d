"""Billing periods; the expected days are those of Stripe's page on the billing cycle, and a calendar's."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendor_data import at

from connectors.kit.fields import zone_named
from connectors.stripe.periods import after, part, periods, service_days


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "reached"),
    [
        ("2026-01-31", "month", 1, "2026-02-28"), ("2026-01-31", "month", 2, "2026-03-31"),
        ("2028-02-29", "year", 1, "2029-02-28"), ("2028-02-29", "year", 4, "2032-02-29"),
        ("2026-04-30", "month", 1, "2026-05-30"), ("2026-01-01", "week", 2, "2026-01-15"),
        ("2026-01-01", "day", 90, "2026-04-01"), ("2026-03-31", "month", -1, "2026-02-28"),
    ],
)  # fmt: skip
def test_periods_return_to_their_anchor(anchor: str, interval: str, count: int, reached: str) -> None:
    assert after(at(anchor), interval, count) == at(reached)


def test_the_last_period_is_cut_where_the_time_ends() -> None:
    found = list(periods(at("2026-01-15"), at("2026-03-01"), "month", 1, at("2026-01-15")))
    assert [(each.start, each.end) for each in found] == [
        (at("2026-01-15"), at("2026-02-15")), (at("2026-02-15"), at("2026-03-01")),
    ]  # fmt: skip
    # 14 of the 28 days from 15 February to 15 March.
    assert [each.share for each in found] == [1, Decimal("0.5")]


def test_a_first_period_may_be_short() -> None:
    found = list(periods(at("2026-01-10"), at("2026-03-01"), "month", 1, at("2026-02-01")))
    assert [each.end for each in found] == [at("2026-02-01"), at("2026-03-01")]


@given(
    st.integers(at("2020-01-01"), at("2030-01-01")), st.integers(1, 4 * 366 * 86_400),
    st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 6),
)  # fmt: skip
def test_periods_leave_no_gap(start: int, length: int, interval: str, count: int) -> None:
    if interval == "day":
        length = min(length, 200 * 86_400)
    found = list(periods(start, start + length, interval, count, start))
    assert [each.start for each in found[1:]] == [each.end for each in found[:-1]]
    assert (found[0].start, found[-1].end) == (start, start + length)
    assert all(0 < each.share <= 1 for each in found)


def test_the_day_on_which_a_period_ends_belongs_to_the_next() -> None:
    first, last = at("2026-01-15T10:00"), at("2026-02-15T10:00")
    assert service_days(first, last, dt.UTC) == (dt.date(2026, 1, 15), dt.date(2026, 2, 14))
    assert service_days(first, first, dt.UTC) == (dt.date(2026, 1, 15), dt.date(2026, 1, 15))


def test_days_follow_the_zone() -> None:
    first, last = at("2026-01-01T03:00"), at("2026-02-01T03:00")
    days = service_days(first, last, zone_named("America/New_York"))
    assert days == (dt.date(2025, 12, 31), dt.date(2026, 1, 30))


def test_a_part_is_rounded_half_away_from_zero() -> None:
    assert (part(Decimal(5), Decimal("0.5")), part(Decimal(-5), Decimal("0.5"))) == (3, -3)
