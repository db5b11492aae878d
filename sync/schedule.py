"""The service: every job at its times, until it is told to stop.

A job that is still running is not started again, and times missed meanwhile are made up for once. On SIGTERM, Ctrl-C
or (on Windows) Ctrl-Break the page in hand is stored and the service ends; what was stored stands.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from model.errors import ConfigNeeded
from sync.cron import cron
from sync.jobs import Work, perform

AT_A_TIME = 4
_LOOK_SECONDS = 0.5  # how soon a signal is noticed; Windows wakes no thread for one
_log = logging.getLogger("backlog.sync")


def serve(
    works: Sequence[Work], *, stop: threading.Event | None = None, ready: Callable[[], None] = lambda: None
) -> None:
    """Runs until a signal or `stop` says so. Every schedule is checked before anything runs: ConfigNeeded.

    `ready()` is called once the clock is running.
    """
    if not works:
        raise ConfigNeeded('nothing has a schedule. Add schedule = "*/15 * * * *" under a [connectors.NAME]')
    over = stop or threading.Event()
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(AT_A_TIME)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for work in works:
        trigger = cron(work.schedule, work.timezone)
        scheduler.add_job(perform, trigger, args=(work, over.is_set), id=work.name, name=work.name)
    with _signals(over):
        scheduler.start()
        try:
            _log.info("the service runs: %s", ", ".join(work.name for work in works))
            ready()
            while not over.wait(_LOOK_SECONDS):
                pass
        finally:
            over.set()
            _log.info("the service ends once the pages in hand are stored")
            scheduler.shutdown(wait=True)


@contextlib.contextmanager
def _signals(over: threading.Event) -> Iterator[None]:
    """Has the usual signals end the service; outside the main thread Python allows none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        over.set()

    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name)]
    before: dict[Any, Any] = {number: signal.signal(number, end) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
