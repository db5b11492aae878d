"""The books on a day: whose today is the one that was asked for, and whose ledger may be a given one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from excel.host import BooksHost, Host

if TYPE_CHECKING:
    import pandas as pd

    from engine.ledger import Ledger
    from engine.metrics.inputs import Inputs
    from model.calendar import Calendar


@dataclass(frozen=True)
class AsOf:
    """A host on another day; with `standing`, what is known now is that ledger."""

    host: Host
    today: dt.date
    standing: Ledger | None = None

    @property
    def zone(self) -> dt.tzinfo:
        """See Host."""
        return self.host.zone

    @property
    def calendar(self) -> Calendar:
        """See Host."""
        return self.host.calendar

    def ledger(self, known_at: dt.datetime | None) -> Ledger:
        """See Host; a moment before the standing ledger's is answered from the books."""
        if self.standing is not None and (known_at is None or known_at >= self.standing.known_at):
            return self.standing
        return self.host.ledger(known_at)

    def freshness(self) -> Mapping[str, dt.datetime | None]:
        """See Host; of the standing ledger, as it was then."""
        if self.standing is not None and isinstance(self.host, BooksHost):
            return self.host.freshness(self.standing.known_at)
        return self.host.freshness()

    def links(self, raw_ids: Iterable[int]) -> Mapping[int, str]:
        """See Host."""
        return self.host.links(raw_ids)

    def reconciliation(self) -> pd.DataFrame:
        """See Host."""
        return self.host.reconciliation()

    def inputs(self, known_at: dt.datetime | None = None) -> Inputs:
        """See Host; of the standing ledger, as it was then."""
        if self.standing is not None and isinstance(self.host, BooksHost):
            newest = self.host.ledger(None).version == self.standing.version
            return self.host.inputs(known_at or (None if newest else self.standing.known_at))
        return self.host.inputs(known_at)
