"""What the service does: pull, then build the ledger if anything changed."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from model.errors import ConfigNeeded
from sync.jobs import Jobs, Work, perform


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


def test_a_job_that_fails_is_told_and_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    def fail(stop: object) -> None:
        raise ConfigNeeded("the key has expired. Renew it")

    with caplog.at_level(logging.INFO, "backlog.sync"):
        perform(Work("workbook refresh", "* * * * *", "UTC", fail), lambda: False)
    assert "workbook refresh: the key has expired. Renew it" in caplog.messages


def test_other_jobs_are_done_as_they_are(engine: sa.Engine) -> None:
    done: list[str] = []
    jobs = Jobs(engine, lambda: done.append("ledger"))
    jobs.build("ledger", "@daily", "UTC").act(lambda: False)
    jobs.other("month_end", lambda: done.append("workbook"), "0 6 1 * *", "UTC").act(lambda: False)
    assert done == ["ledger", "workbook"]
