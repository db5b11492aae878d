"""`backlog close`: locks a month, with its figures and a digest."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import MONTH, App, command
from cli.status import when
from cli.who import by_option, named, why_option
from model.errors import ConfigNeeded

if TYPE_CHECKING:
    from sync.closing import Prepared


@command(
    "backlog close 2026-10 --dry-run\nbacklog close 2026-10\nbacklog close 2026-10-24\n"
    'backlog close 2026-10 --force --why "the last invoice is agreed by phone"'
)
@click.argument("period", type=MONTH, metavar="YYYY-MM")
@click.option("--dry-run", is_flag=True, help="Show what is checked and what would be recorded; lock nothing.")
@click.option("--force", is_flag=True, help="Close although a check failed; --why says the reason.")
@why_option
@by_option
def close(app: App, period: str, dry_run: bool, force: bool, why: str, who: str) -> None:
    """Locks a month: its figures never move again, whatever becomes known later.

    Checks that the month is over, every connector was read after it, no rejected record concerns it, exceptions are
    acknowledged, the roll-forward ties and earlier closes are as they were recorded. Records the figures of every contract
    with a digest chained to the close before. What becomes known later is booked in the first open period as prior-period
    corrections: backlog periods corrections.

    A month is one of the fiscal calendar ([reporting] fiscal_calendar), by its name or by its last day.
    """
    if force and not why.strip():
        raise click.UsageError("--force needs a reason: --why TEXT.")
    from books.ledgers import Books
    from sync import closing

    books, now = Books(app.settings), dt.datetime.now(dt.UTC)
    prepared = closing.prepare(books, period, now)
    _checked(prepared)
    _figures(prepared)
    if dry_run:
        screen.say("dry run: nothing was locked")
        if prepared.failed:
            raise ConfigNeeded(f"{len(prepared.failed)} of {len(prepared.checks)} checks failed")
        return
    event = closing.close(books, prepared, now=now, who=named(who), why=why, force=force)
    with screen.progress() as advance:
        ledger = books.build(progress=lambda step: advance(f"ledger: {step}", 0, None))
    screen.say(f"{prepared.period} is closed by {event.who}, {when(event.at)}, ledger {ledger.version}")
    screen.say(f"digest {event.digest}")


def _checked(prepared: Prepared) -> None:
    for check in prepared.checks:
        screen.say(f"{'ok' if check.ok else 'failed'}\t{check.name}\t{check.found}")


def _figures(prepared: Prepared) -> None:
    """What would be recorded, in total for each currency."""
    from engine.recorded import FIGURES
    from model.money import to_decimal

    frame = prepared.figures
    rows = [
        (currency, len(rows), *(f"{to_decimal(int(rows[name].sum()), str(currency)):,}" for name in FIGURES))
        for currency, rows in frame.groupby("currency")
    ]
    headings = ("currency", "contracts", *(name.replace("_", " ") for name in FIGURES))
    screen.table(headings, rows, title=f"{prepared.ends_on}, {len(frame)} contracts", right=" ".join(headings[1:]))
