"""Digests of closes: each over all that it records and the digest before it, so that nothing changes unnoticed.

A row of figures has a digest, a close has one over the rows and all it says, and each event one over the event before.
Whoever keeps the newest digest, on paper or in the month-end pack, can prove the whole chain.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from store.connect import instant
from store.periods import ClosedFigures, PeriodEvent, closed_figures

SAID = ("action", "period", "ends_on", "at", "who", "why", "checks", "ledger", "reading", "figures")
"""What the digest of an event is over, beside the digest before it."""


@dataclass(frozen=True)
class Break:
    """Something that is not as it was recorded: in which event, and what in words."""

    event: PeriodEvent
    what: str


def of_row(customer: str, contract: str, currency: str, amounts: Sequence[int]) -> str:
    """The digest of the figures of one contract."""
    return _digest([customer, contract, currency, *amounts])


def of_figures(rows: Iterable[str]) -> str:
    """The digest of all rows of a close, from theirs, in order."""
    return _digest(list(rows))


def of_event(said: Mapping[str, str], previous: str) -> str:
    """The digest of an event; `said`: its columns SAID as the store has them."""
    return _digest([*(said[name] for name in SAID), previous])


def breaks(engine: sa.Engine, events: Sequence[PeriodEvent]) -> list[Break]:
    """Every place where the chain of closes is not as it was recorded."""
    found = []
    before = ""
    for event in events:
        if event.previous != before:
            found.append(Break(event, "what was recorded before it was changed, or is missing"))
        said = {name: _text(getattr(event, name)) for name in SAID}
        if of_event(said, event.previous) != event.digest:
            found.append(Break(event, "what it says was changed after it was recorded"))
        if event.action == "close":
            found += [Break(event, text) for text in _changed(event, closed_figures(engine, event.id))]
        before = event.digest
    return found


def _changed(event: PeriodEvent, rows: Sequence[ClosedFigures]) -> list[str]:
    own = [of_row(row.customer_id, row.contract_id, row.currency, row.amounts) for row in rows]
    texts = [
        f"the figures of {row.contract_id or 'no contract'} ({row.customer_id}, {row.currency}) were changed"
        for row, digest in zip(rows, own, strict=True)
        if digest != row.digest
    ]
    if not texts and of_figures(own) != event.figures:
        texts.append("figures of contracts were added, removed or replaced")
    return texts


def _text(value: object) -> str:
    return instant(value) if isinstance(value, dt.datetime) else str(value)


def _digest(words: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()
