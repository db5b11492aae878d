"""Where the rows of a table are, in a folder or in a workbook."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from connectors.kit.tabular import SheetRow
from connectors.kit.tabular_csv import csv_rows
from connectors.kit.tabular_parquet import parquet_rows
from connectors.kit.tabular_xlsx import Workbook
from model.errors import ConfigNeeded, RecordRejected
from model.records import TABLES


class Sheet(NamedTuple):
    """One table's rows at their source. `label` is what a person calls it: contracts.csv."""

    label: str
    rows: Callable[[], Iterator[SheetRow]]


def in_folder(folder: Path, name: str, shown: str, where: str) -> Sheet | None:
    """A table's file; None where there is none. ConfigNeeded where the folder holds no table at all."""
    files = {path.name.casefold(): path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    for ending, rows in ((".csv", csv_rows), (".parquet", parquet_rows)):
        if path := files.get(name + ending):
            return Sheet(path.name, partial(rows, path))
    if not any(f"{table}{ending}" in files for table in TABLES for ending in (".csv", ".parquet")) and not any(
        _mistaken(files, table) for table in TABLES
    ):
        raise ConfigNeeded(f"{shown} holds no file such as customers.csv or contracts.csv. {where}")
    if other := _mistaken(files, name):
        raise RecordRejected(
            f"the file is absent, but there is {other.name}",
            place=f"{name}.csv",
            remedy=f'Save it as {name}.csv, in the form "CSV UTF-8 (comma delimited)"',
        )
    return None


def _mistaken(files: Mapping[str, Path], name: str) -> Path | None:
    """The file that was probably meant for a table: its name in another form, or nearly its name."""
    for ending in (".xlsx", ".xlsm", ".xls", ".csv.txt", ".txt", ".tsv", ".csv.gz"):
        if name + ending in files:
            return files[name + ending]
    others = [key for key in files if key.endswith(".csv") and key.removesuffix(".csv") not in TABLES]
    near = difflib.get_close_matches(f"{name}.csv", others, 1, 0.9)
    return files[near[0]] if near else None


def in_workbook(book: Workbook, name: str, shown: str, where: str) -> Sheet | None:
    """A table's sheet; None where there is none. ConfigNeeded where the workbook holds no table at all."""
    sheets = {sheet.strip().casefold(): sheet for sheet in book.sheets}
    if not any(table in sheets for table in TABLES):
        found = ", ".join(book.sheets[:10])
        raise ConfigNeeded(f"{shown} has no sheet such as customers or contracts (it has: {found}). {where}")
    if name not in sheets:
        return None
    label = f"{book.path.name} sheet {sheets[name]}"
    return Sheet(label, lambda: book.rows(sheets[name], label))
