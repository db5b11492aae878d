"""Periods and their states: which closes hold at a moment, which period is the next to close, what recorded figures say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from model.calendar import Calendar, Period
from model.errors import Unanswerable

if TYPE_CHECKING:
    from engine.ledger import Ledger
    from store.periods import ClosedFigures, PeriodEvent


def in_force(events: Iterable[PeriodEvent], at: dt.datetime | None = None) -> list[PeriodEvent]:
    """The closes that hold at a moment (None: now), the earliest first: a reopening ends the close of its period."""
    held: list[PeriodEvent] = []
    for event in events:
        if at is not None and event.at > at:
            break
        if event.action == "close":
            held.append(event)
        else:
            held = [close for close in held if close.period != event.period]
    return held


def following(close: PeriodEvent, calendar: Calendar) -> Period:
    """The first open month after a close: a fiscal month, or what the close has left of it where the calendar has changed
    since.
    """
    first = close.ends_on + dt.timedelta(1)
    return Period(first, calendar.month(first).last)


def to_close(month: Period, held: Sequence[PeriodEvent], calendar: Calendar) -> Period:
    """The days that closing a month locks. Refuses one that is closed already or is not the next one; any may be the first."""
    if not held:
        return month
    if any(close.period == month.name for close in held):
        raise Unanswerable(
            f"{month.name} is closed already (backlog periods). To close it anew: backlog reopen {month.name} --why …"
        )
    due = following(held[-1], calendar)
    if month.last != due.last:
        raise Unanswerable(f"the next period to close is {due.name}, up to {due.last}, after {held[-1].period}")
    return due


def to_reopen(period: str, held: Sequence[PeriodEvent], with_later: bool) -> list[PeriodEvent]:
    """The closes a reopening ends, the newest first: the period's own (by name or last day), and those after it if that is
    asked for.
    """
    place = next((n for n, close in enumerate(held) if period in (close.period, str(close.ends_on))), None)
    if place is None:
        raise Unanswerable(f"{period} is not closed. See: backlog periods")
    later = [close.period for close in held[place + 1 :]]
    if later and not with_later:
        raise Unanswerable(
            f"{', '.join(later)} {'is' if len(later) == 1 else 'are'} closed after {period} and would stand on nothing. "
            f"Reopen all of them: backlog reopen {period} --with-later --why …"
        )
    return list(reversed(held[place:]))


def not_as_recorded(ledger: Ledger, close: PeriodEvent, rows: Sequence[ClosedFigures]) -> list[str]:
    """Contracts whose figures in the books are not those that a close recorded, in words."""
    from engine.recorded import FIGURES, recorded
    from model.money import to_decimal

    now = {
        (row[0], row[1], row[2]): tuple(int(value) for value in row[3:])
        for row in recorded(ledger, close.ends_on).itertuples(index=False)
    }
    then = {(row.customer_id, row.contract_id, row.currency): row.amounts for row in rows}
    nothing = (0,) * len(FIGURES)
    found = []
    for key in sorted(now.keys() | then.keys()):
        for name, was, is_ in zip(FIGURES, then.get(key, nothing), now.get(key, nothing), strict=True):
            if was != is_:
                found.append(
                    f"{key[1] or 'no contract'} ({key[0]}): {name.replace('_', ' ')} was recorded as "
                    f"{to_decimal(was, key[2])} {key[2]}, the books say {to_decimal(is_, key[2])}"
                )
    return found
