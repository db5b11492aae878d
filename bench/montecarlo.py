"""10,000 draws over 100,000 contracts: at most 20 s, and memory that does not grow with either."""

from __future__ import annotations

import resource
import time

import numpy as np

from engine.reports.risk import simulate

CONTRACTS, DRAWS, MOST_SECONDS, MOST_MB = 100_000, 10_000, 20.0, 300


def main() -> None:
    random = np.random.default_rng(1)
    due = random.integers(0, 10_000_000, CONTRACTS)
    outcomes = np.stack([np.zeros(CONTRACTS, np.int64), due, due * 11 // 12, due * 10 // 12], axis=1)
    weights = np.array([0.05, 0.7, 0.2, 0.05])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    drawn = simulate(outcomes, weights, DRAWS, 7)
    seconds = time.perf_counter() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    mean = float((outcomes @ weights).sum())
    variance = float(((outcomes.astype(float) ** 2) @ weights - (outcomes @ weights) ** 2).sum())
    off = abs(float(drawn.mean()) - mean) / (variance / DRAWS) ** 0.5
    print(
        f"{CONTRACTS:,} contracts × {DRAWS:,} draws: {seconds:.1f} s (at most {MOST_SECONDS:.0f}), {grown:.0f} MB more"
    )
    print(f"mean {off:.2f} of its own standard errors from the exact one")
    assert seconds <= MOST_SECONDS, seconds
    assert grown <= MOST_MB, grown
    assert off < 5, off


if __name__ == "__main__":
    main()
