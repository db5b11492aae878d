"""A vendor whose objects are lists: read whole from start to end, and by what changed since a moment.

A subclass states three facts of each object: how a page of the whole list is asked for (`listing`), how what changed is
(`changed`), and what a page's records mean (`items`). Times, overlap, cuts, sweeps and drift are settled here.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from connectors.kit.connector import Item, Page, Pull
from connectors.kit.drift import watched
from connectors.kit.incremental import Clockwork, read, whole
from connectors.kit.paging import Position
from connectors.kit.rest import OTHER_FORM, RestConnector
from model.errors import ConfigNeeded

DAY = 86_400


class ListConnector(RestConnector):
    """The common ground of vendors that are asked for lists.

    `back`: seconds that are read again, for clocks differ and changes are told late. `kept_days`: for how long changes
    are told of, None for ever. `keeps`: objects whose records stay when a whole list no longer has them (a customer's
    contracts outlive it). `now`: the moment of the pull under way.
    """

    back: ClassVar[int] = 600
    kept_days: ClassVar[int | None] = None
    keeps: ClassVar[tuple[str, ...]] = ()
    now: dt.datetime

    @abstractmethod
    def listing(self, name: str, position: Position) -> Iterable[tuple[Sequence[Any], Position]]:
        """Pages of the whole list from a position on, each with the position that follows it."""

    @abstractmethod
    def changed(self, name: str, since: dt.datetime) -> Iterable[Sequence[Any]]:
        """Pages of what changed since a moment (UTC), what was deleted included where the vendor tells it."""

    @abstractmethod
    def items(self, name: str, records: Sequence[Any]) -> list[Item]:
        """What a page's records mean."""

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The whole list the first time, after a gap and every `reconcile_days`; else what changed."""
        self.now = ask.now
        clock = Clockwork(
            int(ask.now.timestamp()), DAY, self.back, int(self.options.get("reconcile_days") or 7), self.kept_days,
            int(self.day_start(ask.since).timestamp()) if ask.since else None,
        )  # fmt: skip
        label = f"{self.name} {name}"
        pages = read(ask, clock, partial(self._whole, name), partial(self._told, name, clock), label)
        yield from watched(pages, ask.cursor, label)

    def _whole(self, name: str, begun: Mapping[str, Any], position: Position) -> Iterator[Page]:
        pages, resumed = self.listing(name, position), position is not None
        make = partial(self._meant, name)
        yield from whole(pages, make, begun=begun, resumed=resumed, sweeps=name not in self.keeps)

    def _told(self, name: str, clock: Clockwork, since: int, state: Mapping[str, Any]) -> Iterator[Page]:
        """What changed; the cursor moves after the last page, for a list may come in any order."""
        for records in self.changed(name, dt.datetime.fromtimestamp(since, dt.UTC)):
            yield Page(self._meant(name, records))
        yield Page((), {**state, "since": max(clock.now - self.back, since)})

    def _meant(self, name: str, records: Sequence[Any]) -> list[Item]:
        try:
            return self.items(name, records)
        except OTHER_FORM as error:
            raise ConfigNeeded(
                f"{self.name}: {self.title} sends {name} in another form than it did ({type(error).__name__}: {error}). "
                f"{self.stays}"
            ) from error
