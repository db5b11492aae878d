"""The measures: what was contracted, recognized, billed, deferred and is still backlog, each a formula of the kernel.

Balances are per contract and never netted across contracts (ASC 606-10-45-1): where one cannot be negative, its formula
has a floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import kernel
from engine import kinds as r
from engine.arithmetic import IntArray, row_sums
from engine.kernel import Formula
from engine.kinds import BOOKED, CANCELLATION, COMMITMENT, corrected
from engine.ledger import Ledger
from engine.planned import disclosed, due, limited, scheduled, told, within_notice
from engine.scopes import Rows
from engine.slices import Slice
from engine.views import as_seen
from model.errors import WrongArgument
from model.policy import Policy

_DOCUMENTS = (r.BILLED, r.CREDITED)
CONTRACTED = Formula(plus=COMMITMENT)
RECOGNIZED = Formula(revenue=1)
BACKLOG = Formula(plus=COMMITMENT, revenue=-1)
RECEIVABLE = Formula(plus=(*_DOCUMENTS, r.TAX, r.TAX_CREDITED), minus=(r.CASH, r.ON_ACCOUNT, r.WRITTEN_OFF))
DEFERRED = {
    "billed": Formula(plus=_DOCUMENTS, revenue=-1, floor=True),
    "paid": Formula(plus=(r.CASH,), minus=(r.CASH_TAX,), revenue=-1, floor=True),
}
FORMULAS = {
    "contracted": CONTRACTED,
    "backlog": BACKLOG,
    "recognized": RECOGNIZED,
    "billed": Formula(plus=_DOCUMENTS),
    "collected": Formula(plus=(r.CASH, r.ON_ACCOUNT)),
    "unbilled": Formula(minus=_DOCUMENTS, revenue=1, floor=True),
    "bookings": Formula(plus=(*BOOKED, *corrected(BOOKED))),
    "cancellations": Formula(minus=(CANCELLATION, *corrected([CANCELLATION]))),
}
FLOWS = frozenset({"recognized", "billed", "collected", "bookings", "cancellations"})
MEASURES = frozenset({*FORMULAS, "deferred", "receivable", "rpo", "due", "told"})
AHEAD = frozenset({"contracted", "backlog", "deferred", "rpo", "due", "told"})
"""Measures that look ahead: of a closed day they follow the terms and the policy of its close (engine.views)."""
BUCKETS: Mapping[str, tuple[int, int]] = {
    "current": (-(2**40), 0), "1-30": (1, 30), "31-60": (31, 60), "61-90": (61, 90), "90+": (91, 2**40),
}  # fmt: skip
_WORDS = {"part": ("total", "current", "noncurrent"), "basis": ("", "billed", "paid"), "bucket": ("total", *BUCKETS)}


@dataclass(frozen=True)
class Measure:
    """A measure as it is asked for: its name and its own words.

    `until`: of `told`, which is asked for of one day: the last day that each of its columns reaches.
    """

    name: str
    part: str = "total"
    basis: str = ""
    bucket: str = "total"
    months: int | None = None
    until: tuple[int, ...] = ()

    @classmethod
    def of(cls, name: str, **options: Any) -> Measure:
        """The measure with those options; blank ones are left out, and a word that is none is a WrongArgument."""
        for option, allowed in _WORDS.items():
            if options.get(option, "") not in ("", *allowed):
                words = ", ".join(word for word in allowed if word)
                raise WrongArgument(f"{options[option]!r} is no {option}; it is one of: {words}")
        return cls(name, **{option: value for option, value in options.items() if value not in ("", None)})

    def formula(self, policy: Policy) -> Formula | None:
        """The measure as one formula of the kernel; None where it takes more than that."""
        if self.name == "deferred":
            return DEFERRED[self.basis or policy.deferred_basis] if self.part == "total" else None
        if self.name == "receivable":
            return RECEIVABLE if self.bucket == "total" else None
        return FORMULAS.get(self.name)

    def in_kernel(self, rows: Rows) -> Formula | None:
        """The one formula that the measure is for those rows, if it is one."""
        formula = self.formula(rows.ledger.policy)
        if formula is None or self._limited(rows.ledger, rows.contracts)[0].size:
            return None
        # Entries and segments of a closed period are those of its close, and so is every formula over them.
        for view in rows.ledger.views if self.name in AHEAD else ():
            _, at = view.rows(rows.contracts)
            known = at[at >= 0]
            if known.size and (
                self.formula(view.ledger.policy) != formula or self._limited(view.ledger, known)[0].size
            ):
                return None
        return formula

    def totals(self, rows: Rows, days: IntArray, since: IntArray | None) -> IntArray:
        """The measure for every row at every day (or over since..days), in the contracts' own currency."""
        if formula := self.in_kernel(rows):
            return kernel.grid(rows.ledger, rows.blocks, formula, days, since)
        union, place = np.unique(rows.contracts, return_inverse=True)
        _, spans = self.per_contract(Slice.make(rows.ledger, union, rows.products), days, since)
        return row_sums(spans[place], rows.bounds)

    def per_contract(self, chosen: Slice, days: IntArray, since: IntArray | None) -> tuple[IntArray, IntArray]:
        """For every contract what stands at each day, and what came to be over since..days."""
        if since is None:
            figures = self.figures(chosen, days)
            return figures, figures
        figures = self.figures(chosen, np.r_[days, since - 1])
        return figures, figures[:, : days.size] - figures[:, days.size :]

    def figures(self, chosen: Slice, days: IntArray) -> IntArray:
        """What stands for every contract (rows) at every day (columns), minor units."""
        return as_seen(self._known, chosen, days) if self.name in AHEAD else self._known(chosen, days)

    def _known(self, chosen: Slice, days: IntArray) -> IntArray:
        """By the terms and the policy of one ledger."""
        if formula := self.formula(chosen.ledger.policy):
            figures = chosen.figure(formula, days)
            rows, notice = self._limited(chosen.ledger, chosen.contracts)
            if rows.size:
                # Nothing is promised beyond what a notice given today would leave (606-10-25-3).
                some = chosen.some(rows)
                promised = within_notice(some, days, notice)
                figures[rows] = promised + (some.recognized(days) if self.name == "contracted" else 0)
            return figures
        if self.name == "rpo":
            return disclosed(chosen, days, self.months)
        if self.name == "due":
            return due(chosen, days, self.months)
        if self.name == "told":
            return told(chosen, days, np.array(self.until))
        if self.name == "receivable":
            return _aged(chosen, days, *BUCKETS[self.bucket])
        balance = chosen.figure(DEFERRED[self.basis or chosen.ledger.policy.deferred_basis], days)
        current = np.minimum(balance, np.maximum(scheduled(chosen, days, 12), 0))
        return current if self.part == "current" else balance - current

    def _limited(self, ledger: Ledger, contracts: IntArray) -> tuple[IntArray, IntArray]:
        """Those of the contracts that stand on a notice instead of on what was signed, and their notice in days."""
        if self.name in ("contracted", "backlog"):
            return limited(ledger, contracts)
        return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _aged(chosen: Slice, days: IntArray, low: int, high: int) -> IntArray:
    """What is owed on invoices that are low..high days late."""
    ledger = chosen.ledger
    rows, at = chosen.rows(ledger.bounds["entries"])
    weight = RECEIVABLE.weights[ledger.entries["kind"][rows]]
    rows, at, weight = (column[weight != 0] for column in (rows, at, weight))
    invoice, day = ledger.entries["invoice"][rows], ledger.entries["day"][rows]
    amount = ledger.entries["amount"][rows] * weight
    # What is on no invoice (cash on account) has no due date and is never late.
    due_on = np.where(invoice >= 0, np.r_[ledger.invoices["due_on"], 0][invoice], 2**30)
    out = np.zeros((chosen.contracts.size, days.size), np.int64)
    for n, asked in enumerate(days):
        late = asked - due_on
        on = (day <= asked) & (late >= low) & (late <= high)
        np.add.at(out[:, n], at[on], amount[on])
    return out
