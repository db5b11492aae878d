"""What the store keeps of closed periods: what was done to them, the figures recorded, and how records were read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from model.periods import parse_day
from store.connect import moment
from store.schema import ACKNOWLEDGEMENTS, CLOSED_FIGURES, PERIOD_EVENTS, QUALITY, READINGS, RUNS

AMOUNTS = ("contracted", "recognized", "backlog", "billed", "deferred_current", "deferred_noncurrent", "unbilled",
           "receivable")  # fmt: skip
"""The figures a close records of each contract, in the order of the store."""


@dataclass(frozen=True)
class PeriodEvent:
    """A close or a reopening, as recorded. `at`: the instant up to which facts were known; `checks`: what was looked at
    (JSON); `ledger`, `reading`: what the figures stand on; `figures`: the digest of all of them; `previous`: that of the
    event before.
    """

    id: int
    action: str
    period: str
    ends_on: dt.date
    at: dt.datetime
    who: str
    why: str
    checks: str
    ledger: str
    reading: str
    figures: str
    previous: str
    digest: str


@dataclass(frozen=True)
class ClosedFigures:
    """What a close recorded of a contract: AMOUNTS in minor units of `currency`, and the digest of the row."""

    customer_id: str
    contract_id: str
    currency: str
    amounts: tuple[int, ...]
    digest: str


@dataclass(frozen=True)
class Acknowledgement:
    """That someone has seen an exception and stands for it."""

    exception: str
    rule: str
    what: str
    at: dt.datetime
    who: str
    why: str


@dataclass(frozen=True)
class QualityCount:
    """How many exceptions of a rule a source had from `at` on, until its next count."""

    at: dt.datetime
    source: str
    rule: str
    severity: str
    count: int


def period_events(engine: sa.Engine) -> list[PeriodEvent]:
    """All that was done to periods, in order."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(PERIOD_EVENTS).order_by(PERIOD_EVENTS.c.id)).all()
    return [PeriodEvent(row[0], row[1], row[2], parse_day(row[3]), moment(row[4]), *row[5:]) for row in rows]


def closed_figures(engine: sa.Engine, event_id: int) -> list[ClosedFigures]:
    """The figures a close recorded, by customer, contract and currency."""
    c = CLOSED_FIGURES.c
    query = sa.select(CLOSED_FIGURES).where(c.event_id == event_id).order_by(c.customer_id, c.contract_id, c.currency)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [ClosedFigures(row[1], row[2], row[3], tuple(row[4:-1]), row[-1]) for row in rows]


def reading(engine: sa.Engine, *, digest: str = "", at: str = "") -> str | None:
    """How records were read, as JSON: the reading of that digest, or the one that held at an instant; None if none is
    recorded.
    """
    c = READINGS.c
    query = sa.select(c.reading).where(c.digest == digest if digest else c.since <= at).order_by(c.id.desc()).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).scalar()


def acknowledgements(engine: sa.Engine) -> dict[str, Acknowledgement]:
    """The last acknowledgement of each exception."""
    columns = [ACKNOWLEDGEMENTS.c[name] for name in ("exception", "rule", "what", "at", "who", "why")]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(*columns).order_by(ACKNOWLEDGEMENTS.c.id)).all()
    return {
        row.exception: Acknowledgement(row.exception, row.rule, row.what, moment(row.at), row.who, row.why)
        for row in rows
    }


def quality_counts(engine: sa.Engine) -> list[QualityCount]:
    """Every count of exceptions, the oldest first."""
    columns = [QUALITY.c[name] for name in ("at", "source", "rule", "severity", "count")]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(*columns).order_by(QUALITY.c.id)).all()
    return [QualityCount(moment(row[0]), *row[1:]) for row in rows]


def read_since(engine: sa.Engine) -> dict[str, dt.datetime]:
    """When the last complete run of each connector began: what its system said by then has been read."""
    query = sa.select(RUNS.c.source, sa.func.max(RUNS.c.started_at)).where(RUNS.c.state == "complete")
    with engine.connect() as connection:
        return {row[0]: moment(row[1]) for row in connection.execute(query.group_by(RUNS.c.source))}
