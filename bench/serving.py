"""Not a promise of its own: `backlog serve` in a process of its own, for the files beside it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx


def web() -> str:
    """A [web] block without tokens, on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f'[web]\nlisten = "127.0.0.1:{free.getsockname()[1]}"\nauthentication = "none"\n'


@dataclass(frozen=True)
class Running:
    """A server's process, and a client of it."""

    job: subprocess.Popen[bytes]
    client: httpx.Client

    def processor_seconds(self) -> float | None:
        """Processor time that the server has taken so far, where the system tells it."""
        about = Path(f"/proc/{self.job.pid}/stat")
        if not about.is_file():
            return None
        user, system = about.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(config: Path) -> Iterator[Running]:
    """The server from the moment its program starts; it is given up at the end of the block."""
    from model.settings import load

    program = Path(sys.executable).with_name("backlog")
    words = [str(program), "serve", "--config", str(config)]
    address = load(config).web.address
    with httpx.Client(base_url=address, timeout=120) as client:
        job = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Running(job, client)
        finally:
            job.terminate()
            job.wait()


def answers(client: httpx.Client, calls: list[list[str]]) -> list[dict[str, str]]:
    """The answers of a batch; waits for a server that does not listen yet."""
    while True:
        try:
            told = client.post("/api/v1/batch", json={"calls": calls})
        except httpx.ConnectError:
            time.sleep(0.005)
            continue
        assert told.status_code == 200, told.text
        found: list[dict[str, str]] = told.json()["answers"]
        return found
