"""What stands in the store for the items of one object, and how an item ends: loaded, refused, removed or gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import msgspec

from store.write import ItemState, PageWriter, Refused, Standing
from sync.parcels import Parcel, body
from sync.parents import LENDS, Parent, Target
from sync.settle import Settled, row_id

Outcome = str  # added, changed, unchanged, removed or rejected: the names of store.counts.Counts
Told = Callable[[Parcel, Outcome], None]


class Outcomes:
    """The records of one object's items. `told` hears once of every parcel what became of it.

    `written`: the records that were added, changed or removed, by table; `changed`: what those lend now that others were
    settled by.
    """

    def __init__(self, writer: PageWriter, source: str, name: str, told: Told) -> None:
        self._writer, self._source, self._name, self._told = writer, source, name, told
        self._standing: dict[str, dict[str, Standing]] = {}
        self.written: dict[str, set[str]] = {}
        self.changed: dict[str, dict[str, Parent]] = {}

    def look_up(self, ids: Mapping[str, set[str]]) -> None:
        """Finds what stands under these ids: a query a table."""
        for table, records in ids.items():
            found = self._writer.standing(self._source, table, records)
            self._standing.setdefault(table, {}).update(found)

    def stands(self, table: str, record: str) -> Standing | None:
        """The version that stands under an id that was looked up."""
        return self._standing[table].get(record)

    def load(self, parcel: Parcel, rows: Sequence[Settled]) -> set[Target]:
        """Hands an item's versions to the writer; what it brought or gave up."""
        raw_id = self._keep(parcel)
        brought: set[Target] = set()
        touched = False
        records: dict[str, list[str]] = {}
        for row in rows:
            records.setdefault(row.table, []).append(row.record_id)
            brought.update(row.lends)
            stands = self.stands(row.table, row.record_id)
            if stands is not None and stands.row_hash == row.row_hash:
                continue
            touched = True
            self._replace(parcel, row, stands, raw_id)
        if parcel.known is not None and parcel.known.records != "{}":
            had = _records(parcel.known)
            given_up = self.close({t: [i for i in ids if i not in records.get(t, ())] for t, ids in had.items()})
            brought |= given_up
            touched = touched or bool(given_up)
        self._loaded(parcel, raw_id, records, touched=touched)
        return brought

    def _replace(self, parcel: Parcel, row: Settled, stands: Standing | None, raw_id: int) -> None:
        target = (row.table, row.record_id)
        if stands is not None:
            self._writer.close_version(row.table, stands.version_id)
            if row.table in LENDS:
                self.changed.setdefault(row.table, {})[row.record_id] = row.lends[target]
        self._writer.open_version(
            self._source, row.table, self._name, parcel.key, row.record_id, raw_id, row.row_hash, row.values
        )
        for table, record in row.lends or (target,):
            self._note(table, record)

    def _loaded(self, parcel: Parcel, raw_id: int, records: Mapping[str, list[str]], *, touched: bool) -> None:
        known = parcel.known
        new = known is None or known.state == "gone" or (known.state == "rejected" and known.records == "{}")
        if parcel.reject_id:
            self._writer.rejects.resolve([parcel.reject_id], "loaded")
        state = ItemState(parcel.key, parcel.hash, "loaded", raw_id, parcel.place, _as_text(records))
        if state != known:
            self._writer.put_item(self._source, self._name, state, known=known is not None)
        self._told(parcel, "added" if new else "changed" if touched else "unchanged")

    def refuse(self, parcel: Parcel, why: Refused) -> None:
        """Quarantines an item; what stands of its last good version goes on standing."""
        why = why._replace(slot=parcel.slot)
        raw_id, text = self._keep(parcel), body(parcel)
        rejects, met = self._writer.rejects, bool(parcel.payload)
        if parcel.reject_id:
            rejects.renew(parcel.reject_id, raw_id, parcel.hash, parcel.place, text, why, met=met)
        else:
            rejects.add(self._source, self._name, parcel.key, raw_id, parcel.hash, parcel.place, text, why)
        if not parcel.slot:
            records = parcel.known.records if parcel.known else "{}"
            state = ItemState(parcel.key, parcel.hash, "rejected", raw_id, parcel.place, records)
            if state != parcel.known:
                self._writer.put_item(self._source, self._name, state, known=parcel.known is not None)
        self._told(parcel, "rejected")

    def remove(self, parcel: Parcel) -> None:
        """Ends the records of an item the vendor has deleted."""
        raw_id = self._keep(parcel)
        records = {table: list(ids) for table, ids in _records(parcel.known).items()}
        for row in parcel.rows:
            records.setdefault(row.table, []).append(row_id(row))
        removed = bool(self.close(records))
        if parcel.reject_id:
            self._writer.rejects.resolve([parcel.reject_id], "gone")
        state = ItemState(parcel.key, parcel.hash, "gone", raw_id, parcel.place, "{}")
        self._writer.put_item(self._source, self._name, state, known=parcel.known is not None)
        self._told(parcel, "removed" if removed else "unchanged")

    def gone(self, states: Sequence[ItemState]) -> int:
        """Takes items for gone that a full listing no longer has; how many had records."""
        self.look_up({table: set(ids) for table, ids in gather(states).items()})
        removed = 0
        for state in states:
            raw_id = self._writer.add_raw(
                self._source, self._name, state.key, "", state.place, "", "null", deleted=True
            )
            removed += bool(self.close(_records(state)))
            ended = state._replace(state="gone", hash="", records="{}", raw_id=raw_id)
            self._writer.put_item(self._source, self._name, ended, known=True)
        return removed

    def merged(self, table: str, old: str) -> None:
        """Ends the record of an id that means another now."""
        self.look_up({table: {old}})
        self.close({table: [old]})
        self._note(table, old)

    def close(self, records: Mapping[str, Sequence[str]]) -> set[Target]:
        """Ends the versions that stand under these ids; those that did."""
        closed: set[Target] = set()
        for table, ids in records.items():
            for record in ids:
                stands = self._standing.get(table, {}).pop(record, None)
                if stands is not None:
                    self._writer.close_version(table, stands.version_id)
                    self._note(table, record)
                    closed.add((table, record))
        return closed

    def _keep(self, parcel: Parcel) -> int:
        """The number of the item's payload, kept now unless this very content is kept already."""
        if not parcel.raw_id:
            parcel.raw_id = self._writer.add_raw(
                self._source, self._name, parcel.key, parcel.hash, parcel.place, parcel.link, parcel.payload,
                deleted=parcel.deleted,
            )  # fmt: skip
        return parcel.raw_id

    def _note(self, table: str, record: str) -> None:
        self.written.setdefault(table, set()).add(record)


def gather(states: Sequence[ItemState]) -> dict[str, list[str]]:
    """The ids of the records that stand for these items, by table."""
    gathered: dict[str, list[str]] = {}
    for state in states:
        for table, ids in _records(state).items():
            gathered.setdefault(table, []).extend(ids)
    return gathered


def _records(state: ItemState | None) -> Mapping[str, list[str]]:
    if state is None or state.records == "{}":
        return {}
    records: dict[str, list[str]] = json.loads(state.records)
    return records


def _as_text(records: Mapping[str, list[str]]) -> str:
    return msgspec.json.encode({table: sorted(ids) for table, ids in sorted(records.items())}).decode()
