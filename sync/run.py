"""A pull: one connector into the store, page by page, each in a transaction of its own.

A pull can be cut anywhere, by an error or by pulling the plug: what was stored is whole, and the next pull goes on
from the cursor stored with it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from connectors.kit.connector import Connector, Page, Pull
from model.errors import BacklogError, RetryLater
from model.policy import Policy
from model.redaction import redacted
from store.connect import scratch, translated
from store.counts import Counts
from store.read import Cursor, cursors
from store.write import Lock, end_run, page_transaction, start_run
from sync.holder import Busy, leased
from sync.page import Reading, end_rejects, ends_rejects, store_page

CLOCKS_DIFFER = dt.timedelta(minutes=5)
PARKED_SECONDS = 3600.0
"""How long a connector rests whose quota is used up, where the vendor does not say."""

MEANT = "meant"
"""The key of a cursor under which stands by which settings it was read."""
_ASKING = frozenset({
    "kind", "schedule", "path", "base_url", "token_url", "url", "endpoint_url", "region", "access_key_id", "host_key",
    "client_id", "certificate_id", "username", "auth", "command", "settings_file", "catalog_file", "timeout_seconds",
    "requests_per_second", "requests_per_run", "reconcile_days", "bulk_from", "financial_months",
})  # fmt: skip

Progress = Callable[[str, Counts], None]
_log = logging.getLogger("backlog.sync")


@dataclass(frozen=True)
class RunResult:
    """How a pull ended. `state`: complete, failed, stopped, or busy where another process has it in hand; `error` is for
    a person, None unless there is something to say.

    `counts` by object, in the order they were met; `run_id` None where nothing was stored (a dry run, or a busy pull);
    `parked`: for how many seconds the vendor's quota makes asking pointless, None where it does not.
    """

    source: str
    state: str
    counts: Mapping[str, Counts] = field(default_factory=dict)
    error: str | None = None
    run_id: int | None = None
    dry_run: bool = False
    parked: float | None = None


def pull(
    engine: sa.Engine,
    connector: Connector,
    *,
    now: dt.datetime,
    full: bool = False,
    since: dt.date | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    method: str = Policy().recognition,
    stop: Callable[[], bool] = lambda: False,
    look: Callable[[sa.Engine, int], None] = lambda tried, run_id: None,
) -> RunResult:
    """Reads all objects of a connector into the store. Errors end this pull, are kept in its run, and are returned.

    `now` is the moment of the run. `full` reads everything, `since` again from a day on. `dry_run` tries it on a copy
    of the store: the counts are those of a real run, and nothing changes; `look(copy, run)` sees the copy before it
    goes. `progress(object, counts)` hears of every page. `method` is the policy's recognition. `stop()` is asked after
    each page. The caller closes the connector.
    """
    ask = Pull(None, now, since, full)
    job = _Job(connector, ask, _Clock(now), method, progress or (lambda name, counts: None), stop)
    connector.stop = stop
    try:
        with translated(engine.url.database):
            if dry_run:
                with scratch(engine) as tried:
                    result, run_id = _run(tried, job, None)
                    look(tried, run_id)
                return dataclasses.replace(result, run_id=None, dry_run=True)
            with leased(engine, connector.name) as lock:
                return _run(engine, job, lock)[0]
    except Busy as error:
        return RunResult(connector.name, "busy", error=str(error), dry_run=dry_run)
    except BacklogError as error:  # the store cannot be used
        return RunResult(connector.name, "failed", error=redacted(str(error)), dry_run=dry_run)


class _Clock:
    """The moment of the run and the time passed since: when a page was really told to the store."""

    def __init__(self, now: dt.datetime) -> None:
        self._now, self._started = now, time.monotonic()

    def __call__(self) -> dt.datetime:
        return self._now + dt.timedelta(seconds=time.monotonic() - self._started)


@dataclass
class _Job:
    """What one pull is about."""

    connector: Connector
    ask: Pull
    clock: _Clock
    method: str
    progress: Progress
    stop: Callable[[], bool]
    counts: dict[str, Counts] = field(default_factory=dict)


def _run(engine: sa.Engine, job: _Job, lock: Lock | None) -> tuple[RunResult, int]:
    """The pull as a run of the store: how it ended, and its number."""
    source = job.connector.name
    run_id = start_run(engine, source, job.clock(), _asked(job.ask), lock)
    state, error, parked = "failed", "", None
    try:
        state = _read_objects(engine, job, run_id, lock)
    except BacklogError as problem:
        if isinstance(problem, RetryLater) and job.stop():
            state = "stopped"  # we were told to end while the vendor kept us waiting
        else:
            error, parked = _named(source, problem), _parked(problem)
    except sa.exc.DBAPIError as problem:
        error = _in_words(engine, problem)
    except Exception as fault:  # noqa: BLE001 (a connector may fail in any way; the others must go on)
        _log.exception("%s failed", source)
        error = f"{source}: {type(fault).__name__}: {fault}. This is a fault in the connector: please report it"
    except BaseException:
        end_run(engine, run_id, job.clock(), "stopped", "interrupted")
        raise
    error = redacted(error)
    try:
        with translated(engine.url.database):
            end_run(engine, run_id, job.clock(), state, error)
    except BacklogError as problem:
        state, error = "failed", error or str(problem)
    return RunResult(source, state, job.counts, error or None, run_id, parked=parked), run_id


def _read_objects(engine: sa.Engine, job: _Job, run_id: int, lock: Lock | None) -> str:
    source = job.connector.name
    standing = {} if job.ask.full else cursors(engine, source)
    meant = meaning(job.connector)
    for name in job.connector.objects():
        state = _true(source, name, standing.get(name), job.ask.now, meant)
        ask = Pull(state, job.ask.now, job.ask.since, job.ask.full)
        reading = Reading(source, name, job.method, run_id, job.counts, whole=state is None)
        for page in job.connector.pull(name, ask):
            if page.cursor is not None and meant:
                page = dataclasses.replace(page, cursor={**page.cursor, MEANT: meant})
            _store(engine, job, reading, page, lock)
            job.progress(name, job.counts[name])
            if job.stop():
                return "stopped"
        if ends_rejects(reading):
            with page_transaction(engine, run_id, job.clock(), lock) as writer:
                end_rejects(writer, reading)
        if reading.paged:
            _log.info("%s %s: %s", source, name, in_words(job.counts[name]), extra=told(source, name, job.counts[name]))
        if reading.missed is not None:
            _reconciled(source, name, reading.missed)
    return "complete"


def _true(source: str, name: str, cursor: Cursor | None, now: dt.datetime, meant: str) -> Mapping[str, Any] | None:
    """How far the object was read; None where the clock has been set back since, for then no such moment is true, and where
    the settings have changed, for then what was read before means something else.
    """
    if cursor is not None and cursor.told_at > now + CLOCKS_DIFFER:
        _log.warning(
            "%s %s: it was last read at %s, which has not come yet: the clock was set back. Everything is read",
            source, name, cursor.told_at.isoformat(timespec="seconds"),
        )  # fmt: skip
        return None
    if cursor is None:
        return None
    state = dict(cursor.state)
    if state.pop(MEANT, "") != meant:
        _log.warning("%s %s: its settings have changed since it was last read. Everything is read", source, name)
        return None
    return state


def meaning(connector: Connector) -> str:
    """A short name for the settings that say what the vendor's words mean, such as fields and stages; blank where none is
    set. Where and how often it is asked is not among them, nor is any secret.
    """
    plain = {each.name: each.default for each in connector.settings if not each.secret} | {"timezone": "UTC"}
    said = {
        name: value
        for name, value in connector.options.items()
        if name in plain and name not in _ASKING and value not in (None, "", plain[name])
    }
    if not said:
        return ""
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _reconciled(source: str, name: str, missed: Counts) -> None:
    found = missed.added + missed.changed + missed.removed
    text = "%s %s: read whole: %d that no change had told of (added %d, changed %d, removed %d)"
    level = logging.WARNING if found else logging.INFO
    _log.log(level, text, source, name, found, missed.added, missed.changed, missed.removed,
             extra={"fields": {"event": "reconcile", "source": source, "object": name, "missed": found}})  # fmt: skip


def told(source: str, name: str, counts: Counts) -> dict[str, Any]:
    """The fields of an object's line in a structured log."""
    return {"fields": {"event": "object", "source": source, "object": name, **dataclasses.asdict(counts)}}


def in_words(counts: Counts) -> str:
    """An object's counts as a line, which says where they come to more than was read: what waited in quarantine since an
    earlier run and was freed by this one is added without being read again.
    """
    freed = counts.added + counts.changed + counts.unchanged + counts.rejected - counts.read
    # What a vendor told to be gone was read, what a whole listing lacks was not: removed counts both.
    least = "at least " if counts.removed else ""
    return f"{counts}; {least}{freed} of them freed from quarantine, not read" if freed > 0 else str(counts)


def _store(engine: sa.Engine, job: _Job, reading: Reading, page: Page, lock: Lock | None) -> None:
    """Stores a page; if that fails, its counts have not been either."""
    before = {name: dataclasses.replace(counts) for name, counts in job.counts.items()}
    try:
        with page_transaction(engine, reading.run_id, job.clock(), lock) as writer:
            store_page(writer, reading, page)
    except BaseException:
        job.counts.clear()
        job.counts.update(before)
        raise


def _asked(ask: Pull) -> str:
    words: list[Any] = ["full"] if ask.full else []
    words += [f"since {ask.since}"] if ask.since else []
    return ", ".join(words)


def _parked(problem: BacklogError) -> float | None:
    return (problem.seconds or PARKED_SECONDS) if isinstance(problem, RetryLater) and problem.park else None


def _named(source: str, problem: BacklogError) -> str:
    """The error's text, beginning with the connector's name."""
    text = str(problem)
    if isinstance(problem, RetryLater) and problem.seconds:
        text = f"{text} (it asked for {problem.seconds:.0f} s)"
    return text if text.startswith(source) else f"{source}: {text}"


def _in_words(engine: sa.Engine, problem: sa.exc.DBAPIError) -> str:
    try:
        with translated(engine.url.database):
            raise problem
    except BacklogError as said:
        return str(said)
