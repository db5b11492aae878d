"""The ledgers of a company: made from the store, kept beside it as files, opened by everyone who asks for a figure.

A ledger file is named by what it was made from (books.versions) and never changes; books.shelf keeps them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from books.shelf import Shelf, folder_of
from books.standing import Standing
from books.versions import version_of, version_of_close
from model.periods import day_number
from model.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

    from books.facts import Unified
    from engine.closing import Closed
    from engine.ledger import Ledger
    from model.policy import Policy
    from store.periods import PeriodEvent


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
        """Where the ledger files lie, which need not be there yet."""
        return folder_of(self.settings)

    @cached_property
    def shelf(self) -> Shelf:
        """The ledger files."""
        return Shelf(self.folder)

    def current(self) -> str:
        """The version that is current, blank if none was made yet; cheap enough to ask before every answer."""
        return self.shelf.current()

    def name(self, data: str, known_at: dt.datetime | None = None, standing: Standing | None = None) -> str:
        """The version of a ledger: the data it stands on, how they were read, and the closes that hold."""
        return version_of(data, standing or self.standing(known_at), self.settings.connectors, known_at)

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

        data, standing, tell = data_version(self.engine), self.standing(known_at), progress or _nobody
        version = self.name(data, known_at, standing)
        if known_at is not None:
            return self._made(version, known_at, standing, tell)
        ledger = self._updated(version, standing, tell) or self._made(version, known_at, standing, tell)
        self.shelf.point(version)
        self.shelf.tidy(version, *(version_of_close(close) for close in standing.closes[-1:]))
        return ledger

    def as_closed(self, closes: Sequence[PeriodEvent]) -> Ledger:
        """The books as they were known at the last of those closes. Nothing that is told later changes them, so that they
        are made once, and again only where their file is gone or damaged.
        """
        closes = tuple(closes)
        version = version_of_close(closes[-1])
        kept = self.shelf.kept(version)
        if kept is not None:
            return kept
        return self._made(version, closes[-1].at, Standing.of_close(self.engine, closes), _nobody)

    def from_records(self, closes: Sequence[PeriodEvent]) -> Iterator[Ledger]:
        """The books of each of those closes in turn, made from the records alone; nothing is saved."""
        from books.calculated import calculated
        from engine.closing import Closed

        closed = None
        for count, close in enumerate(closes, 1):
            reading = Standing.of_close(self.engine, tuple(closes[:count])).reading
            ledger = calculated(self.engine, version_of_close(close), close.at, reading, closed, _nobody).ledger
            closed = Closed(ledger, day_number(close.ends_on))
            yield ledger

    def matching(self) -> Unified:
        """What was made one over several systems, what waits for a person, and where the systems differ."""
        from books.calculated import matching

        return matching(self.engine, self.standing().reading)

    def reconciliation(self, version: str) -> pd.DataFrame:
        """Where systems differ, as of the ledger of that version; see books.reconciliation for the columns.

        Where they were not written down with it, those of what the store holds by now: the same, unless a sync has told it more.
        """
        from store.read import data_version

        kept = self.shelf.kept_differences(version)
        if kept is not None:
            return kept
        found = self.matching().reconciliation
        # What a sync told meanwhile is of the next ledger, and is not kept as of this one.
        if self.name(data_version(self.engine)) == version:
            self.shelf.keep_differences(version, found)
        return found

    def _made(
        self, version: str, known_at: dt.datetime | None, standing: Standing, tell: Callable[[str], None]
    ) -> Ledger:
        """The ledger made of everything and kept; of now, with what its next update has to know."""
        from books.calculated import calculated
        from books.known import keep

        closed = self._closed(standing)
        found = calculated(self.engine, version, known_at, standing.reading, closed, tell)
        tell("saving")
        ledger = self.shelf.keep(version, found.ledger)
        if found.records is not None:
            self.shelf.keep_differences(version, found.unified.reconciliation)
            keep(
                ledger,
                closed.books if closed else None,
                self.name("", None, standing),
                found.records,
                found.unified,
                found.rules,
            )
        return ledger

    def _updated(self, version: str, standing: Standing, tell: Callable[[str], None]) -> Ledger | None:
        """The ledger out of the last whole one and what has changed since; None where that will not do."""
        from books.update import Update

        whole = self.shelf.whole()
        if whole is None:
            return None
        tell("reading what has changed")
        update = Update.of(self.engine, whole, self.name("", None, standing), standing.reading)
        if update is None:
            return None
        if self.shelf.path(version).exists():  # nothing has changed
            return self.shelf.kept(version)
        tell("calculating what it touches")
        made = update.part(version, partial(self._closed, standing))
        if made is None:
            return None
        part, unified = made
        ledger = self.shelf.keep_over(version, whole, update.touched.gone, part)
        if unified.as_read:
            self.shelf.keep_differences(version, unified.reconciliation)
        return ledger

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


def _nobody(_step: str) -> None:
    """Told of steps that nobody waits for."""
