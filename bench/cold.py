"""The first answer of a server that has just been started, over a ledger of a million lines.

Counted from the start of the program `backlog serve`, the imports of all its libraries included, until a customer's
backlog has been answered over HTTP: the processor time of the server's process (what the clock shows where nothing else
is at work), and the clock beside it. Once with a ledger that was found whole before on that day, as every start but a
day's first finds it; once with every byte of its file read first. The answer is the engine's.

python -m bench.cold [LINES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np

from bench import company
from bench.measure import Line, most, table, told
from bench.serving import answers, serving, web
from bench.updating import books_in, fill
from books.seals import SEAL
from engine.figures import Scope, answer
from engine.ledger import Ledger
from model.periods import day_of

RUNS = 7
WHO = "Customer 0000042"


def lines(size: int) -> list[Line]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        books = books_in(Path(folder), web())
        fill(books.engine, company.facts(size))
        ledger = books.build()
        books.engine.dispose()
        assert ledger.path is not None
        seal, expected, config = ledger.path.with_suffix(SEAL), _expected(ledger), Path(folder) / "config.toml"
        sealed, read = [], []
        for _ in range(RUNS):
            seal.unlink(missing_ok=True)
            read.append(_taken(config, expected))
            sealed.append(_taken(config, expected))
    what = f"First answer of a server that is started over {size:,} lines"
    (cpu, clock), (cpu_read, clock_read) = _medians(sealed), _medians(read)
    return [
        Line(f"{what}, all imports included", f"{told(cpu)} ({told(clock)} by the clock)", *most(cpu, 1, "1 s")),
        Line("the same where every byte of the ledger is checked first, once a day",
             f"{told(cpu_read)} ({told(clock_read)} by the clock)"),
    ]  # fmt: skip


def _expected(ledger: Ledger) -> str:
    """The engine's own figure for what is asked."""
    minor = answer(ledger, "backlog", [Scope(customers=ledger.find_customers(WHO))], np.array(company.ENDS[-1:])).minor
    assert minor[0, 0] != 0
    return str(Decimal(int(minor[0, 0])).scaleb(-2))


def _taken(config: Path, expected: str) -> tuple[float, float]:
    """Seconds of the server's processor time, and by the clock."""
    begun = time.perf_counter()
    with serving(config) as running:
        found = answers(running.client, [["BACKLOG", WHO, day_of(int(company.ENDS[-1])).isoformat()]])
        clock = time.perf_counter() - begun
        assert found == [{"value": expected}], found
        spent = running.processor_seconds()
    return clock if spent is None else spent, clock


def _medians(taken: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(cpu for cpu, _ in taken), statistics.median(clock for _, clock in taken)


if __name__ == "__main__":
    print(table(lines(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
