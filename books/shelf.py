"""The ledger files of a company, in one folder.

A small pointer says which one is current; it is replaced when a sync has brought something new, and files nobody points at
are removed once nobody has them open.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from books.seals import SEAL, ensure_whole
from books.versions import CLOSED
from engine import file
from engine.saved import open_ledger, save, save_over, whole_of
from model.errors import LedgerBroken

if TYPE_CHECKING:
    import pandas as pd

    from engine.arithmetic import IntArray
    from engine.ledger import Ledger
    from model.settings import Settings

_KEEP = 2
_PATIENCE = 5.0
_log = logging.getLogger("backlog.books")


def folder_of(settings: Settings) -> Path:
    """Where the ledger files of a configuration lie: beside a SQLite store, else beside the configuration."""
    url = settings.store.url
    if url.startswith("sqlite:///"):
        database = settings.root / url.removeprefix("sqlite:///")
        return database.with_name(f"{database.name}.ledgers")
    parts = urlsplit(url)
    # By where the database is, not by who asks: users and passwords change.
    where = f"{parts.netloc.rpartition('@')[2]}{parts.path}?{parts.query}"
    name = "".join(sign if sign.isalnum() else "-" for sign in parts.path.strip("/"))
    return settings.root / f"{name}-{hashlib.sha256(where.encode()).hexdigest()[:8]}.ledgers"


class Shelf:
    """The files in a folder, which need not exist yet, by the versions of their ledgers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pointer = folder / "current.json"

    def path(self, version: str) -> Path:
        """Where a ledger is, or would be."""
        return self._folder / f"{version}.ledger"

    def differences(self, version: str) -> Path:
        """Where the differences between systems are that stand on the same facts."""
        return self._folder / f"{version}.differences"

    def kept(self, version: str) -> Ledger | None:
        """The ledger of that version, if its file is there and whole."""
        path = self.path(version)
        if path.exists():
            try:
                for each in {path, whole_of(path)}:
                    ensure_whole(each)
                return open_ledger(path)
            except LedgerBroken as error:
                _log.warning("%s: it is made anew from the store", str(error).partition(". ")[0])
        return None

    def whole(self) -> Ledger | None:
        """The whole ledger that the current one is, or stands over, if it is there and whole."""
        try:
            path = whole_of(self.path(self.current()))
            ensure_whole(path)
            return open_ledger(path)
        except (OSError, LedgerBroken):
            return None

    def keep(self, version: str, ledger: Ledger) -> Ledger:
        """Writes a ledger, in place of a damaged one too, and opens it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self.path(version)
        with contextlib.suppress(
            PermissionError
        ):  # Windows: a reader has the damaged file open; the new one is used anyway
            path.unlink(missing_ok=True)
        save(ledger, path)
        return open_ledger(path)

    def keep_over(self, version: str, whole: Ledger, gone: IntArray, part: Ledger) -> Ledger:
        """Writes the ledger that is a whole one with `part` in place of customers of it (engine.saved), and opens it."""
        path = self.path(version)
        save_over(path, whole, gone, part)
        return open_ledger(path)

    def kept_differences(self, version: str) -> pd.DataFrame | None:
        """Where systems differ (books.reconciliation), as it was kept beside the ledger of that version; None if it was not."""
        import pandas as pd

        from books.reconciliation import COLUMNS

        try:
            reader = file.Reader(self.differences(version))
        except LedgerBroken:
            return None
        return pd.DataFrame({name: np.asarray(reader.column("reconciliation", name)) for name in COLUMNS})

    def keep_differences(self, version: str, frame: pd.DataFrame) -> None:
        """Writes down where systems differ beside the ledger that stands on the same facts."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # Windows: a reader may have it open; what is there is the same
            file.write(self.differences(version), {"reconciliation": {str(name): frame[name] for name in frame}}, {})

    def current(self) -> str:
        """The version that is pointed at, blank if none was made yet."""
        try:
            return str(json.loads(self._pointer.read_text())["version"])
        except (OSError, ValueError, KeyError):
            return ""

    def point(self, version: str) -> None:
        """Makes a version the current one."""
        beside = self._pointer.with_name(f"current.{os.getpid()}.part")
        beside.write_text(json.dumps({"version": version}))
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                beside.replace(self._pointer)
                return
            except PermissionError:  # Windows: a reader holds it for the moment of reading
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def tidy(self, *used: str) -> None:
        """Removes the ledgers nobody asks for: old ones, and closed books but those of the versions `used`."""
        files = sorted(self._folder.glob("*.ledger"), key=lambda path: path.stat().st_mtime, reverse=True)
        new = [path for path in files if not path.stem.startswith(CLOSED)][:_KEEP]
        kept = {self.path(version) for version in used} | set(new)
        for path in new:
            with contextlib.suppress(LedgerBroken):
                kept.add(whole_of(path))
        for path in set(files) - kept:
            with contextlib.suppress(PermissionError):  # Windows: still open somewhere; the next build takes it
                path.unlink(missing_ok=True)
                for suffix in (".differences", SEAL, ".records"):
                    path.with_suffix(suffix).unlink(missing_ok=True)
