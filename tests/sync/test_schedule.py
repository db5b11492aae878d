"""The service: it starts, does its jobs, and ends cleanly when it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from model.errors import ConfigNeeded
from store.connect import connect
from store.read import facts, runs
from sync.jobs import Work
from sync.schedule import serve

PROGRAM = """
import datetime as dt, logging, sys, time
from connectors.kit.connector import Connector, Item, Page, Row
from store.connect import connect
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
sync.schedule.cron = lambda schedule, timezone: DateTrigger()  # at once, and not on the next full minute
jobs = Jobs(connect(sys.argv[1]), lambda: None)
serve([jobs.sync("endless", lambda: Endless("endless", {}), "* * * * *", "UTC")])
print("ended", flush=True)
"""


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


def test_the_service_runs_until_it_is_stopped(engine: sa.Engine) -> None:
    stop, ready = threading.Event(), threading.Event()
    works = [Work("never", "0 0 1 1 *", "UTC", lambda stop: None)]
    service = threading.Thread(target=lambda: serve(works, stop=stop, ready=ready.set))
    service.start()
    assert ready.wait(20)
    assert service.is_alive()
    stop.set()
    service.join(20)
    assert not service.is_alive()


def test_every_schedule_is_checked_before_anything_runs() -> None:
    works = [
        Work("good", "* * * * *", "UTC", lambda stop: pytest.fail("it ran")),
        Work("bad", "every day", "UTC", lambda stop: None),
    ]
    with pytest.raises(ConfigNeeded, match="'every day' is no schedule"):
        serve(works)
    with pytest.raises(ConfigNeeded, match="nothing has a schedule"):
        serve([])
