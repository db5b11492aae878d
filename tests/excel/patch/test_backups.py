"""Former files: kept by name and time, no more than asked, and only when the new one has taken its place."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from excel.patch import backups
from excel.patch.swap import replacing
from model.errors import RetryLater


def write(path: Path, content: str, keep: int) -> None:
    with replacing(path, keep) as beside:
        beside.write_text(content, encoding="utf-8")


def test_the_former_file_is_kept_and_the_oldest_go(tmp_path):
    path = tmp_path / "a [1].xlsx"
    path.write_text("0", encoding="utf-8")
    for number in range(1, 6):
        write(path, str(number), 3)
    assert path.read_text(encoding="utf-8") == "5"
    assert [p.read_text(encoding="utf-8") for p in backups.backups(path)] == ["2", "3", "4"]
    assert all(re.fullmatch(r"a \[1\]\.xlsx\.bak-\d{8}T\d{6}Z(-\d+)?", p.name) for p in backups.backups(path))


def test_none_is_kept_where_none_is_asked_and_old_ones_stay(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_text("0", encoding="utf-8")
    write(path, "1", 2)
    write(path, "2", 0)
    assert [p.read_text(encoding="utf-8") for p in backups.backups(path)] == ["0"]


def test_a_folder_without_links_gets_whole_copies(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "a.xlsx"
    path.write_text("0", encoding="utf-8")
    write(path, "1", 2)
    assert [p.read_text(encoding="utf-8") for p in backups.backups(path)] == ["0"]
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_failed_swap_keeps_no_former_file(tmp_path, monkeypatch):
    def held(self: Path, target: Path) -> Path:
        raise PermissionError(13, "in use")

    path = tmp_path / "a.xlsx"
    path.write_text("0", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr("excel.patch.swap._PAUSE_SECONDS", 0)
    with pytest.raises(RetryLater):
        write(path, "1", 2)
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


def test_what_a_killed_run_left_is_cleared_after_an_hour(tmp_path):
    path = tmp_path / "a.xlsx"
    old, fresh, other = (tmp_path / name for name in (".a.0123abcd.xlsx", ".a.deadbeef.xlsx", ".b.0123abcd.xlsx"))
    for file in (path, old, fresh, other):
        file.write_text("x", encoding="utf-8")
    for file in (old, other):
        os.utime(file, (time.time() - 4000,) * 2)
    write(path, "1", 0)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".a.deadbeef.xlsx", ".b.0123abcd.xlsx", "a.xlsx"]
