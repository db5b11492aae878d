"""The thresholds at which signals trip, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

RULES = (
    "backlog_outgrows_capacity", "shrinking_backlog", "falling_bookings", "cancellations_spike", "past_planned_end",
    "late_family", "thin_family", "concentration", "billing_lags_cost",
)  # fmt: skip


@dataclass(frozen=True)
class Thresholds:
    """When the rules trip; shares are of 1. The settings of the same names say what each means."""

    months: int = 3
    capacity_gap: Decimal = Decimal("0.1")
    shrink: Decimal = Decimal("0.1")
    bookings_fall: Decimal = Decimal("0.25")
    cancellations_factor: Decimal = Decimal(3)
    overdue_days: int = 0
    late_share: Decimal = Decimal("0.2")
    least_margin: Decimal = Decimal("0.2")
    concentration: Decimal = Decimal("0.25")
    cash_gap: Decimal = Decimal("0.1")
