"""kill -9 in the middle of a sync, again and again: the store ends as if nothing had happened.

A few times as a rule; KILLS=200 in the environment kills 200 times within 20,000 records, in each kind of database.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import forks
import pytest
import sqlalchemy as sa
from steady import pull_all

from store.connect import connect
from store.read import facts, runs
from store.schema import RAW

KILLS = int(os.environ.get("KILLS") or 6)
RECORDS = KILLS * 100 if KILLS >= 50 else 3000


@pytest.mark.timeout(300 + 10 * KILLS)
def test_a_sync_killed_at_random_points_ends_like_an_undisturbed_one(
    new_url: Callable[..., str], kit: SimpleNamespace
) -> None:
    whole, cut = new_url(ready=True), new_url(ready=True)
    forks.process(time.monotonic).join()  # what is forked from is there before the time is taken
    started = time.monotonic()
    _undisturbed(whole)
    took = time.monotonic() - started

    chance = random.Random(2026)  # noqa: S311 (any moment will do)
    watching = connect(cut)
    killed = 0
    for _ in range(KILLS):
        child = forks.process(pull_all, cut, RECORDS)
        seen, deadline = _rows(watching), time.monotonic() + 60
        # Let it store something, so that it gets ahead; then any moment will do.
        while child.is_alive() and _rows(watching) == seen and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, took / KILLS))
        child.kill()
        child.join()
        killed += child.exitcode != 0
    watching.dispose()
    _undisturbed(cut)

    assert killed >= KILLS * 3 / 4
    assert _with(cut, kit.normalized) == _with(whole, kit.normalized)
    states = [run.state for run in _with(cut, lambda engine: runs(engine, KILLS + 1))]
    assert states[0] == "complete"
    assert states.count("cut") >= killed - 1
    assert len(_with(cut, facts)["contract_lines"]) == RECORDS * 2 // 5


def _undisturbed(url: str) -> None:
    child = forks.process(pull_all, url, RECORDS)
    child.join(300)
    assert child.exitcode == 0


def _rows(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(RAW.c.id))).scalar() or 0


def _with(url: str, ask: Callable[[sa.Engine], Any]) -> Any:
    engine = connect(url)
    try:
        return ask(engine)
    finally:
        engine.dispose()
