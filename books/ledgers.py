"""The ledgers of a company: made from the store, kept beside it as files, opened by everyone who asks for a figure.

A ledger file is named by what it was made from and never changes; books.shelf keeps them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from books.seals import ensure_whole
from books.shelf import CLOSED, Shelf
from books.standing import Standing
from engine.ledger import Ledger, whole_of
from model.errors import LedgerBroken
from model.periods import day_number
from model.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

    from books.facts import Unified
    from books.reading import Reading
    from books.rules import Rules
    from engine.closing import Closed
    from model.policy import Policy
    from store.facts import Marked
    from store.periods import PeriodEvent

FORM = 7  # of the ledger file and of the calculation; another form is another ledger


class Books:
    """The books of one configuration: its store, and the ledgers made from it.

    `policy`: by which records of any moment are read, where it is not the one configured at that moment.
    """

    def __init__(self, settings: Settings, policy: Policy | None = None) -> None:
        self.settings, self.policy = settings, policy

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

    @cached_property
    def shelf(self) -> Shelf:
        """The ledger files."""
        return Shelf(self.folder)

    def current(self) -> str:
        """The version that is current, blank if none was made yet; cheap enough to ask before every answer."""
        return self.shelf.current()

    def name(self, data: str, known_at: dt.datetime | None = None, standing: Standing | None = None) -> str:
        """The version of a ledger: the data it stands on, how they were read, and the closes that hold."""
        standing = standing or self.standing(known_at)
        words = [FORM, data, standing.reading.text, sorted(self.settings.connectors), str(known_at or ""),
                 [close.digest for close in standing.closes]]  # fmt: skip
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]

    def standing(self, known_at: dt.datetime | None = None) -> Standing:
        """How records are read and which closes hold, now or at a moment."""
        found = Standing.at(self.engine, self.settings, known_at)
        return found if self.policy is None else found.under(self.policy)

    def open(self, known_at: dt.datetime | None = None) -> Ledger:
        """The current ledger, or the one of what was known at a moment; made first if it is missing, stale or damaged."""
        from store.read import data_version

        kept = self.shelf.kept(self.name(data_version(self.engine), known_at))
        return kept if kept is not None else self.build(known_at=known_at)

    def build(self, progress: Callable[[str], None] | None = None, known_at: dt.datetime | None = None) -> Ledger:
        """The ledger of what the store now holds, or held at a moment, made and pointed at. `progress` is told each step.

        The one of now is made from the one before and from what has changed since, where that will do (books.update).
        """
        from store.read import data_version

        data, standing, tell = data_version(self.engine), self.standing(known_at), progress or (lambda _step: None)
        version = self.name(data, known_at, standing)
        if known_at is not None:
            return self._made(version, known_at, standing, tell)
        ledger = self._updated(version, standing, tell) or self._made(version, known_at, standing, tell)
        self.shelf.point(version)
        self.shelf.tidy(version, *(_closed_name(close) for close in standing.closes[-1:]))
        return ledger

    def _updated(self, version: str, standing: Standing, tell: Callable[[str], None]) -> Ledger | None:
        """The ledger out of the last whole one and what has changed since; None where that will not do."""
        from books import update
        from books.facts import unify
        from books.known import in_order
        from engine.build import build

        try:
            path = whole_of(self.shelf.path(self.current()))
            ensure_whole(path)
            whole = Ledger.open(path)
        except (OSError, LedgerBroken):
            return None
        tell("reading what has changed")
        reading, rules = standing.reading, self._rules(None, standing.reading)
        touched = update.touched(self.engine, whole, self.name("", None, standing), rules)
        if touched is None:
            return None
        if self.shelf.path(version).exists():  # nothing has changed
            return self.shelf.kept(version)
        tell("calculating what it touches")
        unified = unify(touched.facts, reading.authority, dataclasses.replace(rules, similar=0), touched.systems)
        if not update.apart(touched, unified):
            return None
        customers = unified.tables["customers"]["customer_id"].tolist()
        part = build(unified.tables, reading.policy, version=version, known_at=dt.datetime.now(dt.UTC),
                     reporting=reading.currency, aliases=unified.aliases,
                     closed=self._closed(standing, {*whole.customers["id"][touched.gone].tolist(), *customers}))  # fmt: skip
        if not in_order(part) or len(part.customers["id"]) > len(customers):
            return None  # closed books know a customer who is known no more
        part.save_over(self.shelf.path(version), whole, touched.gone)
        if unified.as_read:
            self._reconciled(unified, version)
        return Ledger.open(self.shelf.path(version))

    def as_closed(self, closes: Sequence[PeriodEvent]) -> Ledger:
        """The books as they were known at the last of those closes. Nothing that is told later changes them, so that they
        are made once, and again only where their file is gone or damaged.
        """
        closes = tuple(closes)
        version = _closed_name(closes[-1])
        kept = self.shelf.kept(version)
        if kept is not None:
            return kept
        return self._made(version, closes[-1].at, Standing.of_close(self.engine, closes), lambda _step: None)

    def from_records(self, closes: Sequence[PeriodEvent]) -> Iterator[Ledger]:
        """The books of each of those closes in turn, made from the records alone; nothing is saved."""
        from engine.closing import Closed

        closed = None
        for count, close in enumerate(closes, 1):
            standing = Standing.of_close(self.engine, tuple(closes[:count]))
            ledger, *_ = self._calculated(_closed_name(close), close.at, standing.reading, closed, lambda _step: None)
            closed = Closed(ledger, day_number(close.ends_on))
            yield ledger

    def _made(
        self, version: str, known_at: dt.datetime | None, standing: Standing, tell: Callable[[str], None]
    ) -> Ledger:
        closed = self._closed(standing)
        ledger, unified, read, rules = self._calculated(version, known_at, standing.reading, closed, tell)
        tell("saving")
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.shelf.path(version)
        with contextlib.suppress(
            PermissionError
        ):  # on Windows a reader may have the damaged file open: the new one is used anyway
            path.unlink(missing_ok=True)
        ledger.save(path)
        if read is not None:
            self._reconciled(unified, version)
        made = Ledger.open(path)
        if read is not None:
            from books.known import keep

            keep(made, closed.books if closed else None, self.name("", None, standing), read, unified, rules)
        return made

    def _closed(self, standing: Standing, customers: set[str] | None = None) -> Closed | None:
        """The books of the last close that holds (of some customers only)."""
        from engine.closing import Closed
        from engine.splice import part_of

        if not standing.closes:
            return None
        books = self.as_closed(standing.closes)
        if customers is not None:
            places = [n for n, name in enumerate(np.asarray(books.customers["id"]).tolist()) if name in customers]
            books = part_of(books, np.array(places, np.int64))
        return Closed(books, day_number(standing.closes[-1].ends_on))

    def _calculated(self, version: str, known_at: dt.datetime | None, reading: Reading, closed: Closed | None,
                    tell: Callable[[str], None]) -> tuple[Ledger, Unified, Marked | None, Rules]:  # fmt: skip
        """The ledger, the facts it stands on, and how those of now were read and made one."""
        from books.facts import unify
        from engine.build import build
        from store.facts import read_marked
        from store.read import facts

        tell("reading the records")
        marked = read_marked(self.engine) if known_at is None else None
        tables = facts(self.engine, known_at) if marked is None else marked.facts
        rules = self._rules(known_at, reading)
        unified = unify(tables, reading.authority, rules)
        tell("calculating")
        ledger = build(unified.tables, reading.policy, version=version, known_at=known_at or dt.datetime.now(dt.UTC),
                       reporting=reading.currency, aliases=unified.aliases, closed=closed)  # fmt: skip
        return ledger, unified, marked, rules

    def matching(self) -> Unified:
        """What was made one over several systems, what waits for a person, and where the systems differ."""
        from books.facts import unify
        from store.read import facts

        reading = self.standing().reading
        return unify(facts(self.engine), reading.authority, self._rules(None, reading))

    def reconciliation(self, version: str) -> pd.DataFrame:
        """Where systems differ, as of the ledger of that version; see books.reconciliation for the columns.

        Where they were not written down with it, those of what the store holds by now: the same, unless a sync has told it more.
        """
        import numpy as np
        import pandas as pd

        from books.reconciliation import COLUMNS
        from engine import file
        from store.read import data_version

        path = self.shelf.differences(version)
        try:
            reader = file.Reader(path)
        except LedgerBroken:
            made = self.matching()
            # What a sync told meanwhile is of the next ledger, and is not kept as of this one.
            return (
                self._reconciled(made, version)
                if self.name(data_version(self.engine)) == version
                else made.reconciliation
            )
        return pd.DataFrame({name: np.asarray(reader.column("reconciliation", name)) for name in COLUMNS})

    def _reconciled(self, unified: Unified, version: str) -> pd.DataFrame:
        """Keeps the differences beside the ledger that stands on the same facts."""
        from engine import file

        frame = unified.reconciliation
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # Windows: a reader may have it open; what is there is the same
            file.write(
                self.shelf.differences(version), {"reconciliation": {str(name): frame[name] for name in frame}}, {}
            )
        return frame

    def _rules(self, known_at: dt.datetime | None, reading: Reading) -> Rules:
        """How records of several systems are matched, with what people had decided and vendors merged by then."""
        from books.rules import Decision, Rules
        from model.settings_blocks import MatchingBlock
        from store.decisions import decisions, merged_ids

        decided = [
            Decision(each.kind, each.left, each.right, each.decision == "same", each.who, each.at.isoformat(), each.why)
            for each in decisions(self.engine, known_at)
        ]
        return Rules.configured(
            MatchingBlock.model_validate(reading.matching), decided, merged_ids(self.engine, known_at)
        )


def _closed_name(close: PeriodEvent) -> str:
    return f"{CLOSED}{hashlib.sha256(f'{FORM} {close.digest}'.encode()).hexdigest()[:16]}"
