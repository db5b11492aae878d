"""How many exceptions and rejected records each source has, by rule, and how that went over time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from engine.arisen import arisen
from store.periods import QualityCount
from store.schema import REJECTS

if TYPE_CHECKING:
    from engine.ledger import Ledger


class Kind(NamedTuple):
    """What is counted: a rule and its severity, in the records of one source."""

    source: str
    rule: str
    severity: str


def counted(engine: sa.Engine, ledger: Ledger, day: dt.date) -> dict[Kind, int]:
    """What is open at the end of a day: exceptions, and records that could not be loaded at all."""
    frame = arisen(ledger.exceptions, day)
    found = Counter(Kind(*key) for key in zip(frame["source"], frame["rule"], frame["severity"], strict=True))
    c = REJECTS.c
    query = sa.select(c.source, c.table_name, c.column_name).where(c.resolved_at.is_(None))
    with engine.connect() as connection:
        for source, table, column in connection.execute(query):
            unsigned = table == "contracts" and "signed_on" in column.split(", ")
            found[Kind(source, "missing_signature_date" if unsigned else "rejected_record", "error")] += 1
    return dict(found)


def changed(now: Mapping[Kind, int], history: Iterable[QualityCount]) -> list[tuple[str, str, str, int]]:
    """The counts that are not what was recorded last, as they are to be recorded."""
    last = {Kind(one.source, one.rule, one.severity): one.count for one in history}
    return [
        (*kind, now.get(kind, 0)) for kind in sorted(now.keys() | last.keys()) if now.get(kind, 0) != last.get(kind, 0)
    ]


def as_it_was(history: Iterable[QualityCount], at: dt.datetime) -> dict[Kind, int]:
    """The counts as they stood at a moment."""
    return {Kind(one.source, one.rule, one.severity): one.count for one in history if one.at <= at}


def since(history: Iterable[QualityCount]) -> dict[Kind, dt.datetime]:
    """For each kind that is open, since when there has been one without a break."""
    begun: dict[Kind, dt.datetime] = {}
    for one in history:
        kind = Kind(one.source, one.rule, one.severity)
        if not one.count:
            begun.pop(kind, None)
        else:
            begun.setdefault(kind, one.at)
    return begun
