"""`backlog exceptions`: what someone must see, and that someone has."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import DAY, App, command, group
from cli.who import by_option, named
from model.errors import Unanswerable
from model.settings_text import unknown_word

if TYPE_CHECKING:
    import pandas as pd

    from books.ledgers import Books


@group()
def exceptions() -> None:
    """What the books say that someone must see, and who has seen it."""


_on = click.option("--on", type=DAY, metavar="DATE", help="What has arisen by the end of this day [default: today].")
_rule = click.option("--rule", default="", help="Only those of a rule.")
_contract = click.option("--contract", default="", help="Only those of a contract, by its id.")


@exceptions.add_command
@command("backlog exceptions list --on 2026-10-31\nbacklog exceptions list --rule over_recognition --all", name="list")
@_on
@_rule
@_contract
@click.option("--all", "every", is_flag=True, help="Show those that are acknowledged too.")
def list_(app: App, on: dt.date | None, rule: str, contract: str, every: bool) -> None:
    """The exceptions, the gravest first, each with the name by which it is acknowledged."""
    from books.ledgers import Books
    from engine.arisen import so_many
    from model.money import to_decimal
    from model.periods import day_of
    from model.records import NO_DAY

    day = on or app.today
    frame = _found(Books(app.settings), day, rule, contract)
    shown = frame if every else frame[frame["acknowledged"] == ""]
    rows = [
        (row["exception"], row["severity"], row["rule"], row["customer"], row["contract"], row["line"],
         "" if row["day"] <= NO_DAY else day_of(row["day"]),
         f"{to_decimal(int(row['amount_minor']), row['currency']):,} {row['currency']}" if row["currency"] else "",
         row["text"], row["source"], row["acknowledged"])
        for row in shown.to_dict("records")
    ]  # fmt: skip
    headings = (
        "name",
        "severity",
        "rule",
        "customer",
        "contract",
        "line",
        "day",
        "amount",
        "what",
        "source",
        "acknowledged",
    )
    screen.table(headings, rows, title="Exceptions", right="amount")
    seen = len(frame) - int((frame["acknowledged"] == "").sum())
    screen.say(f"{so_many(len(frame), 'exception')} by {day}, {seen} acknowledged")


@exceptions.add_command
@command(
    'backlog exceptions acknowledge 3f9a1c0b2d --why "billed in November, agreed with the customer"\n'
    'backlog exceptions acknowledge --rule undelivered_after_end --on 2026-10-31 --why "delivery is late, plan agreed"'
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_on
@_rule
@_contract
@click.option("--why", required=True, metavar="TEXT", help="The reason; it is recorded.")
@by_option
def acknowledge(
    app: App, names: tuple[str, ...], on: dt.date | None, rule: str, contract: str, why: str, who: str
) -> None:
    """Records that you have seen exceptions and stand for them: those named, or all of a rule or contract.

    An exception whose amount or day changes is another one, to be looked at again.
    """
    if not (names or rule or contract):
        raise click.UsageError("Name exceptions, or a --rule or --contract.")
    from books.ledgers import Books
    from engine.arisen import so_many
    from sync import closing

    books = Books(app.settings)
    frame = _found(books, on or app.today, rule, contract)
    if names:
        if unknown := sorted(set(names) - set(frame["exception"])):
            raise Unanswerable(f"no exception is called {', '.join(unknown)}. See: backlog exceptions list --all")
        frame = frame[frame["exception"].isin(names)]
    frame = frame[frame["acknowledged"] == ""]
    count = closing.acknowledge(books, frame, now=dt.datetime.now(dt.UTC), who=named(who), why=why)
    screen.say(f"{so_many(count, 'exception')} acknowledged")


def _found(books: Books, day: dt.date, rule: str, contract: str) -> pd.DataFrame:
    from books.acknowledged import exceptions as open_on
    from engine.exceptions import RULES
    from store.periods import acknowledgements

    ledger = books.open()
    # A misspelt word must not read as: there is none.
    if rule and rule not in RULES:
        raise Unanswerable(f"rule {unknown_word(rule, RULES)}")
    if contract and not {contract} & {*ledger.exceptions["contract"], *ledger.contracts["id"]}:
        raise Unanswerable(f"the books have no contract {contract!r}. See: backlog calc CONTRACTS")
    frame = open_on(ledger, day, acknowledgements(books.engine))
    if rule:
        frame = frame[frame["rule"] == rule]
    return frame[frame["contract"] == contract] if contract else frame
