"""kill -9 in the middle of a sync, again and again: the store ends as if nothing had happened.

A few times as a rule; KILLS=200 in the environment kills 200 times within 20,000 records, in each kind of database.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from store.connect import connect
from store.read import facts, runs
from store.schema import RAW

KILLS = int(os.environ.get("KILLS") or 6)
RECORDS = KILLS * 100 if KILLS >= 50 else 3000
PROGRAM = """
import datetime as dt, sys, time
from decimal import Decimal
from connectors.kit.connector import Connector, Item, Page, Row
from store.connect import connect
from sync.run import pull

D, N = dt.date, int(sys.argv[2]) * 2 // 5
SAID = {
    "customers": [{"customer_id": f"C{n}", "name": f"Customer {n}"} for n in range(N // 2)],
    # The lines come before their contracts, so that the cuts fall among waiting records too.
    "contract_lines": [{"line_id": f"L{n}", "contract_id": f"K{n % N}", "amount": Decimal(n)} for n in range(N)],
    "contracts": [
        {"contract_id": f"K{n}", "customer_id": f"C{n % (N // 2)}", "status": "signed", "signed_on": D(2026, 1, 1),
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

store, started = connect(sys.argv[1]), time.monotonic()
result = pull(store, Steady("steady", {}), now=dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc))
print(time.monotonic() - started)
sys.exit(result.error)
"""


def _start(url: str, root: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", PROGRAM, url, str(RECORDS)]
    return subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.timeout(300 + 10 * KILLS)
def test_a_sync_killed_at_random_points_ends_like_an_undisturbed_one(
    new_url: Callable[..., str], root: Path, kit: SimpleNamespace
) -> None:
    whole, cut = new_url(ready=True), new_url(ready=True)
    undisturbed = _start(whole, root)
    said, wrong = undisturbed.communicate(timeout=300)
    assert (undisturbed.returncode, wrong) == (0, b"")
    took = float(said)

    chance = random.Random(2026)  # noqa: S311 (any moment will do)
    watching = connect(cut)
    killed = 0
    for _ in range(KILLS):
        child = _start(cut, root)
        seen, deadline = _rows(watching), time.monotonic() + 60
        # Let it store something, so that it gets ahead; then any moment will do.
        while child.poll() is None and _rows(watching) == seen and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, took / KILLS))
        child.kill()
        child.communicate()
        killed += child.returncode != 0
    watching.dispose()
    last = _start(cut, root)
    _, wrong = last.communicate(timeout=300)
    assert (last.returncode, wrong) == (0, b"")

    assert killed >= KILLS * 3 / 4
    assert _with(cut, kit.normalized) == _with(whole, kit.normalized)
    states = [run.state for run in _with(cut, lambda engine: runs(engine, KILLS + 1))]
    assert states[0] == "complete"
    assert states.count("cut") >= killed - 1
    assert len(_with(cut, facts)["contract_lines"]) == RECORDS * 2 // 5


def _rows(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(RAW.c.id))).scalar() or 0


def _with(url: str, ask: Callable[[sa.Engine], Any]) -> Any:
    engine = connect(url)
    try:
        return ask(engine)
    finally:
        engine.dispose()
