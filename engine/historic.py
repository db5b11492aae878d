"""Deferred revenue in another currency: what stands on received cash keeps the rate of the day it came (ASC 830-10-45-18).

Cash is earned first in, first out: of what a contract has received, revenue to date takes the earliest, the current part of
what is left comes next, the noncurrent part last. What was billed and is not paid yet is read at the closing rate. A refund
or a dispute gives back what came last.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.currency import CLOSING, DAILY, Rates
from engine.grouped import running, starts
from engine.kinds import CASH, CASH_TAX
from engine.slices import Slice


def at_historic_rates(part: Slice, held: IntArray, day: int, source: str, target: str) -> IntArray:
    """What each contract holds deferred at the end of a day, converted.

    `held`: minor units of `source`, one a contract: of what is not yet earned, the earliest. Raises Unanswerable where a
    rate is missing that is needed.
    """
    rates, earned = Rates.of(part.ledger), np.maximum(part.recognized(np.array([day]))[:, 0], 0)
    at, on, amount = _receipts(part, day)
    high = running(amount, at)
    overlap = np.minimum(high, (earned + held)[at]) - np.maximum(high - amount, earned[at])
    kept = np.flatnonzero(overlap > 0)
    at, on, overlap = at[kept], on[kept], overlap[kept]
    paid = np.zeros(held.size, np.int64)
    np.add.at(paid, at, overlap)
    out, several = np.zeros(held.size, np.int64), np.zeros(held.size, bool)
    several[at[1:][at[1:] == at[:-1]]] = True
    several |= (paid > 0) & (held > paid)
    for received in np.unique(on).tolist():
        mine = np.flatnonzero((on == received) & ~several[at])
        out[at[mine]] = rates.convert(overlap[mine], source, target, received, DAILY)
    unpaid = np.flatnonzero((held != 0) & (paid == 0))
    if unpaid.size:
        out[unpaid] = rates.convert(held[unpaid], source, target, day)
    # Of several rates the sum is rounded, once a contract.
    rows = np.flatnonzero(several[at])
    for low, end in itertools.pairwise([*starts(at[rows]).tolist(), rows.size]):
        contract, some = int(at[rows[low]]), rows[low:end]
        parts = [
            *((amount, when, DAILY) for amount, when in zip(overlap[some].tolist(), on[some].tolist(), strict=True)),
            (int(held[contract] - paid[contract]), day, CLOSING),
        ]
        exact = sum(
            (amount * rates.between_minor(source, target, when, of) for amount, when, of in parts if amount),
            Fraction(0),
        )
        out[contract] = prorate(np.array([exact.numerator], object), 1, np.array([exact.denominator], object))[0]
    return out


def _receipts(part: Slice, day: int) -> tuple[IntArray, IntArray, IntArray]:
    """What is left of each contract's cash without tax, by the days it came, earliest first: contract, day, amount."""
    rows, at = part.rows(part.ledger.bounds["entries"])
    kind, on = part.ledger.entries["kind"][rows], part.ledger.entries["day"][rows]
    cash = np.flatnonzero(((kind == CASH) | (kind == CASH_TAX)) & (on <= day))
    at, on = at[cash], on[cash]
    amount = np.where(kind[cash] == CASH, 1, -1) * part.ledger.entries["amount"][rows[cash]]
    order = np.lexsort((on, at))
    at, on, amount = at[order], on[order], amount[order]
    first = starts(at * 2**32 + on)
    if first.size:
        at, on, amount = at[first], on[first], np.add.reduceat(amount, first)
    for low in np.flatnonzero(amount < 0).tolist():
        back = -int(amount[low])
        amount[low] = 0
        place = low - 1
        while back and place >= 0 and at[place] == at[low]:
            given = min(back, int(amount[place]))
            amount[place] -= given
            back -= given
            place -= 1
    return at, on, amount
