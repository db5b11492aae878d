"""A tap run as a program of its own."""

import datetime as dt
import json
import logging
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.kit.connector import Pull
from connectors.singer import Singer
from model.errors import ConfigNeeded, RetryLater
from model.redaction import remember
from store.connect import connect
from sync.run import pull

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TAP = Path(__file__).with_name("tap_books.py")
STREAMS = {
    "customers": {"table": "customers", "key": "id", "fields": {"customer_id": "id", "name": "name"}},
    "invoices": {
        "table": "invoices", "key": "id",
        "fields": {"invoice_id": "id", "customer_id": "customer.id", "issued_on": "day", "currency": "currency", "status": "state"},
    },
}  # fmt: skip


def made(folder: Path, settings: dict[str, Any], **options: Any) -> Singer:
    file = folder / "tap.json"
    file.write_text(json.dumps({"count": 5, **settings}), encoding="utf-8")
    given = {"command": [sys.executable, str(TAP)], "settings_file": str(file), "streams": STREAMS, **options}
    return Singer("legacy", given)


def test_records_are_stored_and_the_state_goes_back_to_the_tap(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'store.db'}")
    first = pull(engine, made(tmp_path, {}), now=NOW)
    assert (first.error, first.counts["streams"].added, first.counts["streams"].rejected) == (None, 6, 0)
    second = pull(engine, made(tmp_path, {"count": 7}), now=NOW + dt.timedelta(hours=1))
    # Its last state stood at 4: invoice 5 is told again, 6 and 7 are new, and so is the customer's record told again.
    counts = second.counts["streams"]
    assert (counts.read, counts.added, counts.unchanged) == (4, 2, 2)
    engine.dispose()


def test_numbers_are_exact(tmp_path: Path) -> None:
    pages = list(made(tmp_path, {}).pull("streams", Pull(None, NOW)))
    totals = {item.payload.get("total") for page in pages for item in page.items if item.key.startswith("invoices")}
    assert totals == {Decimal("99999999999999.99")}
    assert [page.cursor for page in pages if page.cursor][-1] == {"state": {"bookmarks": {"invoices": 4}}}


def test_what_a_tap_told_before_it_died_is_kept(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'store.db'}")
    first = pull(engine, made(tmp_path, {"dies_at": 4}), now=NOW)
    assert first.error is not None
    assert "ended with 1" in first.error
    assert "the vendor said no" in first.error
    assert first.counts["streams"].added == 3  # the customer and the two invoices before the last state
    again = pull(engine, made(tmp_path, {}), now=NOW + dt.timedelta(hours=1))
    assert (again.error, again.counts["streams"].added) == (None, 3)
    engine.dispose()


@pytest.mark.parametrize(
    ("settings", "text"),
    [({"hangs_at": 2}, "said nothing for 1 seconds"), ({"babbles_at": 2}, "told a line that is no message")],
)
def test_a_tap_that_hangs_or_babbles_is_ended(tmp_path: Path, settings: dict[str, Any], text: str) -> None:
    connector = made(tmp_path, settings, timeout_seconds=1 if "hangs_at" in settings else 60)
    with pytest.raises(RetryLater, match=text):
        list(connector.pull("streams", Pull(None, NOW)))


def test_no_secret_of_the_tap_is_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    remember("tap-token-0815-4711")
    with pytest.raises(RetryLater) as caught:
        list(made(tmp_path, {"dies_at": 1, "token": "tap-token-0815-4711"}).pull("streams", Pull(None, NOW)))
    assert "tap-token-0815-4711" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"command": ["no-such-tap"]}, "there is no such program"),
        ({"settings_file": "missing.json"}, "is no file"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, options: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        list(made(tmp_path, {}, **options).pull("streams", Pull(None, NOW)))


@pytest.mark.parametrize(
    ("streams", "text"),
    [
        ({}, "needs streams"),
        ({"x": {"table": "invoice"}}, "did you mean 'invoices'"),
        ({"x": {"table": "invoices", "fields": {"issued": "d"}}}, "did you mean 'issued_on'"),
        ({"x": {"tabel": "invoices"}}, "did you mean 'table'"),
        ({"x": "invoices"}, "must be a table"),
    ],
)
def test_a_wrong_map_is_named(streams: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        Singer("legacy", {"command": ["tap"], "settings_file": "x", "streams": streams})


def test_a_check_tells_what_the_tap_says(tmp_path: Path) -> None:
    (fine,) = made(tmp_path, {}).check(NOW)
    assert (fine.ok, fine.detail) == (True, "1 on the first page")
    (bad,) = made(tmp_path, {}, command=["no-such-tap"]).check(NOW)
    assert not bad.ok
