"""What the service does at its times: pull a connector and bring the ledger up to date, or any other job by name.

The ledger and the workbooks are made by callables of the caller, so that this package knows neither.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.kit.connector import Connector
from model.errors import BacklogError
from model.policy import Policy
from store.connect import translated
from store.read import data_version
from sync.run import RunResult, pull

Stop = Callable[[], bool]
_log = logging.getLogger("backlog.sync")


@dataclass(frozen=True)
class Work:
    """Something to do on a schedule: a cron expression in a named zone. `act` asks `stop()` where it can pause."""

    name: str
    schedule: str
    timezone: str
    act: Callable[[Stop], object]


class Jobs:
    """The jobs over one store. `build` brings the ledger up to date; two builds never run at a time."""

    def __init__(self, engine: sa.Engine, build: Callable[[], object], *, method: str = Policy().recognition) -> None:
        self._engine, self._build, self._method = engine, build, method
        self._building = threading.Lock()

    def sync(self, name: str, make: Callable[[], Connector], schedule: str, timezone: str) -> Work:
        """Pulls a connector, made afresh each time, then builds the ledger if any record changed."""
        return Work(f"sync {name}", schedule, timezone, lambda stop: self.pull_and_build(make, stop))

    def build(self, name: str, schedule: str, timezone: str) -> Work:
        """Builds the ledger at its own times."""
        return Work(name, schedule, timezone, lambda stop: self._build_ledger())

    def other(self, name: str, act: Callable[[], object], schedule: str, timezone: str) -> Work:
        """Any other job, such as refreshing workbooks."""
        return Work(name, schedule, timezone, lambda stop: act())

    def pull_and_build(self, make: Callable[[], Connector], stop: Stop = lambda: False) -> RunResult:
        """One connector into the store and on into the ledger. A failed pull keeps what it stored: that counts too."""
        with translated(self._engine.url.database):
            before = data_version(self._engine)
        connector = make()
        try:
            result = pull(self._engine, connector, now=dt.datetime.now(dt.UTC), method=self._method, stop=stop)
        finally:
            connector.close()
        with translated(self._engine.url.database):
            changed = data_version(self._engine) != before
        if changed and not stop():
            self._build_ledger()
        return result

    def _build_ledger(self) -> None:
        with self._building:
            self._build()


def perform(work: Work, stop: Stop) -> None:
    """Does a job and logs how it went. An error is told and ends this time, not the service."""
    started = time.monotonic()
    _log.info("%s: begins", work.name)
    try:
        work.act(stop)
    except BacklogError as error:
        _log.error("%s: %s", work.name, error)
    else:
        _log.info("%s: ended after %.1f s", work.name, time.monotonic() - started)
