"""The command as a shell starts it: in a process of its own, with its words, its folder, its environment and its output."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import forks

PROGRAM = Path(sys.executable).with_name("backlog.exe" if os.name == "nt" else "backlog")
_SECONDS = 240
_READ_AT_START = ("PYTHON", "OPENPYXL", "NUMBA", "LC_", "LANG")


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs `backlog` with these words; what is read as Python starts has the installed program started."""
    if any(name.startswith(_READ_AT_START) for name in environment) or not forks.CAN:
        return _started(words, folder, environment, given)
    with tempfile.TemporaryDirectory(prefix="command-", ignore_cleanup_errors=True) as name:
        streams = [Path(name) / stream for stream in ("in", "out", "err")]
        streams[0].write_text(given, encoding="utf-8")
        process = forks.process(_command, list(words), folder, {**os.environ, **environment}, streams)
        process.join(_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(words), _SECONDS)
        out, err = (stream.read_text("utf-8") for stream in streams[1:])
        return subprocess.CompletedProcess(list(words), process.exitcode, out, err)


def _started(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], given: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words],
        cwd=folder,
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        env={**os.environ, **environment},
        check=False,
    )


def _command(words: list[str], folder: Path, environment: dict[str, str], streams: list[Path]) -> None:
    """What the process does: all that a shell would have set, then the program's entry point."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        file = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    sys.argv = [str(PROGRAM), *words]
    from cli.main import main

    try:
        main()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told as a start from a shell tells it)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)
