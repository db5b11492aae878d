"""Jobs are done once for each of their times, by one service, and how each ended is kept and told."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from model.errors import ConfigNeeded, RetryLater
from store.watch import jobs
from sync.desk import Desk, is_due
from sync.holder import leased
from sync.jobs import Outcome, Work
from sync.times import trigger

NOW = dt.datetime(2026, 11, 1, 12, 0, 5, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class Seen:
    def __init__(self) -> None:
        self.ends: list[tuple[str, str, int]] = []
        self.losses: list[str] = []

    def ended(self, name: str, outcome: Outcome, failures: int, seconds: float) -> None:
        self.ends.append((name, outcome.state, failures))

    def lost(self, name: str, error: str) -> None:
        self.losses.append(error)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


def never(work: Work, at: dt.datetime) -> None:
    pytest.fail(f"{work.name} again at {at}")


def hourly(act: Callable[[], Outcome]) -> Work:
    return Work("hourly", "0 * * * *", "UTC", lambda stop: act())


def test_a_time_is_done_once_whoever_comes(engine: sa.Engine) -> None:
    done: list[int] = []
    work = hourly(lambda: Outcome(error=str(done.append(1) or "")))
    clocks = [Clock(), Clock()]
    desks = [Desk(engine, now=clock) for clock in clocks]
    for hours in range(3):
        for clock, desk, late in zip(clocks, desks, (0, 3), strict=True):
            clock.now = NOW + hours * HOUR + dt.timedelta(seconds=late)
            desk.perform(work, lambda: False, never)
    assert len(done) == 3


def test_two_services_at_once_do_it_one_after_the_other(engine: sa.Engine) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def act() -> Outcome:
        begun.set()
        assert go_on.wait(20)
        done.append(1)
        return Outcome()

    first = threading.Thread(target=lambda: Desk(engine).perform(hourly(act), lambda: False, never))
    first.start()
    assert begun.wait(20)
    Desk(engine).perform(hourly(act), lambda: False, never)
    go_on.set()
    first.join()
    assert len(done) == 1
    assert jobs(engine)["hourly"].state == "complete"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (ConfigNeeded("the key has expired. Renew it"), "the key has expired. Renew it"),
        (KeyError("amount"), "KeyError: 'amount'. This is a fault: please report it"),
        (ConfigNeeded("refused: Bearer abcdefgh12345678"), "refused: Bearer ***"),
    ],
)
def test_a_job_that_fails_is_told_kept_and_ends_alone(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture, problem: Exception, text: str
) -> None:
    def fail() -> Outcome:
        raise problem

    clock, seen = Clock(), Seen()
    desk = Desk(engine, [seen], clock)
    with caplog.at_level(logging.INFO, "backlog.service"):
        for _ in range(2):
            desk.perform(hourly(fail), lambda: False, never)
            clock.now += HOUR
        desk.perform(hourly(Outcome), lambda: False, never)
    assert seen.ends == [("hourly", "failed", 1), ("hourly", "failed", 2), ("hourly", "complete", 0)]
    assert any(message.startswith("hourly: failed after ") and text in message for message in caplog.messages)
    assert jobs(engine)["hourly"].failures == 0


def test_a_quota_that_is_used_up_parks_the_job_until_it_is_renewed(engine: sa.Engine) -> None:
    clock, again, asked = Clock(), [], []

    def act() -> Outcome:
        asked.append(clock.now)
        raise RetryLater("crm: 100 a day. Later", 3 * 3600 + 60, park=True)

    desk = Desk(engine, now=clock)
    work = hourly(act)
    desk.perform(work, lambda: False, lambda _, at: again.append(at))
    until = NOW + 3 * HOUR + dt.timedelta(minutes=1)
    assert again == [until]
    assert jobs(engine)["hourly"].parked_until == until
    for hours in (1, 2, 3):
        clock.now = NOW + hours * HOUR
        Desk(engine, now=clock).perform(work, lambda: False, never)
    assert asked == [NOW]  # three of its times passed, and the vendor was not asked
    assert Desk(engine, now=clock).missed([work]) == {"hourly": until}  # a service that starts again knows
    clock.now = until
    desk.perform(work, lambda: False, lambda _, at: again.append(at))
    assert asked == [NOW, until]


def test_a_job_of_a_dead_service_is_taken_over(engine: sa.Engine) -> None:
    with leased(engine, "job hourly"):
        Desk(engine, now=Clock()).perform(hourly(lambda: pytest.fail("two at once")), lambda: False, never)
    Desk(engine, now=Clock()).perform(hourly(Outcome), lambda: False, never)
    assert jobs(engine)["hourly"].state == "complete"


def test_a_store_that_is_gone_is_told(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()

    def gone(*_: object) -> None:
        raise sa.exc.OperationalError("select", {}, Exception("unable to open database file"))

    monkeypatch.setattr("sync.holder.acquire_lease", gone)
    Desk(engine, [seen]).perform(hourly(Outcome), lambda: False, never)
    assert len(seen.losses) == 1
    assert "unable to open database file" in seen.losses[0]


def test_nothing_begins_once_the_service_is_to_end(engine: sa.Engine) -> None:
    Desk(engine).perform(hourly(lambda: pytest.fail("it ran")), lambda: True, never)
    assert jobs(engine) == {}


@pytest.mark.parametrize(
    ("begun", "parked", "due"),
    [
        (None, None, True),
        (NOW - dt.timedelta(seconds=6), None, True),  # before the full hour
        (NOW - dt.timedelta(seconds=4), None, False),
        (NOW + dt.timedelta(seconds=30), None, False),  # another machine's clock is a little ahead
        (NOW + HOUR, None, True),  # the clock was set back
        (NOW - 5 * HOUR, NOW + HOUR, False),
        (NOW - dt.timedelta(seconds=4), NOW, True),
    ],
)
def test_when_a_job_is_due(begun: dt.datetime | None, parked: dt.datetime | None, due: bool) -> None:
    assert is_due(trigger("0 * * * *", "UTC"), NOW, begun, parked) is due
