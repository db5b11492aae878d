"""The service: it starts, does its jobs, and ends cleanly when it is told to."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from model.errors import ConfigNeeded
from store.connect import connect
from store.read import facts, runs
from store.write.jobs import begin_job
from sync.desk import Desk
from sync.jobs import Outcome, Work
from sync.schedule import serve

PROGRAM = """
import datetime as dt, logging, sys, time
from connectors.kit.connector import Connector, Item, Page, Row
from store.connect import connect
from sync.desk import Desk
from sync.jobs import Jobs, Work
from sync.schedule import serve

class Endless(Connector):
    kind, title = "endless", "Has a page for ever"

    def objects(self):
        return ("customers",)

    def pull(self, name, ask):
        for n in range(10**6):
            time.sleep(0.02)
            item = Item(f"C{n}", {}, (Row("customers", {"customer_id": f"C{n}", "name": "x"}),))
            if n == 5:
                print("pulling", flush=True)
            yield Page([item], cursor={"n": n})

import sync.schedule
from apscheduler.triggers.date import DateTrigger
sync.schedule.trigger = lambda schedule, timezone: DateTrigger()  # at once, and not on the next full minute
engine = connect(sys.argv[1])
jobs = Jobs(engine, lambda: None)
serve([jobs.sync("endless", lambda: Endless("endless", {}), "* * * * *", "UTC")], Desk(engine))
print("ended", flush=True)
"""


WAITS = """
from connectors.kit.auth import Bearer
from connectors.kit.rest import RestConnector
from demo.vendors.faults import Fault
from demo.vendors.server import VendorServer

class Patient(VendorServer):
    def serve(self, request):
        print("waiting", flush=True)
        return super().serve(request)

class Waits(RestConnector):
    kind, title = "waits", "A vendor that has us wait"
    base_url = Patient(faults=[Fault("status", status=429, headers={"Retry-After": "90"}, times=99)]).start().url

    def auth(self):
        return Bearer("tok-1234567890")

    def limit(self):
        return None

    def objects(self):
        return ("customers",)

    def pull(self, name, ask):
        yield self.api.get("/customers")

import datetime as dt"""

# The signals one process can send another.
SIGNALS = ["CTRL_BREAK_EVENT"] if sys.platform == "win32" else ["SIGTERM", "SIGINT"]
GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_ends_the_service_after_the_page_in_hand(tmp_path: Path, root: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path / 'backlog.db'}"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        creationflags=GROUP,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "pulling\n"
        child.send_signal(getattr(signal, name))
        out, problems = child.communicate(timeout=30)
    assert (child.returncode, out, problems) == (0, "ended\n", "")
    engine = connect(url)
    run = runs(engine)[0]
    assert (run.state, run.error) == ("stopped", "")
    assert len(facts(engine)["customers"]) == run.objects["customers"].added >= 6
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar_one() == 0
    engine.dispose()


def test_sigterm_ends_a_wait_that_a_vendor_asked_for(tmp_path: Path, root: Path) -> None:
    """The vendor has us wait a minute and a half; the service ends at once, and nothing is said to have failed."""
    text = PROGRAM.replace("import datetime as dt", WAITS, 1).replace('Endless("endless", {})', 'Waits("endless", {})')
    url = f"sqlite:///{tmp_path / 'backlog.db'}"
    with subprocess.Popen(
        [sys.executable, "-c", text, url], cwd=root, stdout=subprocess.PIPE, text=True, creationflags=GROUP
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "waiting\n"
        begun = time.monotonic()
        child.send_signal(getattr(signal, SIGNALS[0]))
        out, _ = child.communicate(timeout=30)
        assert time.monotonic() - begun < 15
    assert (child.returncode, out) == (0, "ended\n")
    engine = connect(url)
    assert [(run.state, run.error) for run in runs(engine)] == [("stopped", "")]
    engine.dispose()


def test_the_service_runs_until_it_is_stopped(engine: sa.Engine) -> None:
    stop, ready = threading.Event(), threading.Event()
    works = [Work("never", "0 0 1 1 *", "UTC", lambda stop: pytest.fail("it ran"))]
    service = threading.Thread(target=lambda: serve(works, Desk(engine), stop=stop, ready=ready.set))
    service.start()
    assert ready.wait(20)
    assert service.is_alive()
    stop.set()
    service.join(20)
    assert not service.is_alive()


def test_every_schedule_is_checked_before_anything_runs(engine: sa.Engine) -> None:
    works = [
        Work("good", "* * * * *", "UTC", lambda stop: pytest.fail("it ran")),
        Work("bad", "now and then", "UTC", lambda stop: Outcome()),
    ]
    with pytest.raises(ConfigNeeded, match="'now and then' is no schedule"):
        serve(works, Desk(engine))
    with pytest.raises(ConfigNeeded, match="nothing has a schedule"):
        serve([], Desk(engine))


def run_for(seconds: float, works: list[Work], desk: Desk) -> None:
    stop = threading.Event()
    service = threading.Thread(target=lambda: serve(works, desk, stop=stop))
    service.start()
    time.sleep(seconds)
    stop.set()
    service.join(30)


def test_what_was_missed_while_no_service_ran_is_made_up_for_once(engine: sa.Engine) -> None:
    done: list[str] = []
    works = [
        Work("late", "0 0 * * *", "UTC", lambda stop: Outcome(error=done.append("late") or "")),
        Work("in time", "0 0 1 1 *", "UTC", lambda stop: pytest.fail("it ran")),
        Work("never begun", "0 0 * * *", "UTC", lambda stop: pytest.fail("it ran")),
    ]
    now = dt.datetime.now(dt.UTC)
    begin_job(engine, "late", now - dt.timedelta(days=5), lambda *_: True)
    begin_job(engine, "in time", now - dt.timedelta(seconds=1), lambda *_: True)
    for seconds in (1.5, 0.5):
        run_for(seconds, works, Desk(engine))
    assert done == ["late"]  # of five days missed one is made up for, and not again


def test_a_clock_that_is_set_back_does_not_put_a_job_to_sleep(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[dt.datetime] = []
    offset = [dt.timedelta(hours=3)]
    desk = Desk(engine, now=lambda: dt.datetime.now(dt.UTC) + offset[0])
    real = time.time
    monkeypatch.setattr("sync.schedule.time.time", lambda: real() + offset[0].total_seconds())
    begin_job(engine, "hourly", desk.now(), lambda *_: True)  # begun while the clock was three hours ahead
    works = [Work("hourly", "0 * * * *", "UTC", lambda stop: Outcome(error=str(done.append(desk.now()) or "")))]
    stop = threading.Event()
    service = threading.Thread(target=lambda: serve(works, desk, stop=stop))
    service.start()
    time.sleep(0.5)
    assert done == []
    offset[0] = dt.timedelta()
    until = time.monotonic() + 20
    while not done and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.3)  # and not a second time
    stop.set()
    service.join(30)
    assert len(done) == 1
    assert "the clock jumped by -10800 s: the times to come are reckoned anew" in caplog.text
