"""The reference implementation, part 3: what is known of a line's delivery, and how far it is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from oracle_time import last_of_month, round_half_away


@dataclass(frozen=True)
class Event:
    """One row of deliveries."""

    on: dt.date
    key: str
    measure: str
    value: Decimal


@dataclass(frozen=True)
class Invoiced:
    """An amount (minor units) on an invoice, and the days it says it is for."""

    on: dt.date
    amount: int
    first: dt.date | None
    last: dt.date | None


@dataclass
class Evidence:
    """Everything that happened to one line: delivery rows, rows of its own schedule, invoiced amounts."""

    deliveries: list[Event] = field(default_factory=list)
    schedule: list[tuple[dt.date, int]] = field(default_factory=list)
    invoiced: list[Invoiced] = field(default_factory=list)
    minor_per_unit: int = 100
    minimum: bool = False
    begins: dt.date | None = None

    def _until(self, measure: str, day: dt.date) -> list[Event]:
        found = [event for event in self.deliveries if event.measure == measure and event.on <= day]
        return sorted(found, key=lambda event: (event.on, event.key))

    def delivered(self, day: dt.date) -> Fraction:
        """Point in time: everything on the first `delivered` row (606-10-25-30)."""
        return Fraction(int(bool(self._until("delivered", day))))

    def milestones(self, day: dt.date) -> Fraction:
        """The shares earned at milestones so far."""
        return min(Fraction(1), sum((Fraction(event.value) for event in self._until("milestone", day)), Fraction(0)))

    def units(self, day: dt.date, quantity: Fraction) -> Fraction:
        """Units delivered over units promised (606-10-55-17)."""
        delivered = sum((Fraction(event.value) for event in self._until("units", day)), Fraction(0))
        return min(Fraction(1), delivered / quantity)

    def beyond(self, units: Fraction) -> Evidence:
        """The same without the first so many units: what is left for those who come later (first in, first out)."""
        left, events = units, []
        for event in self._until("units", dt.date.max):
            taken = min(left, Fraction(event.value))
            left -= taken
            if taken < event.value:
                rest = event.value - Decimal(taken.numerator) / Decimal(taken.denominator)
                events.append(Event(event.on, event.key, event.measure, rest))
        return Evidence(events, self.schedule, self.invoiced, self.minor_per_unit)

    def percent(self, day: dt.date, expected_cost: Fraction | None, decimals: int | None) -> Fraction:
        """The latest share reported, else cost incurred over cost expected (55-20), rounded as the policy says."""
        reported = self._until("percent", day)
        if reported:
            share = Fraction(reported[-1].value)
        elif expected_cost:
            cost = sum((Fraction(event.value) for event in self._until("cost", day)), Fraction(0))
            share = cost * self.minor_per_unit / expected_cost
        else:
            share = Fraction(0)
        if decimals is not None:
            share = Fraction(round_half_away(share * 10**decimals), 10**decimals)
        return min(Fraction(1), share)

    def scheduled(self, day: dt.date) -> int:
        """Manual recognition: the rows of schedules.csv, as given."""
        return sum(amount for on, amount in self.schedule if on <= day)

    def used(self, day: dt.date) -> int:
        """Usage earned: the `usage` rows, and what is invoiced for days of which none tells (the right to invoice, 55-18)."""
        total = sum((event.value for event in self._until("usage", day)), Decimal(0)) * self.minor_per_unit
        told = int(total.quantize(Decimal(1), ROUND_HALF_UP))
        return told + sum(bill.amount for bill in self.invoiced if bill.on <= day and not self._metered(bill))

    def _metered(self, bill: Invoiced) -> bool:
        """Whether a `usage` row is of the days a bill is for: as it says, else all days up to the end of its month.

        Once a line is metered, a bill of its minimum, or one before its service has begun, is for what is to come.
        """
        last = bill.last or last_of_month(max(bill.on, bill.first or bill.on))
        days = [event.on for event in self.deliveries if event.measure == "usage"]
        early = bill.first is None and self.begins is not None and bill.on <= self.begins
        if days and (self.minimum or early):
            return True
        return any((bill.first is None or bill.first <= on) and on <= last for on in days)

    def last_day(self, method: str) -> dt.date | None:
        """The day of the last evidence that the method looks at."""
        looks_at = {
            "point_in_time": ("delivered",), "milestone": ("milestone",), "percent_complete": ("percent", "cost"),
            "units": ("units",), "usage": ("usage",),
        }.get(method, ())  # fmt: skip
        days = [event.on for event in self.deliveries if event.measure in looks_at]
        return max(days, default=None)
