"""What the service does: pull, then build the ledger if anything changed."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from model.errors import ConfigNeeded, RetryLater
from store.write.jobs import begin_job, end_job
from sync.jobs import Jobs, Outcome


def test_the_ledger_is_built_only_when_a_record_changed(engine: sa.Engine, kit: SimpleNamespace) -> None:
    built: list[int] = []
    jobs = Jobs(engine, lambda: built.append(1))
    work = jobs.sync("books", lambda: kit.Said(kit.deal()), "* * * * *", "UTC")
    assert work.name == "sync books"
    for expected in (1, 1):
        work.act(lambda: False)
        assert len(built) == expected


def test_a_pull_that_is_stopped_builds_nothing_and_closes_its_connector(
    engine: sa.Engine, kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(kit.Said, "close", lambda self: closed.append(self.name))
    jobs = Jobs(engine, lambda: pytest.fail("built"))
    result = jobs.pull_and_build(lambda: kit.Said(kit.deal()), lambda: True)
    assert (result.state, closed) == ("stopped", ["books"])


def test_other_jobs_are_done_as_they_are(engine: sa.Engine) -> None:
    done: list[str] = []
    jobs = Jobs(engine, lambda: done.append("ledger"))
    assert jobs.build("ledger", "@daily", "UTC").act(lambda: False) == Outcome()
    refreshed = jobs.other("month_end", lambda stop: done.append("workbook"), "0 6 1 * *", "UTC")
    assert refreshed.act(lambda: False) == Outcome()
    assert done == ["ledger", "workbook"]


def test_a_ledger_that_could_not_be_built_is_built_with_the_next_pull(engine: sa.Engine, kit: SimpleNamespace) -> None:
    built: list[int] = []

    def build() -> None:
        built.append(1)
        if len(built) == 1:
            raise ConfigNeeded("the disk is full. Free some space")

    jobs = Jobs(engine, build)
    with pytest.raises(ConfigNeeded):
        jobs.pull_and_build(lambda: kit.Said(kit.deal()))
    for expected in (2, 2):  # nothing has changed since, but the ledger is behind; then it is not
        jobs.pull_and_build(lambda: kit.Said(kit.deal()))
        assert len(built) == expected


def test_all_connectors_are_pulled_and_the_worst_counts(engine: sa.Engine, kit: SimpleNamespace) -> None:
    def broken(ask: object) -> object:
        raise RetryLater("b: the vendor is away. Later")

    makes = [
        ("a", lambda: kit.Said(kit.deal(), name="a")),
        ("b", lambda: kit.Said({"customers": broken}, name="b")),
        ("c", lambda: kit.Said(kit.deal(2), name="c")),
    ]
    outcome = Jobs(engine, lambda: None).sync_all("nightly", makes, "@daily", "UTC").act(lambda: False)
    assert (outcome.state, outcome.error) == ("failed", "b: the vendor is away. Later")
    assert [(pulled.source, pulled.state) for pulled in outcome.pulls] == [
        ("a", "complete"), ("b", "failed"), ("c", "complete")
    ]  # fmt: skip


def test_one_that_rests_is_left_alone(engine: sa.Engine, kit: SimpleNamespace) -> None:
    begin_job(engine, "sync a", kit.NOW, lambda *_: True)
    end_job(engine, "sync a", kit.NOW, "failed", "quota", dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    makes = [(name, lambda name=name: kit.Said(kit.deal(), name=name)) for name in ("a", "b")]
    outcome = Jobs(engine, lambda: None).sync_all("nightly", makes, "@daily", "UTC").act(lambda: False)
    assert [pulled.source for pulled in outcome.pulls] == ["b"]
