"""Canonical files: a folder of CSV or Parquet files, or one workbook with a sheet per table.

The columns already are the normalized record (docs/reference/files.md), so that any finance team can hand its books
over without an interface. Every sync reads the files whole; what has not changed changes nothing.

A row that breaks a rule is an item with its problems. A file that cannot be read as a whole is one such item, keyed by
the file's name, and the other files load.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.files import s3, sftp
from connectors.files.elsewhere import bring, is_elsewhere
from connectors.files.places import Sheet, in_folder, in_workbook
from connectors.kit.connector import Check, Connector, Item, Page, Pull, Setting
from connectors.kit.tabular import read_header, read_row
from connectors.kit.tabular_xlsx import Workbook
from model.errors import ConfigNeeded, RecordRejected, RetryLater
from model.records import TABLES

PAGE_ROWS = 5_000


class Files(Connector):
    """Reads the tables of model.records from CSV or Parquet files, or a workbook."""

    kind = "files"
    title = "CSV files or a workbook"
    rights = "Read access to the folder or workbook; in S3: s3:ListBucket and s3:GetObject."
    settings = (
        Setting(
            "path",
            "A folder of CSV or Parquet files, or one .xlsx with a sheet per table; here, s3://bucket/folder, or "
            "sftp://user@host/folder",
            required=True,
        ),
        Setting(
            "missing",
            "What a row that has gone from its file means: keep its record, or delete it",
            default="keep",
            choices=("keep", "delete"),
        ),
        Setting("region", "Of the bucket", "us-east-1"),
        Setting("endpoint_url", "Another address than Amazon's, of a store that speaks S3"),
        Setting("access_key_id", "The key's id; empty: what the machine itself is given (its role, its environment)"),
        Setting("secret_access_key", "The key that belongs to access_key_id", secret=True),
        Setting(
            "host_key", "The SFTP server's key: its fingerprint (SHA256:…), or its line of known_hosts without the host"
        ),
        Setting("sftp_password", "The SFTP user's password", secret=True),
        Setting("sftp_private_key", "Or the user's private key, in PEM or OpenSSH form", secret=True),
    )

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name, options)
        path = str(self.options["path"])
        self._shown = path if is_elsewhere(path) else str(Path(path).expanduser())
        self._kept: tempfile.TemporaryDirectory[str] | None = None
        self._brought: tuple[dt.datetime, Path] | None = None
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
            sheet = self._sheet(name, ask.now)
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
        """Lets go of the workbook, and of what was brought here."""
        if self._book is not None:
            self._book.close()
            self._book = None
        if self._kept is not None:
            self._kept.cleanup()
            self._kept, self._brought = None, None

    def _check(self, name: str, now: dt.datetime) -> Check:
        try:
            page = next(self.pull(name, Pull(None, now, full=True)))
        except (ConfigNeeded, RetryLater) as error:
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

    def _sheet(self, name: str, now: dt.datetime) -> Sheet | None:
        """Where a table's rows are, None where there are none; raises ConfigNeeded where `path` is no source at all."""
        where = f"Set path under [connectors.{self.name}] to a folder of CSV files or to one .xlsx"
        path = self._here(now)
        if path.is_dir():
            return in_folder(path, name, self._shown, where)
        if not path.exists():
            raise ConfigNeeded(f"{self._shown} does not exist. {where}")
        if path.suffix.casefold() in (".csv", ".txt"):
            raise ConfigNeeded(f"{self._shown} is a single file. {where}")
        if self._book is None:
            self._book = Workbook(path)
        return in_workbook(self._book, name, self._shown, where)

    def _here(self, now: dt.datetime) -> Path:
        """The folder or workbook; one that lies elsewhere is brought here once a run."""
        if not is_elsewhere(self._shown):
            return Path(self._shown)
        if self._brought is None or self._brought[0] != now:
            self.close()
            self._kept = tempfile.TemporaryDirectory(prefix="backlog-files-")
            self._brought = (now, self._bring(Path(self._kept.name)))
        return self._brought[1]

    def _bring(self, into: Path) -> Path:
        if urlsplit(self._shown).scheme == "s3":
            place = s3.place(self.name, self._shown, self.options)
            with s3.told(self.name, self._shown):
                return bring(place, into, self.name)
        place = sftp.place(self.name, self._shown, self.options)
        try:
            with sftp.telling(self.name, self._shown):
                return bring(place, into, self.name)
        finally:
            place.close()


def _broken(label: str, problem: RecordRejected) -> Item:
    """A file that cannot be read, as one item: quarantined under its name until it can."""
    return Item(label, {"file": label}, place=problem.place, problems=(problem,))


def _unidentified(item: Item, sheet: Sheet | None) -> bool:
    return sheet is not None and item.key.startswith(sheet.label)
