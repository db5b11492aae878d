"""Pulls by changes, as real vendors give them: late, out of order, cut, deleted, and forgotten after a while."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Connector, Item, Page, Pull, Row
from connectors.kit.incremental import Clockwork, changes, read, whole
from model.errors import RetryLater
from store.counts import Counts
from store.read import cursors, facts
from store.watch import reconciles
from sync.run import pull

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
KEPT, EVERY, SIZE, BACK = 30, 7, 3, 300


class Vendor(Connector):
    """Customers that change, and a feed of changes that is kept for 30 days. `cut`: after how many pages it hangs up."""

    kind = "vendor"
    title = "A simulated vendor"

    def __init__(self) -> None:
        super().__init__("crm", {})
        self.names: dict[str, str] = {}
        self.feed: list[tuple[dt.datetime, str]] = []
        self.cut: int | None = None
        self.read: list[str] = []

    def put(self, key: str, name: str, at: dt.datetime | None) -> None:
        """A change; without a moment the feed never tells of it."""
        self.names[key] = name
        if at is not None:
            self.feed.append((at, key))

    def drop(self, key: str, at: dt.datetime | None = None) -> None:
        del self.names[key]
        if at is not None:
            self.feed.append((at, key))

    def objects(self) -> tuple[str, ...]:
        return ("customers",)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        now = int(ask.now.timestamp())
        asked = int(dt.datetime.combine(ask.since, dt.time(), dt.UTC).timestamp()) if ask.since else None
        clock = Clockwork(now, 86_400, BACK, EVERY, KEPT, asked)
        for number, page in enumerate(read(ask, clock, self._listing, lambda s, t: self._told(now, s, t), "crm")):
            if number == self.cut:
                raise RetryLater("crm: the line was cut. Later, run: backlog sync crm")
            self.read += [item.key for item in page.items]
            yield page

    def _listing(self, begun: dict[str, Any], position: Any) -> Iterator[Page]:
        keys = sorted(key for key in self.names if key > str(position or ""))
        parts = [keys[start : start + SIZE] for start in range(0, len(keys), SIZE)] or [[]]
        pages = [(part, part[-1] if part is not parts[-1] else None) for part in parts]
        yield from whole(pages, self._items, begun=begun, resumed=position is not None)

    def _told(self, now: int, since: int, state: dict[str, Any]) -> Iterator[Page]:
        keys = sorted({key for at, key in self.feed if since - BACK <= at.timestamp() <= now})
        yield from changes(keys, lambda key: self._items([key])[0], done={**state, "since": now})

    def _items(self, keys: Sequence[str]) -> list[Item]:
        return [
            Item(key, {"name": self.names[key]}, (Row("customers", {"customer_id": key, "name": self.names[key]}),))
            if key in self.names
            else Item(key, {"id": key}, deleted=True)
            for key in keys
        ]


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor()
    for n in range(10):
        made.put(f"C{n}", f"Customer {n}", NOW - DAY)
    return made


def held(engine: sa.Engine) -> dict[str, str]:
    now = facts(engine)["customers"]
    return dict(zip(now.customer_id, now.name, strict=True))


def test_changes_and_deletions_arrive_without_reading_the_rest(engine: sa.Engine, vendor: Vendor) -> None:
    pull(engine, vendor, now=NOW)
    vendor.put("C3", "Renamed", NOW + HOUR)
    vendor.drop("C4", NOW + HOUR)
    vendor.read.clear()
    counts = pull(engine, vendor, now=NOW + 2 * HOUR).counts["customers"]
    assert (vendor.read, counts) == (["C3", "C4"], Counts(read=2, changed=1, removed=1))
    assert held(engine) == vendor.names


def test_a_row_that_commits_late_is_met_again_in_the_overlap(engine: sa.Engine, vendor: Vendor) -> None:
    pull(engine, vendor, now=NOW)
    pull(engine, vendor, now=NOW + HOUR)
    vendor.put("C1", "Late by four minutes", NOW + HOUR - dt.timedelta(minutes=4))
    pull(engine, vendor, now=NOW + 2 * HOUR)
    assert held(engine)["C1"] == "Late by four minutes"


def test_a_reconcile_finds_and_reports_what_no_change_told_of(
    engine: sa.Engine, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    pull(engine, vendor, now=NOW)
    vendor.put("C1", "Committed too late", NOW - HOUR)
    vendor.put("C99", "Never told of", None)
    vendor.drop("C5")
    vendor.put("C2", "Told of in time", NOW + 7 * DAY)
    for day in (1, 3, 5):
        pull(engine, vendor, now=NOW + day * DAY)
    assert held(engine)["C1"] == "Customer 1"
    assert reconciles(engine) == []
    with caplog.at_level(logging.INFO, "backlog.sync"):
        pull(engine, vendor, now=NOW + 8 * DAY)
    assert held(engine) == vendor.names
    (found,) = reconciles(engine)
    assert (found.added, found.changed, found.removed) == (1, 1, 1)
    assert sorted(found.keys) == ["C1", "C5", "C99"]  # C2 was told of, so it was not missed
    text = "crm customers: read whole: 3 that no change had told of (added 1, changed 1, removed 1)"
    assert text in caplog.messages
    pull(engine, vendor, now=NOW + 16 * DAY)
    assert [each.missed for each in reconciles(engine)] == [0]


def test_a_listing_cut_by_turns_still_sweeps_and_reports(engine: sa.Engine, vendor: Vendor) -> None:
    pull(engine, vendor, now=NOW)
    vendor.drop("C0")
    vendor.drop("C9")
    vendor.put("C5", "Never told of", None)
    vendor.cut = 2  # the empty page of changes, then one page of the listing each time
    states = []
    while not states or states[-1] == "failed":
        states.append(pull(engine, vendor, now=NOW + 8 * DAY + len(states) * HOUR).state)
        vendor.cut = 1
        assert len(states) < 9
    assert states.count("failed") >= 2
    assert held(engine) == vendor.names
    (found,) = reconciles(engine)
    assert (found.changed, found.removed) == (1, 2)


def test_a_gap_beyond_what_the_vendor_keeps_reads_everything(
    engine: sa.Engine, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    pull(engine, vendor, now=NOW)
    vendor.put("C1", "Forgotten by the feed", None)
    vendor.drop("C2")
    with caplog.at_level(logging.WARNING, "backlog.sync"):
        counts = pull(engine, vendor, now=NOW + 31 * DAY).counts["customers"]
    assert counts == Counts(read=9, changed=1, unchanged=8, removed=1)
    assert "changes are told of for 30 days, and the last were read longer ago: everything is read" in caplog.text
    assert reconciles(engine) == []  # nothing was missed: it could not have been told


def test_since_reads_changes_again_and_the_rest_of_a_cut_listing_too(engine: sa.Engine, vendor: Vendor) -> None:
    vendor.cut = 2
    pull(engine, vendor, now=NOW)
    vendor.put("C0", "Changed in what was read", NOW + HOUR)
    vendor.cut = None
    vendor.read.clear()
    pull(engine, vendor, now=NOW + 2 * HOUR, since=NOW.date())
    assert vendor.read == ["C6", "C7", "C8", "C9", "C0"]
    assert held(engine) == vendor.names
    vendor.read.clear()
    pull(engine, vendor, now=NOW + 3 * HOUR, since=NOW.date() - dt.timedelta(days=1))
    assert vendor.read == [f"C{n}" for n in range(10)]


def test_full_reads_everything_and_sweeps(engine: sa.Engine, vendor: Vendor) -> None:
    pull(engine, vendor, now=NOW)
    vendor.drop("C8")
    counts = pull(engine, vendor, now=NOW + HOUR, full=True).counts["customers"]
    assert counts == Counts(read=9, unchanged=9, removed=1)


def test_after_the_clock_was_set_back_everything_is_read_once(
    engine: sa.Engine, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = NOW + 20 * DAY
    pull(engine, vendor, now=ahead)
    vendor.put("C1", "Changed while the clock was ahead", NOW + DAY)
    vendor.read.clear()
    pull(engine, vendor, now=NOW + 2 * DAY)
    assert held(engine)["C1"] == "Changed while the clock was ahead"
    assert "the clock was set back. Everything is read" in caplog.text
    vendor.read.clear()
    vendor.put("C2", "And on", NOW + 2 * DAY + HOUR)
    pull(engine, vendor, now=NOW + 2 * DAY + 2 * HOUR)
    assert vendor.read == ["C2"]
    known = facts(engine)["customers"].known_on
    assert known.min() >= 0
    assert "customers" in cursors(engine, "crm")
    assert held(engine) == vendor.names
