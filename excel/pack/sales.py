"""Sales of the month: what each salesperson booked, holds and is credited for, and the contracts behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.reports.sales import by_contract, sales
from excel.pack.listing import names_one
from excel.pack.sheet import Block, Column, Content, Formula, Row, Sheet
from excel.pack.source import Month, plus
from model.dimensions import NONE
from model.errors import Unanswerable
from model.frames import NO_AMOUNT
from model.money import to_decimal

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Sales"
_AMOUNTS = ("bookings", "cancellations", "opening", "backlog", "credit")


def sheet(month: Month) -> Sheet:
    """The sheet: a row a salesperson, then a row a contract; where currencies have no sum, why."""
    period = f"{month.first:%d %B} to {month.last:%d %B %Y}"
    try:
        people = sales(month.ledger, month.inputs, month.first, month.last)
        contracts = by_contract(month.ledger, month.inputs, month.first, month.last)
    except Unanswerable as error:
        return _page(period, (), (f"There is no table: {error}",))
    rates = (
        "Read at the closing rate of the last day, bookings too; the roll-forward has them at the rate of their day."
    )
    notes = () if month.inputs.incentive_rate is not None else (
        "No credit is shown: set incentive_rate under [sales] in the configuration.",
    )  # fmt: skip
    rest = len(contracts) - month.options.rows
    more = (
        (f"{rest:,} more contracts: backlog report sales {month.first} {month.last} --contracts.",) if rest > 0 else ()
    )
    unit = str(people["currency"].iloc[0]) if len(people) else month.currency
    first = (Column("sales_rep", "Salesperson", "text", 26),)
    other = (*first, Column("contract", "Contract"), Column("customer", "Customer", "text", 26))
    people = people.assign(nobody=people["sales_rep"].eq(NONE))
    people = people.sort_values(["nobody", "backlog_minor"], ascending=[True, False], kind="stable")
    # The contracts that moved the month come first.
    moved = contracts["bookings_minor"].abs() + contracts["cancellations_minor"].abs()
    contracts = contracts.assign(moved=moved).sort_values(["moved", "backlog_minor"], ascending=False, kind="stable")
    persons = _rows(people, ("sales_rep",))
    deals = _rows(contracts.head(month.options.rows), tuple(column.key for column in other))
    blocks = (
        Block("sales", (*first, *_columns(unit)), persons, _total(persons), currency=unit, table="tbl_sales"),
        Block("sales_contracts", (*other, *_columns(unit)), _live(month, deals, unit),
              title="By contract", currency=unit, table="tbl_sales_contracts"),
    )  # fmt: skip
    several = len(set(month.ledger.contracts["currency"])) > 1
    return _page(period, blocks, (*notes, *((rates,) if several else ()), *more))


def _page(period: str, blocks: tuple[Block, ...], notes: tuple[str, ...]) -> Sheet:
    return Sheet(
        title=TITLE,
        heading="Sales",
        subtitle=f"{period}: booked, held and credited",
        items=blocks,
        notes=notes,
    )


def _columns(unit: str) -> tuple[Column, ...]:
    return (
        Column("bookings", f"Bookings ({unit})", "money"),
        Column("cancellations", f"Cancellations ({unit})", "money"),
        Column("opening", f"Backlog before ({unit})", "money"),
        Column("backlog", f"Backlog held ({unit})", "money"),
        Column("growth", "Growth", "percent"),
        Column("margin", "Margin in backlog", "percent"),
        Column("credit", f"Credit ({unit})", "money"),
    )


def _total(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The sums under the people; none where nobody is credited."""
    keys = [key for key in _AMOUNTS if any(row.cells[key] is not None for row in rows)]
    cells: dict[str, Content] = {key: Formula("SUM({above})", plus(*(row.cells[key] for row in rows))) for key in keys}
    return (Row({"sales_rep": "Total", **cells}, style="total"),) if rows else ()


def _rows(frame: pd.DataFrame, texts: tuple[str, ...]) -> tuple[Row, ...]:
    return tuple(_row(record, texts) for record in frame.to_dict("records"))


def _live(month: Month, rows: tuple[Row, ...], unit: str) -> tuple[Row, ...]:
    """The lines of contracts with formulas where our functions give the same: a balance, and flows that no rate moves."""
    ledger, period = month.ledger, "period_start,as_of"
    places = {str(name): n for n, name in enumerate(ledger.contracts["id"])}
    live = []
    for row in rows:
        name = str(row.cells["contract"])
        calls = {"backlog": 'BACKLOG("*",as_of'}
        if ledger.contracts["currency"][places[name]] == unit:
            calls |= {"bookings": f'BOOKINGS("*",{period}', "cancellations": f'CANCELLATIONS("*",{period}'}
        if not names_one(ledger.find_contracts, name, places[name]):
            calls = {}
        cells = {key: Formula(f'{call},,{{contract}},"{unit}")', plus(row.cells[key])) for key, call in calls.items()}
        live.append(replace(row, cells={**row.cells, **cells}))
    return tuple(live)


def _row(record: Any, texts: tuple[str, ...]) -> Row:
    cells: dict[str, Content] = {name: str(record[name]) for name in texts}
    for name in _AMOUNTS:
        minor = int(record[f"{name}_minor"])
        cells[name] = None if minor == NO_AMOUNT else to_decimal(minor, record["currency"])
    return Row({**cells, "growth": record["growth"], "margin": record["margin"]})
