"""`backlog export`: the records and the ledger's tables as files that other tools read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import screen
from cli.app import App, command
from model.errors import ConfigNeeded

if TYPE_CHECKING:
    import pandas as pd

    from engine.ledger import Ledger


@command("backlog export out\nbacklog export out --format csv")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
def export(app: App, folder: Path, kind: str) -> None:
    """Writes the records and the ledger's tables, a file each; amounts are whole minor units beside their currency."""
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise ConfigNeeded(
            "Parquet needs pyarrow, which is not installed. Install it: pip install 'revenue-backlog[parquet]' "
            "— or write CSV: backlog export DIR --format csv"
        )
    from books.ledgers import Books
    from store import read

    books = Books(app.settings)
    records = {name: _readable(name, frame) for name, frame in read.facts(books.engine).items()}
    folder.mkdir(parents=True, exist_ok=True)
    for part, frames in (("records", records), ("ledger", dict(_ledger_tables(books.open())))):
        for name, frame in frames.items():
            _write(folder / f"{part}_{name}.{kind}", frame)


def _readable(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A facts frame with days as dates and missing values left empty, as other tools expect them."""
    import pandas as pd

    from model.records import TABLES, Kind

    kinds = {column.stored: column.kind for column in TABLES[name].columns}
    kinds |= {"known_on": Kind.DATE, "cancelled_on": Kind.DATE}
    shown: dict[str, Any] = {}
    for column in frame.columns:
        values, kind = frame[column], kinds.get(column, Kind.TEXT)
        if kind is Kind.DATE:
            shown[column] = _days(values)
        elif kind in (Kind.MONEY, Kind.INTEGER):
            shown[column] = _whole(values)
        elif kind is Kind.DECIMAL:
            shown[column] = [None if value is None else str(value) for value in values]
        else:
            shown[column] = values
    return pd.DataFrame(shown)


def _ledger_tables(ledger: Ledger) -> Iterator[tuple[str, pd.DataFrame]]:
    import pandas as pd

    for name in ("customers", "products", "contracts", "obligations"):
        table: Mapping[str, Any] = getattr(ledger, name)
        columns = {column: pd.Series(list(table[column])) for column in table.keys()}  # noqa: SIM118 (read on demand)
        yield name, pd.DataFrame({c: _days(v) if c.endswith("_on") else v for c, v in columns.items()})
    yield "exceptions", ledger.exceptions


def _days(numbers: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    from model.frames import NO_DAY

    return pd.to_datetime(numbers.where(numbers != NO_DAY), unit="D").dt.date


def _whole(numbers: pd.Series[Any]) -> pd.Series[Any]:
    from model.frames import NO_AMOUNT

    return numbers.astype("Int64").mask(numbers == NO_AMOUNT)


def _write(file: Path, frame: pd.DataFrame) -> None:
    if file.suffix == ".csv":
        frame.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")
    else:
        frame.to_parquet(file, engine="pyarrow", index=False)
    screen.say(f"{file}: {len(frame)} rows")
