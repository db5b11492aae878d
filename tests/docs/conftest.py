"""Documents as they are read: their code blocks, and a shell in an empty folder to try them in."""

import re
from collections.abc import Callable
from pathlib import Path

import commands
import pytest

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def blocks(root: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The (language, text) of every code block of a document."""
    return lambda name: BLOCK.findall((root / name).read_text("utf-8"))


@pytest.fixture
def typed(tmp_path: Path) -> Callable[..., str]:
    """Runs `backlog …` as typed in the empty folder (or one beneath it); gives its output."""

    def run(program: str, *words: str, folder: str = ".", **environment: str) -> str:
        assert program == "backlog"
        done = commands.run(words, tmp_path / folder, environment)
        assert done.returncode == 0, f"backlog {' '.join(words)}: {done.stderr or done.stdout}"
        return done.stdout

    return run
