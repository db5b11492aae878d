"""Timing: medians of interleaved runs, so that what else the machine does falls on all alike."""

from __future__ import annotations

import os
import platform
import re
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[], Any]
Clock = Callable[[], float]


def medians(works: Mapping[str, Work], rounds: int = 7, clock: Clock = time.process_time) -> dict[str, float]:
    """Seconds of each work, the median of `rounds` in which all take turns; one turn before them does not count.

    `clock`: processor time, which what else the machine does touches least, for work of one thread; the time of day for
    work that several share.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            begin = clock()
            work()
            if turn:
                times[name].append(clock() - begin)
    return {name: statistics.median(taken) for name, taken in times.items()}


def seconds(work: Work) -> tuple[float, Any]:
    """How long a work of one thread takes once, in processor time, and what it gives."""
    begin = time.process_time()
    given = work()
    return time.process_time() - begin, given


def of_the_busiest(work: Work, threads: Callable[[], Iterable[threading.Thread]]) -> float:
    """Processor time that a work takes of the one who asks and, at the same time, of the busiest thread that shares it: what
    the clock would show if nobody else wanted the processors. By the clock where the system does not tell it.
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        begin = time.perf_counter()
        work()
        return time.perf_counter() - begin

    def taken() -> dict[int, float]:
        idents = [thread.ident for thread in threads() if thread.ident is not None]
        return {ident: time.clock_gettime(time.pthread_getcpuclockid(ident)) for ident in idents}

    before, begin = taken(), time.thread_time()
    work()
    return (
        time.thread_time()
        - begin
        + max((spent - before.get(ident, 0.0) for ident, spent in taken().items()), default=0.0)
    )


def processor() -> float:
    """Processor time so far of this process, all its threads, and of those it started that have ended."""
    return sum(os.times()[:4])


def peak() -> float:
    """Mebibytes this process has held at most. Where Linux tells it, without what the process that started it held."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text("utf-8"), re.MULTILINE)[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True)
class Line:
    """A row of the table: what was measured, the figure, the promise it stands beside (blank: none) and whether it holds."""

    what: str
    figure: str
    promise: str = ""
    holds: bool | None = None


def ratio(value: float, most: float | None = None, least: float | None = None) -> tuple[str, bool]:
    """A promise on a ratio in words, and whether it holds."""
    return (
        (f"at most {most:g}×", value <= most) if most is not None else (f"at least {least:g}×", value >= (least or 0))
    )


def most(value: float, limit: float, words: str, also: bool = True) -> tuple[str, bool]:
    """A promise on a time in words, and whether it holds; `also`: whether what else it says does."""
    return f"at most {words}", value <= limit and also


def told(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size * 0.9995:  # what three digits round up to it
            return f"{value / size:,.3g} {unit}" if value / size < 1000 else f"{value / size:,.0f} {unit}"
    return f"{value * 1e9:,.0f} ns"


def table(lines: Sequence[Line]) -> str:
    """Lines as a Markdown table."""
    words = {None: "", True: "kept", False: "**not kept**"}
    rows = [("What", "Measured", "Promise", ""), ("---",) * 4]
    rows += [(line.what, line.figure, line.promise, words[line.holds]) for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    about = Path("/proc/cpuinfo")
    if about.is_file():
        names = [
            line.partition(":")[2].strip()
            for line in about.read_text("utf-8").splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def busy() -> str:
    """Whether anything else was at work, as far as the system tells it."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        "Nothing else was at work."
        if load < 0.5
        else f"Other work went on (a load of {load:.1f} before the first run)."
    )
