"""The accounting policies a company elects. They are part of every figure, so a ledger names the ones it stands on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """The elected policies; every attribute is a key of `[policy]` in the configuration.

    `rounding`: "cumulative" (the running total is rounded) or "last_period" (each month is, the last takes the rest).
    `deferred_basis`: "billed" or "paid". `recognition`: the method of a line that names none.
    `termination`: backlog counts the whole contract ("contracted") or what a notice could not undo ("enforceable").
    `rpo_expedients`: what ASC 606-10-50-14, -14A leave out of RPO: "right_to_invoice", "one_year", "royalty",
    "unallocated_variable". `credit_notes`: a price lowered by credit is "catch_up" or "deferred_first".
    `progress_decimals`: a share complete is rounded to so many decimals before it is applied; None is exact.
    `fx_revenue`: revenue is converted at the "daily" rate or the period's "average".
    """

    rounding: str = "cumulative"
    deferred_basis: str = "billed"
    recognition: str = "straight_line_daily"
    termination: str = "contracted"
    rpo_expedients: tuple[str, ...] = ("right_to_invoice",)
    credit_notes: str = "catch_up"
    progress_decimals: int | None = 4
    fx_revenue: str = "daily"

    def digest(self) -> str:
        """A short name for exactly these elections; equal policies have equal digests."""
        return hashlib.sha256(json.dumps(dataclasses.asdict(self), sort_keys=True).encode()).hexdigest()[:12]
