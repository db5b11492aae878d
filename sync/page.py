"""One page into the store: what is known already, what comes twice, what settles, and whom its arrival frees.

Everything here happens inside one transaction of store.write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from connectors.kit.connector import Page, Part
from model.errors import RecordRejected
from store.counts import Counts
from store.write import ItemState, PageWriter, Waiting
from sync.batch import Batch
from sync.met import Met
from sync.outcomes import Outcome
from sync.parcels import Parcel, parcel, reopened

_MISSED = ("added", "changed", "removed")
_CURSOR = msgspec.json.Encoder(decimal_format="string")


@dataclass
class Reading:
    """One object of one source being read: its counts so far, by object, and the keys this pull has met.

    `counts` has an entry for every object that changed, since a page can free waiting items of other objects.
    `missed` counts what a reconcile brought; `quarantine`: whether anything at all waited in it after the last page.
    """

    source: str
    name: str
    method: str
    run_id: int
    counts: dict[str, Counts]
    met: Met = field(default_factory=Met)
    paged: bool = False
    whole: bool = True
    missed: Counts | None = None
    quarantine: bool = False

    def of(self, source: str, name: str) -> Counts:
        """The counts of an object; those of another source are named after it."""
        return self.counts.setdefault(name if source == self.source else f"{source}.{name}", Counts())


def store_page(writer: PageWriter, reading: Reading, page: Page) -> None:
    """Stores a page's items, its sweep, its cursor and the counts."""
    reading.paged = True
    before = {name: replace(count) for name, count in reading.counts.items()}
    counts = reading.of(reading.source, reading.name)
    fresh = _screen(writer, reading, page, counts)

    changed: list[tuple[str, Outcome]] = []

    def told(parcel: Parcel, outcome: Outcome) -> None:
        setattr(counts, outcome, getattr(counts, outcome) + 1)
        if outcome in _MISSED:
            changed.append((parcel.key, outcome))

    batch = Batch(writer, reading.source, reading.name, reading.method, told)
    batch.take(fresh)
    seen = page.seen if page.part is None else _listed(writer, reading, page, page.part)
    if seen is not None:
        swept = _vanished(writer, reading, seen)
        counts.removed += batch.remove(swept)
        changed += [(state.key, "removed") for state in swept]
        # A listing of ids alone says what is gone, but nothing about the rows it did not read.
        reading.whole = reading.whole and len(reading.met.among(seen)) == len(seen)
    if page.part is not None and page.part.reconciles:
        _report(writer, reading, page.part, changed)
    wake(writer, reading, batch.written)
    if page.cursor is not None:
        reading.whole = False
        writer.put_cursor(reading.source, reading.name, _CURSOR.encode(page.cursor).decode())
    for name, count in reading.counts.items():
        if before.get(name) != count:
            writer.put_counts(name, count)
    reading.quarantine = writer.rejects.any


def _listed(writer: PageWriter, reading: Reading, page: Page, part: Part) -> frozenset[str] | None:
    """Remembers what a listing has met; at its end all of it, whichever pull met it. None: not to be swept by."""
    if not part.sweeps:
        return None
    source, name, keys = reading.source, reading.name, {item.key for item in page.items}
    if part.first:
        writer.listings.begin(source, name)
    if not part.last:
        writer.listings.add(source, name, keys)
        return None
    seen = writer.listings.keys(source, name) | keys
    writer.listings.begin(source, name)
    return seen


def _report(writer: PageWriter, reading: Reading, part: Part, changed: list[tuple[str, Outcome]]) -> None:
    """Notes what a reconcile brought: it was missed by the changes read before."""
    counts = reading.missed = reading.missed or Counts()
    for _, outcome in changed:
        setattr(counts, outcome, getattr(counts, outcome) + 1)
    added, altered, removed = (sum(outcome == word for _, outcome in changed) for word in _MISSED)
    keys = [key for key, _ in changed]
    writer.listings.found(
        reading.source, reading.name, writer.now, (added, altered, removed), keys, first=part.first
    )  # fmt: skip


def wake(writer: PageWriter, reading: Reading, written: Mapping[str, set[str]]) -> None:
    """Takes up what waited for these records, and what waited for that, until nothing more is freed."""
    while written and (waiting := writer.rejects.waiting(written)):
        written = take_up(writer, reading, waiting)


def take_up(writer: PageWriter, reading: Reading, waiting: list[Waiting]) -> dict[str, set[str]]:
    """Settles quarantined items anew; the records that changed by it."""
    written: dict[str, set[str]] = {}
    groups: dict[tuple[str, str], list[Waiting]] = {}
    for reject in waiting:
        groups.setdefault((reject.source, reject.object), []).append(reject)
    for (source, name), members in groups.items():
        counts = reading.of(source, name)

        def told(one: Parcel, outcome: Outcome, counts: Counts = counts) -> None:
            if outcome == "rejected":
                return  # it was counted when it was read
            setattr(counts, outcome, getattr(counts, outcome) + 1)
            if one.reject_run == reading.run_id:
                counts.rejected -= 1

        known = writer.items(source, name, [member.key for member in members])
        batch = Batch(writer, source, name, reading.method, told)
        batch.take([replace(reopened(member), known=known.get(member.key)) for member in members])
        for table, ids in batch.written.items():
            written.setdefault(table, set()).update(ids)
    return written


def ends_rejects(reading: Reading) -> bool:
    """Whether the end of an object may be the end of rejects.

    Where every pull reads the whole object (it has no cursor), a bad row this run has not met has been mended under
    another id or removed.
    """
    return reading.paged and reading.whole and reading.quarantine


def end_rejects(writer: PageWriter, reading: Reading) -> None:
    """Lets rejects go whose rows are no longer there. What merely waits for a record stays: it may have been handed over
    once only.
    """
    gone = [number for number, _, _, waits in writer.rejects.unseen(reading.source, reading.name) if not waits]
    writer.rejects.resolve(gone, "gone")


def _vanished(writer: PageWriter, reading: Reading, seen: frozenset[str]) -> list[ItemState]:
    """Items a full listing no longer has; their rejects go with them."""
    unseen = writer.rejects.unseen(reading.source, reading.name)
    writer.rejects.resolve([number for number, key, _, _ in unseen if key not in seen], "gone")
    return writer.unlisted(reading.source, reading.name, seen)


def _screen(writer: PageWriter, reading: Reading, page: Page, counts: Counts) -> list[Parcel]:
    """The items that need settling. What the store knows already is counted and left alone."""
    parcels = [parcel(item) for item in page.items]
    keys = {one.key for one in parcels}
    known = writer.items(reading.source, reading.name, keys)
    rejects = writer.rejects.open(reading.source, reading.name, keys)
    before: dict[str, Parcel | ItemState] = {key: known[key] for key in reading.met.among(keys) if key in known}
    reading.met.add(keys)
    fresh: dict[tuple[str, str], Parcel] = {}
    for one in parcels:
        first = before.get(one.key)
        if first is not None and first.hash == one.hash:
            continue  # the same thing said twice counts once
        if first is None:
            before[one.key] = one
        elif first.place != one.place:
            one.slot = one.place
            one.problems = one.problems or (_twice(one, first.place),)
        else:  # the vendor has changed it while we were reading: the later version counts
            before[one.key] = one
        counts.read += (one.key, one.slot) not in fresh
        one.known = known.get(one.key)
        reject = rejects.get((one.key, one.slot))
        if reject is not None:
            one.reject_id, one.reject_run = reject.id, reject.last_run
            one.raw_id = reject.raw_id if reject.hash == one.hash else 0
        fresh[one.key, one.slot] = one
    return [one for one in fresh.values() if not _settled(writer, reading, one, counts)]


def _settled(writer: PageWriter, reading: Reading, one: Parcel, counts: Counts) -> bool:
    """Whether the store holds exactly this already; a row that has moved in its file is noted."""
    known = one.known
    if known is None or one.slot or one.reject_id or known.hash != one.hash or known.state == "rejected":
        return False
    if known.place != one.place:
        writer.put_item(reading.source, reading.name, known._replace(place=one.place), known=True)
    counts.unchanged += 1
    return True


def _twice(one: Parcel, place: str) -> RecordRejected:
    return RecordRejected(
        f"{one.key!r} is also in {place}, with other content",
        place=one.place,
        remedy="Keep one of the two, or give one another id",
    )
