"""kill -9 at random points of a refresh of twenty workbooks: each is the old or the new one, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parents[3]
REFRESH = """
import datetime as dt, sys
from pathlib import Path
from excel.refresh import refresh_files
from model.settings import load
if __name__ == "__main__":
    refresh_files(load(Path(sys.argv[1])), ["packs/*.xlsx"], as_of=dt.date(2026, 3, 31), why=False,
                  progress=lambda what, done, of: print(done, flush=True))
"""
FILES = 20


def test_every_workbook_is_the_old_or_the_new_one(company):
    cells = {f"A{n}": f'=BACKLOG("Acme Ltd",DATE(2026,{n % 12 + 1},28))' for n in range(1, 40)}
    first = company.workbook(cells, "packs/00.xlsx")
    packs = [first, *(first.with_name(f"{n:02}.xlsx") for n in range(1, FILES))]
    script = company.folder / "refresh.py"
    script.write_text(REFRESH, encoding="utf-8")
    content, old = first.read_bytes(), values(first)
    chance = random.Random(606)  # noqa: S311
    seen = []
    for after in (1, 4, 8):  # so many are done, and then a little later
        for pack in packs:
            pack.write_bytes(content)
        job = started(script, company)
        for _ in range(after):
            assert job.stdout.readline().strip()
        time.sleep(chance.uniform(0, 0.05))
        killed(job)
        seen.append([values(pack) for pack in packs])
        for kept in first.parent.glob("*.bak-*"):
            assert kept.read_bytes() == content
            kept.unlink()
    job = started(script, company)
    assert job.communicate(timeout=240)[0].split()[-1] == str(FILES)
    new = values(first)
    assert new != old
    assert [values(pack) for pack in packs] == [new] * FILES
    for found in seen:
        assert all(one in (old, new) for one in found)
        assert new in found
    assert any(old in found for found in seen)  # a quick machine may be done before it is killed, not each time


def started(script, company):
    return subprocess.Popen(
        [sys.executable, str(script), str(company.folder / "config.toml")], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip


def killed(job):
    """Ends the refresh and every process of it at once."""
    if hasattr(os, "killpg"):
        os.killpg(job.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(job.pid)], capture_output=True, check=False)
    job.wait()
    job.stdout.close()


def values(path):
    """The values of a workbook, which must be whole."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    sheet = openpyxl.load_workbook(path, data_only=True)["Figures"]
    return [cell.value for (cell,) in sheet.iter_rows()]
