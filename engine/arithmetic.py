"""Exact integer arithmetic on columns: products, sums and shares of amounts, rounded once.

Everything is int64 where a bound proves that nothing overflows, and Python integers where it does not; the results are
the same to the last unit.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import LedgerBroken

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SAFE = 2**62
"""Below it int64 is exact, with a bit to spare."""


def peak(values: Any) -> int:
    """The largest of the values without their signs."""
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def product(left: Any, right: Any) -> Any:
    """left × right, int64 when both bounds allow it, else Python integers in an object array."""
    left, right = np.asarray(left), np.asarray(right)
    if left.dtype != object and right.dtype != object and peak(left) * peak(right) < SAFE:
        return left * right
    return left.astype(object) * right.astype(object)


def narrow(values: Any, what: str = "an amount") -> IntArray:
    """Back to int64; a value beyond it raises LedgerBroken, never wraps."""
    values = np.asarray(values)
    if values.dtype == object and values.size and peak(values) >= 2**63:
        raise LedgerBroken(f"{what} is beyond 64 bits. Check the amounts of the largest contract")
    return values.astype(np.int64, copy=False)


def whole(values: list[int]) -> IntArray:
    """Whole numbers as a column: int64, or Python integers in an object array where one of them is beyond it."""
    return np.array(values, object if max(values) >= SAFE else np.int64)


def total(values: Any) -> int:
    """The sum as a Python integer, whatever its size.

    >>> total(np.array([2**62, 2**62], np.int64)) == 2**63
    True
    """
    values = np.asarray(values)
    if values.size == 0 or peak(values) * values.size < SAFE:
        return int(values.sum())
    return sum(int(v) for v in values)


def bounded(values: Any) -> Any:
    """The values, if no sum of them can leave 64 bits; LedgerBroken otherwise, never another figure."""
    near = values.size and float(np.abs(values.astype(np.float64)).sum()) >= SAFE
    if near and sum(abs(value) for value in values.ravel().tolist()) >= 2**63:
        raise LedgerBroken("a sum of amounts is beyond 64 bits. Check the amounts of the largest contracts")
    return values


def row_sums(values: IntArray, bounds: IntArray) -> IntArray:
    """Sums of the rows bounds[n] up to bounds[n + 1] of a table, column by column; LedgerBroken beyond 64 bits.

    >>> row_sums(np.array([[1], [2], [4]]), np.array([0, 2, 2, 3]))
    array([[3],
           [0],
           [4]])
    """
    if np.array_equal(bounds, np.arange(len(values) + 1)):
        return values
    held = np.flatnonzero(np.diff(bounds))
    sums = np.zeros((bounds.size - 1, *values.shape[1:]), np.int64)
    if held.size:
        sums[held] = np.add.reduceat(values, bounds[held], axis=0)
        if peak(values) * int(np.diff(bounds).max()) >= SAFE:
            for low, high in zip(bounds[held].tolist(), bounds[held + 1].tolist(), strict=True):
                for column in range(values.shape[1]):
                    bounded(values[low:high, column])
    return sums


def prorate(amount: Any, numerator: Any, denominator: Any) -> IntArray:
    """amount × numerator ÷ denominator, rounded half away from zero, elementwise and exact.

    Units: minor units in and out; denominator > 0. The sign of the amount is set aside while rounding, so that a
    credit mirrors its charge.

    >>> prorate(np.array([120000, -120000]), np.array([31, 31]), np.array([365, 365]))
    array([ 10192, -10192])
    """
    amount, denominator = np.asarray(amount), np.asarray(denominator)
    scaled = product(amount, numerator)
    # Twice the bound, because rounding doubles both sides before the division.
    if scaled.dtype != object and 2 * peak(scaled) + peak(denominator) >= SAFE:
        scaled = scaled.astype(object)
    if scaled.dtype == object:
        denominator = denominator.astype(object)
    negative = scaled < 0
    size = np.where(negative, -scaled, scaled)
    rounded = (2 * size + denominator) // (2 * denominator)
    return narrow(np.where(negative, -rounded, rounded))


def prorated_sums(
    amount: IntArray, ratio: IntArray, above: Any, below: Any, begin: IntArray, end: IntArray
) -> IntArray:
    """The sums of amount[n] × above[r] ÷ below[r], r = ratio[n], over n from begin[k] up to end[k], each rounded once.

    Units: minor units in and out; below > 0. Half away from zero and exact: what falls near a half is told by fractions.

    >>> above, below = np.array([11045, 11]), np.array([10000, 10])
    >>> prorated_sums(np.array([100, 100, 5]), np.array([0, 0, 1]), above, below, np.array([0, 0, 2]), np.array([1, 2, 3]))
    array([110, 221,   6])
    """
    common = _common(below)
    if common:
        return prorate(_between(product(amount, product(above, common // below)[ratio]), begin, end), 1, common)
    scaled, below = product(amount, above[ratio]), below[ratio]
    if scaled.dtype == object or peak(below) >= 2**31:
        scaled, below = scaled.astype(object), below.astype(object)
    # Of what each leaves, 31 binary places, cut off: together they lack less than one place each.
    places = _between(np.asarray(scaled % below * 2**31 // below, np.int64), begin, end)
    sums, part = _between(scaled // below, begin, end) + places // 2**31, places % 2**31
    sums = sums + (part >= 2**30)
    for row in np.flatnonzero(abs(part - 2**30) <= end - begin).tolist():
        entries = range(begin[row], end[row])
        exact = sum((Fraction(int(scaled[n]), int(below[n])) for n in entries), Fraction())
        size = int(abs(exact) + Fraction(1, 2))
        sums[row] = size if exact >= 0 else -size
    return narrow(sums)


def _common(denominators: Any) -> int:
    """Their least common multiple, 0 where it is large."""
    common = 1
    for each in set(denominators.tolist()):
        common = math.lcm(common, each)
        if common >= 2**31:
            return 0
    return common


def _between(values: Any, begin: IntArray, end: IntArray) -> Any:
    """The sums of values[begin] up to values[end]."""
    if values.dtype != object and peak(values) * values.size >= SAFE:
        values = values.astype(object)
    running = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values)])
    return running[end] - running[begin]


def pick(values: Any, places: Any, missing: Any) -> Any:
    """The values at those places; a place of -1 has `missing`, also where there are no values at all.

    >>> pick(np.array([5, 6]), np.array([1, -1]), 0)
    array([6, 0])
    """
    return np.append(values, [missing]).astype(values.dtype)[places]


def is_ascending(values: IntArray) -> bool:
    """Whether no value is less than the one before it.

    >>> is_ascending(np.array([1, 1, 2])), is_ascending(np.array([2, 1]))
    (True, False)
    """
    return bool((values[1:] >= values[:-1]).all())


def places(order: IntArray) -> IntArray:
    """Where each row stands in an order of rows.

    >>> places(np.array([2, 0, 1]))
    array([1, 2, 0])
    """
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return place
