"""What an amount comes to for each home: its own, or all that its invoice bills."""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray
from engine.documents.apportion import Bills
from engine.documents.homes import Placed


def distribute(
    where: Placed, amount: IntArray, day: IntArray, bills: Bills, basis: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Each amount to its own home, or over what its invoice bills in proportion to `basis`: which amount, home, share."""
    over = np.flatnonzero((where.invoice >= 0) & (where.line < 0))
    which, row, share = bills.over(where.invoice[over], day[over], amount[over], basis)
    reached = np.zeros(amount.size, bool)
    reached[over[which]] = True
    alone = np.flatnonzero(~reached)
    return (
        np.r_[over[which], alone],
        np.r_[bills.home[row], where.home[alone]],
        np.r_[share, amount[alone]],
    )
