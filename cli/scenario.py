"""`backlog scenario`: the figures as they stand and under a configured shock, and the months ahead."""

from __future__ import annotations

import datetime as dt

import click

from cli.app import DAY, App, command
from cli.tabular import form_options, printed


@command(
    "backlog scenario                             those that are configured\n"
    "backlog scenario downturn --date 2026-03-31\n"
    'backlog scenario downturn --date 2026-03-31 --customer "Acme*" --months 24 --csv'
)
@click.argument("name", required=False)
@click.option("--date", type=DAY, help="The day of the shock [default: the scenario's own, else today].")
@click.option("--customer", default="", help="An id, a name or a wildcard.")
@click.option("--currency", default="", help="ISO 4217 code to answer in.")
@click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True, help="How many months ahead.")
@click.option("--figures", is_flag=True, help="Every figure on that day instead of the months ahead.")
@form_options
def scenario(
    app: App,
    name: str | None,
    date: dt.date | None,
    customer: str,
    currency: str,
    months: int,
    figures: bool,
    form: str,
) -> None:
    """Base, shocked and difference of a stress scenario, month by month. It writes nothing."""
    from cli.calc import books_host
    from engine.scenario.months import by_month
    from engine.scenario.shocked import MEASURES, shocked
    from excel.answers import Cell, Table
    from excel.figures import scope
    from excel.scenarios import named
    from excel.tables import table
    from model.money import Money

    host = books_host(app)
    configured = host.inputs().scenarios
    if name is None:
        printed(Table(("scenario", "about"), [(each.name, each.about) for each in configured.values()]), form)
        return
    chosen = named(configured, name)
    ledger = host.ledger(None)
    on, who = date or chosen.on or host.today, scope(ledger, customer)
    if not figures:
        printed(table(by_month(ledger, chosen, who, on, months, currency)), form)
        return
    rows: list[tuple[Cell, ...]] = []
    for measure in MEASURES:
        found = shocked(ledger, chosen, measure, who, on, currency)
        amounts = (found.base, found.shocked, found.difference)
        rows.append((measure, *(Money(amount, found.currency) for amount in amounts), found.currency))
    printed(Table(("figure", "base", "shocked", "difference", "currency"), rows), form)
