"""`backlog quality`: the rules records break, by source, now and over time."""

from __future__ import annotations

import datetime as dt

import click

from cli import screen
from cli.app import App, command
from cli.status import known_source, when

_GRAVEST = ("error", "warning", "info")


@command("backlog quality\nbacklog quality --source billing --days 90")
@click.option("--source", default="", metavar="NAME", help="Only the records of one connector.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1), help="How far back to compare.")
def quality(app: App, source: str, days: int) -> None:
    """How many exceptions and rejected records each source has by rule: now, a week ago, and since when.

    Each sync counts them. The exceptions themselves: backlog exceptions list; records that could not be loaded:
    backlog rejected list.
    """
    from books.ledgers import Books
    from books.quality import as_it_was, counted, since
    from engine.arisen import arisen, so_many
    from store.periods import quality_counts

    books = Books(app.settings)
    known_source(app.settings, books.engine, source)
    now = dt.datetime.now(dt.UTC)
    ledger, today = books.open(), app.today
    found = counted(books.engine, ledger, today)
    history = quality_counts(books.engine)
    week, before = (as_it_was(history, now - dt.timedelta(back)) for back in (7, days))
    begun = since(history)
    kinds = [kind for kind in {*found, *week, *before} if source in ("", kind.source)]
    kinds = [kind for kind in kinds if found.get(kind) or week.get(kind) or before.get(kind)]
    kinds.sort(key=lambda kind: (_GRAVEST.index(kind.severity), kind.rule, kind.source))
    rows = [(kind.rule, kind.severity, kind.source, found.get(kind, 0), week.get(kind, 0), before.get(kind, 0),
             when(begun.get(kind))) for kind in kinds]  # fmt: skip
    headings = ("rule", "severity", "source", "now", "a week ago", f"{days} days ago", "since")
    screen.table(headings, rows, title="Quality", right="now")
    frame = arisen(ledger.exceptions, today)
    exceptions = len(frame if not source else frame[frame["source"] == source])
    total = sum(found[kind] for kind in found if source in ("", kind.source))
    told = f"{so_many(exceptions, 'exception')} by {today}, {so_many(total - exceptions, 'rejected record')}"
    screen.say(f"{told}; those acknowledged are among them")
