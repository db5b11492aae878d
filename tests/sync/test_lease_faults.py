"""What befalls a lease: its holder stopped for minutes and resumed, two pullers at once, a clock set back."""

from __future__ import annotations

import datetime as dt
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from model.errors import RetryLater
from store.connect import connect, instant
from store.read import facts, runs
from store.schema import LEASES
from store.write import acquire_lease, end_run, page_transaction, start_run
from sync import holder
from sync.holder import Busy, is_dead, leased, new_holder
from sync.run import pull

SECONDS = 1.0
PROGRAM = f"""
import datetime as dt, sys, time
import sync.holder, sync.run
sync.run.leased = lambda engine, source: sync.holder.leased(engine, source, {SECONDS})
from connectors.kit.connector import Connector, Item, Page, Row
from store.connect import connect
from sync.run import pull

class Long(Connector):
    kind, title = "long", "Has pages for a minute: it ends even where its test was cut short"

    def objects(self):
        return ("customers",)

    def pull(self, name, ask):
        for n in range(3_000):
            time.sleep(0.02)
            if n == 5:
                print("pulling", flush=True)
            yield Page([Item(f"S{{n}}", {{}}, (Row("customers", {{"customer_id": f"S{{n}}", "name": "x"}}),))])

print(pull(connect(sys.argv[1]), Long("books", {{}}), now=dt.datetime.now(dt.timezone.utc)).error, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that stops a process")
def test_a_holder_stopped_for_long_and_resumed_notices_and_writes_nothing(
    tmp_path: Path, root: Path, kit: SimpleNamespace
) -> None:
    url = f"sqlite:///{tmp_path / 'backlog.db'}"
    connect(url).dispose()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, url], cwd=root, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "pulling\n"
        engine = connect(url)
        _stop_between_pages(child, tmp_path / "backlog.db")
        try:
            asked = pull(engine, kit.Said(kit.deal()), now=dt.datetime.now(dt.UTC))
            while asked.state == "busy":  # its lease still lasts, and its process lives
                time.sleep(0.1)
                asked = pull(engine, kit.Said(kit.deal()), now=dt.datetime.now(dt.UTC))
            assert asked.state == "complete"
            before = _everything(engine)
            child.send_signal(signal.SIGCONT)
            told, _ = child.communicate(timeout=30)
        finally:
            child.kill()
    assert "another process has taken over this pull" in told
    assert _everything(engine) == before
    assert [run.state for run in runs(engine)] == ["complete", "cut"]
    engine.dispose()


def test_a_holder_stopped_before_its_first_page_opens_no_run(engine: sa.Engine, kit: SimpleNamespace) -> None:
    with leased(engine, "books") as sleeper:
        later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        with engine.begin() as connection:  # nothing was heard of it for long
            connection.execute(sa.update(LEASES).values(expires_at=instant(later - dt.timedelta(hours=2))))
        assert acquire_lease(engine, "books", "elsewhere process 1 (ab)", later, 60, is_dead) is None
        other = start_run(engine, "books", later, "")
        with pytest.raises(RetryLater, match="has taken over"):
            start_run(engine, "books", later, "", sleeper)
        end_run(engine, other, later, "complete")
    assert [run.state for run in runs(engine)] == ["complete"]


def test_a_run_declared_cut_stays_cut(engine: sa.Engine, kit: SimpleNamespace) -> None:
    first = start_run(engine, "books", kit.NOW, "")
    second = start_run(engine, "books", kit.NOW, "")
    end_run(engine, first, kit.NOW, "failed", "noticed late")
    end_run(engine, second, kit.NOW, "complete")
    assert [(run.state, run.error) for run in runs(engine)] == [
        ("complete", ""), ("cut", "the program ended before the run did")
    ]  # fmt: skip


def test_many_that_start_at_once_pull_one_after_the_other(engine: sa.Engine, kit: SimpleNamespace) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def watched(ask: Any) -> Any:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.2)
        yield from kit.Said(kit.deal()).pull("customers", ask)
        with lock:
            at_once -= 1

    states: list[str] = []
    barrier = threading.Barrier(6)

    def one() -> None:
        barrier.wait()
        states.append(pull(engine, kit.Said({"customers": watched}), now=kit.NOW).state)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 1
    assert sorted(set(states)) == ["busy", "complete"]
    assert len(facts(engine)["customers"]) == 1


@pytest.fixture
def hour_ahead(engine: sa.Engine) -> sa.Engine:
    """A lease taken by another computer before the clock was set back by an hour."""
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    assert acquire_lease(engine, "crm", "elsewhere process 1 (ab)", ahead, SECONDS, is_dead) is None
    with engine.begin() as connection:  # a database server's own clock may be set back, too
        connection.execute(sa.update(LEASES).values(expires_at=instant(ahead)))
    return engine


def test_after_the_clock_was_set_back_a_dead_holder_does_not_keep_its_lease(hour_ahead: sa.Engine) -> None:
    begun = time.monotonic()
    with leased(hour_ahead, "crm", SECONDS) as lock:
        assert lock.name == "crm"
    assert time.monotonic() - begun < 5 * SECONDS


def test_after_the_clock_was_set_back_a_living_holder_keeps_it(hour_ahead: sa.Engine) -> None:
    over = threading.Event()

    def beat() -> None:
        while not over.wait(SECONDS / 5):
            with hour_ahead.begin() as connection:
                until = instant(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=SECONDS))
                connection.execute(sa.update(LEASES).values(expires_at=until))

    holder_lives = threading.Thread(target=beat)
    holder_lives.start()
    try:
        with pytest.raises(Busy, match="elsewhere process 1"), leased(hour_ahead, "crm", SECONDS):
            pytest.fail("two holders")
    finally:
        over.set()
        holder_lives.join()


def test_the_clock_set_back_during_a_pull_breaks_no_history(
    engine: sa.Engine, kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    with leased(engine, "books", SECONDS) as lock:
        monkeypatch.setattr(holder, "_utc_now", lambda: dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
        with page_transaction(engine, 1, kit.NOW - dt.timedelta(days=1), lock) as writer:
            assert writer.at == instant(kit.NOW) or writer.at > instant(kit.NOW)


def test_processes_of_another_container_are_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = new_holder()
    monkeypatch.setattr(holder, "_here", lambda: mark.rpartition(" process ")[0] + "-other")
    assert not is_dead(mark.replace(" process ", " process 9999999"))


def _stop_between_pages(child: subprocess.Popen[str], store: Path) -> None:
    """Stopped within a transaction it would keep a SQLite file locked, which nobody but its owner can end."""
    for _ in range(50):
        child.send_signal(signal.SIGSTOP)
        time.sleep(0.02)
        try:
            with closing(sqlite3.connect(store, timeout=0.2, isolation_level=None)) as probe:
                probe.execute("BEGIN IMMEDIATE")
                return
        except sqlite3.OperationalError:
            child.send_signal(signal.SIGCONT)
            time.sleep(0.01)
    pytest.fail("it is always within a transaction")


def _everything(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        names = [row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [sorted(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all(), key=repr) for name in names]  # noqa: S608
