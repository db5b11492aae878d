"""`backlog rejected`: the records that were set aside, what is wrong with each, and another try."""

from __future__ import annotations

import datetime as dt

import click

from cli import screen
from cli.app import App, command, group
from cli.status import known_source, when
from cli.sync import build
from cli.who import by_option, named, why_option


@group()
def rejected() -> None:
    """The records that were set aside: what is wrong with each, and another try."""


@rejected.add_command
@command("backlog rejected list\nbacklog rejected list crm --payload\nbacklog rejected list --dismissed", name="list")
@click.argument("source", metavar="[NAME]", required=False)
@click.option("--payload", is_flag=True, help="Show each record as it was read.")
@click.option("--dismissed", is_flag=True, help="Those that were dismissed instead: by whom, when, and why.")
def list_(app: App, source: str | None, payload: bool, dismissed: bool) -> None:
    """The open ones, the oldest first: where each was read, what is wrong, and the remedy."""
    from store.connect import connect
    from store.read import rejects

    engine = connect(app.settings.store.url)
    try:
        known_source(app.settings, engine, source or "")
        rested = rejects(engine, source, dismissed=True)
        found = rested if dismissed else rejects(engine, source)
    finally:
        engine.dispose()
    for reject in found:
        column = f", column {reject.column}" if reject.column else ""
        screen.say(f"{reject.id}\t{reject.source} {reject.place or f'{reject.object} {reject.key}'}{column}")
        screen.say(f"\t{reject.reason}. {reject.remedy}.".replace("..", "."))
        screen.say(f"\tfirst {when(reject.first_at)}, last {when(reject.last_at)}")
        if dismissed:
            by = f" by {reject.who}" if reject.who else ""
            screen.say(f"\tdismissed {when(reject.resolved_at)}{by}: {reject.why or 'no reason was given'}")
        if payload:
            screen.say(f"\t{reject.payload}")
    if rested and not dismissed:
        screen.say(f"{len(rested)} dismissed: backlog rejected list --dismissed")
    screen.say(f"{len(found)} {'dismissed' if dismissed else 'rejected'}")


@rejected.add_command
@command('backlog rejected dismiss 17 --why "the row has gone from its file"')
@click.argument("reject", metavar="ID", type=int)
@why_option
@by_option
def dismiss(app: App, reject: int, why: str, who: str) -> None:
    """Lets one rest that is right to be left out, such as a row that has gone from its file. It stays on record, with who
    and why.

    Read again at its source, it comes back.
    """
    from store.connect import connect
    from sync.retry import dismiss as let_go

    who, engine = named(who), connect(app.settings.store.url)
    try:
        let_go(engine, reject, now=dt.datetime.now(dt.UTC), who=who, why=why)
    finally:
        engine.dispose()
    screen.say(f"{reject} is dismissed by {who}")


@rejected.add_command
@command("backlog rejected retry\nbacklog rejected retry 17")
@click.argument("reject", metavar="[ID]", required=False, type=int)
def retry(app: App, reject: int | None) -> None:
    """Tries the open ones again, or one of them; then builds the ledger."""
    from books.ledgers import Books
    from sync.retry import retry as settle

    books = Books(app.settings)
    now = dt.datetime.now(dt.UTC)
    result = settle(books.engine, reject, now=now, method=app.settings.policy.recognition)
    screen.say(f"loaded {result.loaded}, still rejected {result.still}")
    if result.unread:
        screen.say(f"{result.unread} could not be read at all: correct them at their source, then run: backlog sync")
    if result.loaded:
        build(books, app.today)
