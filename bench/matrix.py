"""Customer × month revenue: the kernel against a copy of its answer, and against pandas, DuckDB and polars.

python -m bench.matrix [LINES]
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bench import company, peers
from bench.measure import Line, machine, medians, of_the_busiest, ratio, seconds, table, told
from engine.build import build
from engine.figures import Rows, answer
from engine.kernel import CHOICE
from engine.ledger import Ledger
from model.policy import Policy

_SAMPLE = 50  # the pandas scripts are run on one customer in so many
_PEERS = (
    ("pandas, period_range and explode", peers.by_explode, 400, True),
    ("pandas, repeat and groupby on whole days", peers.by_repeat, None, True),
    ("DuckDB", peers.by_duckdb, 40, False),
    ("polars", peers.by_polars, 40, False),
)


def lines(ledger: Ledger) -> list[Line]:
    """The rows of the table; before them, that all give the same cents in every cell."""
    rows = Rows.customers(ledger)
    expected = _matrix(rows, 1)
    copy = np.zeros_like(expected)
    plain, answered = seconds(lambda: _matrix(rows, 1, compiled=False))
    assert np.array_equal(answered, expected)
    work = {"copy": lambda: np.copyto(copy, expected), "one": lambda: _matrix(rows, 1)}
    ours = medians(work, 21)
    both = statistics.median(of_the_busiest(lambda: _matrix(rows, 2), _threads) for _ in range(21))
    clock = medians({"two": lambda: _matrix(rows, 2)}, 21, time.perf_counter)["two"]
    found = [
        Line("Copying the answer in memory (memcpy)", told(ours["copy"])),
        Line("The matrix, one thread", *_against(ours["one"], ours["copy"], 8)),
        Line(
            "The matrix, two threads: the clock, or what the busier one took where others kept it waiting",
            *_against(min(both, clock), ours["copy"], 4),
        ),
        Line("The matrix without numba", told(plain)),
    ]
    segments = peers.segments(ledger)
    for name, make, least, sampled in _PEERS:
        taken = _peer(make(_some(segments, len(rows)) if sampled else segments), expected, sampled)
        times = taken / ours["one"]
        words = f"{told(taken)}{' (extrapolated)' if sampled else ''}: {times:,.0f}× the kernel's time"
        found.append(Line(f"The same by {name}", words, *(ratio(times, least=least) if least else ())))
    return found


def _some(table: pd.DataFrame, customers: int) -> pd.DataFrame:
    return table[table["customer"] < customers // _SAMPLE].reset_index(drop=True)


def _peer(run: Callable[[], Any], expected: np.ndarray, sampled: bool) -> float:
    """Processor time that a peer takes for the whole, over all its threads, its answer compared first."""
    found = run()
    if isinstance(found, pd.Series):
        found = {
            "customer": found.index.get_level_values(0),
            "month": found.index.get_level_values(1),
            "revenue": found,
        }
    held = len(expected) // _SAMPLE if sampled else len(expected)
    table = np.zeros((held, expected.shape[1]), np.int64)
    table[np.asarray(found["customer"]), np.asarray(found["month"], np.int64)] = np.asarray(found["revenue"], np.int64)
    assert np.array_equal(table, expected[:held]), "the figures differ"
    return medians({"peer": run}, 3)["peer"] * (_SAMPLE if sampled else 1)


def _against(value: float, copy: float, most: float) -> tuple[str, str, bool]:
    return f"{told(value)}: {value / copy:.1f}× a copy", *ratio(value / copy, most=most)


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("kernel")]


def _matrix(rows: Rows, threads: int, compiled: bool = True) -> np.ndarray:
    CHOICE.compiled, CHOICE.threads = compiled, threads
    return answer(rows.ledger, "recognized", rows, company.ENDS, since=company.SINCE).minor


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(machine())
    print(table(lines(build(company.facts(count), Policy()))))
