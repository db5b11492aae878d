"""The host: who asks. It supplies the ledger, the freshness of the data and today's date; functions read no clock.

`BooksHost` is the one over the company's own books; tests and other hosts need only the protocol. Several threads may ask it at once.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from model.errors import RetryLater

if TYPE_CHECKING:
    import pandas as pd

    from books.ledgers import Books
    from engine.ledger import Ledger
    from engine.metrics.inputs import Inputs
    from model.calendar import Calendar
    from model.settings import Settings

_KEPT = 4
"""Ledgers of earlier knowledge held at once: a sheet compares a few states of knowledge, not dozens."""
_AT_ONCE = 500
"""Ids named in one query: every database takes so many."""


class TimeIsUp(RetryLater):
    """The time for a batch was used up before this call was reached, or answered whole."""

    def __init__(self) -> None:
        super().__init__("the time for these calls was used up before this one: ask again, or for less at once")


class Host(Protocol):
    """What a function may ask of the program it runs in."""

    @property
    def today(self) -> dt.date:
        """The day a blank date means."""

    @property
    def zone(self) -> dt.tzinfo:
        """The company's time zone: where a day of `known_at` ends."""

    @property
    def calendar(self) -> Calendar:
        """The company's fiscal calendar: what a month, a quarter and a year are."""

    def ledger(self, known_at: dt.datetime | None) -> Ledger:
        """The ledger as it was known at that moment (UTC); None = now."""

    def freshness(self) -> Mapping[str, dt.datetime | None]:
        """When each connector's data was last complete (UTC); None for one that never was."""

    def links(self, raw_ids: Iterable[int]) -> Mapping[int, str]:
        """The vendor's page of each source record that has one."""

    def reconciliation(self) -> pd.DataFrame:
        """Where systems differ, in the columns of books.reconciliation."""

    def inputs(self, known_at: dt.datetime | None = None) -> Inputs:
        """What the company states beside its contracts, as known at that moment: statements, targets, capacity, costs."""


class BooksHost:
    """A host over the books of one configuration.

    Made from the settings, the books and a clock (UTC) that says what `today` is. The current ledger is held for
    `hold` before the books' pointer is read again: a workbook's recalculation costs no reading a cell, and new data is
    picked up without restarting anything. Ledgers of earlier knowledge are kept.
    """

    def __init__(
        self, settings: Settings, books: Books, clock: Callable[[], dt.datetime], hold: dt.timedelta = dt.timedelta()
    ) -> None:
        self.settings = settings
        self.books = books
        self._zone = ZoneInfo(settings.reporting.timezone)
        self._clock = clock
        self._hold = hold
        self._current: tuple[dt.datetime, Ledger] | None = None
        self._known: OrderedDict[dt.datetime, Ledger] = OrderedDict()
        self._stated: tuple[object, Inputs] | None = None
        self._opening, self._recalling = threading.Lock(), threading.Lock()
        self._goes_on: Callable[[], bool] = lambda: True

    def as_of_now(self, goes_on: Callable[[], bool] = lambda: True) -> BooksHost:
        """This host as it stands at this moment, for a batch: one day and one ledger for every call of it.

        Once `goes_on` says no, a ledger is refused with TimeIsUp: a range may ask for very many states of knowledge.
        """
        now = self._clock()
        pinned = BooksHost(self.settings, self.books, lambda: now, dt.timedelta.max)
        pinned._current = (now, self._newest(now))
        pinned._known, pinned._recalling = self._known, self._recalling
        pinned._goes_on = goes_on
        return pinned

    @property
    def zone(self) -> dt.tzinfo:
        """The configured reporting time zone."""
        return self._zone

    @property
    def calendar(self) -> Calendar:
        """The configured reporting periods."""
        return self.settings.reporting.calendar

    @property
    def today(self) -> dt.date:
        """Today in the company's time zone."""
        return self._clock().astimezone(self._zone).date()

    def ledger(self, known_at: dt.datetime | None) -> Ledger:
        """The ledger as known then; see Host. Raises TimeIsUp."""
        if not self._goes_on():
            raise TimeIsUp
        now = self._clock()
        if known_at is None or known_at >= now:
            return self._newest(now)
        with self._recalling:
            found = self._known.get(known_at)
            if found is None:
                found = self._known[known_at] = self.books.open(known_at)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return found

    def freshness(self, known_at: dt.datetime | None = None) -> Mapping[str, dt.datetime | None]:
        """When each configured connector was last complete (by a moment); see Host."""
        from store import read

        done = read.freshness(self.books.engine, known_at)
        return {name: done.get(name) for name in dict.fromkeys([*self.settings.connectors, *done])}

    def links(self, raw_ids: Iterable[int]) -> Mapping[int, str]:
        """The vendor's page of each source record; see Host."""
        import sqlalchemy as sa

        from store.schema import RAW

        wanted = sorted({int(raw_id) for raw_id in raw_ids if raw_id})
        query = sa.select(RAW.c.id, RAW.c.link).where(RAW.c.link != "")
        found: dict[int, str] = {}
        with self.books.engine.connect() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = query.where(RAW.c.id.in_(wanted[start : start + _AT_ONCE]))
                found.update((row[0], row[1]) for row in connection.execute(some))
        return found

    def reconciliation(self) -> pd.DataFrame:
        """Where systems differ, as of the current ledger; see Host."""
        return self.books.reconciliation(self.ledger(None).version)

    def inputs(self, known_at: dt.datetime | None = None) -> Inputs:
        """What is stated, read once for each version of the ledger or moment; see Host."""
        from books.inputs import inputs

        key = known_at or self.ledger(None).version
        if self._stated is None or self._stated[0] != key:
            self._stated = (key, inputs(self.settings, self.books.engine, known_at))
        return self._stated[1]

    def _newest(self, now: dt.datetime) -> Ledger:
        with self._opening:
            if self._current is None:
                self._current = (now, self.books.open())
            elif not dt.timedelta() <= now - self._current[0] < self._hold:
                held = self._current[1]
                if self.books.current() != held.version:
                    opened = self.books.open()
                    # The same version keeps its object, and with it the names it has already looked up.
                    held = held if opened.version == held.version else opened
                self._current = (now, held)
            return self._current[1]
