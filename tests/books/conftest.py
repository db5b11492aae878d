"""Companies of several systems."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from several import Company, fill, is_whole


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many customers are touched, only those are made anew."""
    monkeypatch.setattr("books.touched.SHARE", 1)


@pytest.fixture
def acme(tmp_path: Path, empty_store: Path, in_parts: None) -> Iterator[Company]:
    """A company of several systems (`several.fill`) after its first sync."""
    shutil.copyfile(empty_store, tmp_path / "backlog.db")
    made = Company(tmp_path, f"sqlite:///{tmp_path}/backlog.db")
    fill(made)
    assert is_whole(made.sync())
    yield made
    made.books.engine.dispose()
