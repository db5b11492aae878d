"""backlog signals: what tripped, since when, and the job that tells of it once."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from cli.signals import signalled
from model import settings as configured
from store.watch import alerts
from sync.alerts import Alerts


@pytest.fixture
def synced(company: Any, backlog: Any) -> Any:
    assert backlog("sync").exit_code == 0
    return backlog


def test_a_signal_is_new_until_it_was_noted(synced: Any) -> None:
    def since(*more: str) -> list[str]:
        done = synced("signals", "--date", "2026-03-31", "--json", *more)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert found["columns"][0] == "rule"
        return [row[-1] for row in found["rows"] if row[0] == "concentration"]

    assert since() == ["new"]
    assert since("--keep") == ["new"]
    assert since() == [dt.datetime.now(dt.UTC).date().isoformat()]


def test_past_signals_can_be_read(synced: Any, company: Any) -> None:
    from store.connect import connect
    from sync.signals import keep

    def told() -> list[list[Any]]:
        done = synced("signals", "--history", "--json")
        assert done.exit_code == 0, done.output
        return list(json.loads(done.stdout)["rows"])

    assert told() == []
    engine = connect(configured.load(company / "config.toml").store.url)
    january, may, june, august = (dt.datetime(2026, month, 2, 12, tzinfo=dt.UTC) for month in (1, 5, 6, 8))
    keep(engine, {"shrinking_backlog": "by 11 %"}, january)
    keep(engine, {"shrinking_backlog": "by 14 %", "concentration Acme": "60 %"}, may)  # it is open: noted once
    keep(engine, {"concentration Acme": "70 %"}, june)
    keep(engine, {"shrinking_backlog": "by 20 %"}, august)
    assert told() == [
        ["shrinking_backlog", "2026-08-02", None, "by 20 %"],
        ["concentration Acme", "2026-05-02", "2026-08-02", "60 %"],
        ["shrinking_backlog", "2026-01-02", "2026-06-02", "by 11 %"],
    ]
    assert synced("signals", "--history", "--keep").exit_code == 2


def test_a_rule_that_cannot_be_looked_at_says_why(synced: Any) -> None:
    done = synced("signals", "--date", "2026-03-31")
    assert "backlog_outgrows_capacity was not looked at: no capacity is stated" in done.stderr
    assert "see what its loss would do" in done.stdout


def test_the_job_tells_of_a_signal_once_and_of_its_end(synced: Any, company: Any) -> None:
    from books.ledgers import Books

    settings = configured.load(company / "config.toml")
    books = Books(settings)
    told: list[str] = []
    watch = Alerts(books.engine, [lambda alert: told.append(f"{alert.kind}: {alert.text}")])
    # The contract of 2026 has ended: what trips today is that its backlog fell or nothing at all; note one by hand.
    from sync.signals import keep

    for _ in range(2):
        keep(books.engine, {"concentration Acme Ltd": "Acme Ltd holds 100 % of the backlog"}, dt.datetime.now(dt.UTC))
        watch.look()
    assert told == ["signal: Acme Ltd holds 100 % of the backlog"]
    keep(books.engine, {}, dt.datetime.now(dt.UTC))
    watch.look()
    assert told[1:] == ["recovered: concentration Acme Ltd no longer trips"]
    assert not alerts(books.engine)
    signalled(settings)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('off = ["concentrasion"]', "concentration"),
        ("shrink = -1", "expected at least 0"),
        ("months = 0", "expected at least 1"),
    ],
)
def test_thresholds_are_checked_before_anything_runs(company: Any, backlog: Any, line: str, told: str) -> None:
    with (company / "config.toml").open("a") as file:
        file.write(f"[signals]\n{line}\n")
    done = backlog("signals")
    assert done.exit_code == 1
    assert told in done.stderr
