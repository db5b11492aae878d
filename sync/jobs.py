"""What the service does at its times: pull a connector and bring the ledger up to date, or any other job by name.

The ledger and the workbooks are made by callables of the caller, so that this package knows neither.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.kit.connector import Connector
from model.policy import Policy
from store.connect import translated
from store.read import data_version
from store.watch import jobs
from sync.run import RunResult, pull

Stop = Callable[[], bool]
Make = Callable[[], Connector]


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `state`: complete, failed, stopped, or busy where another process was at it.

    `error` is for a person; `parked`: for how many seconds asking again is pointless; `pulls`: what was pulled.
    """

    state: str = "complete"
    error: str = ""
    parked: float | None = None
    pulls: tuple[RunResult, ...] = ()


@dataclass(frozen=True)
class Work:
    """Something to do on a schedule in a named zone. `act` asks `stop()` where it can pause; what it raises it failed by."""

    name: str
    schedule: str
    timezone: str
    act: Callable[[Stop], Outcome]


def sync_job(name: str) -> str:
    """The name of the job that pulls a connector."""
    return f"sync {name}"


class Jobs:
    """The jobs over one store. `build` brings the ledger up to date; two builds never run at a time."""

    def __init__(self, engine: sa.Engine, build: Callable[[], object], *, method: str = Policy().recognition) -> None:
        self._engine, self._build, self._method = engine, build, method
        self._building = threading.Lock()
        self._behind = False  # the ledger lacks what the store has, for its last build failed

    def sync(self, name: str, make: Make, schedule: str, timezone: str) -> Work:
        """Pulls a connector, made afresh each time, then builds the ledger if any record changed."""
        return Work(sync_job(name), schedule, timezone, lambda stop: _outcome([self.pull_and_build(make, stop)]))

    def sync_all(self, name: str, makes: Sequence[tuple[str, Make]], schedule: str, timezone: str) -> Work:
        """Pulls connectors one after the other; one that fails stops no other, one that is parked is left alone."""
        return Work(name, schedule, timezone, lambda stop: self._pull_all(makes, stop))

    def build(self, name: str, schedule: str, timezone: str) -> Work:
        """Builds the ledger at its own times."""
        return Work(name, schedule, timezone, lambda stop: self._build_ledger())

    def other(self, name: str, act: Callable[[Stop], object], schedule: str, timezone: str) -> Work:
        """Any other job, such as refreshing workbooks."""

        def done(stop: Stop) -> Outcome:
            act(stop)
            return Outcome()

        return Work(name, schedule, timezone, done)

    def pull_and_build(self, make: Make, stop: Stop = lambda: False) -> RunResult:
        """One connector into the store and on into the ledger. A failed pull keeps what it stored: that counts too."""
        with translated(self._engine.url.database):
            before = data_version(self._engine)
        connector = make()
        try:
            result = pull(self._engine, connector, now=_utc_now(), method=self._method, stop=stop)
        finally:
            connector.close()
        with translated(self._engine.url.database):
            changed = data_version(self._engine) != before
        if (changed or self._behind) and not stop():
            self._build_ledger()
        return result

    def _pull_all(self, makes: Sequence[tuple[str, Make]], stop: Stop) -> Outcome:
        with translated(self._engine.url.database):
            known = jobs(self._engine)
        results: list[RunResult] = []
        for name, make in makes:
            state = known.get(sync_job(name))
            if stop() or (state and state.parked_until and state.parked_until > _utc_now()):
                continue
            results.append(self.pull_and_build(make, stop))
        return _outcome(results)

    def _build_ledger(self) -> Outcome:
        with self._building:
            self._behind = True
            self._build()
            self._behind = False
        return Outcome()


def _outcome(results: Sequence[RunResult]) -> Outcome:
    """How a job of several pulls ended: by its worst."""
    errors = "; ".join(result.error for result in results if result.error and result.state == "failed")
    states = [result.state for result in results]
    state = next((worst for worst in ("failed", "stopped", "busy") if worst in states), "complete")
    parked = results[0].parked if len(results) == 1 else None
    return Outcome(state, errors, parked, tuple(results))


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
