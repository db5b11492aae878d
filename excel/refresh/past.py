"""The ledgers that workbooks stood on: opened where they are still kept, made again from the history where they are not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from books.ledgers import Books
from engine.ledger import Ledger
from engine.saved import open_ledger
from excel.host import BooksHost, Host
from excel.refresh.hosts import AsOf
from excel.refresh.journal import Journal, Standing
from model.errors import LedgerBroken, Unanswerable
from model.settings import Settings


@dataclass
class Past:
    """The books of a configuration, now and as earlier refreshes found them.

    `asked_at`: the moment that is now; `stands`: what is now, where the first process of a refresh has settled it: a sync
    that ends meanwhile brings no other figures into the later files.
    """

    settings: Settings
    asked_at: dt.datetime
    stands: Standing | None = None
    _ledgers: dict[tuple[str, dt.datetime], Ledger] = field(default_factory=dict)

    @cached_property
    def books(self) -> Books:
        """The books as they are configured now."""
        return Books(self.settings)

    @cached_property
    def host(self) -> BooksHost:
        """The books now."""
        return BooksHost(self.settings, self.books, lambda: self.asked_at, hold=dt.timedelta(1))

    @cached_property
    def journal(self) -> Journal:
        """What refreshed workbooks stand on."""
        return Journal(self.books.folder)

    @cached_property
    def newest(self) -> Ledger:
        """The ledger that is now."""
        return self.host.ledger(None) if self.stands is None else self._opened(self.stands)

    def now(self, as_of: dt.date) -> Standing:
        """What a workbook refreshed now stands on."""
        ledger = self.newest
        return Standing(ledger.version, ledger.known_at, as_of, ledger.policy)

    def ledger(self, standing: Standing) -> Ledger:
        """The ledger that something stands on, the same figures where it had to be made again."""
        if self.newest.version == standing.ledger:
            return self.newest
        key = (standing.ledger, standing.known_at)
        if key not in self._ledgers:
            self._ledgers[key] = self._opened(standing)
        return self._ledgers[key]

    def on(self, standing: Standing) -> Host:
        """The books as something that was refreshed earlier saw them."""
        return AsOf(self.host, standing.as_of, self.ledger(standing))

    def guessed(self, path: Path) -> Standing:
        """What a workbook stands on that no refresh here has written: what was known when it was saved."""
        saved = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        moment = min(saved, self.asked_at)
        return Standing("", moment, moment.astimezone(self.host.zone).date(), self.settings.policy)

    def under(self, standing: Standing) -> Books:
        """Books that read the records by the policies of then."""
        return Books(self.settings, standing.policy)

    def described(self, raw_ids: Iterable[int]) -> dict[int, str]:
        """Source records in words: the vendor's object and its key."""
        from store import read

        found = {}
        for raw_id in raw_ids:
            with suppress(Unanswerable):
                raw = read.raw(self.books.engine, raw_id)
                found[raw_id] = f"{raw.object} {raw.key}"
        return found

    def _opened(self, standing: Standing) -> Ledger:
        if standing.ledger:
            with suppress(LedgerBroken):  # no longer kept: it is made again
                return open_ledger(self.books.shelf.path(standing.ledger))
        return self.under(standing).open(standing.known_at)
