"""A company of one contract in files, and two ways to call the command: in this process, and from a shell."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import commands
import pytest
from click.testing import CliRunner, Result

from cli.main import cli

CONFIG = """\
[store]
url = "sqlite:///backlog.db"
[connectors.books]
kind = "files"
path = "import"
"""
FILES = {
    "customers": "customer_id,name\nC1,Acme Ltd\n",
    "contracts": "contract_id,customer_id,status,signed_on,start_on,end_on,currency\n"
    "K1,C1,signed,2025-12-31,2026-01-01,2026-12-31,USD\n",
    "contract_lines": "line_id,contract_id,amount,recognition\nL1,K1,12000.00,straight_line_monthly\n",
}


@pytest.fixture
def company(tmp_path: Path, empty_store: Path) -> Path:
    """The folder of a configured company with its files and its store, not yet synced."""
    shutil.copyfile(empty_store, tmp_path / "backlog.db")
    (tmp_path / "import").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    for name, text in FILES.items():
        (tmp_path / "import" / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def backlog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Calls the command in this process, from the company's folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words, **more: CliRunner().invoke(cli, [str(word) for word in words], **more)


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Calls the command in a process of its own, output piped, from the company's folder."""

    def call(*words: object, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return commands.run([str(word) for word in words], tmp_path, environment, given)

    return call
