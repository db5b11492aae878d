"""The items of one object against the store: what is new, what differs, what is gone, and what cannot load.

The order in which items arrive decides nothing: an item that needs another of the same batch is settled after it, and
one whose parent comes later waits in quarantine and is taken up by that parent's page.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from connectors.kit.connector import Row
from store.write import ItemState, PageWriter, Refused, Standing
from sync.parcels import Parcel, body
from sync.parents import LENDS, Parent, Parents, Target
from sync.settle import Settled, row_id, settle, wanted
from sync.values import RANK

Outcome = str  # added, changed, unchanged, removed or rejected: the names of store.counts.Counts
Told = Callable[[Parcel, Outcome], None]

# Whose records are settled by what a parent lends: parent → (what it lends, child table, its column).
_CHILDREN: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "contracts": (
        ("currency", "contract_lines", "contract_id"),
        ("currency", "estimates", "contract_id"),
        ("currency", "amendments", "contract_id"),
        ("start_on", "contract_lines", "contract_id"),
        ("end_on", "contract_lines", "contract_id"),
    ),
    "contract_lines": (("currency", "schedules", "line_id"),),
    "invoices": (("currency", "invoice_lines", "invoice_id"),),
    "products": (("recognition", "contract_lines", "product_id"),),
}


class Batch:
    """Parcels of one object of one source, settled together and handed to the writer."""

    def __init__(self, writer: PageWriter, source: str, name: str, method: str, told: Told) -> None:
        self._writer, self._source, self._name, self._method, self._told = writer, source, name, method, told
        self._parents = Parents(writer, source)
        self._standing: dict[str, dict[str, Standing]] = {}
        self._owners: dict[Target, tuple[str, str, str]] = {}
        self._merged: set[Target] = set()
        self._changed: dict[str, dict[str, Parent]] = {}
        self.written: dict[str, set[str]] = {}
        """The records this batch added, changed or removed, by table."""

    def take(self, parcels: Sequence[Parcel]) -> None:
        """Loads what can be loaded, quarantines the rest; every parcel is told once what became of it."""
        self._take_aliases(parcels)
        good = [parcel for parcel in parcels if not parcel.problems and not parcel.deleted]
        self._look_up(parcels, good)
        for parcel in parcels:
            if parcel.problems:
                self._refuse(parcel, _stated(parcel))
            elif parcel.deleted:
                self._remove(parcel)
        self._settle_all(good)
        self._doubt_children()
        self._writer.flush()

    def remove(self, states: Sequence[ItemState]) -> int:
        """Takes items for gone that a full listing no longer has; how many had records."""
        self._stand({table: set(ids) for table, ids in _gather(states).items()})
        removed = 0
        for state in states:
            raw_id = self._writer.add_raw(
                self._source, self._name, state.key, "", state.place, "", "null", deleted=True
            )
            removed += bool(self._close(_records(state)))
            gone = state._replace(state="gone", hash="", records="{}", raw_id=raw_id)
            self._writer.put_item(self._source, self._name, gone, known=True)
        self._writer.flush()
        return removed

    # -- before anything is settled -----------------------------------------------------------------------------

    def _take_aliases(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            for table, old, new in parcel.aliases if not parcel.problems else ():
                if old != new and self._writer.put_alias(self._source, table, old, new):
                    self._stand({table: {old}})
                    self._close({table: [old]})
                    self._note(table, old)

    def _look_up(self, parcels: Sequence[Parcel], good: Sequence[Parcel]) -> None:
        """One query a table for what stands under these ids, and one for each table pointed at."""
        ids: dict[str, set[str]] = defaultdict(set)
        needed: dict[str, set[str]] = defaultdict(set)
        for parcel in parcels:
            for row in parcel.rows:
                ids[row.table].add(row_id(row))
        for parcel in good:
            for row in parcel.rows:
                for table, record in wanted(row):
                    needed[table].add(record)
        brought = {table: frozenset(records) for table, records in ids.items()}
        for table, records in ids.items():
            merged = self._writer.aliases(table, records)
            self._merged.update((table, old) for source, old in merged if source == self._source)
        for table, earlier in _gather([p.known for p in parcels if p.known]).items():
            ids[table].update(earlier)
        self._stand(ids)
        self._parents.load(needed, brought)

    def _stand(self, ids: Mapping[str, set[str]]) -> None:
        for table, records in ids.items():
            found = self._writer.standing(self._source, table, records)
            self._standing.setdefault(table, {}).update(found)

    # -- settling -----------------------------------------------------------------------------------------------

    def _settle_all(self, parcels: Sequence[Parcel]) -> None:
        """Settles parcels until no further one can be: each may bring what another waits for."""
        pending = list(parcels)
        while pending:
            refused: list[tuple[Parcel, Refused]] = []
            brought: set[Target] = set()
            for parcel in pending:
                rows = self._settle(parcel)
                if isinstance(rows, Refused):
                    refused.append((parcel, rows))
                else:
                    brought.update(self._store(parcel, rows))
            pending = [parcel for parcel, why in refused if why.waits & brought]
            for parcel, why in refused:
                if not why.waits & brought:
                    self._refuse(parcel, why)

    def _settle(self, parcel: Parcel) -> list[Settled] | Refused:
        """All rows of an item, or why it does not load. The rows are a set: all of them or none."""
        local: dict[Target, Parent] = {}

        def lookup(table: str, record: str) -> Parent | None:
            return local.get((table, record)) or self._parents.get(table, record)

        find = lookup if len(parcel.rows) > 1 else self._parents.get
        settled: dict[Target, Settled] = {}
        for row in _parents_first(parcel.rows):
            made = settle(row, find, self._method)
            if isinstance(made, Refused):
                return made
            target = (made.table, made.record_id)
            if target in self._merged:
                continue
            twin = settled.get(target)
            if twin is not None and twin.row_hash != made.row_hash:
                return Refused(made.table, "", f"it has two records {made.record_id!r} that differ", "Correct one id")
            owner = self._owner(parcel, made)
            if owner == "same":
                continue
            if owner:
                reason = f"{made.record_id!r} in {made.table} already comes from {owner}, with other content"
                return Refused(made.table, "", reason, "Correct one of the two ids", frozenset([target]))
            settled[target] = made
            local.update(made.lends)
        return list(settled.values())

    def _owner(self, parcel: Parcel, made: Settled) -> str:
        """Which other item a record comes from: "" none, "same" one that says exactly the same, else its place."""
        owner = self._owners.get((made.table, made.record_id))
        if owner is not None and owner[0] != parcel.key:
            return "same" if owner[1] == made.row_hash else owner[2]
        stands = self._standing[made.table].get(made.record_id)
        if stands is None or (stands.object, stands.key) == (self._name, parcel.key):
            return ""
        if stands.row_hash == made.row_hash:
            return "same"
        return self._writer.place(stands.raw_id) or f"{stands.object} {stands.key}"

    def _store(self, parcel: Parcel, rows: Sequence[Settled]) -> set[Target]:
        """Hands an item's versions to the writer; what it brought or gave up."""
        raw_id = self._keep(parcel)
        brought: set[Target] = set()
        touched = False
        records: dict[str, list[str]] = {}
        for row in rows:
            target = (row.table, row.record_id)
            records.setdefault(row.table, []).append(row.record_id)
            self._owners[target] = (parcel.key, row.row_hash, parcel.place)
            if row.lends:
                brought.update(row.lends)
                self._parents.publish(row.lends)
            stands = self._standing[row.table].get(row.record_id)
            if stands is not None:
                if stands.row_hash == row.row_hash:
                    continue
                self._writer.close_version(row.table, stands.version_id)
                if row.table in LENDS:
                    self._changed.setdefault(row.table, {})[row.record_id] = row.lends[target]
            touched = True
            self._writer.open_version(
                self._source, row.table, self._name, parcel.key, row.record_id, raw_id, row.row_hash, row.values
            )
            for table, record in row.lends or (target,):
                self._note(table, record)
        if parcel.known is not None and parcel.known.records != "{}":
            had = _records(parcel.known)
            given_up = self._close({t: [i for i in ids if i not in records.get(t, ())] for t, ids in had.items()})
            brought |= given_up
            touched = touched or bool(given_up)
        self._loaded(parcel, raw_id, records, touched=touched)
        return brought

    def _loaded(self, parcel: Parcel, raw_id: int, records: Mapping[str, list[str]], *, touched: bool) -> None:
        known = parcel.known
        new = known is None or known.state == "gone" or (known.state == "rejected" and known.records == "{}")
        if parcel.reject_id:
            self._writer.rejects.resolve([parcel.reject_id], "loaded")
        state = ItemState(parcel.key, parcel.hash, "loaded", raw_id, parcel.place, _as_text(records))
        if state != known:
            self._writer.put_item(self._source, self._name, state, known=known is not None)
        self._told(parcel, "added" if new else "changed" if touched else "unchanged")

    # -- what does not load -------------------------------------------------------------------------------------

    def _refuse(self, parcel: Parcel, why: Refused) -> None:
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

    def _remove(self, parcel: Parcel) -> None:
        """Ends the records of an item the vendor has deleted."""
        raw_id = self._keep(parcel)
        records = {table: list(ids) for table, ids in _records(parcel.known).items()}
        for row in parcel.rows:
            records.setdefault(row.table, []).append(row_id(row))
        removed = bool(self._close(records))
        if parcel.reject_id:
            self._writer.rejects.resolve([parcel.reject_id], "gone")
        state = ItemState(parcel.key, parcel.hash, "gone", raw_id, parcel.place, "{}")
        self._writer.put_item(self._source, self._name, state, known=parcel.known is not None)
        self._told(parcel, "removed" if removed else "unchanged")

    def _close(self, records: Mapping[str, Sequence[str]]) -> set[Target]:
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

    def _doubt_children(self) -> None:
        """Where a parent now lends something else, the rows settled by it are read anew when they come again."""
        for table, now in self._changed.items():
            doubtful: dict[tuple[str, str], set[str]] = {}
            for _, record, *lent in self._writer.current(table, "record_id", list(now), LENDS[table]):
                before = dict(zip(LENDS[table], lent, strict=True))
                for lends, child, column in _CHILDREN[table]:
                    if _matters(lends, before[lends], getattr(now[record], lends)):
                        doubtful.setdefault((child, column), set()).add(record)
            for (child, column), ids in doubtful.items():
                self._writer.doubt_children(child, column, ids)


def _matters(lends: str, before: Any, now: Any) -> bool:
    """Another date mends itself in the engine; a date that is gone may leave a line without a term."""
    return bool(before != now and (now is None or not lends.endswith("_on")))


def _stated(parcel: Parcel) -> Refused:
    """The problems a connector has found, as one refusal."""
    columns = list(dict.fromkeys(problem.column for problem in parcel.problems if problem.column))
    several = len(columns) > 1
    reasons = [f"{p.column}: {p.reason}" if several and p.column else p.reason for p in parcel.problems]
    remedies = list(dict.fromkeys(problem.remedy for problem in parcel.problems if problem.remedy))
    return Refused("", ", ".join(columns), "; ".join(reasons), "; ".join(remedies))


def _parents_first(rows: Sequence[Row]) -> Sequence[Row]:
    return rows if len(rows) < 2 else sorted(rows, key=lambda row: RANK[row.table])


def _records(state: ItemState | None) -> Mapping[str, list[str]]:
    if state is None or state.records == "{}":
        return {}
    records: dict[str, list[str]] = json.loads(state.records)
    return records


def _gather(states: Sequence[ItemState]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for state in states:
        for table, ids in _records(state).items():
            gathered.setdefault(table, []).extend(ids)
    return gathered


def _as_text(records: Mapping[str, list[str]]) -> str:
    return msgspec.json.encode({table: sorted(ids) for table, ids in sorted(records.items())}).decode()
