"""The ledger files of a company, in one folder.

A small pointer says which one is current; it is replaced when a sync has brought something new, and files nobody points at
are removed once nobody has them open.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from pathlib import Path

from books.seals import SEAL, ensure_whole
from engine.ledger import Ledger, whole_of
from model.errors import LedgerBroken

CLOSED = "closed-"
"""How the version of the books of a close begins."""

_KEEP = 2
_PATIENCE = 5.0
_log = logging.getLogger("backlog.books")


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
                for file in {path, whole_of(path)}:
                    ensure_whole(file)
                return Ledger.open(path)
            except LedgerBroken as error:
                _log.warning("%s: it is made anew from the store", str(error).partition(". ")[0])
        return None

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
