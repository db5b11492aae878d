"""`backlog reopen`: opens a closed month again, with a reason."""

from __future__ import annotations

import datetime as dt

import click

from cli import screen
from cli.app import MONTH, App, command
from cli.status import when
from cli.who import by_option, named


@command('backlog reopen 2026-10 --why "the auditors ask for another estimate"')
@click.argument("period", type=MONTH, metavar="YYYY-MM")
@click.option("--why", required=True, metavar="TEXT", help="The reason; it is recorded.")
@click.option("--with-later", is_flag=True, help="Reopen the months that are closed after it too.")
@by_option
def reopen(app: App, period: str, why: str, with_later: bool, who: str) -> None:
    """Opens the newest closed month again: what became known since counts in the month it belongs to.

    The close, its figures and the reopening stay on record. A month with closed ones after it is reopened together with them.
    """
    from books.ledgers import Books
    from sync import closing

    books = Books(app.settings)
    done = closing.reopen(books, period, now=dt.datetime.now(dt.UTC), who=named(who), why=why, with_later=with_later)
    books.build()
    for event in done:
        screen.say(f"{event.period} is open again: {event.who}, {when(event.at)}, {event.why}")
