"""The simulation of risk: 10,000 draws over 100,000 contracts, in seconds and in memory, against the exact mean.

python -m bench.montecarlo
"""

from __future__ import annotations

import tracemalloc

import numpy as np

from bench.measure import Line, most, seconds, table, told
from engine.reports.draws import simulate

CONTRACTS, DRAWS, MOST_SECONDS, MOST_MB = 100_000, 10_000, 20.0, 100.0
WEIGHTS = np.array([0.05, 0.7, 0.2, 0.05])


def lines() -> list[Line]:
    """What it takes, what it holds beside the contracts themselves, and how far the mean of the draws is from the exact one."""
    due = np.random.default_rng(1).integers(0, 10_000_000, CONTRACTS)
    outcomes = np.stack([np.zeros(CONTRACTS, np.int64), due, due * 11 // 12, due * 10 // 12], axis=1)
    groups = np.random.default_rng(2).integers(0, 5, CONTRACTS)
    alike = seconds(lambda: simulate(outcomes, WEIGHTS, DRAWS, 7, groups, 0.2))[0]
    taken, drawn = seconds(lambda: simulate(outcomes, WEIGHTS, DRAWS, 7))
    tracemalloc.start()
    simulate(outcomes[:2000], WEIGHTS, DRAWS, 7)
    held = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    mean = outcomes @ WEIGHTS
    deviation = float(((outcomes.astype(float) ** 2) @ WEIGHTS - mean**2).sum()) ** 0.5
    errors = abs(float(drawn.mean()) - float(mean.sum())) / (deviation / DRAWS**0.5)
    return [
        Line(f"{DRAWS:,} draws over {CONTRACTS:,} contracts", told(taken), *most(taken, MOST_SECONDS, "20 s")),
        Line("the same, correlated within five segments", told(alike), *most(alike, MOST_SECONDS, "20 s")),
        Line("the same, memory beside the contracts", f"{held:.1f} MB", *most(held, MOST_MB, f"{MOST_MB:.0f} MB")),
        Line(
            "the same, mean against the exact one",
            f"{errors:.2f} standard errors",
            *most(errors, 4, "4 standard errors"),
        ),
    ]


if __name__ == "__main__":
    print(table(lines()))
