"""The kinds of entries in a ledger: what moves commitment, and what documents and cash do."""

from __future__ import annotations

from collections.abc import Iterable

# Commitment: how each movement is named in the roll-forward.
BOOKING, ADDITION, RENEWAL, AMENDMENT, CANCELLATION, ESTIMATED, CONCESSION, REALLOCATION, USED = range(9)
MOVEMENTS = (
    "new contracts", "added lines", "renewals", "amendments", "cancellations", "estimate changes", "price concessions",
    "reallocations", "usage",
)  # fmt: skip
# What of a booking or a cancellation is beyond the notice period, where no more than that counts (engine.notice).
NOTICE = 9
NOTICE_PERIODS = "notice periods"
COMMITMENT = tuple(range(20))
BOOKED = (BOOKING, ADDITION, RENEWAL)

# What became known of a closed period after its close stands on the first open day, as kind CORRECTED + movement.
CORRECTED = 10
CORRECTION = 8
"""The rule of a version that corrects a closed period; it stands in engine.versions.RULES."""


def corrected(movements: Iterable[int]) -> tuple[int, ...]:
    """The kinds of those movements where they correct a closed period.

    >>> corrected((BOOKING, RENEWAL))
    (10, 12)
    """
    return tuple(CORRECTED + movement for movement in movements)


# Documents and cash. Tax is owed by the customer and is never revenue; cash on account is applied to no invoice yet.
BILLED, CREDITED, TAX, TAX_CREDITED, CASH, CASH_TAX, WRITTEN_OFF, ON_ACCOUNT = range(20, 28)
# A note, no movement: what of a promise's price is variable consideration (606-10-32-5).
VARIABLE = 28
