"""`backlog metric`: a measure with its formula and what it is made of, for all, for a customer, or by a dimension."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import click

from cli import screen
from cli.app import DAY, App, command
from excel.vocabulary import DIMENSIONS

if TYPE_CHECKING:
    from engine.metrics.measure import Measured


@command(
    "backlog metric                              every measure and its formula\n"
    'backlog metric recognition_rate 2026-03-31 "Acme Ltd" --from 2026-01-01\n'
    "backlog metric burn_down_months 2026-03-31 --by segment --json"
)
@click.argument("name", required=False)
@click.argument("date", type=DAY, required=False)
@click.argument("customer", default="")
@click.option("--from", "first", type=DAY, help="First day of the period.")
@click.option("--by", "dimension", type=click.Choice(DIMENSIONS), help="A line for each value of a dimension.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def metric(
    app: App,
    name: str | None,
    date: dt.date | None,
    customer: str,
    first: dt.date | None,
    dimension: str | None,
    as_json: bool,
) -> None:
    """A measure, its formula and every amount it is made of; DATE is today if it is left out."""
    from engine.metrics.formulas import METRICS
    from engine.metrics.measure import find

    if name is None:
        rows = [[each.name, each.formula, each.days] for each in METRICS.values()]
        _shown(("measure", "formula", "days"), rows, as_json)
        return
    find(name)  # A slip in the name is told before any books are opened.
    if customer and dimension:
        raise click.UsageError("Name a customer, or a dimension with --by.")
    if dimension:
        _shown((dimension, name, "reason"), _broken_down(app, name, date, first, dimension), as_json)
        return
    from engine.metrics.measure import explained

    measured = _measured(app, name, date, customer, first)
    _shown(("what", "amount", "currency"), [list(row) for row in explained(name, measured)], as_json)
    if isinstance(measured.value, Exception):
        raise measured.value


def _measured(app: App, name: str, date: dt.date | None, customer: str, first: dt.date | None) -> Measured:
    from cli.calc import books_host
    from engine.metrics.measure import measure
    from excel.figures import scope

    host = books_host(app)
    ledger = host.ledger(None)
    return measure(ledger, name, [scope(ledger, customer)], date or host.today, first, host.inputs())[0]


def _broken_down(app: App, name: str, date: dt.date | None, first: dt.date | None, dimension: str) -> list[list[Any]]:
    from cli.calc import books_host
    from engine.metrics.measure import measure
    from engine.movements import scopes_by
    from excel.answers import plain
    from model.errors import Unanswerable

    host = books_host(app)
    scopes = scopes_by(host.ledger(None), dimension)
    found = measure(host.ledger(None), name, list(scopes.values()), date or host.today, first, host.inputs())
    return [
        [value, None, str(each.value)] if isinstance(each.value, Unanswerable) else [value, plain(each.value), ""]
        for value, each in zip(scopes, found, strict=True)
    ]


def _shown(headings: tuple[str, ...], rows: list[list[Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"columns": headings, "rows": rows}, ensure_ascii=False))
    else:
        screen.table(headings, rows, right="amount")
