"""Listings of whole objects under way: which keys they have met, and what they brought that no change had told of."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from store.language import run
from store.schema import LISTED, RECONCILES, TEXT

_OF, _NAMED, _MET = (sa.bindparam(name, type_=TEXT) for name in ("of", "named", "met"))
_PART = sa.select(_OF, _NAMED, sa.func.coalesce(sa.func.max(LISTED.c.part), 0) + 1, _MET).where(
    LISTED.c.source == _OF, LISTED.c.object == _NAMED
)
_ADDED = sa.insert(LISTED).from_select(["source", "object", "part", "met"], _PART)
SHOWN = 20
"""How many keys of what a reconcile found are kept."""


class Listings:
    """The listings as one transaction sees them."""

    def __init__(self, connection: sa.Connection, run_id: int) -> None:
        self._connection, self._run_id = connection, run_id

    def begin(self, source: str, name: str) -> None:
        """Forgets an earlier listing of the object."""
        mine = (LISTED.c.source == source) & (LISTED.c.object == name)
        self._connection.execute(sa.delete(LISTED).where(mine))

    def add(self, source: str, name: str, keys: Collection[str]) -> None:
        """Remembers the keys of a page."""
        run(self._connection, _ADDED, of=source, named=name, met=json.dumps(sorted(keys)))

    def keys(self, source: str, name: str) -> frozenset[str]:
        """All keys that the listing has met so far."""
        mine = (LISTED.c.source == source) & (LISTED.c.object == name)
        parts = self._connection.execute(sa.select(LISTED.c.met).where(mine)).scalars()
        return frozenset(key for part in parts for key in json.loads(part))

    def found(
        self, source: str, name: str, at: str, counts: tuple[int, int, int], keys: Sequence[str], *, first: bool
    ) -> None:
        """Adds to what the reconcile under way brought: added, changed, removed, and the first of their keys."""
        mine = (RECONCILES.c.source == source) & (RECONCILES.c.object == name)
        before = None if first else self._connection.execute(sa.select(RECONCILES).where(mine)).one_or_none()
        if before is not None:
            counts = (counts[0] + before.added, counts[1] + before.changed, counts[2] + before.removed)
            keys = [*json.loads(before.met), *keys]
        self._connection.execute(sa.delete(RECONCILES).where(mine))
        values = dict(zip(("added", "changed", "removed"), counts, strict=True))
        told = {"at": at, "run_id": self._run_id, "met": json.dumps(list(keys[:SHOWN]))}
        self._connection.execute(sa.insert(RECONCILES), {"source": source, "object": name, **values, **told})
