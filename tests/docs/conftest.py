"""Documents as they are read: their code blocks, and a shell in an empty folder to try them in."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def blocks(root: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The (language, text) of every code block of a document."""
    return lambda name: BLOCK.findall((root / name).read_text("utf-8"))


@pytest.fixture
def typed(tmp_path: Path) -> Callable[..., str]:
    """Runs words as typed in the empty folder (or one beneath it), with the installed programs; gives their output."""
    programs = str(Path(sys.executable).parent)

    def run(*words: str, folder: str = ".", **environment: str) -> str:
        path = os.pathsep.join([programs, os.environ.get("PATH", "")])
        done = subprocess.run(
            [str(Path(programs) / words[0]), *words[1:]],
            cwd=tmp_path / folder,
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr or done.stdout}"
        return done.stdout

    return run
