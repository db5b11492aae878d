"""What is done to periods is recorded once, in order, at an instant that everything later comes after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from books.digests import breaks, of_event, of_figures, of_row
from books.periods import following, in_force, to_close, to_reopen
from model.calendar import MONTHS, WEEKS, Calendar
from model.errors import RetryLater, Unanswerable
from store.connect import writing
from store.periods import acknowledgements, closed_figures, period_events, quality_counts, reading
from store.read import data_version, facts
from store.schema import metadata
from store.write.periods import put_acknowledgements, put_period_event, put_quality, put_reading

NOW = dt.datetime(2026, 11, 3, 9, tzinfo=dt.UTC)
AMOUNTS = (1200_00, 100_00, 1100_00, 0, 0, 0, 100_00, 0)
ROW = ("C1", "K1", "USD", *AMOUNTS, of_row("C1", "K1", "USD", AMOUNTS))


def record(
    engine: sa.Engine, action: str, period: str, previous: str = "", now: dt.datetime = NOW, data: str = ""
) -> dt.datetime:
    """A close or reopening, sealed as sync.closing seals it."""
    rows = [ROW] if action == "close" else []
    said = {"action": action, "period": period, "ends_on": str(MONTHS.named(period).last), "who": "Ann", "why": "", "checks": "[]",
            "ledger": "l", "reading": "r", "figures": of_figures([row[-1] for row in rows]) if rows else ""}  # fmt: skip

    def seal(at: str) -> Mapping[str, Any]:
        return {**said, "at": at, "digest": of_event({**said, "at": at}, previous)}

    return put_period_event(engine, now, data or data_version(engine), previous, seal, rows)


def chain(engine: sa.Engine, *steps: tuple[str, str]) -> None:
    for action, period in steps:
        events = period_events(engine)
        record(engine, action, period, events[-1].digest if events else "")


def test_a_close_is_read_as_it_was_recorded(engine: sa.Engine) -> None:
    at = record(engine, "close", "2026-10")
    (event,) = period_events(engine)
    assert (event.action, event.period, event.ends_on, event.at, event.who) == (
        "close", "2026-10", dt.date(2026, 10, 31), at, "Ann",
    )  # fmt: skip
    (row,) = closed_figures(engine, event.id)
    assert (row.customer_id, row.contract_id, row.currency, row.amounts) == ("C1", "K1", "USD", AMOUNTS)
    assert breaks(engine, [event]) == []


def test_what_is_told_afterwards_is_known_after_the_close(engine: sa.Engine, tell: Callable[..., None]) -> None:
    """Even if its clock stands before the close, or within the same microsecond."""
    tell(NOW, ("customers", {"customer_id": "C1", "name": "Acme"}))
    at = record(engine, "close", "2026-10", now=NOW - dt.timedelta(1))
    assert at >= NOW, "a close comes after all that is known"
    tell(NOW - dt.timedelta(hours=5), ("customers", {"customer_id": "C2", "name": "Beta"}))
    assert facts(engine, at)["customers"]["customer_id"].tolist() == ["C1"]
    assert facts(engine)["customers"]["customer_id"].tolist() == ["C1", "C2"]


def test_records_or_closes_that_came_in_between_refuse_it(engine: sa.Engine, tell: Callable[..., None]) -> None:
    data = data_version(engine)
    tell(NOW, ("customers", {"customer_id": "C1", "name": "Acme"}))
    with pytest.raises(RetryLater, match="records arrived meanwhile"):
        record(engine, "close", "2026-10", data=data)
    record(engine, "close", "2026-10")
    with pytest.raises(RetryLater, match="closed or reopened meanwhile"):
        record(engine, "close", "2026-10")
    assert len(period_events(engine)) == 1


def test_the_chain_breaks_where_something_is_changed(engine: sa.Engine) -> None:
    chain(engine, ("close", "2026-08"), ("close", "2026-09"), ("close", "2026-10"))
    events = period_events(engine)
    assert breaks(engine, events) == []
    table = metadata.tables["period_events"]
    with writing(engine) as connection:
        connection.execute(sa.update(table).where(table.c.id == events[1].id).values(why="because"))
    assert [(one.event.period, one.what) for one in breaks(engine, period_events(engine))] == [
        ("2026-09", "what it says was changed after it was recorded"),
    ]  # fmt: skip
    assert [(one.event.period, one.what) for one in breaks(engine, [events[0], events[2]])] == [
        ("2026-10", "what was recorded before it was changed, or is missing"),
    ]  # fmt: skip


def test_a_reopening_ends_a_close_from_its_moment_on(engine: sa.Engine) -> None:
    chain(engine, ("close", "2026-09"), ("close", "2026-10"), ("reopen", "2026-10"), ("close", "2026-10"))
    events = period_events(engine)
    assert [close.id for close in in_force(events)] == [events[0].id, events[3].id]
    held = [[close.period for close in in_force(events, event.at)] for event in events]
    assert held == [["2026-09"], ["2026-09", "2026-10"], ["2026-09"], ["2026-09", "2026-10"]]
    assert in_force(events, NOW - dt.timedelta(1)) == []


def test_periods_follow_one_another(engine: sa.Engine) -> None:
    assert to_close(MONTHS.named("2026-10"), [], MONTHS) == MONTHS.named("2026-10")
    chain(engine, ("close", "2026-09"), ("close", "2026-10"))
    held = in_force(period_events(engine))
    assert to_close(MONTHS.named("2026-11"), held, MONTHS) == MONTHS.named("2026-11") == following(held[-1], MONTHS)
    for period, text in (("2026-09", "closed already"), ("2026-12", "next period to close is 2026-11")):
        with pytest.raises(Unanswerable, match=text):
            to_close(MONTHS.named(period), held, MONTHS)
    assert [close.period for close in to_reopen("2026-09", held, with_later=True)] == ["2026-10", "2026-09"]
    with pytest.raises(Unanswerable, match="2026-10 is closed after 2026-09"):
        to_reopen("2026-09", held, with_later=False)
    assert [close.period for close in to_reopen("2026-10-31", held, with_later=False)] == ["2026-10"]
    with pytest.raises(Unanswerable, match="2026-11 is not closed"):
        to_reopen("2026-11", held, with_later=False)


def test_a_calendar_that_changes_takes_up_where_the_last_close_ended(engine: sa.Engine) -> None:
    """Calendar months up to January, then years of weeks: February of 2026 ends on Saturday the 21st."""
    chain(engine, ("close", "2026-01"))
    weeks = Calendar(weeks=WEEKS["4-4-5"])
    days = to_close(weeks.named("2026-02"), in_force(period_events(engine)), weeks)
    assert days == (dt.date(2026, 2, 1), dt.date(2026, 2, 21))


def test_the_last_acknowledgement_of_an_exception_counts(engine: sa.Engine) -> None:
    put_acknowledgements(engine, [("a", "rule", "first"), ("b", "rule", "other")], "Ann", "seen", NOW)
    put_acknowledgements(engine, [("a", "rule", "first")], "Bo", "seen again", NOW + dt.timedelta(1))
    assert {name: (one.who, one.why, one.at) for name, one in acknowledgements(engine).items()} == {
        "a": ("Bo", "seen again", NOW + dt.timedelta(1)), "b": ("Ann", "seen", NOW),
    }  # fmt: skip


def test_how_records_were_read_is_told_of_any_moment(engine: sa.Engine) -> None:
    put_reading(engine, "one", "{1}", NOW)
    put_reading(engine, "one", "{1}", NOW + dt.timedelta(1))
    put_reading(engine, "two", "{2}", NOW + dt.timedelta(2))
    put_reading(engine, "one", "{1}", NOW + dt.timedelta(3))
    moments = ["2026-11-02", "2026-11-04", "2026-11-06", "2026-11-07"]
    assert [reading(engine, at=f"{day}T00:00:00.000000Z") for day in moments] == [None, "{1}", "{2}", "{1}"]
    assert reading(engine, digest="two") == "{2}"
    assert reading(engine, digest="three") is None


def test_counts_are_read_in_the_order_they_were_made(engine: sa.Engine) -> None:
    put_quality(engine, [("crm", "rule", "error", 2)], NOW)
    put_quality(engine, [], NOW)
    put_quality(engine, [("crm", "rule", "error", 0)], NOW + dt.timedelta(1))
    assert [(one.source, one.count, one.at) for one in quality_counts(engine)] == [
        ("crm", 2, NOW), ("crm", 0, NOW + dt.timedelta(1)),
    ]  # fmt: skip
