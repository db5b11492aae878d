"""`backlog signals`: the rules that tripped, with the records behind them and what usually helps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import DAY, App, command
from cli.tabular import form_options, printed

if TYPE_CHECKING:
    from engine.signals.signal import Signal, Unchecked
    from excel.host import BooksHost
    from model.settings import Settings


@command(
    "backlog signals\n"
    "backlog signals --date 2026-03-31 --json\n"
    "backlog signals --keep             notes them, so that only new ones are told of later\n"
    "backlog signals --history          when each was first noted, and its end"
)
@click.option("--date", type=DAY, help="The day to look at [default: today].")
@click.option("--keep", is_flag=True, help='Note which are open, as the service does in a job of run = "signals".')
@click.option("--history", is_flag=True, help="Those that were noted, with their days, instead of looking.")
@form_options
def signals(app: App, date: dt.date | None, keep: bool, history: bool, form: str) -> None:
    """Signals of the backlog: thresholds are under [signals] of the configuration."""
    from cli.calc import books_host
    from excel.answers import Table
    from sync.signals import since

    host = books_host(app)
    if history:
        if date or keep:
            raise click.UsageError("--history reads what was noted: leave --date and --keep out.")
        _told(host, form)
        return
    found, unchecked = looked(host, date)
    open_since = since(host.books.engine)
    rows = [
        (
            each.rule, each.subject, each.text, each.amount, each.amount.currency if each.amount else None,
            ", ".join(each.records), each.advice, open_since[each.name].astimezone(host.zone).date() if each.name in open_since else "new",
        )
        for each in found
    ]  # fmt: skip
    columns = ("rule", "subject", "text", "amount", "currency", "records", "advice", "since")
    printed(Table(columns, rows), form)
    for rule in unchecked:
        screen.warn(f"{rule.rule} was not looked at: {rule.reason}")
    if keep:
        kept(host, found)


def _told(host: BooksHost, form: str) -> None:
    """Every time a signal was noted, the last first; `ended` is blank while it is open."""
    from excel.answers import Table
    from sync.signals import history

    def day(moment: dt.datetime | None) -> dt.date | None:
        return None if moment is None else moment.astimezone(host.zone).date()

    rows = [(each.name, day(each.since), day(each.ended_at), each.text) for each in history(host.books.engine)]
    printed(Table(("signal", "since", "ended", "text"), rows), form)
    if not rows:
        screen.warn('nothing was noted yet: backlog signals --keep, or a job with run = "signals", notes what trips')


def looked(host: BooksHost, date: dt.date | None = None) -> tuple[list[Signal], list[Unchecked]]:
    """The signals of a day (None: today) by the configured thresholds."""
    from engine.signals.look import signals as look

    block = host.settings.signals
    return look(host.ledger(None), host.inputs(), date or host.today, block.limits, block.off)


def kept(host: BooksHost, found: list[Signal]) -> None:
    """Notes which signals are open."""
    from sync.signals import keep

    words = {each.name: f"{each.text}. What usually helps: {each.advice}" for each in found}
    keep(host.books.engine, words, dt.datetime.now(dt.UTC))


def signalled(settings: Settings) -> None:
    """What the job does: looks at all rules and notes what is open; alerts of new ones go out by its end."""
    from books.ledgers import Books
    from excel.host import BooksHost

    host = BooksHost(settings, Books(settings), lambda: dt.datetime.now(dt.UTC))
    kept(host, looked(host)[0])
