"""Tables of the engine as a command prints them: for a person, as JSON, or as CSV for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from cli import screen

if TYPE_CHECKING:
    from excel.answers import Table


def printed(table: Table, form: str) -> None:
    """Prints a table in a `form`: text, json or csv; amounts as decimals with their currency's digits."""
    from excel.answers import plain

    rows = [[plain(cell) for cell in row] for row in table.rows()]
    if form == "json":
        click.echo(json.dumps({"columns": list(table.columns), "rows": rows}, ensure_ascii=False))
    elif form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([["" if cell is None else _harmless(cell) for cell in row] for row in rows])
        click.echo(text.getvalue(), nl=False)
    else:
        screen.table(table.columns, rows, right=" ".join(_figures(table.columns, rows)))


def _harmless(cell: object) -> object:
    """Text from outside never becomes a formula in the program that opens the file."""
    text = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") and not _is_number(cell)
    return f"'{cell}" if text else cell


def _figures(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        name
        for n, name in enumerate(columns)
        if any(row[n] is not None for row in rows) and all(row[n] is None or _is_number(row[n]) for row in rows)
    ]


def _is_number(cell: object) -> bool:
    return str(cell).lstrip("-").replace(".", "", 1).isdigit()


def form_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--json` and `--csv`, one value: `form`."""
    choose = click.option("--json", "form", flag_value="json", help="Print JSON.")
    other = click.option("--csv", "form", flag_value="csv", help="Print CSV.")
    text = click.option("--text", "form", flag_value="text", default="text", hidden=True)
    return choose(other(text(function)))
