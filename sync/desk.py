"""Where jobs are done: by one service at a time, once for each of their times, and with a note of how each ended.

The notes are in the store, so that a second service, or the same one started again, knows what was done: a time that
was missed while no service ran is made up for once, and a connector whose quota is used up rests until it is renewed.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import sqlalchemy as sa

from model.errors import BacklogError, RetryLater
from model.redaction import redacted
from store.connect import translated
from store.watch import jobs
from store.write.jobs import begin_job, end_job
from sync.holder import Busy, leased
from sync.jobs import Outcome, Stop, Work
from sync.times import Times, trigger

CLOCK_SLACK = dt.timedelta(minutes=1)
_log = logging.getLogger("backlog.service")


class Watcher(Protocol):
    """Someone who wants to know how jobs end: metrics, alerts."""

    def ended(self, name: str, outcome: Outcome, failures: int, seconds: float) -> None:
        """A job has ended; `failures`: how often in a row it failed by now."""

    def lost(self, name: str, error: str) -> None:
        """A job could not be done, for the store cannot be used."""


class Desk:
    """The jobs of one store, and who watches them. `now` is the clock (UTC)."""

    def __init__(
        self,
        engine: sa.Engine,
        watchers: Sequence[Watcher] = (),
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.engine, self._watchers, self.now = engine, watchers, now

    def missed(self, works: Sequence[Work]) -> dict[str, dt.datetime]:
        """The jobs that were begun before and have a time that passed since, or rest: when each is to be done."""
        found: dict[str, dt.datetime] = {}
        with translated(self.engine.url.database):
            known = jobs(self.engine)
        now = self.now()
        for work in works:
            state = known.get(work.name)
            if state and state.parked_until:
                found[work.name] = max(now, state.parked_until)
            elif state and is_due(trigger(work.schedule, work.timezone), now, state.started_at, None):
                found[work.name] = now
        return found

    def perform(self, work: Work, stop: Stop, later: Callable[[Work, dt.datetime], object]) -> None:
        """Does a job if it is due and nobody else does. An error is told and ends this time, not the service.

        `later(work, at)` is called where it is to be done again before its next time.
        """
        if stop():
            return
        times, now = trigger(work.schedule, work.timezone), self.now()
        try:
            with translated(self.engine.url.database), leased(self.engine, f"job {work.name}"):
                if not begin_job(self.engine, work.name, now, lambda *when: is_due(times, now, *when)):
                    _log.debug("%s: not due", work.name)
                    return
                until = self._do(work, stop)
        except Busy:
            _log.info("%s: another service does it", work.name)
        except BacklogError as error:
            _log.error("%s: %s", work.name, redacted(str(error)), extra=_fields(work, "lost"))
            for watcher in self._watchers:
                watcher.lost(work.name, redacted(str(error)))
        else:
            if until is not None:
                later(work, until)

    def _do(self, work: Work, stop: Stop) -> dt.datetime | None:
        """The job itself; until when it rests if it has to."""
        started = time.monotonic()
        _log.info("%s: begins", work.name, extra=_fields(work, "begins"))
        outcome = _acted(work, stop)
        seconds = time.monotonic() - started
        until = None if outcome.parked is None else self.now() + dt.timedelta(seconds=outcome.parked)
        failures = end_job(self.engine, work.name, self.now(), outcome.state, outcome.error, until)
        _tell(work, outcome, seconds, until)
        for watcher in self._watchers:
            watcher.ended(work.name, outcome, failures, seconds)
        return until


def is_due(times: Times, now: dt.datetime, begun: dt.datetime | None, parked: dt.datetime | None) -> bool:
    """Whether a job last begun then is to be done now: one of its times has passed since, or its rest is over."""
    if parked is not None:
        return now >= parked
    if begun is None or begun > now + CLOCK_SLACK:  # never done, or the clock was set back
        return True
    following = times.after(begun.astimezone(dt.UTC))
    return following is not None and following <= now


def _acted(work: Work, stop: Stop) -> Outcome:
    try:
        return work.act(stop)
    except BacklogError as error:
        parked = error.seconds if isinstance(error, RetryLater) and error.park else None
        return Outcome("failed", redacted(str(error)), parked)
    except Exception as fault:  # noqa: BLE001 (one job may fail in any way; the others must go on)
        _log.exception("%s failed", work.name)
        return Outcome("failed", redacted(f"{type(fault).__name__}: {fault}. This is a fault: please report it"))


def _tell(work: Work, outcome: Outcome, seconds: float, until: dt.datetime | None) -> None:
    rests = f"; it rests until {until.isoformat(timespec='minutes')}" if until else ""
    error = f": {outcome.error}" if outcome.error else ""
    level = logging.ERROR if outcome.state == "failed" else logging.INFO
    extra = _fields(work, outcome.state)
    extra["fields"] |= {"seconds": round(seconds, 3), **({"error": outcome.error} if outcome.error else {})}
    _log.log(level, "%s: %s after %.1f s%s%s", work.name, outcome.state, seconds, error, rests, extra=extra)


def _fields(work: Work, state: str) -> dict[str, dict[str, object]]:
    return {"fields": {"event": "job", "job": work.name, "state": state}}
