"""Draws of a sum over contracts, each with one of a few outcomes, alone or in part together with its group; and its exact moments.

In a draw a group has one fate, and each of its contracts shares it with the chance √correlation, so that any two of them are
correlated by just that, while each alone keeps its chances.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.arithmetic import IntArray

_STEPS = 2**16
"""Chances are counted in 65,536ths: two bytes of randomness a contract and draw."""


def moments(outcomes: IntArray, weights: Any, groups: IntArray, correlation: float = 0.0) -> tuple[Any, Any]:
    """Of every contract the mean, and its part of the variance of the sum: its covariance with all of them together."""
    mean = outcomes @ weights
    alone = (outcomes.astype(np.float64) ** 2) @ weights - mean**2
    if not correlation:
        return mean, alone
    # Two contracts that share a fate vary together as their sums over the group do.
    sums = np.zeros((int(groups.max(initial=-1)) + 1, outcomes.shape[1]))
    np.add.at(sums, groups, outcomes)
    shared = (outcomes * sums[groups]) @ weights - mean * (sums @ weights)[groups]
    return mean, (1 - correlation) * alone + correlation * shared


def simulate(
    outcomes: IntArray, weights: Any, draws: int, seed: int, groups: IntArray | None = None, correlation: float = 0.0
) -> IntArray:
    """Sums over contracts of one outcome each, `draws` times, sorted. `outcomes`: a row a contract, a column an outcome with its
    weight. One contract is drawn after the other into the same sums, so that memory is that of the draws.

    `groups`: a number for every contract; those of one number share a fate, see above.
    """
    random = np.random.Generator(np.random.SFC64(seed))
    fate = _ladder(weights)
    share = float(np.sqrt(correlation)) if groups is not None else 0.0
    # One rung more: what falls on it takes the fate of the group.
    drawn, shared = (
        (_ladder([*(np.asarray(weights) / np.sum(weights) * (1 - share)), share]), len(weights))
        if share
        else (fate, -1)
    )
    total, which, amount = np.zeros(draws, np.int64), np.zeros(draws, np.intp), np.zeros(draws, np.int64)
    common, follows, group = np.zeros(draws, np.intp), np.zeros(draws, bool), -1

    def draw(ladder: Any, out: Any) -> None:
        # No index is out of bounds; "clip" lets numpy write into the array that is there.
        np.take(ladder, np.frombuffer(random.bytes(2 * draws), np.uint16), out=out, mode="clip")

    order = range(len(outcomes)) if groups is None or not share else np.argsort(groups, kind="stable").tolist()
    for number in order:
        row = outcomes[number]
        if not row.any():
            continue
        if groups is not None and share and groups[number] != group:
            group = int(groups[number])
            draw(fate, common)
        draw(drawn, which)
        if share:
            np.equal(which, shared, out=follows)
            np.copyto(which, common, where=follows)
        total += np.take(row, which, out=amount, mode="clip")
    total.sort()
    return total


def _ladder(weights: Any) -> Any:
    """Which outcome each of the equally likely steps stands for."""
    edges = np.rint(np.cumsum(weights) / np.sum(weights) * _STEPS).astype(np.int64)
    return np.repeat(np.arange(len(weights)), np.diff(np.r_[0, edges]))
