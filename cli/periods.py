"""`backlog periods`: which months are closed, whether their records are as they were, and what was corrected since."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import MONTH, App, command, config_option
from cli.status import when
from model.errors import LedgerBroken

if TYPE_CHECKING:
    from books.ledgers import Books
    from store.periods import PeriodEvent


@click.group(
    invoke_without_command=True, epilog="\b\nExamples:\n  backlog periods\n  backlog periods corrections 2026-11"
)
@click.option(
    "--from-records", is_flag=True, help="Make the books of each close anew from the records, and compare those."
)
@config_option
@click.pass_context
def periods(context: click.Context, from_records: bool) -> None:
    """The months that were closed: their state, who closed them, and whether all is as it was recorded.

    Every digest is computed anew, and the figures recorded are compared with those of the books. What was changed is named,
    and the exit code is 1.
    """
    if context.invoked_subcommand is None:
        _listed(context.find_root().ensure_object(App), from_records)


def _listed(app: App, from_records: bool) -> None:
    from books.digests import breaks
    from books.ledgers import Books
    from books.periods import following, in_force
    from engine.arisen import so_many
    from store.periods import period_events

    books = Books(app.settings)
    events = period_events(books.engine)
    held = in_force(events)
    rows = [_row(event, event in held) for event in events]
    headings = ("period", "state", "at", "by", "why", "digest", "checks that failed")
    screen.table(headings, rows, title="Periods")
    wrong = [f"{one.event.period}, {one.event.action} of {when(one.event.at)}: {one.what}"
             for one in breaks(books.engine, events)]  # fmt: skip
    wrong += _moved(books, held, from_records)
    for text in wrong:
        screen.warn(text)
    screen.say(
        f"the first open period is {following(held[-1], app.settings.reporting.calendar).name}"
        if held
        else "no period is closed"
    )
    if wrong:
        raise LedgerBroken(f"{len(wrong)} records of closed periods are not as they were. Take the store from a backup")
    if events:
        screen.say(f"{so_many(len(events), 'event')}, every digest is right and every figure is as recorded")


def _row(event: PeriodEvent, holds: bool) -> tuple[object, ...]:
    failed = ", ".join(check["name"] for check in json.loads(event.checks) if not check["ok"])
    state = "reopened" if event.action == "reopen" else "closed" if holds else "closed, then reopened"
    return (event.period, state, when(event.at), event.who, event.why, event.digest[:16], failed)


def _moved(books: Books, held: list[PeriodEvent], from_records: bool) -> list[str]:
    """Figures of the books that are not those recorded, for every close that holds."""
    from books.periods import not_as_recorded
    from store.periods import closed_figures

    found = []
    ledgers = books.from_records(held) if from_records else itertools.repeat(books.open(), len(held))
    for close, ledger in zip(held, ledgers, strict=True):
        told = not_as_recorded(ledger, close, closed_figures(books.engine, close.id))
        found += [f"{close.period}: {text}" for text in told]
    return found


@periods.add_command
@command("backlog periods corrections\nbacklog periods corrections 2026-11")
@click.argument("period", type=MONTH, metavar="[YYYY-MM]", required=False)
def corrections(app: App, period: str | None) -> None:
    """What became known of closed months after their close: where it was booked, and the record that brought it.

    A month narrows it to what was booked in that month. Each row is an amount that an open day took in place of the closed
    one it belongs to: the first open day, or that on which an amendment with effect in a closed month was signed. The
    roll-forward shows their sum as prior-period corrections.
    """
    from books.ledgers import Books
    from engine.arisen import so_many
    from engine.corrections import listed
    from model.money import to_decimal
    from model.periods import day_number, day_of

    books = Books(app.settings)
    frame = listed(books.open())
    if period is not None:
        month = app.settings.reporting.calendar.named(period)
        frame = frame[frame["day"].between(day_number(month.first), day_number(month.last))]
    sources = _sources(books, frame["raw_id"].tolist())
    rows = [
        (day_of(row["day"]), row["customer"], row["contract"], row["line"], row["figure"], row["movement"],
         f"{to_decimal(row['amount_minor'], row['currency']):,}", row["currency"], row["cause"], sources.get(row["raw_id"], ""))
        for row in frame.to_dict("records")
    ]  # fmt: skip
    headings = (
        "booked on",
        "customer",
        "contract",
        "line",
        "figure",
        "movement",
        "amount",
        "currency",
        "cause",
        "record",
    )
    screen.table(headings, rows, title="Prior-period corrections", right="amount")
    screen.say(so_many(len(rows), "correction"))


def _sources(books: Books, raw_ids: list[int]) -> dict[int, str]:
    """The vendor's record behind each row, and when it was read."""
    from store import read

    found = {}
    for raw_id in {raw_id for raw_id in raw_ids if raw_id}:
        raw = read.raw(books.engine, raw_id)
        found[raw_id] = f"{raw.source} {raw.object} {raw.key}, read {when(raw.known_from)}"
    return found
