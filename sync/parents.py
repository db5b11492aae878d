"""The records that others point at: whether they exist, and what they lend (currency, dates, method).

An id is looked for in the connector's own records first, then among those of all other connectors, so that a file of
deliveries may name the lines of a CRM. A former id of a merged record means the record it became.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

from store.write import PageWriter


class Parent(NamedTuple):
    """What a record lends to those that point at it; dates as ISO text.

    `record_id`: its id, also where it was asked for by a former one; `sources`: who has it, none where the batch itself
    brings it; `own`: the connector at work has it; `by`: the amendment that brought the line, "" for one of a contract.
    """

    currency: str | None = None
    start_on: str | None = None
    end_on: str | None = None
    recognition: str | None = None
    contract_id: str | None = None
    record_id: str = ""
    sources: tuple[str, ...] = ()
    own: bool = True
    by: str = ""


LENDS: Mapping[str, tuple[str, ...]] = {
    "contracts": ("currency", "start_on", "end_on"),
    "products": ("recognition",),
    "contract_lines": ("currency", "contract_id"),
    "invoices": ("currency",),
}
Target = tuple[str, str]


class Parents:
    """The parents a batch of one source's rows may need: those in the store, and those the batch itself brings."""

    def __init__(self, writer: PageWriter, source: str) -> None:
        self._writer, self._source = writer, source
        self._stored: dict[Target, Parent] = {}
        self._former: dict[Target, str] = {}
        self._brought: dict[Target, Parent] = {}
        self._later: dict[str, set[str]] = {}

    def load(self, wanted: Mapping[str, set[str]], brought: Mapping[str, Set[str]]) -> None:
        """Looks up all ids a batch points at, a query or two a table: those that it is to bring itself only when missed."""
        for table, ids in wanted.items():
            later = ids & brought.get(table, frozenset())
            if later:
                self._later[table] = later
            if later != ids:
                self._load(table, ids - later)

    def _load(self, table: str, ids: set[str]) -> None:
        ids = self._with_successors(table, ids)
        self._read(table, table, "record_id", ids)
        if table == "contract_lines":  # a line may also have come by an amendment
            self._read("contract_lines", "amendments", "new_line_id", ids)

    def get(self, table: str, record_id: str) -> Parent | None:
        """The parent of that id, None if nobody has it; `sources` has two names or more if it is not clear which."""
        found = self._find(table, record_id)
        if found is None and table in self._later:
            self._load(table, self._later.pop(table))
            found = self._find(table, record_id)
        return found

    def _find(self, table: str, record_id: str) -> Parent | None:
        seen: set[str] = set()
        while record_id not in seen:
            found = self._brought.get((table, record_id)) or self._stored.get((table, record_id))
            if found is not None:
                return found
            seen.add(record_id)
            record_id = self._former.get((table, record_id), record_id)
        return None

    def publish(self, brought: Mapping[Target, Parent]) -> None:
        """Adds parents the batch brings; they go before those of other sources."""
        self._brought.update(brought)

    def _with_successors(self, table: str, ids: set[str]) -> set[str]:
        every, asked = set(ids), set(ids)
        while asked:
            found = self._writer.aliases(table, asked)
            for (source, old), new in found.items():
                if source == self._source or (table, old) not in self._former:
                    self._former[table, old] = new
            asked = set(found.values()) - every
            every |= asked
        return every

    def _read(self, target: str, table: str, column: str, ids: set[str]) -> None:
        """Reads what `table` lends; the same source wins, and several others are remembered as such."""
        names = LENDS.get(target, ())
        asked = (*names, "amendment_id") if table == "amendments" else names
        for source, record_id, *lent in self._writer.current(table, column, ids, asked):
            by = lent[len(names)] if table == "amendments" else ""
            parent = Parent(
                **dict(zip(names, lent, strict=False)), record_id=record_id, sources=(source,),
                own=source == self._source, by=by,
            )  # fmt: skip
            before = self._stored.get((target, record_id))
            if before is not None and before.sources[0] == self._source:
                continue
            if before is not None and source != self._source and source not in before.sources:
                parent = before._replace(sources=(*before.sources, source))
            self._stored[target, record_id] = parent
