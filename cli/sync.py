"""`backlog sync`: pulls the configured connectors, says what became of every record, and builds the ledger."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import DAY, App, command
from cli.sources import all_made
from model.errors import BacklogError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from books.ledgers import Books
    from connectors.kit.connector import Connector
    from store.counts import Counts
    from sync.run import RunResult


@command("backlog sync\nbacklog sync crm --since 2026-01-01\nbacklog sync --full --dry-run")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--full", is_flag=True, help="Read everything again, not only what changed.")
@click.option("--since", type=DAY, metavar="DATE", help="Read again what changed from this day.")
@click.option("--dry-run", is_flag=True, help="Read and check, show what would change, store nothing.")
@click.option("--all", "every", is_flag=True, help="With --dry-run: show every change, not twenty of each kind.")
def sync(app: App, names: tuple[str, ...], full: bool, since: dt.date | None, dry_run: bool, every: bool) -> None:
    """Pulls the named connectors, or all; if one fails the others still run, and the exit code is 1.

    A dry run shows each record that would be added (+), changed (~, field by field) or removed (-), and the totals of
    today that would move; the same command without --dry-run then applies it.
    """
    from books.ledgers import Books
    from sync.run import pull

    connectors = all_made(app.settings, names)
    books = Books(app.settings)
    failed = []
    for connector in connectors:
        now = dt.datetime.now(dt.UTC)
        look = _shown(books, now, every=every)
        with _open(connector), screen.progress() as advance:
            result = pull(
                books.engine,
                connector,
                now=now,
                full=full,
                since=since,
                dry_run=dry_run,
                progress=_told(connector.name, advance),
                method=app.settings.policy.recognition,
                look=look,
            )
        _report(result)
        if result.error:
            failed.append(connector.name)
            _stays(books.engine, connector.name)
    if dry_run:
        screen.say("dry run: nothing was stored")
    else:
        build(books, app.today)
    if failed:
        raise BacklogError(f"{len(failed)} of {len(connectors)} connectors failed: {', '.join(failed)}")


def build(books: Books, today: dt.date) -> None:
    """Builds the ledger from what the store now holds, and says how it came out."""
    from engine.arisen import how_many
    from sync.upkeep import bring_up_to_date

    with screen.progress() as advance:
        ledger = bring_up_to_date(books, lambda step: advance(f"ledger: {step}", 0, None))
    screen.say(f"ledger {ledger.version}: {how_many(ledger, today)}")


@contextmanager
def _open(connector: Connector) -> Iterator[None]:
    try:
        yield
    finally:
        connector.close()


def _shown(books: Books, now: dt.datetime, *, every: bool) -> Callable[[Engine, int], None]:
    from cli.differences import tell

    return lambda tried, run_id: tell(books, tried, run_id, now, every=every)


def _told(name: str, advance: screen.Advance) -> Callable[[str, Counts], None]:
    return lambda thing, counts: advance(f"{name} {thing}", counts.read, None)


def _stays(engine: Engine, name: str) -> None:
    """What there is of a connector that failed, and how old it is."""
    from cli.status import age, when
    from store.read import freshness

    done = freshness(engine).get(name)
    if done is None:
        screen.warn(f"{name}: it has never been complete")
    else:
        screen.warn(f"{name}: its records stay as of {when(done)}, {age(done, dt.datetime.now(dt.UTC))} ago")


def _report(result: RunResult) -> None:
    from sync.run import in_words

    for thing, counts in result.counts.items():
        if any(dataclasses.astuple(counts)):
            screen.say(f"{result.source} {thing}: {in_words(counts)}")
    if result.error:
        screen.warn(result.error)
    else:
        screen.say(f"{result.source}: {result.state}")
    if aside := sum(counts.rejected for counts in result.counts.values()):
        screen.warn(f"{result.source}: {aside} records were set aside. See what to correct: backlog rejected list")
