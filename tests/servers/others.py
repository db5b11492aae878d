"""Programs that others publish, run from an environment of their own: tests/others.txt, which scripts/setup dev installs."""

import sys
from pathlib import Path


def program(name: str) -> str:
    """Where a program of theirs is; whether it is there, the mark `tool` tells."""
    windows = sys.platform == "win32"
    folder = Path(sys.prefix) / "others" / ("Scripts" if windows else "bin")
    return str(folder / f"{name}{'.exe' if windows else ''}")
