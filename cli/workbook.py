"""`backlog workbook`: the month-end pack, and what becomes of somebody's own workbooks (cli.workbook_files)."""

from __future__ import annotations

from pathlib import Path

import click

from cli import screen
from cli.app import MONTH, App, command, group
from cli.workbook_files import FILE, diff, refresh, snapshot, verify
from model.errors import ConfigNeeded


@group()
def workbook() -> None:
    """Workbooks with live figures."""


@command(
    "backlog workbook new october.xlsx --period 2026-10\n"
    'backlog workbook new packs/2026-10.xlsx --period 2026-10 --company "Acme Ltd" --force\n'
    "backlog workbook new board.xlsx --period 2026-10 --template board.toml --pdf"
)
@click.argument("file", type=FILE)
@click.option("--period", type=MONTH, required=True, metavar="YYYY-MM", help="The month the pack is about.")
@click.option("--company", default="", metavar="NAME", help="Whose books these are, for cover and page headers.")
@click.option("--template", type=FILE, metavar="TOML", help="Which sheets, in which order [default: all of them].")
@click.option("--pdf", is_flag=True, help="Print it, too: FILE with the ending .pdf, by LibreOffice.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def new(
    app: App,
    file: Path,
    period: str,
    company: str,
    template: Path | None,
    pdf: bool,
    force: bool,
) -> None:
    """Writes the month-end pack: summary, roll-forwards, RPO, waterfall, breakdowns, ageing, exceptions, method and more.

    Its figures are live formulas with their values stored, so that it reads right where no add-in is installed. A template
    makes it a team's own: see backlog workbook template.
    """
    from excel.pack.template import read_template

    target = _target(file, force, ".xlsx")
    wanted = None if template is None else read_template(template)
    settings = app.settings
    from books.ledgers import Books
    from engine.arisen import arisen, how_many
    from excel.month_end import month_end_pack
    from excel.pack.empty import nothing_yet
    from excel.printed import as_pdf, printer

    program = printer(settings) if pdf else None
    printed = _target(file.with_suffix(".pdf"), force, ".pdf") if program else None
    books = Books(settings)
    month = settings.reporting.calendar.named(period)
    with screen.progress() as advance:
        ledger = books.open()
        month_end_pack(books, ledger, target, month, company, advance, wanted)
        if program is not None and printed is not None:
            advance("pdf", 0, None)
            as_pdf(target, printed, program)
    screen.say(f"{target}: the pack of {month.title}, from ledger {ledger.version}")
    if nothing := nothing_yet(ledger, month.last):
        remedy = (
            "Run: backlog sync"
            if ledger.begin is None
            else f"For its first month: --period {_first(app, ledger.begin)}"
        )
        screen.warn(f"{target}: {nothing}. {remedy}")
    if printed is not None:
        screen.say(f"{printed}: the same, printed")
    if len(arisen(ledger.exceptions, month.last)):
        screen.say(f"{how_many(ledger, month.last)}: see its sheet Exceptions")


@command("backlog workbook template\nbacklog workbook template > board.toml")
def template(app: App) -> None:
    """Prints the template of the usual pack, every kind of sheet with the options it takes, to begin one's own with."""
    from excel.pack.template_text import template_text

    click.echo(template_text(), nl=False)


@command("backlog workbook pdf october.xlsx\nbacklog workbook pdf october.xlsx audit/october.pdf --force")
@click.argument("file", type=FILE)
@click.argument("out", type=FILE, required=False)
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
def pdf(app: App, file: Path, out: Path | None, force: bool) -> None:
    """Prints a workbook to OUT (FILE with the ending .pdf), by LibreOffice, with the values stored in it."""
    from excel.printed import as_pdf, printer

    target = _target(out or file.with_suffix(".pdf"), force, ".pdf")
    with screen.progress() as advance:
        advance("pdf", 0, None)
        as_pdf(file, target, printer(app.settings))
    screen.say(f"{target}: {file.name}, printed")


def _first(app: App, begin: int) -> str:
    """The name of the month in which the books begin."""
    from model.periods import day_of

    return app.settings.reporting.calendar.month(day_of(begin)).name


def _target(file: Path, force: bool, ending: str) -> Path:
    """The file to write; what is there is replaced only when asked, and only its own ending will open in its program."""
    if file.suffix.lower() != ending:
        raise click.BadParameter(f"{file.name} must end in {ending}", param_hint="FILE")
    if file.exists() and not force:
        raise ConfigNeeded(f"{file} is there already. Name another file, or replace it with --force")
    if not file.parent.is_dir():
        raise ConfigNeeded(f"{file.parent} is no folder. Create it first")
    return file


for made in (new, template, pdf, refresh, snapshot, verify, diff):
    workbook.add_command(made)
