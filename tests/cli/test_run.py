"""`backlog run`: the service says what it will do, does it, and stops cleanly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from cli.run import _others
from model.errors import BacklogError
from model.settings import load
from sync.jobs import Jobs


def test_without_a_schedule_it_says_what_is_missing(shell, company):
    done = shell("run")
    assert done.returncode == 1
    assert "nothing has a schedule" in done.stderr


def test_a_wrong_setting_stops_it_before_it_starts(shell, company):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('schedule = "* * * * *"\n[connectors.pay]\nkind = "stripe"\n')
    done = shell("run")
    assert done.returncode == 1
    assert "backlog secrets set pay.api_key" in done.stderr


def test_a_job_refreshes_the_workbooks_of_its_patterns_and_fails_with_those_it_could_not(company, backlog, caplog):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[workbooks]\nlibreoffice = "off"\n[jobs.m]\nrun = "workbook refresh"\nfiles = ["packs/*.xlsx"]\nschedule = "0 6 1 * *"\n'
        )
    assert backlog("sync").exit_code == 0
    (company / "packs").mkdir()
    for name in ("a", "b"):
        book = openpyxl.Workbook()
        book.active["A1"] = '=BACKLOG("Acme Ltd",DATE(2026,1,31))'
        book.save(company / "packs" / f"{name}.xlsx")
    (company / "packs" / "~$b.xlsx").write_bytes(b"")
    settings = load(company / "config.toml")
    jobs = Jobs(None, lambda: None)
    (work,) = _others(settings, jobs)
    assert (work.name, work.schedule) == ("m", "0 6 1 * *")
    caplog.set_level("INFO")
    with pytest.raises(BacklogError, match=r"1 of 2 workbooks were not refreshed: b.xlsx \(left alone\)"):
        work.act(lambda: False)
    assert openpyxl.load_workbook(company / "packs" / "a.xlsx", data_only=True).active["A1"].value == 11_000
    assert any("a.xlsx: refreshed: 1 cells of ours" in line for line in caplog.messages)
    assert any("b.xlsx: left alone" in line for line in caplog.messages)


def test_it_stops_cleanly_when_it_is_told_to(company):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('schedule = "0 0 1 1 *"\ntimezone = "Europe/Berlin"\n')
    windows = os.name == "nt"
    program = Path(sys.executable).with_name("backlog.exe" if windows else "backlog")
    service = subprocess.Popen(
        [program, "run"],
        cwd=company,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        assert service.stdout is not None
        assert service.stdout.readline() == "sync books: 0 0 1 1 * (Europe/Berlin)\n"
        assert service.stdout.readline() == "running; stop with Ctrl-C\n"
        begun = time.monotonic()
        service.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        _, errors = service.communicate(timeout=30)
        assert service.returncode == 0, errors
        assert time.monotonic() - begun < 10
    finally:
        service.kill()
