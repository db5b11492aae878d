"""`backlog export`: the records and the ledger's tables as files that other tools read."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import screen
from cli.app import App, command
from model.errors import ConfigNeeded

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = "Parquet needs pyarrow, which is not installed. Install it: pip install 'revenue-backlog[parquet]'"


@command("backlog export out\nbacklog export out --format csv")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(["parquet", "csv"]),
    help="How the files are written [default: parquet; csv where pyarrow, which Parquet needs, is not installed].",
)  # fmt: skip
def export(app: App, folder: Path, kind: str | None) -> None:
    """Writes the records and the ledger's tables, a file each; amounts are whole minor units beside their currency.

    ledger_months holds what each month moved of each promise: up to a month's end its sums are what is contracted,
    recognized, billed and collected.
    """
    if kind != "csv" and find_spec("pyarrow") is None:
        if kind == "parquet":
            raise ConfigNeeded(f"{_NEEDED} — or write CSV: backlog export DIR --format csv")
        screen.warn(f"written as CSV. {_NEEDED}")
        kind = "csv"
    kind = kind or "parquet"
    from books.ledgers import Books
    from cli.export_ledger import ledger_tables
    from store import read

    books = Books(app.settings)
    records = {name: _readable(name, frame) for name, frame in read.facts(books.engine).items()}
    folder.mkdir(parents=True, exist_ok=True)
    for part, frames in (("records", records), ("ledger", dict(ledger_tables(books.open())))):
        for name, frame in frames.items():
            _write(folder / f"{part}_{name}.{kind}", frame)


def _readable(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A facts frame with days as dates and missing values left empty, as other tools expect them."""
    import pandas as pd

    from cli.export_ledger import days, whole
    from model.records import TABLES, Kind

    kinds = {column.stored: column.kind for column in TABLES[name].columns}
    kinds |= {"known_on": Kind.DATE, "cancelled_on": Kind.DATE}
    shown: dict[str, Any] = {}
    for column in frame.columns:
        values, kind = frame[column], kinds.get(column, Kind.TEXT)
        if kind is Kind.DATE:
            shown[column] = days(values)
        elif kind in (Kind.MONEY, Kind.INTEGER):
            shown[column] = whole(values)
        elif kind is Kind.DECIMAL:
            shown[column] = [None if value is None else str(value) for value in values]
        else:
            shown[column] = values
    return pd.DataFrame(shown)


def _write(file: Path, frame: pd.DataFrame) -> None:
    if file.suffix == ".csv":
        frame.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")
    else:
        frame.to_parquet(file, engine="pyarrow", index=False)
    screen.say(f"{file}: {len(frame)} rows")
