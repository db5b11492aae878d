"""Processes of their own for tests, to be killed or to run a command. Where the machine can, they are forked from one that
has loaded the program before: loading takes several times as long as what most of them do."""

from __future__ import annotations

import multiprocessing
from functools import cache
from importlib.util import find_spec
from typing import Any

from cli.main import PLACES

CAN = "forkserver" in multiprocessing.get_all_start_methods()
_HEAVY = ("store.connect", "sync.run", "sync.upkeep", "books.ledgers", "engine.build", "excel.host", "excel.batch")


def process(target: Any, *arguments: object) -> Any:
    """A process (as multiprocessing has them) that has begun to run a function of a module."""
    made = _forks().Process(target=target, args=arguments)
    made.start()
    return made


@cache
def _forks() -> Any:
    made: Any = multiprocessing.get_context("forkserver" if CAN else "spawn")
    if CAN:
        made.set_forkserver_preload([*_HEAVY, *(place for place in PLACES.values() if find_spec(place))])
    return made
