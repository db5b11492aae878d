"""A file is the old one or the new one, whole, whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from excel.patch.swap import replacing
from model.errors import RetryLater

ROOT = Path(__file__).resolve().parents[3]
LOOP = """
import sys
from pathlib import Path
from excel.patch import patch
for number in range(1, 100_000):
    patch(Path(sys.argv[1]), {"Figures": {f"B{row}": number for row in range(1, 31)}})
    print(number, flush=True)
"""


def _replaced(path: Path, content: bytes, failure: Exception | None = None, edit: bytes = b"") -> None:
    with replacing(path) as beside:
        beside.write_bytes(content)
        if edit:
            path.write_bytes(edit)
        if failure:
            raise failure


def test_a_finished_write_takes_the_old_file_s_place(tmp_path):
    path = tmp_path / "pack.xlsx"
    path.write_bytes(b"old")
    _replaced(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "pack.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="disk full"):
        _replaced(path, b"half", OSError("disk full"))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "pack.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(RetryLater, match="changed by somebody else"):
        _replaced(path, b"new", edit=b"edited by hand")
    assert path.read_bytes() == b"edited by hand"


def test_a_killed_patch_leaves_a_whole_workbook(by_openpyxl):
    for pause in (0.0, 0.03, 0.11):
        job = subprocess.Popen(
            [sys.executable, "-c", LOOP, str(by_openpyxl)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert job.stdout is not None
        assert job.stdout.readline().strip() == "1"
        time.sleep(pause)
        job.kill()
        job.wait()
        job.stdout.close()
        with zipfile.ZipFile(by_openpyxl) as archive:
            assert archive.testzip() is None
        sheet = openpyxl.load_workbook(by_openpyxl, data_only=True)["Figures"]
        assert len({sheet.cell(row, 2).value for row in range(1, 31)}) == 1
