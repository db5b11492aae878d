"""`backlog metric`: a measure with its formula and what it is made of, for all, for a customer, or by a dimension."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import click

from cli import screen
from cli.app import DAY, App, command
from model.dimensions import DIMENSIONS

if TYPE_CHECKING:
    from engine.metrics.measure import Measured


@command(
    "backlog metric                              every measure and its formula\n"
    'backlog metric recognition_rate 2026-03-31 "Acme Ltd" --from 2026-01-01\n'
    "backlog metric burn_down_months 2026-03-31 --by segment --json\n"
    "backlog metric book_to_bill 2026-03-31 --months 12"
)
@click.argument("name", required=False)
@click.argument("date", type=DAY, required=False)
@click.argument("customer", default="")
@click.option("--from", "first", type=DAY, help="First day of the period.")
@click.option("--by", "dimension", type=click.Choice(DIMENSIONS), help="A line for each value of a dimension.")
@click.option("--months", type=click.IntRange(1, 120), help="A line for each of so many months to the date.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def metric(
    app: App,
    name: str | None,
    date: dt.date | None,
    customer: str,
    first: dt.date | None,
    dimension: str | None,
    months: int | None,
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
    if months and (dimension or first):
        raise click.UsageError("--months has days of its own: leave --by and --from out.")
    if months:
        _shown(("month", name, "in the month", "reason"), _by_month(app, name, date, customer, months), as_json)
        return
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
    values = scopes_by(host.ledger(None), dimension)
    found = measure(host.ledger(None), name, [scope for _, scope in values], date or host.today, first, host.inputs())
    return [
        [value, None, str(each.value)] if isinstance(each.value, Unanswerable) else [value, plain(each.value), ""]
        for (value, _), each in zip(values, found, strict=True)
    ]


def _by_month(app: App, name: str, date: dt.date | None, customer: str, months: int) -> list[list[Any]]:
    """The measure at the end of each month, and over its days; the last month ends on the date."""
    from cli.calc import books_host
    from engine.metrics.measure import measure
    from excel.answers import plain
    from excel.figures import scope
    from model.errors import Unanswerable
    from model.periods import add_months

    host = books_host(app)
    ledger, last = host.ledger(None), date or host.today
    who, rows = scope(ledger, customer), []
    for back in range(months - 1, -1, -1):
        end = add_months(last, -back)
        found = [
            measure(ledger, name, [who], end, first, host.inputs())[0].value
            for first in (None, add_months(end, -1) + dt.timedelta(1))
        ]
        reason = next((str(value) for value in found if isinstance(value, Unanswerable)), "")
        values = [None if isinstance(value, Unanswerable) else plain(value) for value in found]
        rows.append([end.isoformat(), *values, reason])
    return rows


def _shown(headings: tuple[str, ...], rows: list[list[Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"columns": headings, "rows": rows}, ensure_ascii=False))
    else:
        screen.table(headings, rows, right="amount")
