"""A file replaced whole or not at all: written beside, made durable, then swapped in one step, on Windows too."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from excel.patch.backups import keep, prune
from model.errors import ConfigNeeded, RetryLater

_TRIES = 20
_PAUSE_SECONDS = 0.1
_ABANDONED_SECONDS = 3600


@contextmanager
def replacing(path: Path, backups: int = 0) -> Iterator[Path]:
    """Yields a path beside `path` to write to; it takes the place of `path` if the block ends well, else it is removed.

    `backups`: how many former files to keep, as `FILE.bak-TIME`; the oldest beyond them go.
    A link stays a link: what it points to is replaced. The former file's rights are kept.
    Raises RetryLater where another program (Excel) holds the file; the former file is then as it was. ConfigNeeded where
    its folder is missing.
    """
    final = path.resolve()
    if not final.parent.is_dir():
        raise ConfigNeeded(f"{path.parent} is no folder. Create it first")
    refuse_open(final)
    before = _stamp(final)
    _clear_abandoned(final)
    beside = final.with_name(f".{final.stem}.{secrets.token_hex(4)}{final.suffix}")
    try:
        yield beside
        _make_durable(beside)
        if before is not None:
            shutil.copymode(final, beside)
        if _stamp(final) != before:
            raise RetryLater(f"{path} was changed by somebody else meanwhile. Nothing was written; try again")
        refuse_open(final)  # somebody may have opened it while the new one was being written
        kept = keep(final) if backups and before is not None else None
        try:
            _swap(beside, final)
        except RetryLater:
            if kept is not None:
                kept.unlink()
            raise
        prune(final, backups)
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


def _clear_abandoned(final: Path) -> None:
    """Removes what a killed run was writing; what is younger than an hour may be another's work under way."""
    name = re.compile(rf"\.{re.escape(final.stem)}\.[0-9a-f]{{8}}{re.escape(final.suffix)}\Z")
    for other in final.parent.iterdir() if final.parent.is_dir() else ():
        if name.match(other.name):
            with suppress(OSError):  # gone meanwhile, or in use: the next run takes it
                if time.time() - other.stat().st_mtime > _ABANDONED_SECONDS:
                    other.unlink()


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
