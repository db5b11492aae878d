"""Building the whole ledger from the store's columns: how long, how much memory, and how both grow with the lines.

python -m bench.building LINES prints the seconds and the mebibytes of one build as JSON.
"""

from __future__ import annotations

import gc
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench import company
from bench.measure import Line, most, peak, seconds
from engine.build import build
from model.policy import Policy

WHOLE = 1_000_000
SIZES = (100_000, WHOLE, 3_000_000, 10_000_000)
_RUNS = 5
_A_LINE = 1_700  # bytes of memory, the records included


def lines() -> list[Line]:
    """A row for each size, each measured in a process of its own."""
    found = []
    for size in SIZES:
        if size * _A_LINE > _memory():
            found.append(
                Line(f"The whole ledger of {size:,} lines", "not measured: this machine has too little memory")
            )
            continue
        taken, memory = measured(size)
        what = f"The whole ledger of {size:,} lines and {size // 5:,} amendments"
        words = f"{taken:.2f} s, {taken / size * 1e6:.1f} µs a line, {memory:,.0f} MiB at the peak"
        promise = most(taken, 3, "3 s and 2 GB", also=memory <= 2048) if size == WHOLE else ()
        found.append(Line(what, words, *promise))
    return found


def _memory() -> float:
    """Bytes of memory that this machine has, where it tells."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else math.inf


def measured(size: int) -> tuple[float, float]:
    """Seconds of a build in a fresh process, and the most memory that process ever held, the records included: medians of
    several processes up to the size that is promised."""
    command = [sys.executable, "-m", "bench.building", str(size)]
    told = []
    for _ in range(_RUNS if size <= WHOLE else 1):
        done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True)
        told.append(json.loads(done.stdout))
    return statistics.median(each["seconds"] for each in told), statistics.median(each["mebibytes"] for each in told)


if __name__ == "__main__":
    build(company.facts(1000), Policy())  # whatever is loaded at the first use
    made = company.facts(int(sys.argv[1]))
    gc.collect()
    taken, _ = seconds(lambda: build(made, Policy()))
    print(json.dumps({"seconds": taken, "mebibytes": peak()}))
