"""A real Tryton on loopback: a database made and seeded in a folder, served by its own program until it is ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import memory

USER, PASSWORD, DATABASE = "admin", "tryton-password-0815", "rev"
MODULES = ("sale_subscription", "sale_opportunity", "account_invoice_defer")
ADMIN = Path(__file__).with_name("tryton_admin.py")
SEED = Path(__file__).with_name("tryton_seed.py")


def programs() -> Path | None:
    """The folder of Tryton's programs: that of the interpreter the tests run with; None where they are not installed."""
    folder = Path(sys.executable).parent
    return folder if shutil.which("trytond-admin", path=str(folder)) else None


@contextlib.contextmanager
def running(binaries: Path, shared: Path) -> Iterator[str]:
    """The server's address, over a database of its own; `shared`: a folder that all processes of the tests know."""
    with tempfile.TemporaryDirectory(prefix="tryton-", dir=memory.place()) as name:
        folder = Path(name)
        shutil.copyfile(_seeded(binaries, shared), folder / f"{DATABASE}.sqlite")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        serve = [str(binaries / "trytond"), "-c", str(_settings(folder, port)), "-d", DATABASE]
        program = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            program.terminate()
            program.wait(10)


def _settings(folder: Path, port: int) -> Path:
    settings = folder / "trytond.conf"
    text = f"[database]\nuri=sqlite://\npath={folder}\n[web]\nlisten=127.0.0.1:{port}\n"
    settings.write_text(text, encoding="utf-8")
    return settings


def _seeded(binaries: Path, shared: Path) -> Path:
    """A seeded database, made by whichever process comes first."""
    ready, turn = shared / "tryton.sqlite", shared / "tryton-is-made"
    try:
        turn.mkdir()
    except FileExistsError:
        for _ in range(2_800):
            if ready.exists():
                return ready
            time.sleep(0.1)
        raise AssertionError("another process did not make Tryton's database") from None
    with tempfile.TemporaryDirectory(prefix="tryton-", dir=memory.place()) as name:
        folder = Path(name)
        settings = _settings(folder, 1)
        (folder / f"{DATABASE}.sqlite").touch()
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        admin = [sys.executable, str(ADMIN), "-c", str(settings), "-d", DATABASE]
        secret = {**os.environ, "TRYTONPASSFILE": str(folder / "password")}
        _done([*admin, "-u", *MODULES, "--activate-dependencies", "--email", "admin@example.com"], secret)
        _done([sys.executable, str(SEED), DATABASE, str(settings)], secret)
        shutil.copyfile(folder / f"{DATABASE}.sqlite", shared / "tryton.part")
    return (shared / "tryton.part").rename(ready)


def _done(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def _wait_for(address: str) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(address)
            return
        time.sleep(0.1)
    raise AssertionError("Tryton does not answer")
