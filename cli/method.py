"""`backlog method`: the company's own guide to its backlog."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cli import screen
from cli.app import DAY, App, command
from model.errors import ConfigNeeded


@command('backlog method --date 2026-03-31\nbacklog method --company "Acme Ltd" --out method.md --force')
@click.option("--date", type=DAY, help="The day of the worked examples [default: today].")
@click.option("--company", default="", metavar="NAME", help="Whose guide it is.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def method(app: App, date: dt.date | None, company: str, out: Path | None, force: bool) -> None:
    """The guide to the backlog as Markdown: policies in force, measures, thresholds, examples from its own contracts."""
    from cli.calc import books_host
    from excel.guide import guide

    if out is not None and out.exists() and not force:
        raise ConfigNeeded(f"{out} is there already. Name another file, or replace it with --force")
    host = books_host(app)
    text = guide(host.ledger(None), host.inputs(), host.settings.signals.limits, date or host.today, company)
    if out is None:
        screen.say(text)
    else:
        out.write_text(text, encoding="utf-8", newline="\n")
        screen.say(f"{out}: the guide as of {date or host.today}")
