"""The ledgers of a company: made from the store, kept beside it as files, opened by everyone who asks for a figure.

A ledger file is named by what it was made from and never changes. A small pointer says which one is current; it is
replaced when a sync has brought something new, and files nobody points at are removed once nobody has them open.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from books.seals import SEAL, ensure_whole
from engine.ledger import Ledger
from model.errors import LedgerBroken
from model.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

    from books.facts import Unified

FORM = 3  # of the ledger file and of the calculation; another form is another ledger
_KEEP = 2
_PATIENCE = 5.0
_log = logging.getLogger("backlog.books")


class Books:
    """The books of one configuration: its store, and the ledgers made from it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    def over(cls, settings: Settings, engine: sa.Engine, folder: Path) -> Books:
        """Books over another store than the configured one, with their ledgers in a folder of their own."""
        books = cls(settings)
        books.__dict__.update(engine=engine, folder=folder)
        return books

    @cached_property
    def engine(self) -> sa.Engine:
        """The store."""
        from store.connect import connect

        return connect(self.settings.store.url)

    @cached_property
    def folder(self) -> Path:
        """Where the ledger files lie: beside a SQLite store, else beside the configuration."""
        url = self.settings.store.url
        if url.startswith("sqlite:///"):
            database = self.settings.root / url.removeprefix("sqlite:///")
            return database.with_name(f"{database.name}.ledgers")
        parts = urlsplit(url)
        # By where the database is, not by who asks: users and passwords change.
        where = f"{parts.netloc.rpartition('@')[2]}{parts.path}?{parts.query}"
        name = "".join(sign if sign.isalnum() else "-" for sign in parts.path.strip("/"))
        return self.settings.root / f"{name}-{hashlib.sha256(where.encode()).hexdigest()[:8]}.ledgers"

    def name(self, data: str, known_at: dt.datetime | None = None) -> str:
        """The version of a ledger: the data it stands on, the policy and the matching that read them."""
        matching = self.settings.matching.model_dump()
        words = [FORM, data, self.settings.policy.digest(), self.settings.reporting.currency, matching,
                 sorted(self.settings.connectors), str(known_at or "")]  # fmt: skip
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:16]

    def open(self, known_at: dt.datetime | None = None) -> Ledger:
        """The current ledger, or the one of what was known at a moment; made first if it is missing, stale or damaged."""
        from store.read import data_version

        version = self.name(data_version(self.engine), known_at)
        path = self.folder / f"{version}.ledger"
        if path.exists():
            try:
                ensure_whole(path)
                return Ledger.open(path)
            except LedgerBroken as error:
                _log.warning("%s: it is made anew from the store", str(error).partition(". ")[0])
        return self.build(known_at=known_at)

    def build(self, progress: Callable[[str], None] | None = None, known_at: dt.datetime | None = None) -> Ledger:
        """Makes the ledger anew from the store and points at it. `progress` is told each step."""
        from engine.build import build
        from store.read import data_version

        tell = progress or (lambda _step: None)
        tell("reading the records")
        version = self.name(data_version(self.engine), known_at)
        unified = self._unified(known_at)
        tell("calculating")
        ledger = build(unified.tables, self.settings.policy, version=version, known_at=known_at or dt.datetime.now(dt.UTC),
                       reporting=self.settings.reporting.currency, aliases=unified.aliases)  # fmt: skip
        tell("saving")
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{version}.ledger"
        with contextlib.suppress(
            PermissionError
        ):  # on Windows a reader may have the damaged file open: the new one is used anyway
            path.unlink(missing_ok=True)
        ledger.save(path)
        if known_at is None:
            self._reconciled(unified, version)
            self._point(version)
            self._tidy(version)
        return Ledger.open(path)

    def matching(self) -> Unified:
        """What was made one over several systems, what waits for a person, and where the systems differ."""
        return self._unified(None)

    def reconciliation(self, version: str) -> pd.DataFrame:
        """Where systems differ, as of the ledger of that version; see books.reconciliation for the columns."""
        import pandas as pd

        from books.reconciliation import COLUMNS
        from engine import file

        path = self._beside(version)
        try:
            reader = file.Reader(path)
        except LedgerBroken:
            return self._reconciled(self._unified(None), version)
        return pd.DataFrame({name: reader.column("reconciliation", name) for name in COLUMNS})

    def _reconciled(self, unified: Unified, version: str) -> pd.DataFrame:
        """Keeps the differences beside the ledger that stands on the same facts."""
        from engine import file

        frame = unified.reconciliation
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # Windows: a reader may have it open; what is there is the same
            file.write(self._beside(version), {"reconciliation": {str(name): frame[name] for name in frame}}, {})
        return frame

    def _beside(self, version: str) -> Path:
        return self.folder / f"{version}.differences"

    def _unified(self, known_at: dt.datetime | None) -> Unified:
        from books.facts import unify
        from books.rules import Decision, Rules
        from store.decisions import decisions, merged_ids
        from store.read import facts

        decided = [
            Decision(each.kind, each.left, each.right, each.decision == "same", each.who, each.at.isoformat(), each.why)
            for each in decisions(self.engine, known_at)
        ]
        rules = Rules.configured(self.settings.matching, decided, merged_ids(self.engine, known_at))
        return unify(facts(self.engine, known_at), self.authority, rules)

    @property
    def authority(self) -> list[str]:
        """Connectors in the order in which they govern: as configured, else as they stand in the file."""
        return [
            *self.settings.matching.authority,
            *(n for n in self.settings.connectors if n not in self.settings.matching.authority),
        ]

    @property
    def pointer(self) -> Path:
        """The small file that names the current ledger."""
        return self.folder / "current.json"

    def current(self) -> str:
        """The version that is current, blank if none was made yet; cheap enough to ask before every answer."""
        try:
            return str(json.loads(self.pointer.read_text())["version"])
        except (OSError, ValueError, KeyError):
            return ""

    def _point(self, version: str) -> None:
        beside = self.pointer.with_name(f"current.{os.getpid()}.part")
        beside.write_text(json.dumps({"version": version}))
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                beside.replace(self.pointer)
                return
            except PermissionError:  # Windows: a reader holds it for the moment of reading
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _tidy(self, version: str) -> None:
        files = sorted(self.folder.glob("*.ledger"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_KEEP:]:
            if path.stem != version:
                with contextlib.suppress(PermissionError):  # Windows: still open somewhere; the next build takes it
                    path.unlink(missing_ok=True)
                    self._beside(path.stem).unlink(missing_ok=True)
                    path.with_suffix(SEAL).unlink(missing_ok=True)
