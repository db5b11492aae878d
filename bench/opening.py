"""Opening a saved ledger in a fresh process, up to its first figure, beyond the import of the libraries it needs.

python -m bench.opening LEDGER prints the seconds of one opening as JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.company import ENDS
from bench.measure import Line, most, told
from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.saved import open_ledger, save

_RUNS = 9


def lines(ledger: Ledger) -> list[Line]:
    """The row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.ledger"
        save(ledger, path)
        taken = statistics.median(measured(path) for _ in range(_RUNS))
    what = "Opening the saved ledger in a fresh process, a customer found by name and its backlog"
    return [Line(what, f"{told(taken)} beyond the imports", *most(taken, 0.2, "200 ms"))]


def measured(path: Path) -> float:
    """Seconds of one opening."""
    command = [sys.executable, "-m", "bench.opening", str(path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


if __name__ == "__main__":
    begin = time.perf_counter()
    opened = open_ledger(Path(sys.argv[1]))
    found = opened.find_customers("customer 0000042")
    figures = answer(opened, "backlog", [Scope(customers=found)], np.array(ENDS[-1:]))
    taken = time.perf_counter() - begin
    assert found.tolist() == [42]
    assert figures.minor.shape == (1, 1)
    print(json.dumps(taken))
