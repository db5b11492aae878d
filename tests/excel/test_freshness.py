"""SYNCED: the age of the data."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from excel.answers import single
from excel.catalogue import call
from model.errors import Unanswerable


def test_a_connector_by_its_name_and_the_oldest_of_all(host: Any) -> None:
    assert single(call("SYNCED", ["CRM"], host)) == dt.datetime(2026, 1, 30, 12, tzinfo=dt.UTC)
    assert single(call("SYNCED", [], host)) == dt.datetime(2026, 1, 29, 6, 30, tzinfo=dt.UTC)
    assert call("SYNCED", [[["crm"], ["books"]]], host).rows()[1][0] == dt.datetime(2026, 1, 29, 6, 30, tzinfo=dt.UTC)


def test_the_time_is_the_companys(host: Any) -> None:
    host.zone = ZoneInfo("Asia/Tokyo")
    found = single(call("SYNCED", ["crm"], host))
    assert isinstance(found, dt.datetime)
    assert found.replace(tzinfo=None) == dt.datetime(2026, 1, 30, 21)  # noqa: DTZ001  (what the cell shows)


@pytest.mark.parametrize(
    ("fresh", "name", "told"),
    [
        ({}, "", "backlog sync"),
        ({"crm": None}, "", "crm was never read completely"),
        ({"crm": None}, "books", "known are crm"),
    ],
)
def test_what_was_never_read_has_no_age(host: Any, fresh: dict[str, None], name: str, told: str) -> None:
    host.fresh = fresh
    found = single(call("SYNCED", [name], host))
    assert isinstance(found, Unanswerable)
    assert told in str(found)
