"""What documents and cash come to, collected an entry a row."""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray

NAMES = ("home", "day", "amount", "kind", "invoice", "raw_id")
"""Where an amount belongs (engine.documents.homes), its day, minor units, kind (engine.kinds), the position of its invoice
(-1 for none) and the record that says so."""


class Entries:
    """Entries in the order in which they were added; nothing is no entry."""

    def __init__(self) -> None:
        self._parts: list[dict[str, IntArray]] = []

    def add(
        self, kind: int, home: IntArray, day: IntArray, amount: IntArray, invoice: IntArray, raw_id: IntArray
    ) -> None:
        """Adds amounts of one kind."""
        rows = np.flatnonzero(amount)
        parts = {"home": home, "day": day, "amount": amount, "invoice": invoice, "raw_id": raw_id}
        self._parts.append({n: v[rows] for n, v in parts.items()} | {"kind": np.full(rows.size, kind)})

    def columns(self) -> dict[str, IntArray]:
        """All entries so far, as columns."""
        return {n: np.concatenate([np.zeros(0, np.int64), *(part[n] for part in self._parts)]) for n in NAMES}
