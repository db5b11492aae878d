"""`backlog serve`: from a start to a figure, and to a clean end."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx


def test_it_serves_until_it_is_stopped(company: Any, backlog: Any, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "config.toml"
    config.write_text(config.read_text("utf-8") + f'[web]\nlisten = "127.0.0.1:{port}"\n', "utf-8")
    assert backlog("sync").exit_code == 0
    token = backlog("token", "create", "--name", "a test").stdout.strip()
    program = Path(sys.executable).with_name("backlog")
    with subprocess.Popen(
        [program, "serve"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    ) as job:  # fmt: skip
        try:
            assert b"serving" in job.stdout.readline()  # type: ignore[union-attr]
            answer = httpx.post(  # at once: it says so only when it listens
                f"http://127.0.0.1:{port}/api/v1/batch",
                json={"calls": [["BACKLOG", "Acme Ltd", "2026-01-31"]]},
                headers={"authorization": f"Bearer {token}"},
                timeout=30,
            )
            assert answer.json()["answers"] == [{"value": "11000.00"}]
            taken = backlog("serve")
            assert (taken.exit_code, taken.stdout) == (1, "")
            (told,) = taken.stderr.splitlines()
            assert f"config.toml line 7: 127.0.0.1:{port}: another program listens there" in told
            assert told.endswith("Stop it, or set another port")
        finally:
            job.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
            _, errors = job.communicate(timeout=30)
    assert job.returncode == 0
    assert token.encode() not in errors
