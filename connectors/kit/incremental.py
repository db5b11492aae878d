"""What a connector remembers between pulls, and how it turns that into pages that lose nothing.

Three ways, each a generator of pages whose cursor is true once the page is stored:

    whole     a listing from start to end; the cursor holds the place reached, so a cut goes on there. Only its last
              page moves the time from which changes are asked, to the moment *before* the listing began
    changes   keys that an event feed named, read one by one; the cursor moves after the last page, because feeds come
              newest first
    keyset    records by (changed, id) behind a search that shows only its first so-many hits: each round asks from
              the last moment seen, and where more records share one moment than a search shows, on by id

Every one re-reads an overlap: rows that commit late or are searchable late are met again, and an upsert makes that
harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from connectors.kit.connector import Cursor, Item, Page
from connectors.kit.paging import Position

Make = Callable[[Any], Item | None]


def whole(
    pages: Iterable[tuple[Sequence[Any], Position]],
    make: Callable[[Sequence[Any]], Sequence[Item]],
    *,
    begun: Cursor,
    done: Cursor,
    resumed: bool = False,
) -> Iterator[Page]:
    """Pages of a whole listing. `begun` is kept while it lasts, with the `position` reached; `done` ends it.

    A listing read in one go tells all its keys on the last page, so that what is gone at the vendor can be found.
    """
    seen: set[str] = set()
    for records, position in pages:
        items = make(records)
        seen.update(item.key for item in items)
        last = position is None
        cursor = done if last else {**begun, "position": position}
        yield Page(items, cursor, frozenset(seen) if last and not resumed else None)


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
