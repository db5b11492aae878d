"""Dates as spreadsheets write them. Serials are those that Excel shows for the day."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from excel.dates import day, instant
from model.errors import WrongArgument


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (1, dt.date(1900, 1, 1)),
        (59, dt.date(1900, 2, 28)),
        (61, dt.date(1900, 3, 1)),
        (46053, dt.date(2026, 1, 31)),
        (46053.75, dt.date(2026, 1, 31)),
        ("46053", dt.date(2026, 1, 31)),
        (Decimal("46053.0"), dt.date(2026, 1, 31)),
        (2958465, dt.date(9999, 12, 31)),
        (" 2026-01-31 ", dt.date(2026, 1, 31)),
        ("2026-01-31T23:59:59Z", dt.date(2026, 1, 31)),
        (dt.date(2026, 1, 31), dt.date(2026, 1, 31)),
        (dt.datetime(2026, 1, 31, 18, 0), dt.date(2026, 1, 31)),  # noqa: DTZ001  (as pywin32 hands it over)
        (None, None),
        ("  ", None),
    ],
)
def test_a_cell_means_this_day(cell: object, expected: dt.date | None) -> None:
    assert day(cell) == expected


@pytest.mark.parametrize(("cell", "expected"), [(0, dt.date(1904, 1, 1)), (44591, dt.date(2026, 1, 31))])
def test_a_workbook_of_the_1904_system_counts_four_years_later(cell: int, expected: dt.date) -> None:
    assert day(cell, date1904=True) == expected


@pytest.mark.parametrize(
    "cell",
    [0, -1, 60, 2958466, 10**400, float("nan"), float("inf"), True, "2026", "31/01/2026", "20260131", "soon", [], {}],
)
def test_what_is_no_date_is_refused(cell: object) -> None:
    with pytest.raises(WrongArgument):
        day(cell)


def test_29_february_2027_is_named() -> None:
    with pytest.raises(WrongArgument, match="2027-02-29"):
        day("2027-02-29")


def test_a_day_of_knowledge_ends_in_the_zone_of_the_company() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert instant("2026-01-31", tokyo) == dt.datetime(2026, 1, 31, 14, 59, 59, 999999, dt.UTC)
    assert instant("2026-01-31 09:00", tokyo) == dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
    assert instant("2026-01-31T09:00:00+01:00", tokyo) == dt.datetime(2026, 1, 31, 8, tzinfo=dt.UTC)
    assert instant(46053.5, dt.UTC) == dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
    assert instant("", tokyo) is None


@given(st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31)))
def test_text_and_serial_mean_the_same_day(when: dt.date) -> None:
    serial = (when - dt.date(1899, 12, 30)).days
    assert day(serial) == day(when.isoformat()) == day(float(serial) + 0.25) == when
