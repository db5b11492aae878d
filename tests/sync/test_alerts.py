"""Who is told of what, and that nobody is told twice."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from model.redaction import remember
from model.settings_blocks import AlertsBlock
from store.watch import alerts
from sync.alerts import Alerts, Watched, mail, patience, senders, webhook
from sync.desk import Desk
from sync.jobs import Outcome, Work
from sync.run import pull

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
FAILED, COMPLETE = Outcome("failed", "crm: the token is refused. Set a valid one"), Outcome()


class Told(list[Any]):
    def __call__(self, alert: Any) -> None:
        self.append((alert.kind, alert.text))


def test_a_failure_is_told_once_and_its_end_once(engine: sa.Engine) -> None:
    told = Told()
    watch = Alerts(engine, [told], now=lambda: NOW)
    for failures, outcome in ((1, FAILED), (2, FAILED), (2, Outcome("busy")), (0, COMPLETE), (0, COMPLETE)):
        watch.ended("sync crm", outcome, failures, 1.0)
    assert told == [
        ("failure", "sync crm failed: crm: the token is refused. Set a valid one"),
        ("recovered", "sync crm works again"),
    ]
    watch.ended("sync crm", FAILED, 1, 1.0)
    assert told[-1][0] == "failure"
    assert list(alerts(engine)) == ["job sync crm"]


def test_a_passing_failure_is_not_told_where_it_must_last(engine: sa.Engine) -> None:
    told = Told()
    watch = Alerts(engine, [told], after_failures=3, now=lambda: NOW)
    for failures, outcome in ((1, FAILED), (2, FAILED), (0, COMPLETE), (1, FAILED), (2, FAILED), (3, FAILED)):
        watch.ended("sync crm", outcome, failures, 1.0)
    assert [kind for kind, _ in told] == ["failure"]
    assert "failed (3 times in a row)" in told[0][1]


def test_a_service_that_starts_again_tells_nobody_twice(engine: sa.Engine) -> None:
    told = Told()
    Alerts(engine, [told], now=lambda: NOW).ended("sync crm", FAILED, 1, 1.0)
    Alerts(engine, [told], now=lambda: NOW + HOUR).look()
    Alerts(engine, [told], now=lambda: NOW + 2 * HOUR).ended("sync crm", COMPLETE, 0, 1.0)
    assert [kind for kind, _ in told] == ["failure", "recovered"]
    assert alerts(engine) == {}


def test_stale_data_is_told_and_fresh_data_too(engine: sa.Engine, kit: SimpleNamespace) -> None:
    told, moment = Told(), [NOW]
    watch = Alerts(engine, [told], [Watched("books", 24 * HOUR)], now=lambda: moment[0])
    watch.look()
    assert told == []
    moment[0] = NOW + 25 * HOUR
    watch.look()
    assert told == [("stale", "books was not read completely yet. Look: backlog status")]
    pull(engine, kit.Said(kit.deal()), now=moment[0])
    watch.look()
    assert told[-1] == ("recovered", "books is fresh again")
    moment[0] += 25 * HOUR
    watch.look()
    watch.look()
    assert [kind for kind, _ in told] == ["stale", "recovered", "stale"]
    assert "not read completely since 2026-11-02T13:00" in told[-1][1]


def test_where_nobody_is_reached_it_is_tried_again(engine: sa.Engine, receivers: Any) -> None:
    with receivers.Hook() as hook:
        hook.status = 503
        watch = Alerts(engine, [webhook(f"{hook.url}/services/T0/B0/hook-4711")], now=lambda: NOW)
        watch.ended("sync crm", FAILED, 1, 1.0)
        assert hook.told == []
        assert alerts(engine)["job sync crm"].told_at is None
        hook.status = 200
        watch.look()
        watch.look()
    assert [each["kind"] for each in hook.told] == ["failure"]


def test_a_failure_nobody_was_told_of_ends_in_silence(engine: sa.Engine, receivers: Any) -> None:
    with receivers.Hook() as hook:
        hook.status = 503
        watch = Alerts(engine, [webhook(hook.url)], now=lambda: NOW)
        watch.ended("sync crm", FAILED, 1, 1.0)
        watch.ended("sync crm", COMPLETE, 0, 1.0)
        hook.status = 200
        watch.look()
    assert (hook.told, alerts(engine)) == ([], {})


def test_the_webhook_gets_a_text_and_its_parts_without_secrets(engine: sa.Engine, receivers: Any) -> None:
    remember("rk_live_secret4711")
    with receivers.Hook() as hook:
        send = webhook(hook.url)
        Alerts(engine, [send], now=lambda: NOW).ended("sync pay", Outcome("failed", "no rk_live_secret4711"), 1, 1.0)
    assert hook.told == [
        {
            "text": "Revenue Backlog, failure: sync pay failed: no ***", "kind": "failure", "name": "job sync pay",
            "since": "2026-11-01T12:00:00+00:00", "detail": "sync pay failed: no ***",
        }
    ]  # fmt: skip


def test_mail_says_what_and_since_when(engine: sa.Engine, receivers: Any) -> None:
    with receivers.MailServer() as server:
        block = AlertsBlock(
            mail_to=["finance@example.com", "it@example.com"], mail_from="backlog@example.com", smtp_host="127.0.0.1",
            smtp_port=server.port, smtp_security="none",
        )  # fmt: skip
        Alerts(engine, [mail(block, None)], now=lambda: NOW).ended("sync crm", FAILED, 1, 1.0)
    (text,) = server.mails
    assert "To: finance@example.com, it@example.com" in text
    assert "Subject: Revenue Backlog, failure: job sync crm" in text
    assert "sync crm failed: crm: the token is refused." in text
    assert "Since 2026-11-01T12:00:00+00:00" in text


def test_one_way_that_is_shut_does_not_keep_the_other_from_telling(engine: sa.Engine, receivers: Any) -> None:
    closed = AlertsBlock(mail_to=["a@b.c"], mail_from="x@b.c", smtp_host="127.0.0.1", smtp_port=9, smtp_security="none")
    with receivers.Hook() as hook:
        ways = [mail(closed, None), webhook(hook.url)]
        Alerts(engine, ways, now=lambda: NOW).ended("sync crm", FAILED, 1, 1.0)
    assert len(hook.told) == 1
    assert alerts(engine)["job sync crm"].told_at == NOW


def test_a_store_that_is_gone_is_told_at_once_and_once(engine: sa.Engine) -> None:
    told = Told()
    watch = Alerts(engine, [told], now=lambda: NOW)
    for _ in range(3):
        watch.lost("sync crm", "the disk is full. Free some space")
    watch.ended("sync crm", COMPLETE, 0, 1.0)
    assert told == [
        ("failure", "sync crm could not be done: the disk is full. Free some space"),
        ("recovered", "the store can be used again"),
    ]


def test_the_desk_tells_its_alerts(engine: sa.Engine) -> None:
    told = Told()
    clock = [NOW]
    desk = Desk(engine, [Alerts(engine, [told], now=lambda: clock[0])], lambda: clock[0])
    ends = iter((FAILED, COMPLETE))
    work = Work("sync crm", "0 * * * *", "UTC", lambda stop: next(ends))
    for _ in range(2):
        desk.perform(work, lambda: False, lambda *_: None)
        clock[0] += HOUR
    assert [kind for kind, _ in told] == ["failure", "recovered"]


@pytest.mark.parametrize(
    ("schedule", "hours"), [("*/15 * * * *", 24), ("0 6 * * 1-5", 144), ("every 2 days at 06:00", 96)]
)
def test_patience_follows_the_schedule(schedule: str, hours: int) -> None:
    work = Work("sync crm", schedule, "UTC", lambda stop: Outcome())
    assert patience(work, 24, NOW) == hours * HOUR


def test_those_who_are_told_are_configured(receivers: Any) -> None:
    block = AlertsBlock(mail_to=["a@b.c"], mail_from="x@b.c", smtp_host="mail.example")
    assert len(senders(block, {"webhook_url": "https://chat.example/hook-1"}.get)) == 2
    assert senders(AlertsBlock(), lambda key: None) == []
