"""kill -9 in the middle of a sync, again and again: the store ends as if nothing had happened."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from store.connect import connect
from store.read import facts, runs

KILLS = 8
PROGRAM = """
import datetime as dt, sys
from decimal import Decimal
from connectors.kit.connector import Connector, Item, Page, Row
from store.connect import connect
from sync.run import pull

D, N = dt.date, 1500
SAID = {
    "customers": [{"customer_id": f"C{n}", "name": f"Customer {n}"} for n in range(N // 5)],
    # The lines come before their contracts, so that the cuts fall among waiting records too.
    "contract_lines": [{"line_id": f"L{n}", "contract_id": f"K{n % N}", "amount": Decimal(n)} for n in range(N)],
    "contracts": [
        {"contract_id": f"K{n}", "customer_id": f"C{n % (N // 5)}", "status": "signed", "signed_on": D(2026, 1, 1),
         "start_on": D(2026, 1, 1), "end_on": D(2026, 12, 31), "currency": "USD"} for n in range(N)
    ],
}

class Steady(Connector):
    kind, title = "steady", "Goes on from its cursor"

    def objects(self):
        return tuple(SAID)

    def pull(self, name, ask):
        rows = SAID[name]
        for start in range((ask.cursor or {"n": 0})["n"], len(rows), 50):
            page = rows[start : start + 50]
            items = [Item(next(iter(row.values())), {"n": start}, (Row(name, row),)) for row in page]
            yield Page(items, cursor={"n": start + 50})

result = pull(connect(sys.argv[1]), Steady("steady", {}), now=dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc))
sys.exit(result.error)
"""


def _start(url: str, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, url], cwd=root, stderr=subprocess.PIPE)


def test_a_sync_killed_at_random_points_ends_like_an_undisturbed_one(
    tmp_path: Path, root: Path, kit: SimpleNamespace
) -> None:
    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    started = time.monotonic()
    assert _start(whole, root).wait(60) == 0
    took = time.monotonic() - started

    cut = f"sqlite:///{tmp_path / 'cut.db'}"
    connect(cut).dispose()
    chance = random.Random(2026)  # noqa: S311 (any moment will do)
    killed = 0
    for _ in range(KILLS):
        child = _start(cut, root)
        seen = _rows(tmp_path / "cut.db")
        deadline = time.monotonic() + took
        # Let it store something, then any moment will do.
        while child.poll() is None and _rows(tmp_path / "cut.db") == seen and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, took / 40))
        child.kill()
        killed += child.wait() != 0
    last = _start(cut, root)
    assert (last.wait(60), last.stderr and last.stderr.read()) == (0, b"")

    assert killed >= KILLS / 2
    assert _held(cut, kit.normalized) == _held(whole, kit.normalized)
    states = [run.state for run in _with(cut, runs)]
    assert states[0] == "complete"
    assert states.count("cut") >= 1
    assert len(_with(cut, facts)["contract_lines"]) == 1500


def _rows(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT max(id) FROM raw").fetchone()[0] or 0)


def _held(url: str, normalized: Callable[[sa.Engine], Any]) -> Any:
    """What is held, without the histories' instants."""
    return _with(url, normalized)


def _with(url: str, ask: Callable[[sa.Engine], Any]) -> Any:
    engine = connect(url)
    try:
        return ask(engine)
    finally:
        engine.dispose()
