"""Columns of a SQLite file as Arrow, from store.arrow_child, a process of its own (store.columns says why)."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from model.errors import BacklogError
from store.arrow_at_once import Ask
from store.arrow_child import END, HEAD


@contextlib.contextmanager
def in_file(path: str, sessions: int) -> Iterator[Ask]:
    """A way to ask a file, that many questions at once.

    Raises:
        BacklogError: the file could not be read.
    """
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        # -P: a folder named store in the current one is not ours.
        [sys.executable, "-P", "-m", "store.arrow_child", path, str(sessions)], stdin=pipe, stdout=pipe, stderr=pipe,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip
    stdin: Any = child.stdin
    stderr: Any = child.stderr

    def ask(texts: Sequence[str]) -> Iterator[tuple[int, Any]]:
        try:
            stdin.write(json.dumps(texts).encode() + b"\n")
            stdin.flush()
            yield from _answers(child.stdout)
        except (OSError, EOFError) as error:
            child.kill()
            said = stderr.read().decode(errors="replace").strip().splitlines() or [str(error)]
            raise BacklogError(f"store {path}: it could not be read ({said[-1]}). Try again") from error

    try:
        yield ask
    finally:
        child.kill()
        child.communicate()


def _answers(stream: Any) -> Iterator[tuple[int, Any]]:
    """The batches that the child writes, each with the place of its question."""
    while True:
        place, size = HEAD.unpack(_read(stream, HEAD.size))
        if place == END:
            return
        with pa.ipc.open_stream(pa.py_buffer(_read(stream, size))) as batches:
            yield place, batches.read_next_batch()


def _read(stream: Any, size: int) -> Any:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("its reader ended")
    return data
