"""A subscription of the billing system in the making, and how the system writes moments and tax."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from demo.calendar import period_starts
from demo.deals import Deal

Object = dict[str, Any]
Data = dict[str, list[Object]]


@dataclass
class Item:
    """An item of a subscription; `raised`: from which day on it has which quantity."""

    key: str
    price: Object
    quantity: int
    raised: tuple[dt.date, int] | None = None

    def quantity_on(self, day: dt.date) -> int:
        """Its quantity on a day."""
        return self.raised[1] if self.raised and day >= self.raised[0] else self.quantity


@dataclass
class Subscription:
    """A subscription in the making. `starts`: the first days of its billing periods; `ends_on`: its last day."""

    key: str
    customer: str
    deal: Deal
    items: list[Item]
    months: int
    starts: list[dt.date] = field(default_factory=list)
    ends_on: dt.date | None = None
    canceled_on: dt.date | None = None
    trial_from: dt.date | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """What ties it to the CRM, where somebody thought of it."""
        return {"deal_id": self.deal.crm_id} if self.deal.in_crm and self.deal.in_metadata else {}

    def after(self, start: dt.date) -> dt.date:
        """The first day after the period that begins on `start`, counted from the first as Stripe does."""
        return period_starts(self.starts[0], self.months, self.starts.index(start) + 2)[-1]


def stamp(day: dt.date, hour: int = 0) -> int:
    """A moment as Stripe writes it: seconds since 1970, UTC."""
    return int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC).timestamp())


def tax_on(minor: int, percent: int) -> int:
    """Tax to the nearest minor unit, the same for a credit as for its charge."""
    return (abs(minor) * percent + 50) // 100 * (1 if minor >= 0 else -1)
