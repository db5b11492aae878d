"""What a connector remembers between pulls, and how it turns that into pages that lose nothing.

`read` decides, from what is remembered, which of these is due; each is a generator of pages whose cursor is true once the
page is stored:

    whole     a listing from start to end; the cursor holds the place reached, so a cut goes on there. Only its last
              page moves the time from which changes are asked, to the moment *before* the listing began
    changes   keys that an event feed named, read one by one; the cursor moves after the last page, because feeds come
              newest first
    keyset    records by (changed, id) behind a search that shows only its first so-many hits: each round asks from
              the last moment seen, and where more records share one moment than a search shows, on by id

Every one re-reads an overlap: rows that commit late or are searchable late are met again, and an upsert makes that
harmless. What is later still, or told of by no change, a whole listing finds every so many days: it is read after the
changes, so that what it brings is known to have been missed.

A cursor holds `since` (changes are read up to there), `full_at` (when the last whole listing began) and, while a
listing is under way, its `position`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.kit.connector import Cursor, Item, Page, Part, Pull
from connectors.kit.paging import Position

Make = Callable[[Any], Item | None]
_RECONCILES = "reconciles"
_log = logging.getLogger("backlog.sync")


@dataclass(frozen=True)
class Clockwork:
    """The times of one pull in the vendor's own unit, of which `day` are a day.

    `back`: a listing counts as begun so long before `now`, for clocks differ and changes are told late.
    `kept_days`: for how long the vendor tells of changes, None for ever. `reconcile_days`: after how many days a whole
    listing is due. `asked`: the moment from which a person wants changes read again.
    """

    now: int
    day: int
    back: int
    reconcile_days: int
    kept_days: int | None = None
    asked: int | None = None

    def outlived(self, since: int) -> bool:
        """Whether changes since then are no longer told of."""
        return self.kept_days is not None and since < self.now - self.kept_days * self.day

    def due(self, full_at: int) -> bool:
        """Whether it is time for a whole listing."""
        return self.now - full_at >= self.reconcile_days * self.day


def read(
    ask: Pull,
    clock: Clockwork,
    listing: Callable[[dict[str, Any], Position], Iterator[Page]],
    told: Callable[[int, dict[str, Any]], Iterator[Page]],
    label: str,
) -> Iterator[Page]:
    """The pages that are due: the rest of a listing that was cut, a whole listing, or changes.

    `listing(begun, position)` reads all from a place on, `told(since, state)` what changed since.
    """
    state = dict(ask.cursor or {})
    position = None if ask.full else state.pop("position", None)
    begun = {"since": clock.now - clock.back, "full_at": clock.now}
    since = None if ask.full else state.get("since")
    if since is not None and clock.asked is not None:
        since = min(int(since), clock.asked)
    if position is not None:
        yield from listing(state, position)
        if clock.asked is not None and since is not None and not clock.outlived(since):
            yield from told(since, {**state, "full_at": state.get("full_at", clock.now)})
    elif since is None or clock.outlived(since):
        if since is not None:
            text = "%s: changes are told of for %s days, and the last were read longer ago: everything is read"
            _log.warning(text, label, clock.kept_days)
        yield from listing(begun, None)
    else:
        yield from told(since, state)
        if clock.due(int(state.get("full_at", 0))) and clock.asked is None:
            yield from listing({**begun, _RECONCILES: True}, None)


def whole(
    pages: Iterable[tuple[Sequence[Any], Position]],
    make: Callable[[Sequence[Any]], Sequence[Item]],
    *,
    begun: Mapping[str, Any],
    resumed: bool = False,
    sweeps: bool = True,
) -> Iterator[Page]:
    """Pages of a whole listing. `begun` is kept while it lasts, with the `position` reached; without it, it has ended.

    `resumed`: the first pages were read by an earlier pull. `sweeps`: what is not in it is gone at the vendor.
    """
    reconciles = bool(begun.get(_RECONCILES))
    done: Cursor = {key: value for key, value in begun.items() if key != _RECONCILES}
    first = not resumed
    for records, position in pages:
        last = position is None
        part = Part(first, last, sweeps, reconciles)
        yield Page(make(records), done if last else {**begun, "position": position}, part=part)
        first = False


def changes(keys: Sequence[str], make: Make, *, done: Cursor, size: int = 100) -> Iterator[Page]:
    """Pages of the items behind changed keys (None: nothing to say); the last, perhaps empty, carries the cursor."""
    for start in range(0, len(keys), size):
        last = start + size >= len(keys)
        items = [item for key in keys[start : start + size] if (item := make(key)) is not None]
        yield Page(items, done if last else None)
    if not keys:
        yield Page((), done)


# search(changed from, id after) -> pages of (changed, id, record): with an id, only the records of that one moment
# beyond that id, by id; without, everything from the moment on, by moment.
Found = tuple[int, int, Any]
Search = Callable[[int, int | None], Iterable[Sequence[Found]]]


def keyset(search: Search, start: int, shown: int) -> Iterator[list[Found]]:
    """Batches of records changed from `start` on, whatever a search's limit `shown`; none is missed, none comes twice.

    Laws: with more than `shown` records changed at one moment, those come by id; the order of ties is the vendor's.
    """
    met: set[tuple[int, int]] = set()
    moment = start
    while True:
        count, last = 0, moment
        for found in search(moment, None):
            count += len(found)
            last = max([last, *(each[0] for each in found)])
            yield _unmet(found, met)
        if count < shown:
            return
        if last == moment:
            # One moment fills the whole search: all of its records are reached by id, then time moves on.
            yield from _one_moment(search, moment, shown, met)
            last = moment + 1
        met = {each for each in met if each[0] >= last}
        moment = last


def _one_moment(search: Search, moment: int, shown: int, met: set[tuple[int, int]]) -> Iterator[list[Found]]:
    after, full = 0, True
    while full:
        count = 0
        for found in search(moment, after):
            count += len(found)
            after = max([after, *(each[1] for each in found)])
            yield _unmet(found, met)
        full = count >= shown


def _unmet(found: Sequence[Found], met: set[tuple[int, int]]) -> list[Found]:
    fresh = [each for each in found if (each[0], each[1]) not in met]
    met.update((each[0], each[1]) for each in fresh)
    return fresh
