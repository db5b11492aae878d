"""The items of one object against the store: what is new, what differs, what is gone, and what cannot load.

The order in which items arrive decides nothing: an item that needs another of the same batch is settled after it, and
one whose parent comes later waits in quarantine and is taken up by that parent's page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from connectors.kit.connector import Row
from store.write import ItemState, PageWriter, Refused
from sync.doubt import doubt_children
from sync.outcomes import Outcomes, Told, gather
from sync.parcels import Parcel
from sync.parents import Parent, Parents, Target
from sync.settle import Settled, row_id, settle, wanted
from sync.values import RANK


class Batch:
    """Parcels of one object of one source, settled together and handed to the writer."""

    def __init__(self, writer: PageWriter, source: str, name: str, method: str, told: Told) -> None:
        self._writer, self._source, self._name, self._method = writer, source, name, method
        self._outcomes = Outcomes(writer, source, name, told)
        self._parents = Parents(writer, source)
        self._owners: dict[Target, tuple[str, str, str]] = {}
        self._merged: set[Target] = set()

    @property
    def written(self) -> Mapping[str, set[str]]:
        """The records this batch added, changed or removed, by table."""
        return self._outcomes.written

    def take(self, parcels: Sequence[Parcel]) -> None:
        """Loads what can be loaded, quarantines the rest; every parcel is told once what became of it."""
        self._take_aliases(parcels)
        good = [parcel for parcel in parcels if not parcel.problems and not parcel.deleted]
        self._look_up(parcels, good)
        for parcel in parcels:
            if parcel.problems:
                self._outcomes.refuse(parcel, _stated(parcel))
            elif parcel.deleted:
                self._outcomes.remove(parcel)
        self._settle_all(good)
        doubt_children(self._writer, self._outcomes.changed)
        self._writer.flush()

    def remove(self, states: Sequence[ItemState]) -> int:
        """Takes items for gone that a full listing no longer has; how many had records."""
        removed = self._outcomes.gone(states)
        self._writer.flush()
        return removed

    # -- before anything is settled -----------------------------------------------------------------------------

    def _take_aliases(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            for table, old, new in parcel.aliases if not parcel.problems else ():
                if old != new and self._writer.put_alias(self._source, table, old, new):
                    self._outcomes.merged(table, old)

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
        for table, earlier in gather([p.known for p in parcels if p.known]).items():
            ids[table].update(earlier)
        self._outcomes.look_up(ids)
        self._parents.load(needed, brought)

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
                    continue
                for row in rows:
                    self._owners[row.table, row.record_id] = (parcel.key, row.row_hash, parcel.place)
                    self._parents.publish(row.lends)
                brought.update(self._outcomes.load(parcel, rows))
            pending = [parcel for parcel, why in refused if why.waits & brought]
            for parcel, why in refused:
                if not why.waits & brought:
                    self._outcomes.refuse(parcel, why)

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
        stands = self._outcomes.stands(made.table, made.record_id)
        if stands is None or (stands.object, stands.key) == (self._name, parcel.key):
            return ""
        if stands.row_hash == made.row_hash:
            return "same"
        return self._writer.place(stands.raw_id) or f"{stands.object} {stands.key}"


def _stated(parcel: Parcel) -> Refused:
    """The problems a connector has found, as one refusal."""
    columns = list(dict.fromkeys(problem.column for problem in parcel.problems if problem.column))
    several = len(columns) > 1
    reasons = [f"{p.column}: {p.reason}" if several and p.column else p.reason for p in parcel.problems]
    remedies = list(dict.fromkeys(problem.remedy for problem in parcel.problems if problem.remedy))
    return Refused("", ", ".join(columns), "; ".join(reasons), "; ".join(remedies))


def _parents_first(rows: Sequence[Row]) -> Sequence[Row]:
    return rows if len(rows) < 2 else sorted(rows, key=lambda row: RANK[row.table])
