"""The server: a batch of 2,000 cells against 2,000 single requests, 20 clients at once, and its first answer when cold.

A company of 200 customers (or LINES of them) with a year each, asked through a server in a process of its own on this machine.
Then what the catalogue adds to the engine: a range of 200 × 60 as one call of BACKLOG, against the engine alone.

    python bench/api.py [LINES]
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime as dt
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np

CELLS, CLIENTS, ROUNDS, SINGLES = 2_000, 20, 3, 2_000
CONFIG = (
    '[store]\nurl = "sqlite:///backlog.db"\n[connectors.books]\nkind = "files"\npath = "import"\n'
    '[web]\nlisten = "127.0.0.1:{port}"\nauthentication = "none"\n'
)


def company(folder: Path, lines: int) -> Path:
    """The company, synced; its configuration."""
    from click.testing import CliRunner

    from cli.main import cli

    (folder / "import").mkdir(parents=True)
    rows = range(1, lines + 1)
    start = "signed,2025-12-31,2026-01-01,2026-12-31,USD"
    files = {
        "customers": ["customer_id,name", *(f"C{n},Customer {n}" for n in rows)],
        "contracts": [
            "contract_id,customer_id,status,signed_on,start_on,end_on,currency",
            *(f"K{n},C{n},{start}" for n in rows),
        ],
        "contract_lines": [
            "line_id,contract_id,amount,recognition",
            *(f"L{n},K{n},{n * 1200}.00,straight_line_daily" for n in rows),
        ],
    }
    for name, content in files.items():
        (folder / "import" / f"{name}.csv").write_text("\n".join(content) + "\n", encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config.toml"
    config.write_text(CONFIG.format(port=port), encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(config), "sync"])
    assert done.exit_code == 0, done.output
    return config


@contextlib.contextmanager
def serving(config: Path) -> Iterator[str]:
    """The server's address while it runs; it has answered nothing yet."""
    from model.settings import load

    address = load(config).web.address
    program = Path(sys.executable).with_name("backlog")
    words = [str(program), "serve", "--config", str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as job:
        try:
            assert job.stdout is not None
            job.stdout.readline()
            yield address
        finally:
            job.terminate()


def calls(count: int, shift: int = 0) -> list[list[str]]:
    """So many distinct cells."""
    start = dt.date(2026, 1, 1)
    return [
        ["BACKLOG", f"C{n % 200 + 1}", (start + dt.timedelta((n // 200 * 7 + shift) % 365)).isoformat()]
        for n in range(count)
    ]


def asked(client: httpx.Client, some: list[list[str]]) -> float:
    """Seconds that a batch took."""
    begun = time.perf_counter()
    answer = client.post("/api/v1/batch", json={"calls": some})
    took = time.perf_counter() - begun
    assert all("value" in each for each in answer.json()["answers"])
    return took


def server(config: Path) -> None:
    """Prints what the server does."""
    begun = time.perf_counter()
    with serving(config) as address, httpx.Client(base_url=address, timeout=120) as client:
        while True:
            try:
                first = asked(client, calls(1))
                break
            except httpx.ConnectError:
                time.sleep(0.02)
        print(
            f"cold: {time.perf_counter() - begun:.2f} s from the start of the program, the first answer took {first:.2f} s"
        )
        batch = statistics.median(asked(client, calls(CELLS, n)) for n in range(5))
        begun = time.perf_counter()
        for each in calls(SINGLES, 3):
            asked(client, [each])
        single = (time.perf_counter() - begun) / SINGLES * CELLS
        print(f"{CELLS} cells: {batch * 1000:.0f} ms in one request, {single:.1f} s one by one: {single / batch:.0f} ×")
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            clients = [httpx.Client(base_url=address, timeout=120) for _ in range(CLIENTS)]
            jobs = [pool.submit(asked, clients[n % CLIENTS], calls(CELLS, n)) for n in range(CLIENTS * ROUNDS)]
            times = sorted(job.result() for job in jobs)
        print(f"{CLIENTS} clients at once, {CELLS} cells each: median {statistics.median(times):.2f} s, "
              f"p99 {times[int(len(times) * 0.99)]:.2f} s")  # fmt: skip


def catalogue(config: Path) -> None:
    """Prints what the catalogue adds to the engine, a cell."""
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
    names = [[f"C{n}"] for n in range(1, 201)]
    days = [dt.date(2026, 1, 1) + dt.timedelta(6 * n) for n in range(60)]
    scopes = [Scope(customers=ledger.find_customers(name)) for (name,) in names]
    numbers = np.array([day_number(day) for day in days], np.int64)

    def seconds(work: object) -> float:
        begun = time.perf_counter()
        work()  # type: ignore[operator]
        return time.perf_counter() - begun

    ask = lambda: backlog.answer([names, [days]], host)  # noqa: E731
    both = [(seconds(ask), seconds(lambda: answer(ledger, "backlog", scopes, numbers))) for _ in range(25)]
    whole, engine = (min(times) for times in zip(*both, strict=True))
    cells = len(names) * len(days)
    print(f"range of {len(names)} × {len(days)}: {whole * 1000:.1f} ms, of which the engine {engine * 1000:.1f} ms: "
          f"the catalogue adds {(whole - engine) / cells * 1e6:.2f} µs a cell")  # fmt: skip


def main() -> None:
    """Prints all."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as name:
        config = company(Path(name) / "company", lines)
        server(config)
        catalogue(config)


if __name__ == "__main__":
    main()
