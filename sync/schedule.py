"""The service: every job at its times, until it is told to stop.

A job that is still running is not started again, and times missed meanwhile are made up for once, also those missed
while no service ran. On SIGTERM, Ctrl-C or (on Windows) Ctrl-Break the page in hand is stored and the service ends; what
was stored stands. A clock that jumps is noticed: no job waits for a time that has come already, or will not come.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from model.errors import ConfigNeeded
from sync.desk import Desk
from sync.jobs import Work
from sync.stopping import stopped
from sync.times import trigger

AT_A_TIME = 4
JUMP_SECONDS = 5.0
_LOOK_SECONDS = 0.5  # how soon a signal is noticed; Windows wakes no thread for one
_log = logging.getLogger("backlog.service")


def serve(
    works: Sequence[Work],
    desk: Desk,
    *,
    stop: threading.Event | None = None,
    ready: Callable[[], None] = lambda: None,
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Runs until a signal or `stop` says so. Every schedule is checked before anything runs: ConfigNeeded.

    `ready()` is called once the clock is running, `beat()` every half second from then on.
    """
    if not works:
        raise ConfigNeeded('nothing has a schedule. Add schedule = "*/15 * * * *" under a [connectors.NAME]')
    over = stop or threading.Event()
    timetable = _Timetable(works, desk, over)
    with stopped(over.set):
        timetable.begin()
        try:
            _log.info("the service runs: %s", ", ".join(work.name for work in works))
            ready()
            while not over.wait(_LOOK_SECONDS):
                beat()
                timetable.watch_clock()
        finally:
            over.set()
            _log.info("the service ends once the pages in hand are stored")
            timetable.end()


class _Timetable:
    """The jobs in APScheduler's hands."""

    def __init__(self, works: Sequence[Work], desk: Desk, over: threading.Event) -> None:
        self._works, self._desk, self._over = works, desk, over
        self._triggers = {work.name: trigger(work.schedule, work.timezone) for work in works}
        self._offset = time.time() - time.monotonic()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(AT_A_TIME)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def begin(self) -> None:
        for work in self._works:
            self._add(work, self._triggers[work.name], work.name)
        self._make_up()
        self._scheduler.start()

    def end(self) -> None:
        self._scheduler.shutdown(wait=True)

    def watch_clock(self) -> None:
        """Where the clock was set or the machine slept, the times to come are reckoned anew."""
        offset = time.time() - time.monotonic()
        jumped, self._offset = offset - self._offset, offset
        if abs(jumped) < JUMP_SECONDS:
            return
        _log.warning("the clock jumped by %+.0f s: the times to come are reckoned anew", jumped)
        self._make_up()
        for work in self._works:
            self._scheduler.reschedule_job(work.name, trigger=self._triggers[work.name])

    def later(self, work: Work, at: dt.datetime) -> None:
        """Does a job once more, before its next time."""
        if not self._over.is_set():
            self._add(work, DateTrigger(at), f"{work.name} once")

    def _make_up(self) -> None:
        missed = self._desk.missed(self._works)
        for work in self._works:
            if work.name in missed:
                self.later(work, missed[work.name])

    def _add(self, work: Work, when: Any, name: str) -> None:
        arguments = (work, self._over.is_set, self.later)
        self._scheduler.add_job(self._desk.perform, when, args=arguments, id=name, name=name, replace_existing=True)
