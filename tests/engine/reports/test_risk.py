"""The simulation against what is known without one: points, binomials, means, and memory of its draws alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.reports.risk import cancel_chance, mixed, simulate


def test_without_chances_every_draw_is_the_point():
    drawn = simulate(np.array([[0, 500], [0, 700]]), np.array([0.0, 1.0]), 1000, 1)
    assert set(drawn.tolist()) == {1200}


def test_the_same_seed_is_the_same_and_another_is_another():
    outcomes, weights = np.array([[0, 100]] * 50), np.array([0.3, 0.7])
    first, again, other = (simulate(outcomes, weights, 500, seed) for seed in (7, 7, 8))
    assert (first == again).all()
    assert (first != other).any()


def test_a_hundred_equal_contracts_are_a_binomial():
    # 100 contracts of 1, each staying with 0.8: mean 80, deviation 4; P5 and P95 of the binomial are 73 and 86.
    drawn = simulate(np.array([[0, 1]] * 100), np.array([0.2, 0.8]), 20_000, 606)
    assert abs(drawn.mean() - 80) < 4 * 4 / math.sqrt(20_000)
    assert abs(drawn.std() - 4) < 0.1
    assert (int(drawn[1000]), int(drawn[10_000]), int(drawn[19_000])) == (73, 80, 86)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_mean_is_within_its_own_error_of_the_exact_one(seed):
    random = np.random.default_rng(seed)
    due = random.integers(0, 1_000_000, 400)
    outcomes, weights = np.stack([due * 0, due, due // 2], axis=1), np.array([0.1, 0.6, 0.3])
    drawn = simulate(outcomes, weights, 5000, seed)
    mean = float((outcomes @ weights).sum())
    variance = float(((outcomes.astype(float) ** 2) @ weights - (outcomes @ weights) ** 2).sum())
    assert abs(float(drawn.mean()) - mean) < 4 * math.sqrt(variance / 5000)


def test_chances_from_history():
    # A quarter cancelled in two years: within one, 1 − √0.75.
    assert cancel_chance(25, 100, 12, 24) == pytest.approx(1 - math.sqrt(0.75))
    assert cancel_chance(5, 0, 12, 24) == 0
    assert mixed([np.array([1.0]), np.array([0.0, 1.0])], [3, 1]) == (0.75, 0.25)
