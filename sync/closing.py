"""Closes a period, reopens one, and records that a person has seen an exception.

A close fixes what was known of the period, with the figures it came to and a digest chained to the event before. Nothing
that is told later moves a figure of it (engine.closing).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from books.digests import of_event, of_figures, of_row
from books.periods import in_force, to_close, to_reopen
from books.reading import Reading
from model.errors import ConfigNeeded
from store.periods import AMOUNTS, PeriodEvent, period_events
from store.read import data_version
from store.write.periods import put_acknowledgements, put_period_event, put_reading
from sync.checks import Check, as_text, examined

if TYPE_CHECKING:
    from books.ledgers import Books


@dataclass(frozen=True)
class Prepared:
    """What a close would record: the checks, and the figures per contract (engine.recorded) of a ledger."""

    period: str
    ends_on: dt.date
    checks: list[Check]
    figures: pd.DataFrame
    data: str
    ledger: str
    previous: str

    @property
    def failed(self) -> list[Check]:
        """The checks that are not right."""
        return [check for check in self.checks if not check.ok]


def prepare(books: Books, period: str, now: dt.datetime) -> Prepared:
    """Everything a close stands on, as it is now; nothing is written but the ledger, where it was not up to date.

    `period`: a month of the fiscal calendar, by its name or its last day (Calendar.named).
    Raises Unanswerable where there is no such month, it is closed or is not the next one.
    """
    from engine.recorded import recorded

    calendar, events = books.settings.reporting.calendar, period_events(books.engine)
    month = to_close(calendar.named(period), in_force(events), calendar)
    data, standing = data_version(books.engine), books.standing()
    ledger = books.open()
    checks = examined(books, standing, ledger, month.first, month.last, now)
    previous = events[-1].digest if events else ""
    return Prepared(month.name, month.last, checks, recorded(ledger, month.last), data, ledger.version, previous)


def close(
    books: Books, prepared: Prepared, *, now: dt.datetime, who: str, why: str = "", force: bool = False
) -> PeriodEvent:
    """Records the close. With a check that failed only by `force`, with a reason; both are recorded.

    Raises ConfigNeeded otherwise, RetryLater where records or closes arrived since it was prepared.
    """
    if prepared.failed and not (force and why.strip()):
        names = ", ".join(check.name for check in prepared.failed)
        raise ConfigNeeded(
            f"{prepared.period} is not closed: {len(prepared.failed)} of {len(prepared.checks)} checks failed ({names}). "
            "Put them right, or decide otherwise and say why: --force --why …"
        )
    read = Reading.configured(books.settings)
    put_reading(books.engine, read.digest, read.text, now)
    rows = [_row(row) for row in prepared.figures.to_dict("records")]
    said = {
        "action": "close", "period": prepared.period, "ends_on": str(prepared.ends_on), "who": who, "why": why.strip(),
        "checks": as_text(prepared.checks), "ledger": prepared.ledger, "reading": read.digest,
        "figures": of_figures([row[-1] for row in rows]),
    }  # fmt: skip
    return _recorded(books, said, prepared.data, prepared.previous, rows, now)


def reopen(
    books: Books, period: str, *, now: dt.datetime, who: str, why: str, with_later: bool = False
) -> list[PeriodEvent]:
    """Reopens a period, and with `with_later` all that are closed after it, the newest first.

    Raises Unanswerable where it is not closed or others are closed after it, ConfigNeeded without a reason.
    """
    if not why.strip():
        raise ConfigNeeded(f"reopening {period} needs a reason: --why …")
    done = []
    for held in to_reopen(period, in_force(period_events(books.engine)), with_later):
        events = period_events(books.engine)
        said = {"action": "reopen", "period": held.period, "ends_on": str(held.ends_on), "who": who, "why": why.strip(),
                "checks": "[]", "ledger": "", "reading": "", "figures": ""}  # fmt: skip
        done.append(_recorded(books, said, data_version(books.engine), events[-1].digest, [], now))
    return done


def acknowledge(books: Books, exceptions: pd.DataFrame, *, now: dt.datetime, who: str, why: str) -> int:
    """Records that `who` has seen those exceptions (books.acknowledged) and stands for them; how many they were."""
    if not why.strip():
        raise ConfigNeeded("an acknowledgement needs a reason: --why …")
    rows = [(str(row["exception"]), str(row["rule"]), f"{row['contract'] or row['customer']} {row['line']}: {row['text']}")
            for row in exceptions.to_dict("records")]  # fmt: skip
    put_acknowledgements(books.engine, rows, who, why.strip(), now)
    return len(rows)


def _row(row: dict[Any, Any]) -> tuple[Any, ...]:
    """A row of figures as the store has it, with its digest."""
    key = (str(row["customer_id"]), str(row["contract_id"]), str(row["currency"]))
    amounts = tuple(int(row[name]) for name in AMOUNTS)
    return (*key, *amounts, of_row(*key, amounts))


def _recorded(
    books: Books, said: dict[str, str], data: str, previous: str, rows: Sequence[tuple[Any, ...]], now: dt.datetime
) -> PeriodEvent:
    def seal(at: str) -> dict[str, str]:
        whole = {**said, "at": at}
        return {**whole, "digest": of_event(whole, previous)}

    put_period_event(books.engine, now, data, previous, seal, rows)
    return period_events(books.engine)[-1]
