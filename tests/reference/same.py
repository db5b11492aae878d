"""Whether two ledgers are the same, column by column."""

from __future__ import annotations

import numpy as np

from engine.indexes import INDEXES
from engine.ledger import TABLES, Ledger, Table
from engine.views import PLACES, SEEN


def assert_same(one: Ledger, other: Ledger) -> None:
    """Every table, index and view of both holds the same."""
    pairs: list[tuple[str, Table, Table]] = [(name, getattr(one, name), getattr(other, name)) for name in TABLES]
    pairs += [(name, one.index(name), other.index(name)) for name in INDEXES]
    assert [view.to_day for view in one.views] == [view.to_day for view in other.views]
    for left, right in zip(one.views, other.views, strict=True):
        pairs += [(f"view {name}", getattr(left.ledger, name), getattr(right.ledger, name)) for name in SEEN]
        pairs.append(("view", *({name: getattr(view, name) for name in PLACES} for view in (left, right))))
    for name, mine, theirs in pairs:
        assert list(mine.keys()) == list(theirs.keys()), name
        for column in mine.keys():  # noqa: SIM118
            a, b = np.asarray(mine[column]).tolist(), np.asarray(theirs[column]).tolist()
            assert a == b, (name, column, a, b)
    assert (one.policy, one.reporting, one.within_64_bits) == (other.policy, other.reporting, other.within_64_bits)
    assert one.span[0] <= other.span[0] <= other.span[1] <= one.span[1]  # of an updated one it may be wider
