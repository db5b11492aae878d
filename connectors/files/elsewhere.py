"""Files that lie elsewhere, brought here whole before any is read, so that one run reads them as they were at one moment.

What is listed is fetched, then listed again: what is other by then is fetched anew, until two listings say the same. A
writer that takes its time writes under another name and renames.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from model.errors import RetryLater
from model.records import TABLES

SCHEMES = ("s3", "sftp")
TRIES = 4
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".csv", ".txt")


@dataclass(frozen=True)
class Place:
    """Where files are: an fsspec file system, the path there, and how a person calls it. `close` hangs up."""

    files: Any
    path: str
    shown: str
    close: Callable[[], None] = lambda: None

    def single(self) -> bool:
        """Whether the path names one file, not a folder."""
        return PurePosixPath(self.path).suffix.casefold() in WORKBOOKS

    def listing(self) -> dict[str, tuple[str, str]]:
        """Each file's name → where it is, and what tells this version of it from another."""
        found = [self.files.info(self.path)] if self.single() else self.files.ls(self.path, detail=True)
        return {
            PurePosixPath(each["name"]).name: (self.path if self.single() else str(each["name"]), _version(each))
            for each in found
            if each["type"] == "file" and _is_plain(PurePosixPath(each["name"]).name)
        }


def is_elsewhere(path: str) -> bool:
    """Whether a path names files elsewhere."""
    return urlsplit(path).scheme in SCHEMES


def bring(place: Place, into: Path, name: str) -> Path:
    """The folder or the workbook here, as it was at one moment. Raises RetryLater where it does not come to rest.

    Only what a table can be read from is fetched; of other files the names are kept, for one of them may be a mistake.
    """
    had: dict[str, tuple[str, str]] = {}
    for _ in range(TRIES):
        there = place.listing()
        if there == had:
            return into / next(iter(there)) if place.single() else into
        for gone in had.keys() - there.keys():
            (into / gone).unlink()
        for file, version in there.items():
            if had.get(file) != version:
                _fetch(place, version[0], into / file, whole=place.single() or _is_table(file))
        had = there
    raise RetryLater(f"{name}: the files in {place.shown} change while they are read. Later, run: backlog sync {name}")


def _fetch(place: Place, source: str, target: Path, *, whole: bool) -> None:
    with target.open("wb") as into:
        if whole:
            with place.files.open(source, "rb") as file:
                shutil.copyfileobj(file, into)


def _is_plain(file: str) -> bool:
    """Whether a name is one here, too: none that a file system of another kind reads as a way to elsewhere."""
    return file not in ("", ".", "..") and PureWindowsPath(file).name == file


def _is_table(file: str) -> bool:
    stem, _, ending = file.casefold().rpartition(".")
    return stem in TABLES and ending in ("csv", "parquet")


def _version(entry: Any) -> str:
    return f"{entry['size']} {entry.get('e_tag') or entry.get('mtime')}"
