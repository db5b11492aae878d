"""Whether a ledger file still is what was written: every byte is read once a day, or when the file looks different.

A small seal beside the file says when it was last found whole, so that a question is not kept waiting by a check that
was made an hour ago.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from engine.file import Reader

SEAL = ".seal"
_SECONDS = 24 * 3600


def ensure_whole(path: Path) -> None:
    """Raises LedgerBroken if the file is damaged."""
    seal, state = path.with_suffix(SEAL), path.stat()
    looks = f"{state.st_size} {state.st_mtime_ns}"
    with contextlib.suppress(OSError):
        if seal.read_text() == looks and abs(time.time() - seal.stat().st_mtime) < _SECONDS:
            return
    Reader(path).verify()
    with contextlib.suppress(OSError):  # in a folder that is only read from, it is checked every time
        seal.write_text(looks)
