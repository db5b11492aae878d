"""What people decide about matches: a log that only grows. A decision changes the data as a record does."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from store.connect import instant, writing
from store.schema import DATA_VERSION, DECISIONS


def decide(
    engine: sa.Engine,
    kind: str,
    left: str,
    right: str,
    decision: str,
    *,
    rule: str,
    who: str,
    why: str,
    now: dt.datetime,
) -> None:
    """Adds a decision about two records of a kind, each "source:id": "same", "apart", or "undone".

    `rule`: what spoke for the match. The data has a new version from then on.
    """
    (left_source, _, left_id), (right_source, _, right_id) = (name.partition(":") for name in (left, right))
    with writing(engine) as connection:
        last = connection.execute(sa.select(DATA_VERSION.c.last_at).with_for_update()).scalar_one()
        at = max(instant(now), last)
        values = {
            "table_name": kind, "left_source": left_source, "left_id": left_id, "right_source": right_source,
            "right_id": right_id, "decision": decision, "rule": rule, "who": who, "why": why, "decided_at": at,
        }  # fmt: skip
        connection.execute(sa.insert(DECISIONS), values)
        connection.execute(sa.update(DATA_VERSION).values(version=DATA_VERSION.c.version + 1, last_at=at))
