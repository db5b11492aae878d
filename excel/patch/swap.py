"""A file replaced whole or not at all: written beside, made durable, then swapped in one step, on Windows too."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model.errors import RetryLater

_TRIES = 20
_PAUSE_SECONDS = 0.1


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to; it takes the place of `path` if the block ends well, else it is removed.

    A link stays a link: what it points to is replaced. The former file's rights are kept.
    Raises RetryLater where another program (Excel) holds the file; the former file is then as it was.
    """
    final = path.resolve()
    refuse_open(final)
    before = _stamp(final)
    beside = final.with_name(f".{final.stem}.{secrets.token_hex(4)}{final.suffix}")
    try:
        yield beside
        _make_durable(beside)
        if before is not None:
            shutil.copymode(final, beside)
        if _stamp(final) != before:
            raise RetryLater(f"{path} was changed by somebody else meanwhile. Nothing was written; try again")
        _swap(beside, final)
    finally:
        with suppress(FileNotFoundError):  # the ordinary end: it has taken its place
            beside.unlink()


def refuse_open(path: Path) -> None:
    """Raises RetryLater where Excel or LibreOffice has the file open: each lays a lock file beside it."""
    for lock, program in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice")):
        if path.with_name(lock).exists():
            raise RetryLater(
                f"{path} is open in {program} (its lock file {lock} is there). Close it there, "
                "or delete the lock file if the program has crashed, then try again"
            )


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _make_durable(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _swap(beside: Path, final: Path) -> None:
    for left in reversed(range(_TRIES)):
        try:
            beside.replace(final)
        except PermissionError as error:
            # Windows refuses while another program maps or scans the file; a virus scanner lets go within a second.
            if not left:
                raise RetryLater(f"{final} is in use by another program. Close it there and try again") from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
