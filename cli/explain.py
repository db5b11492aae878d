"""`backlog explain`: the proof of a figure, down to the vendor's own records."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import click

from cli import screen
from cli.app import DAY, App, command
from cli.status import when
from model.money import to_decimal

if TYPE_CHECKING:
    import pandas as pd

MONEY = ("contracted", "recognized", "backlog")


@command('backlog explain "Acme Ltd" 2026-03-31\nbacklog explain "Acme*" 2026-03-31 --contract K1 --brief')
@click.argument("customer")
@click.argument("date", type=DAY)
@click.option("--product", default="", help="An id, a name or a wildcard.")
@click.option("--contract", default="", help="An id, a number or a wildcard.")
@click.option("--brief", is_flag=True, help="Leave out the source records' own words.")
def explain(app: App, customer: str, date: dt.date, product: str, contract: str, brief: bool) -> None:
    """The proof of a backlog figure: a row per obligation, and the records it stands on in the vendor's own words."""
    from books.ledgers import Books
    from engine.explain import explain as proof
    from engine.figures import Scope

    books = Books(app.settings)
    ledger = books.open()
    scope = Scope(
        customers=ledger.find_customers(customer),
        products=ledger.find_products(product) if product else None,
        contracts=ledger.find_contracts(contract) if contract else None,
    )
    rows = proof(ledger, scope, date)
    _table(rows)
    for currency, total in rows.groupby("currency")["backlog_minor"].sum().items():
        screen.say(f"backlog on {date}: {to_decimal(int(total), str(currency))} {currency}")
    if rows.empty:
        screen.say(f"no commitment of {customer!r} counts on {date}")
    for raw_id in dict.fromkeys(int(raw) for raw in rows["raw_id"] if raw):
        _source(books, raw_id, brief)


def _table(rows: pd.DataFrame) -> None:
    columns = [name for name in rows.columns if name != "raw_id"]
    headings = [name.removesuffix("_minor") for name in columns]
    cells = [[_cell(row, name) for name in columns] for row in rows.to_dict("records")]
    screen.table(headings, cells, right=" ".join(MONEY))


def _cell(row: dict[Any, Any], name: str) -> object:
    return to_decimal(row[name], row["currency"]) if name.endswith("_minor") else row[name]


def _source(books: Any, raw_id: int, brief: bool) -> None:
    from store import read

    raw = read.raw(books.engine, raw_id)
    known = f"read {when(raw.known_from)}"
    screen.say(
        " · ".join(part for part in (f"{raw.source} {raw.object} {raw.key}", raw.place, raw.link, known) if part)
    )
    if not brief:
        payload = json.loads(raw.payload) if isinstance(raw.payload, str) else raw.payload
        screen.say("\n".join(f"  {line}" for line in json.dumps(payload, indent=2, ensure_ascii=False).splitlines()))
