"""`backlog status`: how fresh the data is, the last runs, and what waits for a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import App, command
from model.errors import Unanswerable
from model.settings_text import unknown_word

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from books.ledgers import Books
    from model.settings import Settings
    from store.read import Run


@command("backlog status\nbacklog status --runs 50")
@click.option(
    "--runs", "limit", default=10, show_default=True, type=click.IntRange(0), help="How many of the last runs to show."
)
def status(app: App, limit: int) -> None:
    """Freshness of every source, the last runs, jobs of the service, rejected records and open exceptions."""
    from books.ledgers import Books

    books = Books(app.settings)
    _sources(books.engine, app.settings.connectors)
    _runs(books.engine, limit)
    _jobs(books.engine)
    _reconciles(books.engine)
    _rejects(books.engine)
    _exceptions(books, app.today)


def _sources(engine: Engine, names: Iterable[str]) -> None:
    from store import read

    done, now = read.freshness(engine), dt.datetime.now(dt.UTC)
    rows = [
        (name, when(done[name]), age(done[name], now)) if name in done else (name, "never complete", "")
        for name in dict.fromkeys([*names, *done])
    ]
    screen.table(("source", "last complete", "age"), rows, title="Sources")


def _runs(engine: Engine, limit: int) -> None:
    from store import read

    headings = ("run", "source", "started", "state", "read", "added", "changed", "removed", "rejected", "error")
    rows = [_run(run) for run in read.runs(engine, limit)]
    screen.table(headings, rows, title="Last runs", right="read added changed removed rejected")


def _run(run: Run) -> tuple[object, ...]:
    totals = [
        sum(getattr(counts, name) for counts in run.objects.values())
        for name in ("read", "added", "changed", "removed", "rejected")
    ]
    return (run.id, run.source, when(run.started_at), run.state, *totals, run.error)


def _jobs(engine: Engine) -> None:
    from store import watch

    rows = [
        (each.name, each.state, when(each.started_at), each.failures or "", when(each.parked_until), each.error)
        for each in watch.jobs(engine).values()
    ]
    if rows:
        headings = ("job", "state", "begun", "failures in a row", "rests until", "error")
        screen.table(headings, rows, title="Jobs of the service", right="failures")
    for alert in watch.alerts(engine).values():
        told = f"told {when(alert.told_at)}" if alert.told_at else "nobody could be told yet"
        screen.say(f"alert since {when(alert.since)}, {told}: {alert.text}")


def _reconciles(engine: Engine) -> None:
    """What only a whole reading found: changes that a vendor never told of."""
    from store import watch

    for each in watch.reconciles(engine):
        if each.missed:
            screen.say(
                f"{each.source} {each.object}: on {when(each.at)} a whole reading found {each.missed} that no change had "
                f"told of (added {each.added}, changed {each.changed}, removed {each.removed}): {', '.join(each.keys)}"
            )


def _rejects(engine: Engine) -> None:
    from store import read

    waiting = Counter((reject.source, reject.object, reject.waits) for reject in read.rejects(engine))
    for (source, name, waits), count in sorted(waiting.items()):
        note = "load by themselves once a record they point at arrives or is corrected" if waits else "break a rule"
        screen.say(f"{source} {name}: {count} rejected, which {note}: backlog rejected list")


def _exceptions(books: Books, today: dt.date) -> None:
    from engine.arisen import arisen, how_many

    ledger = books.open()
    found = Counter((str(row.rule), str(row.severity)) for row in arisen(ledger.exceptions, today).itertuples())
    rows = [(rule, severity, count) for (rule, severity), count in sorted(found.items())]
    screen.table(("exception", "severity", "count"), rows, title=f"Ledger {ledger.version}", right="count")
    screen.say(how_many(ledger, today))


def known_source(settings: Settings, engine: Engine, name: str) -> None:
    """Unanswerable for a name that is no connector's, now or ever: it must not read as one without a fault."""
    from store import read

    known = dict.fromkeys([*settings.connectors, *read.freshness(engine)])
    if name and name not in known:
        raise Unanswerable(f"connector {unknown_word(name, known)}")


def when(moment: dt.datetime | None) -> str:
    """A moment as a person reads it, in UTC.

    >>> when(dt.datetime(2026, 10, 31, 6, 0, 5, tzinfo=dt.UTC))
    '2026-10-31 06:00:05 UTC'
    """
    return "" if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def age(moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago a moment was, as a person says it.

    >>> midnight = dt.datetime(2026, 10, 31, tzinfo=dt.UTC)
    >>> [age(midnight, midnight + dt.timedelta(minutes=minutes)) for minutes in (0, 1, 59, 60, 2880)]
    ['0 minutes', '1 minute', '59 minutes', '1 hour', '2 days']
    """
    minutes = max(0, int((now - moment).total_seconds() // 60))
    size, unit = next(
        (size, unit) for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes >= size or size == 1
    )
    count = minutes // size
    return f"{count} {unit}{'' if count == 1 else 's'}"
