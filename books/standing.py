"""What a ledger stands on beside the records: how they are read, and the closes that hold at its moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from books.periods import in_force
from books.reading import Reading

if TYPE_CHECKING:
    import sqlalchemy as sa

    from model.policy import Policy
    from model.settings import Settings
    from store.periods import PeriodEvent


@dataclass(frozen=True)
class Standing:
    """`reading`: how records become figures; `closes`: those in force, the earliest first."""

    reading: Reading
    closes: tuple[PeriodEvent, ...] = ()

    @classmethod
    def at(cls, engine: sa.Engine, settings: Settings, known_at: dt.datetime | None) -> Standing:
        """As configured and closed now, or as it was at a moment: a past report is read as it was read then."""
        from store.connect import instant
        from store.periods import period_events, reading

        said = None if known_at is None else reading(engine, at=instant(known_at))
        held = tuple(in_force(period_events(engine), known_at))
        return cls(Reading.configured(settings) if said is None else Reading.parse(said), held)

    def under(self, policy: Policy) -> Standing:
        """The same, but read by another policy."""
        return replace(self, reading=replace(self.reading, policy=policy))

    @classmethod
    def of_close(cls, engine: sa.Engine, closes: tuple[PeriodEvent, ...]) -> Standing:
        """What the last of those closes was made on: the reading of its moment, and the closes before it."""
        from model.errors import LedgerBroken
        from store.periods import reading

        said = reading(engine, digest=closes[-1].reading)
        if said is None:
            raise LedgerBroken(
                f"the store no longer says how records were read when {closes[-1].period} was closed. "
                "Take the store from a backup, or reopen the period: backlog reopen"
            )
        return cls(Reading.parse(said), closes[:-1])
