"""`backlog run`: the service says what it will do, does it, and stops cleanly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


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


def test_a_job_it_cannot_do_is_told_and_left_out(shell, company):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[jobs.m]\nrun = "workbook refresh"\nfiles = ["packs/*.xlsx"]\nschedule = "0 6 1 * *"\n')
    done = shell("run")
    assert done.returncode == 1
    assert "config.toml line 6: job 'm' is left out" in done.stderr


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
