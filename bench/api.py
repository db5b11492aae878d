"""The server: a batch of 2,000 cells against 2,000 single requests, and 20 clients at once; what the catalogue adds to the engine.

A company of 200 customers with a year each, asked through a server in a process of its own on this machine; all answers
are the same ones whichever way they are asked for. Then a range of 200 × 60 as one call of BACKLOG, against the engine alone.

python -m bench.api
"""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np

from bench import small
from bench.measure import Line, medians, most, ratio, table, told
from bench.serving import answers, serving, web

CELLS, CLIENTS, ROUNDS, TURNS = 2_000, 20, 5, 5


def lines() -> list[Line]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as name:
        config = small.company(Path(name) / "company", web())
        return [*_server(config), *_catalogue(config)]


def calls(shift: int = 0) -> list[list[str]]:
    """CELLS distinct cells; with another shift, others."""
    start = dt.date(2026, 1, 1)
    return [
        ["BACKLOG", f"C{n % small.CUSTOMERS + 1}", (start + dt.timedelta((n // small.CUSTOMERS * 7 + shift) % 365)).isoformat()]
        for n in range(CELLS)
    ]  # fmt: skip


def _server(config: Path) -> list[Line]:
    with serving(config) as running:
        client = running.client
        asked = calls()
        whole = answers(client, asked)
        assert whole == [answers(client, [each])[0] for each in asked]
        middle = [["BACKLOG", f"C{n}", small.MIDDLE.isoformat()] for n in range(1, small.CUSTOMERS + 1)]
        assert [each["value"] for each in answers(client, middle)] == [
            f"{small.left(int(who[1:]))}.00" for _, who, _ in middle
        ]
        batches, singles = [], []
        for turn in range(TURNS):  # they take turns, a fifth of the single requests each
            batches.append(_seconds(client, [calls(turn + 1)]))
            singles.append(_seconds(client, [[each] for each in calls(turn + 1)[turn::TURNS]]))
        batch, single = statistics.median(batches), sum(singles)
        times = _together(str(client.base_url))
    of_all = f"median {told(statistics.median(times))}, p99 {told(times[int(len(times) * 0.99)])}"
    return [
        Line(f"{CELLS:,} cells in one request against {CELLS:,} requests of a cell, by the clock",
             f"{told(batch)}: {single / batch:.0f}× their rate ({told(single)})", *ratio(single / batch, least=50)),
        Line(f"{CELLS:,} cells each for {CLIENTS} clients at once, by the clock", of_all),
    ]  # fmt: skip


def _seconds(client: httpx.Client, requests: list[list[list[str]]]) -> float:
    begun = time.perf_counter()
    for some in requests:
        answers(client, some)
    return time.perf_counter() - begun


def _together(address: str) -> list[float]:
    """Seconds of each of ROUNDS requests of every client, sorted."""

    def client(number: int) -> list[float]:
        with httpx.Client(base_url=address, timeout=120) as one:
            return [_seconds(one, [calls(number * ROUNDS + turn)]) for turn in range(ROUNDS)]

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return sorted(taken for times in pool.map(client, range(CLIENTS)) for taken in times)


def _catalogue(config: Path) -> list[Line]:
    """What the catalogue adds to the engine, a cell."""
    from books.ledgers import Books
    from engine.figures import Scope, answer
    from excel.catalogue import find
    from excel.host import BooksHost
    from model.periods import day_number
    from model.settings import load

    settings = load(config)
    now = dt.datetime.now(dt.UTC)
    host = BooksHost(settings, Books(settings), lambda: now, dt.timedelta(1))
    ledger, backlog = host.ledger(None), find("BACKLOG")
    names = [[f"C{n}"] for n in range(1, small.CUSTOMERS + 1)]
    days = [dt.date(2026, 1, 1) + dt.timedelta(6 * n) for n in range(60)]
    scopes = [Scope(customers=ledger.find_customers(name)) for (name,) in names]
    numbers = np.array([day_number(day) for day in days], np.int64)
    ours, engine = backlog.answer([names, [days]], host), answer(ledger, "backlog", scopes, numbers)
    assert np.array_equal(ours.minor, engine.minor)
    times = medians({
        "range": lambda: backlog.answer([names, [days]], host),
        "engine": lambda: answer(ledger, "backlog", scopes, numbers),
    }, 51)  # fmt: skip
    cells = len(names) * len(days)
    added = (times["range"] - times["engine"]) / cells
    words = f"{told(added)} a cell above the engine's {told(times['engine'])}"
    return [
        Line(
            f"BACKLOG of {len(names)} customers by {len(days)} days in one call",
            words,
            *most(added, 2e-6, "2 µs a cell"),
        )
    ]


if __name__ == "__main__":
    print(table(lines()))
