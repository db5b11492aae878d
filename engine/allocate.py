"""The transaction price over the promises of a contract (ASC 606-10-32-28 to -41).

Where every promise has a stand-alone price the contract's price is allocated in that proportion; otherwise the stated
prices stand. A negative line is a discount over the contract: it is spread, never recognized alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.grouped import spread, starts
from engine.promises import Promises
from model.records import NO_AMOUNT


@dataclass(frozen=True)
class Allocation:
    """`price`: minor units allocated to each obligation; `weight`: the proportion in which later changes are spread
    (int64, or Python integers where a bundle's shares need them); `shared`: what of each contract's price was spread so.

    `impossible`: obligations of contracts whose residual was not faithful, so that stated prices stood (32-34(c)).
    """

    price: IntArray
    weight: Any
    shared: IntArray
    impossible: BoolArray


def allocate(promises: Promises, rows: IntArray, extra: IntArray) -> Allocation:
    """Allocates the price of whole contracts at inception.

    `rows`: the obligations, adjacent by contract. `extra`: consideration beyond the stated lines that belongs to the
    contract as a whole (estimates at inception), one for each contract in order.
    Holds: the allocated prices of a contract sum to its stated lines plus extra.
    """
    contract = promises.contract[rows]
    if not rows.size:
        nothing = np.zeros(0, np.int64)
        return Allocation(nothing, nothing, nothing, np.zeros(0, bool))
    first = starts(contract)
    group = np.repeat(np.arange(first.size), np.diff(np.r_[first, rows.size]))
    stated, ssp = promises.stated[rows], promises.ssp[rows]
    total = np.add.reduceat(stated, first) + extra
    promise = stated >= 0
    lonely = ~np.logical_or.reduceat(promise, first)
    promise |= lonely[group]  # a contract of discounts only: they stand as they are
    by_ssp = np.logical_and.reduceat(~promise | (ssp > NO_AMOUNT) & (ssp >= 0), first)
    by_ssp &= np.add.reduceat(np.where(promise & (ssp > 0), ssp, 0), first) > 0
    weight = np.where(by_ssp[group], np.where(promise, np.maximum(ssp, 0), 0), np.where(promise, np.abs(stated), 0))
    # Stated prices: each its own, and only what is not a promise's own price (discounts, estimates) is spread.
    shared = np.where(by_ssp, total, total - np.add.reduceat(np.where(promise, stated, 0), first))
    weight_or_even = np.where(np.add.reduceat(weight, first)[group] == 0, promise, weight)
    price = spread(shared, weight_or_even, group) + np.where(by_ssp[group] | ~promise, 0, stated)
    impossible = np.zeros(rows.size, bool)
    special = np.logical_or.reduceat(promises.residual[rows] | (promises.bundle_ssp[rows] != NO_AMOUNT), first)
    for n in np.flatnonzero(special & ~lonely):
        every = np.arange(first[n], first[n] + np.count_nonzero(group == n))
        members = every[promise[every]]
        answer = _by_evidence(promises, rows[members], int(total[n]))
        if answer is None:
            if promises.residual[rows[members]].any():
                impossible[members] = True
                price[every] = 0
                shared[n] = total[n] - stated[members].sum()
                price[members] = stated[members] + _spread(int(shared[n]), stated[members].tolist())
                weight[every] = np.where(promise[every], stated[every], 0)
            continue
        price[every] = 0
        price[members], exact = answer
        shared[n] = total[n]
        weight = weight if max(exact) < 2**62 else weight.astype(object)
        weight[members] = exact
    return Allocation(price, weight, shared, impossible)


Shares = tuple[IntArray, list[int]]  # prices, and the whole numbers in whose proportion they are


def _by_evidence(promises: Promises, rows: IntArray, price: int) -> Shares | None:
    """One contract with a bundle sold together or a residual promise; None where that evidence does not hold.

    Source: ASC 606-10-32-37 (a discount tied to some promises), 32-34(c) and 32-35 (residual approach).
    """
    observable = [not residual for residual in promises.residual[rows]]
    ssp = [int(value) if value != NO_AMOUNT else None for value in promises.ssp[rows]]
    if any(price_alone is None for price_alone, seen in zip(ssp, observable, strict=True) if seen):
        return None
    worth = [Fraction(value or 0) if seen else Fraction(0) for value, seen in zip(ssp, observable, strict=True)]
    bundled = list(worth)
    for name in sorted({str(b) for b in promises.bundle[rows] if b}):
        inside = [n for n, row in enumerate(rows) if promises.bundle[row] == name and observable[n]]
        offered = [int(promises.bundle_ssp[rows[n]]) for n in inside if promises.bundle_ssp[rows[n]] != NO_AMOUNT]
        apart = sum(worth[n] for n in inside)
        if offered and apart > offered[0]:
            for n in inside:
                bundled[n] = worth[n] * offered[0] / apart
    if not all(observable):
        floor = sum(value or 0 for value, seen in zip(ssp, observable, strict=True) if not seen)
        return _residual(price, bundled, observable, floor)
    if sum(worth) - price < sum(worth) - sum(bundled):
        return None  # the whole discount is smaller than the bundle's: it does not explain it
    return _in_proportion(price, bundled)


def _residual(price: int, worth: Sequence[Fraction], observable: Sequence[bool], floor: int) -> Shares | None:
    """What the observable prices leave, evenly over the residual promises; None if that is no faithful price.

    `floor`: the least that the residual promises were ever sold for, where their lines state a stand-alone price; a
    residual below it, or of nothing, is refused (606-10-32-35, Example 34 Case C).
    """
    left = price - sum(worth)
    if left <= 0 or left < floor:
        return None
    share = Fraction(left) / (len(observable) - sum(observable))
    return _in_proportion(price, [w if seen else share for w, seen in zip(worth, observable, strict=True)])


def _in_proportion(price: int, weights: Sequence[Fraction]) -> Shares:
    denominator = int(np.lcm.reduce(np.array([w.denominator for w in weights], object)))
    whole = [int(w * denominator) for w in weights]
    return _spread(price, whole), whole


def _spread(amount: int, weights: Sequence[int]) -> IntArray:
    return spread(np.array([amount]), np.array(weights, object), np.zeros(len(weights), np.int64))
