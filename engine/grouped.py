"""Columns whose rows belong to groups, those of a group adjacent: where each begins, its sums, and cents shared over its members."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.arithmetic import SAFE, IntArray, narrow, peak, product


def starts(groups: IntArray) -> IntArray:
    """Where each run of equal, adjacent group numbers begins.

    >>> starts(np.array([4, 4, 7, 9, 9]))
    array([0, 2, 3])
    """
    if not groups.size:
        return np.zeros(0, np.int64)
    first = np.ones(groups.size, bool)
    np.not_equal(groups[1:], groups[:-1], out=first[1:])
    return np.flatnonzero(first)


def numbered(groups: IntArray) -> IntArray:
    """Runs of equal group numbers as 0, 1, 2 …

    >>> numbered(np.array([4, 4, 7]))
    array([0, 0, 1])
    """
    first = starts(groups)
    return np.repeat(np.arange(first.size), np.diff(np.r_[first, groups.size]))


def edges(groups: IntArray, count: int) -> IntArray:
    """Where each of the groups 0 … count − 1 begins in a column of group numbers (ascending), and one beyond the last.

    >>> edges(np.array([0, 0, 2]), 3)
    array([0, 2, 2, 3])
    """
    begin = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(groups, minlength=count), out=begin[1:])
    return begin


def sums(values: Any, groups: IntArray) -> Any:
    """The sum of each run of equal group numbers."""
    return np.add.reduceat(values, starts(groups)) if groups.size else values


def distinct(values: IntArray) -> tuple[IntArray, IntArray]:
    """The different values in order, and which of them each is.

    >>> distinct(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1]))
    """
    order = np.argsort(values, kind="stable")
    which = np.empty(values.size, np.int64)
    which[order] = numbered(values[order])
    return values[order][starts(values[order])], which


def running(values: Any, groups: IntArray) -> Any:
    """The running total within each run of equal group numbers."""
    if not groups.size:
        return np.asarray(values)
    sums = np.cumsum(values)
    first = starts(groups)
    before = np.r_[0, sums[first[1:] - 1]] if sums.dtype != object else np.array([0, *sums[first[1:] - 1]], object)
    return sums - np.repeat(before, np.diff(np.r_[first, groups.size]))


def spread(totals: IntArray, weights: Any, groups: IntArray) -> IntArray:
    """Each group's total over its members in proportion to their weights, summing exactly (largest remainder).

    `totals`: one a group, in order of appearance. `weights` and `groups` (adjacent, ascending): one a member; weights
    of a group may be below nothing where their sum is above it; a sum of nothing is spread evenly. Ties go to the earlier member.
    Source: ASC 606-10-32-31 (relative stand-alone prices); the cent rule is ours.

    >>> spread(np.array([100]), np.array([50, 25, 75]), np.array([0, 0, 0]))
    array([33, 17, 50])
    """
    if not groups.size:
        return np.zeros(0, np.int64)
    first = starts(groups)
    sizes = np.diff(np.r_[first, groups.size])
    weights = np.asarray(weights)
    sums = _group_sums(weights, first)
    if (empty := np.asarray(sums == 0, bool)).any():
        weights = np.where(np.repeat(empty, sizes), 1, weights)
        sums = _group_sums(weights, first)
    sign = np.where(totals < 0, -1, 1)
    member_total = np.repeat(np.abs(totals), sizes)
    scaled = product(member_total, weights)
    whole = np.repeat(sums, sizes)
    if scaled.dtype == object:
        whole = whole.astype(object)
    share, rest = scaled // whole, scaled % whole
    missing = np.abs(totals) - narrow(_group_sums(share, first))
    # Within a group the largest remainders come first; equal ones keep their order.
    member = np.repeat(np.arange(first.size), sizes)
    order = np.lexsort((np.arange(groups.size), _descending(rest), member))
    rank = np.empty(groups.size, np.int64)
    rank[order] = np.arange(groups.size) - np.repeat(first, sizes)
    shares = narrow(share) + (rank < np.repeat(missing, sizes))
    return shares * np.repeat(sign, sizes)


def _group_sums(values: Any, first: IntArray) -> Any:
    if values.dtype != object and peak(values) * max(values.size, 1) >= SAFE:
        values = values.astype(object)
    return np.add.reduceat(values, first)


def _descending(values: Any) -> Any:
    if values.dtype != object:
        return -values
    # lexsort knows no objects: their rank among the distinct values sorts alike.
    ranks = {value: n for n, value in enumerate(sorted(set(values.tolist()), reverse=True))}
    return np.array([ranks[value] for value in values.tolist()], np.int64)
