"""Booking cohorts as the pack cuts them: by fiscal quarter where they are recent, by fiscal year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from model.calendar import Period


@dataclass(frozen=True)
class Cohort:
    """What was booked in the days first..last: recognized before the periods shown, in each of them, and what remains."""

    first: dt.date
    last: dt.date
    earlier: Decimal
    periods: tuple[Decimal, ...]
    remaining: Decimal

    @property
    def words(self) -> str:
        """The cohort by its months, such as Jul–Sep 2026."""
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.last:%b %Y}"
        return (
            f"{self.first:%b} – {self.last:%b %Y}"
            if self.first.year == self.last.year
            else f"{self.first:%b %Y} – {self.last:%b %Y}"
        )

    @property
    def recognized(self) -> Decimal:
        """What became revenue up to the day of the pack."""
        return self.earlier + sum(self.periods, Decimal(0))


@dataclass(frozen=True)
class Cut:
    """Cohorts by fiscal quarter where they are recent, by fiscal year before; `periods`: the quarters across."""

    cohorts: Sequence[Cohort]
    periods: Sequence[Period]
