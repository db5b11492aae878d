"""Canonical files: a folder of CSV or Parquet files, or one workbook with a sheet per table.

The columns already are the normalized record (docs/reference/files.md), so that any finance team can hand its books
over without an interface. Every sync reads the files whole; what has not changed changes nothing.

A row that breaks a rule is an item with its problems. A file that cannot be read as a whole is one such item, keyed by
the file's name, and the other files load.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from connectors.kit.connector import Check, Connector, Item, Page, Pull, Setting
from connectors.kit.tabular import SheetRow, read_header, read_row
from connectors.kit.tabular_csv import csv_rows
from connectors.kit.tabular_parquet import parquet_rows
from connectors.kit.tabular_xlsx import Workbook
from model.errors import ConfigNeeded, RecordRejected
from model.records import TABLES

PAGE_ROWS = 5_000


class Sheet(NamedTuple):
    """One table's rows at their source. `label` is what a person calls it: contracts.csv."""

    label: str
    rows: Callable[[], Iterator[SheetRow]]


class Files(Connector):
    """Reads the tables of model.records from CSV or Parquet files, or a workbook."""

    kind = "files"
    title = "CSV files or a workbook"
    rights = "Read access to the folder or workbook."
    settings = (
        Setting("path", "A folder of CSV or Parquet files, or one .xlsx with a sheet per table", required=True),
        Setting(
            "missing",
            "What a row that has gone from its file means: keep its record, or delete it",
            default="keep",
            choices=("keep", "delete"),
        ),
    )

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name, options)
        self._path = Path(self.options["path"]).expanduser()
        self._sweeps = self.options.get("missing", "keep") == "delete"
        self._book: Workbook | None = None

    def objects(self) -> tuple[str, ...]:
        """The tables, those that others point at first."""
        return tuple(TABLES)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The rows of one table, 5,000 a page; one empty page where there are none, or no file.

        With missing = "delete" a last page carries the keys of all rows, unless the file or a row could not be
        identified: then nobody knows what has gone, and nothing is swept.
        """
        try:
            sheet = self._sheet(name)
        except RecordRejected as problem:
            yield Page([_broken(problem.place, problem)])
            return
        seen: set[str] | None = set() if sheet and self._sweeps else None
        items = self._items(name, sheet) if sheet else iter(())
        paged = False
        while page := list(islice(items, PAGE_ROWS)):
            if seen is not None and any(item.problems and _unidentified(item, sheet) for item in page):
                seen = None
            if seen is not None:
                seen.update(item.key for item in page)
            yield Page(page)
            paged = True
        if seen is not None or not paged:
            yield Page([], seen=None if seen is None else frozenset(seen))

    def check(self, now: dt.datetime) -> list[Check]:
        """Reads the first page of every table: how many rows it has, and what is wrong with the first bad one."""
        return [self._check(name, now) for name in self.objects()]

    def close(self) -> None:
        """Lets go of the workbook."""
        if self._book is not None:
            self._book.close()
            self._book = None

    def _check(self, name: str, now: dt.datetime) -> Check:
        try:
            page = next(self.pull(name, Pull(None, now, full=True)))
        except ConfigNeeded as error:
            return Check(name, False, str(error))
        read = f"{len(page.items)} on the first page" if page.items else "nothing to read"
        problems = [str(problem) for item in page.items for problem in item.problems]
        return Check(name, not problems, f"{read}; {problems[0]}" if problems else read)

    def _items(self, name: str, sheet: Sheet) -> Iterator[Item]:
        """The rows of a sheet as items; a problem of the whole file is the last of them."""
        try:
            rows = sheet.rows()
            first = next(rows)
            if first.problem is not None:
                raise first.problem
            header = read_header(TABLES[name], first, sheet.label)
            for row in rows:
                if item := read_row(header, row, sheet.label):
                    yield item
        except RecordRejected as error:
            place = error.place or f"{sheet.label} row 1"
            yield _broken(sheet.label, RecordRejected(error.reason, place=place, remedy=error.remedy))

    def _sheet(self, name: str) -> Sheet | None:
        """Where a table's rows are, None where there are none; raises ConfigNeeded where `path` is no source at all."""
        where = f"Set path under [connectors.{self.name}] to a folder of CSV files or to one .xlsx"
        if self._path.is_dir():
            return _in_folder(self._path, name, where)
        if not self._path.exists():
            raise ConfigNeeded(f"{self._path} does not exist. {where}")
        if self._path.suffix.casefold() in (".csv", ".txt"):
            raise ConfigNeeded(f"{self._path} is a single file. {where}")
        if self._book is None:
            self._book = Workbook(self._path)
        return _in_workbook(self._book, name, where)


def _in_folder(folder: Path, name: str, where: str) -> Sheet | None:
    files = {path.name.casefold(): path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    for ending, rows in ((".csv", csv_rows), (".parquet", parquet_rows)):
        if path := files.get(name + ending):
            return Sheet(path.name, partial(rows, path))
    if not any(f"{table}{ending}" in files for table in TABLES for ending in (".csv", ".parquet")) and not any(
        _mistaken(files, table) for table in TABLES
    ):
        raise ConfigNeeded(f"{folder} holds no file such as customers.csv or contracts.csv. {where}")
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


def _in_workbook(book: Workbook, name: str, where: str) -> Sheet | None:
    sheets = {sheet.strip().casefold(): sheet for sheet in book.sheets}
    if not any(table in sheets for table in TABLES):
        found = ", ".join(book.sheets[:10])
        raise ConfigNeeded(f"{book.path} has no sheet such as customers or contracts (it has: {found}). {where}")
    if name not in sheets:
        return None
    label = f"{book.path.name} sheet {sheets[name]}"
    return Sheet(label, lambda: book.rows(sheets[name], label))


def _broken(label: str, problem: RecordRejected) -> Item:
    """A file that cannot be read, as one item: quarantined under its name until it can."""
    return Item(label, {"file": label}, place=problem.place, problems=(problem,))


def _unidentified(item: Item, sheet: Sheet | None) -> bool:
    return sheet is not None and item.key.startswith(sheet.label)
