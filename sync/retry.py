"""Quarantined records taken up again, or let go, by hand.

Most mend themselves: a record that waits for another loads with it, one that is corrected at the source with the next
sync. A retry helps where the rules have changed, such as the policy's recognition.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from model.errors import Unanswerable
from model.policy import Policy
from store.connect import translated
from store.read import rejects
from store.write import end_run, page_transaction, start_run
from sync.holder import leased
from sync.page import Reading, take_up, wake


@dataclass(frozen=True)
class Retried:
    """What became of the rejects taken up: `loaded`, `still` refused, and `unread`, which only a sync can mend."""

    loaded: int
    still: int
    unread: int


def retry(
    engine: sa.Engine, reject_id: int | None = None, *, now: dt.datetime, method: str = Policy().recognition
) -> Retried:
    """Settles one open reject anew, or all of them; what they free loads too.

    Raises Unanswerable if no open reject has that number, RetryLater while its connector is being pulled.
    """
    wanted = [reject for reject in rejects(engine) if reject_id in (None, reject.id)]
    if reject_id is not None and not wanted:
        raise _unknown(reject_id)
    unread = 0
    with translated(engine.url.database):
        for source in sorted({reject.source for reject in wanted}):
            unread += _retry_source(engine, source, [r.id for r in wanted if r.source == source], now, method)
    left = {reject.id for reject in rejects(engine)} & {reject.id for reject in wanted}
    return Retried(len(wanted) - len(left), len(left) - unread, unread)


def dismiss(engine: sa.Engine, reject_id: int, *, now: dt.datetime, who: str, why: str = "") -> None:
    """Lets a reject rest because a person says so: `who`, and `why`. Read again with the same content, it comes back.

    Raises Unanswerable if no open reject has that number, RetryLater while its connector is being pulled.
    """
    found = next((reject for reject in rejects(engine) if reject.id == reject_id), None)
    if found is None:
        raise _unknown(reject_id)
    with (
        translated(engine.url.database),
        leased(engine, found.source) as lock,
        page_transaction(engine, found.last_run, now, lock) as writer,
    ):
        writer.rejects.resolve([reject_id], "dismissed", who=who, why=why)
        writer.rejects.forget([(found.source, found.object, found.key)])


def _retry_source(engine: sa.Engine, source: str, ids: list[int], now: dt.datetime, method: str) -> int:
    """Retries rejects of one connector in one transaction; how many hold nothing that could be settled."""
    with leased(engine, source) as lock:
        run_id = start_run(engine, source, now, "retry of rejects", lock)
        state = "failed"
        try:
            with page_transaction(engine, run_id, now, lock) as writer:
                waiting = writer.rejects.by_id(ids)
                ready = [reject for reject in waiting if reject.body]
                reading = Reading(source, "", method, run_id, {})
                wake(writer, reading, take_up(writer, reading, ready))
                for name, counts in reading.counts.items():
                    writer.put_counts(name, counts)
            state = "retried"
        finally:
            end_run(engine, run_id, now, state)
    return len(waiting) - len(ready)


def _unknown(reject_id: int) -> Unanswerable:
    return Unanswerable(f"there is no open reject {reject_id}. List them with: backlog rejected list")
