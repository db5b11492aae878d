"""Former files kept beside the one that replaces them, as `FILE.bak-20261031T060000Z` (UTC)."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

_TIME = re.compile(r"\.bak-(\d{8}T\d{6}Z)(?:-(\d+))?\Z")


def keep(path: Path) -> Path:
    """Keeps the file under a new name; the file itself stays where it is until it is replaced.

    A second name for the same content costs nothing and is there at once; where a folder knows no such links (some
    network shares), the content is copied, whole before it takes its name.
    """
    time = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    numbers = [number for taken, number, _ in _kept(path) if taken == time]
    target = path.with_name(f"{path.name}.bak-{time}" + (f"-{max(numbers) + 1}" if numbers else ""))
    try:
        os.link(path, target)
    except OSError:
        part = path.with_name(f".{target.name}.part")
        try:
            shutil.copy2(path, part)
            part.replace(target)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
    return target


def backups(path: Path) -> list[Path]:
    """The former files that are kept, the oldest first."""
    return [other for _, _, other in _kept(path)]


def prune(path: Path, most: int) -> None:
    """Removes the oldest beyond `most`; with 0 none is touched, for then none was asked to be kept."""
    for other in backups(path)[:-most] if most else ():
        with suppress(OSError):  # open somewhere: the next refresh takes it
            other.unlink()


def _kept(path: Path) -> list[tuple[str, int, Path]]:
    """Time, number within that second, and path of each former file, in order."""
    named = ((_TIME.search(other.name), other) for other in path.parent.glob(f"{_literal(path.name)}.bak-*"))
    return sorted((time[1], int(time[2] or 1), other) for time, other in named if time)


def _literal(name: str) -> str:
    """A name for glob in which every sign stands for itself."""
    return re.sub(r"([*?[])", r"[\1]", name)
