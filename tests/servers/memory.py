"""A folder in memory for what the servers of the tests write: quicker by much, and thrown away in any case."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 (folders of random names are made in it)
_ROOM = 2 << 30  # bytes


def place() -> str | None:
    """For tempfile's `dir`; None, the usual place, where the system has no such folder or little room in it."""
    there = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return str(_MEMORY) if there else None
