"""The simulation against what is known without one: points, binomials, means, and memory of its draws alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.reports.draws import moments, simulate
from engine.reports.risk import cancel_chance, mixed


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


def test_contracts_that_fare_alike_keep_their_chances_and_spread_wider():
    # 100 contracts of 1 that stay with 0.8, correlated by 0.25: the variance is 100 × 0.16 × 0.75 + 0.25 × 0.16 × 100² = 412.
    outcomes, weights, one = np.array([[0, 1]] * 100), np.array([0.2, 0.8]), np.zeros(100, np.int64)
    mean, variance = moments(outcomes, weights, one, 0.25)
    assert (mean.sum(), variance.sum()) == (pytest.approx(80), pytest.approx(412))
    drawn = simulate(outcomes, weights, 20_000, 606, one, 0.25)
    assert abs(drawn.mean() - 80) < 4 * math.sqrt(412 / 20_000)
    assert abs(drawn.std() / math.sqrt(412) - 1) < 0.03
    # In two groups, 40 and 60, each varies with itself alone: 12 + 0.25 × 0.16 × (40² + 60²) = 220.
    two = np.repeat([0, 1], [40, 60])
    assert moments(outcomes, weights, two, 0.25)[1].sum() == pytest.approx(220)
    assert abs(simulate(outcomes, weights, 20_000, 606, two, 0.25).std() / math.sqrt(220) - 1) < 0.03


def test_wholly_correlated_contracts_are_one():
    outcomes = np.array([[0, 500, 250], [0, 700, 350], [0, 30, 10]])
    drawn = simulate(outcomes, np.array([0.2, 0.5, 0.3]), 5000, 3, np.array([4, 4, 1]), 1.0)
    assert set(drawn.tolist()) == {a + b for a in (0, 1200, 600) for b in (0, 30, 10)}


def test_no_correlation_is_the_simulation_as_it_was():
    outcomes, weights = np.array([[0, 100]] * 50), np.array([0.3, 0.7])
    groups = np.arange(50) % 3
    assert (simulate(outcomes, weights, 500, 7, groups, 0.0) == simulate(outcomes, weights, 500, 7)).all()
    assert moments(outcomes, weights, groups)[1].tolist() == pytest.approx([100**2 * 0.21] * 50)


def test_chances_from_history():
    # A quarter cancelled in two years: within one, 1 − √0.75.
    assert cancel_chance(25, 100, 12, 24) == pytest.approx(1 - math.sqrt(0.75))
    assert cancel_chance(5, 0, 12, 24) == 0
    assert mixed([np.array([1.0]), np.array([0.0, 1.0])], [3, 1]) == (0.75, 0.25)
