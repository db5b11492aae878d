"""What people decided about records that are, or are not, one; and which ids vendors have merged into others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from store.columns import reading
from store.connect import instant, moment
from store.facts import former_ids
from store.schema import DECISIONS


@dataclass(frozen=True)
class Decided:
    """A decision: about which two records of a kind ("source:id" each), "same", "apart" or "undone", by whom and why."""

    kind: str
    left: str
    right: str
    decision: str
    rule: str
    who: str
    why: str
    at: dt.datetime


def decisions(engine: sa.Engine, known_at: dt.datetime | None = None, *, all_of_them: bool = False) -> list[Decided]:
    """The decisions in force, the last about each pair; as they were at a moment, or the whole log, oldest first."""
    query = sa.select(DECISIONS).order_by(DECISIONS.c.id)
    if known_at is not None:
        query = query.where(DECISIONS.c.decided_at <= instant(known_at))
    with engine.connect() as connection:
        log = [
            Decided(
                row.table_name, f"{row.left_source}:{row.left_id}", f"{row.right_source}:{row.right_id}", row.decision,
                row.rule, row.who, row.why, moment(row.decided_at),
            )
            for row in connection.execute(query)
        ]  # fmt: skip
    if all_of_them:
        return log
    last = {(each.kind, *sorted((each.left, each.right))): each for each in log}
    return [each for each in last.values() if each.decision != "undone"]


def merged_ids(engine: sa.Engine, known_at: dt.datetime | None = None) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Former ids by (source, table), each with the id it means at last."""
    with reading(engine, little=True) as read:
        return former_ids(read, None if known_at is None else instant(known_at))
