"""The server of `backlog serve` in a thread of the test, on a free port of this machine."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from model.settings import load
from store.connect import connect
from sync.access import give
from web.server import server


@dataclass
class Served:
    """A server that runs, its configuration and a viewer's token."""

    url: str
    port: int
    config: Path
    token: str
    stop: Callable[[], None]

    @property
    def headers(self) -> dict[str, str]:
        """What a viewer sends."""
        return {"authorization": f"Bearer {self.token}"}


def token(config: Path, role: str = "viewer", days: float = 1) -> str:
    """A new token; of the past where `days` is negative."""
    now = dt.datetime.now(dt.UTC)
    engine = connect(load(config).store.url)
    try:
        return give(engine, f"a test's {role}", role, now, now + dt.timedelta(days=days))[1]
    finally:
        engine.dispose()


@contextlib.contextmanager
def running(config: Path, scheme: str = "http") -> Iterator[Served]:
    """Serves until the block ends. [web] listen must name port 0."""
    made = server(load(config))
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not made.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    port = made.servers[0].sockets[0].getsockname()[1]

    def stop() -> None:
        made.should_exit = True
        thread.join(20)
        assert not thread.is_alive()

    try:
        yield Served(f"{scheme}://127.0.0.1:{port}", port, config, token(config), stop)
    finally:
        stop()
