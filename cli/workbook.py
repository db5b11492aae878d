"""`backlog workbook`: the month-end pack, and what becomes of somebody's own workbooks (cli.workbook_files)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cli import screen
from cli.app import MONTH, App, command, group
from cli.workbook_files import diff, refresh, snapshot, verify
from model.errors import ConfigNeeded


@group()
def workbook() -> None:
    """Workbooks with live figures."""


@command(
    "backlog workbook new october.xlsx --period 2026-10\n"
    'backlog workbook new packs/2026-10.xlsx --period 2026-10 --company "Acme Ltd" --force'
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--period", type=MONTH, required=True, metavar="YYYY-MM", help="The month the pack is about.")
@click.option("--company", default="", metavar="NAME", help="Whose books these are, for cover and page headers.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def new(app: App, file: Path, period: tuple[dt.date, dt.date], company: str, force: bool) -> None:
    """Writes the month-end pack: summary, roll-forwards, schedule, RPO, breakdowns, ageing, exceptions and method.

    Its figures are live formulas with their values stored, so that it reads right where no add-in is installed.
    """
    target = _target(file, force)
    settings = app.settings
    from books.inputs import inputs
    from books.ledgers import Books
    from excel.pack.build import new as write
    from excel.pack.exceptions import open_on
    from store.read import freshness

    books = Books(settings)
    month = settings.reporting.calendar.named(f"{period[0]:%Y-%m}")
    with screen.progress() as advance:
        ledger = books.open()
        write(
            ledger,
            freshness(books.engine),
            target,
            *month,
            company,
            progress=advance,
            currency=settings.reporting.currency,
            calendar=settings.reporting.calendar,
            inputs=inputs(settings, books.engine),
            limits=settings.signals.limits,
            signals_off=settings.signals.off,
        )
    screen.say(f"{target}: the pack of {period[1]:%B %Y}, from ledger {ledger.version}")
    if found := len(open_on(ledger, month.last)):
        screen.say(f"{found} exceptions are open: see its sheet Exceptions")


def _target(file: Path, force: bool) -> Path:
    """The file to write; what is there is replaced only when asked, and only a workbook's name will open in Excel."""
    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{file.name} must end in .xlsx", param_hint="FILE")
    if file.exists() and not force:
        raise ConfigNeeded(f"{file} is there already. Name another file, or replace it with --force")
    if not file.parent.is_dir():
        raise ConfigNeeded(f"{file.parent} is no folder. Create it first")
    return file


for made in (new, refresh, snapshot, verify, diff):
    workbook.add_command(made)
