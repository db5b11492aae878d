"""`backlog report`: the backlog by month, capacity, cash, sales and risk, as text, JSON or CSV."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import DAY, App, command, group
from cli.tabular import form_options, printed

if TYPE_CHECKING:
    from engine.figures import Scope
    from excel.host import BooksHost

_CUSTOMER = "An id, a name or a wildcard."
_MONTHS = click.IntRange(1, 120)


@group()
def report() -> None:
    """Reports for planning, each on a day (today) or of a period (the last that is over), if no other is named."""


@report.add_command
@command("backlog report trend\nbacklog report trend --date 2026-03-31 --back 24 --ahead 60 --csv", name="trend")
@click.option(
    "--date", type=DAY, help="The day that parts back from ahead [default: the end of the last month that is over]."
)
@click.option("--customer", default="", help=_CUSTOMER)
@click.option("--back", type=_MONTHS, default=12, show_default=True, help="Months back.")
@click.option("--ahead", type=_MONTHS, default=60, show_default=True, help="Months ahead.")
@click.option("--currency", default="", help="ISO 4217 code to answer in.")
@form_options
def trend(app: App, date: dt.date | None, customer: str, back: int, ahead: int, currency: str, form: str) -> None:
    """Backlog, bookings and revenue by month: as they were, and as they are committed; renewals that may come apart.

    Months end on the day of the month that DATE is. Targets are of calendar months: name the last day of one.
    """
    from engine.reports.trend import trend as made
    from excel.tables import table
    from model.calendar import MONTHS
    from model.periods import is_month_end

    host, who = _books(app, customer)
    on = date or MONTHS.finished(host.today, "month").last
    printed(table(made(host.ledger(None), host.inputs(), who, on, back, ahead, currency)), form)
    if date is None:
        screen.warn(f"back and ahead of {on}, the end of the last month that is over; another day: --date")
    elif not is_month_end(on):
        screen.warn(
            f"these months end on day {on.day}: targets are for calendar months, and do not compare with them. "
            "Name a month's last day"
        )


@report.add_command
@command("backlog report forecast --date 2026-03-31\nbacklog report forecast --back-test", name="forecast")
@click.option("--date", type=DAY, help="The day to look ahead from [default: today].")
@click.option("--months", type=_MONTHS, default=12, show_default=True, help="Months ahead.")
@click.option("--back-test", is_flag=True, help="What was predicted so many months ago, beside what came.")
@click.option("--delays", is_flag=True, help="How late promises came, one by one.")
@form_options
def forecast(app: App, date: dt.date | None, months: int, back_test: bool, delays: bool, form: str) -> None:
    """Revenue by month with the delays observed in each product family, beside the schedule."""
    from engine.reports import delays as late
    from engine.reports.forward import month_list
    from excel.answers import Table
    from excel.tables import table
    from model.money import Money

    host, _ = _books(app, "")
    ledger, on = host.ledger(None), date or host.today
    if delays:
        printed(table(late.observed(ledger, on)), form)
    elif back_test:
        printed(table(late.back_test(ledger, on, months)), form)
    else:
        found = late.expected(ledger, on, months, late.distributions(late.observed(ledger, on)))
        code = found.currency
        rows = [
            (end, Money(int(a), code), Money(int(b), code), code)
            for end, a, b in zip(month_list(on, months), found.scheduled, found.delayed, strict=True)
        ]
        printed(Table(("period_end", "scheduled", "with_delays", "currency"), rows), form)


@report.add_command
@command("backlog report capacity --date 2026-03-31\nbacklog report capacity --late --csv", name="capacity")
@click.option("--date", type=DAY, help="The day to look ahead from [default: today].")
@click.option("--late", is_flag=True, help="The promises that will be late, and whom to tell.")
@form_options
def capacity(app: App, date: dt.date | None, late: bool, form: str) -> None:
    """Months to deliver by product family, where and when it gets tight, and what will be late."""
    from engine.reports.capacity import by_family, late_promises
    from excel.tables import table

    host, _ = _books(app, "")
    made = late_promises if late else by_family
    printed(table(made(host.ledger(None), host.inputs(), date or host.today)), form)


@report.add_command
@command("backlog report cash --date 2026-03-31 --months 24", name="cash")
@click.option("--date", type=DAY, help="The day to look ahead from [default: today].")
@click.option("--customer", default="", help=_CUSTOMER)
@click.option("--months", type=_MONTHS, default=12, show_default=True, help="Months ahead.")
@click.option("--currency", default="", help="ISO 4217 code to answer in.")
@form_options
def cash(app: App, date: dt.date | None, customer: str, months: int, currency: str, form: str) -> None:
    """Expected cash in and out by month: open invoices, later bills, the cost of delivery; months that run short."""
    from engine.reports.cash import cash as made
    from excel.tables import table

    host, who = _books(app, customer)
    printed(table(made(host.ledger(None), host.inputs(), who, date or host.today, months, currency)), form)


@report.add_command
@command("backlog report sales --csv\nbacklog report sales 2026-01-01 2026-03-31 --contracts --csv", name="sales")
@click.argument("first", type=DAY, required=False)
@click.argument("last", type=DAY, required=False)
@click.option("--contracts", is_flag=True, help="A line for each contract that moved or is held.")
@form_options
def sales(app: App, first: dt.date | None, last: dt.date | None, contracts: bool, form: str) -> None:
    """What each salesperson booked, holds and is credited for in the days FIRST to LAST; --csv is for payroll.

    Without days it is the last quarter of the fiscal calendar that is over.
    """
    from engine.reports.sales import by_contract
    from engine.reports.sales import sales as made
    from excel.tables import table

    if (first is None) != (last is None):
        raise click.UsageError("Name both days, FIRST and LAST, or neither.")
    named = first is not None
    host, _ = _books(app, "")
    if first is None or last is None:
        first, last = app.settings.reporting.calendar.finished(host.today, "quarter")
    if first > last:
        raise click.UsageError(f"the period from {first} to {last} ends before it begins")
    printed(table((by_contract if contracts else made)(host.ledger(None), host.inputs(), first, last)), form)
    if not named:
        screen.warn(f"{first} to {last}, the last quarter that is over; other days: FIRST LAST")
    if host.inputs().incentive_rate is None:
        screen.warn("no credit is shown: set incentive_rate under [sales] in the configuration")


@report.add_command
@command("backlog report risk --date 2026-03-31\nbacklog report risk --customers --json", name="risk")
@click.option("--date", type=DAY, help="The day to look ahead from [default: today].")
@click.option("--months", type=_MONTHS, default=12, show_default=True, help="Months ahead.")
@click.option("--customers", is_flag=True, help="Which customers carry the risk.")
@form_options
def risk(app: App, date: dt.date | None, months: int, customers: bool, form: str) -> None:
    """What the next months' revenue may be where contracts cancel and deliveries are late, drawn thousands of times."""
    from engine.reports.chances import observed_chances
    from engine.reports.risk import Together
    from engine.reports.risk import risk as made
    from excel.answers import Cell, Table
    from excel.tables import table
    from model.money import Money

    host, who = _books(app, "")
    ledger, on, block = host.ledger(None), date or host.today, host.settings.risk
    yearly = None if block.cancel is None else float(block.cancel)
    chances = observed_chances(ledger, on, months, yearly)
    together = Together(float(block.correlation), block.together)
    found = made(ledger, who, on, months, chances, block.draws, block.seed, together=together)
    if customers:
        printed(table(found.customers.assign(currency=found.currency)), form)
        return
    rows: list[tuple[Cell, ...]] = [("committed", Money(found.committed, found.currency), found.currency)]
    rows += [(f"P{p}", Money(found.percentile(p), found.currency), found.currency) for p in (5, 50, 95)]
    rows += [
        ("mean, exact", Money(round(found.mean), found.currency), found.currency),
        ("standard deviation, exact", Money(round(found.deviation), found.currency), found.currency),
        ("chance that a contract cancels", f"{chances.cancel:.4f}", None),
        ("chances of 0, 1, 2 … months late", " ".join(f"{each:.3f}" for each in chances.delays), None),
        (f"correlation of contracts of one {block.together}", f"{block.correlation}", None),
    ]
    printed(Table(("what", "value", "currency"), rows), form)


def _books(app: App, customer: str) -> tuple[BooksHost, Scope]:
    from cli.calc import books_host
    from excel.figures import scope

    host = books_host(app)
    return host, scope(host.ledger(None), customer)
