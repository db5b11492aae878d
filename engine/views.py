"""Contracts as the books saw them up to a day: what answers a question about the future that was asked in the past.

What is due within a year of a closed day, or what a notice given on it would leave, follows the terms known when the
period was closed. Segments and entries by day cannot say it, for they tell what came to pass. So a ledger keeps, for the
contracts that have changed since a close, their rows as they stood then (and, for the open days, as they stand now).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.arithmetic import IntArray

if TYPE_CHECKING:
    from engine.ledger import Ledger
    from engine.slices import Slice

SEEN = ("contracts", "obligations", "segments", "versions", "stretches", "plans", "entries")
"""The tables of a view; customers, products, invoices and causes are those of the ledger it belongs to."""
PLACES = ("contract", "at", "obligation")


@dataclass(frozen=True)
class View:
    """Some contracts up to the end of `to_day`, under the policy of `ledger`.

    `contract`: their positions in the ledger the view belongs to, ascending; `at`: their positions in `ledger`, -1 for
    one that was not known; `obligation`: for each obligation of `ledger` its position in the ledger the view belongs to.
    """

    to_day: int
    ledger: Ledger
    contract: IntArray
    at: IntArray
    obligation: IntArray

    def rows(self, contracts: IntArray) -> tuple[IntArray, IntArray]:
        """Which of those contracts (by their place in the list) the view has, and where."""
        found, place = _found(self.contract, contracts)
        return found, self.at[place]

    def promises(self, part: Slice) -> tuple[IntArray, IntArray]:
        """The obligations of a slice that the view knows, as it numbers them, and for each the place of its contract."""
        found, place = _found(self.obligation, part.obligations)
        return place, part.of[found]


def _found(known: IntArray, asked: IntArray) -> tuple[IntArray, IntArray]:
    """Which of the asked numbers are among the known ones (ascending), by their place in the list, and where those stand."""
    place = np.searchsorted(known, asked)
    found = np.flatnonzero(place < known.size)
    found = found[known[place[found]] == asked[found]]
    return found, place[found]


def as_seen(measure: Callable[[Slice, IntArray], IntArray], part: Slice, days: IntArray) -> IntArray:
    """A measure that looks ahead, answered for every day by what was known when its period was closed.

    The first view that reaches a day and has the contract answers; where none has it, the ledger itself does.
    """
    out = measure(part, days)
    for view in reversed(part.ledger.views):
        columns = np.flatnonzero(days <= view.to_day)
        rows, at = view.rows(part.contracts)
        if not (rows.size and columns.size):
            continue
        out[np.ix_(rows, columns)] = 0
        known = at >= 0
        some = type(part)(view.ledger, at[known], *view.promises(part.some(rows[known])))
        out[np.ix_(rows[known], columns)] = measure(some, days[columns])
    return out
