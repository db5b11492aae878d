"""`backlog run`: the service says what it will do, does it, tells how it goes, and stops cleanly."""

import contextlib
import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import openpyxl
import pytest

from cli.run import _others
from model.errors import BacklogError, ConfigNeeded
from model.settings import load
from store.connect import connect
from store.read import runs
from store.watch import jobs
from store.write.jobs import begin_job
from sync.jobs import Jobs

PROGRAM = Path(sys.executable).with_name("backlog.exe" if os.name == "nt" else "backlog")


def configured(company, text):
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def service(company, *words):
    """A running service; told to stop at the end, and killed if it does not."""
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    child = subprocess.Popen(
        [PROGRAM, "run", *words], cwd=company, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        creationflags=flags,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def ended(child):
    """What it has written, to a person and as its log, once it was told to stop."""
    child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
    said, errors = child.communicate(timeout=30)
    assert child.returncode == 0, errors
    return said, errors


def stop(child):
    return ended(child)[1]


def wait_for(found, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.1)
    return pytest.fail("it did not come")


def test_without_a_schedule_it_says_what_is_missing(shell, company):
    done = shell("run")
    assert done.returncode == 1
    assert "nothing has a schedule" in done.stderr


def test_a_wrong_setting_stops_it_before_it_starts(shell, company):
    configured(company, 'schedule = "* * * * *"\n[connectors.pay]\nkind = "stripe"\n')
    done = shell("run")
    assert done.returncode == 1
    assert "backlog secrets set pay.api_key" in done.stderr


def test_a_wrong_service_or_alert_is_told_with_its_line(shell, company):
    text = '[service]\nlisten = "8739"\nlog = "xml"\n[alerts]\nmail_to = ["a@b.c"]\n[jobs.m]\nrun = "sync"\nschedule = "hourly"\n'
    configured(company, text)
    told = shell("run").stderr
    assert "line 7: listen: '8739' is no address: write host:port" in told
    assert "line 8: log: 'xml' is not allowed" in told
    assert "line 13: schedule: 'hourly' is no schedule" in told
    (company / "config.toml").write_text('[alerts]\nmail_to = ["a@b.c"]\n', encoding="utf-8")
    assert "line 2: mail_to: mail also needs smtp_host and mail_from" in shell("run").stderr


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
    jobs = Jobs(connect(settings.store.url), lambda: None)
    (work,) = _others(settings, jobs, [])
    assert (work.name, work.schedule) == ("m", "0 6 1 * *")
    caplog.set_level("INFO")
    with pytest.raises(BacklogError, match=r"1 of 2 workbooks were not refreshed: b.xlsx \(left alone\)"):
        work.act(lambda: False)
    assert openpyxl.load_workbook(company / "packs" / "a.xlsx", data_only=True).active["A1"].value == 11_000
    assert any("a.xlsx: refreshed: 1 cells of ours" in line for line in caplog.messages)
    assert any("b.xlsx: left alone" in line for line in caplog.messages)


REPORTING = """
[workbooks]
libreoffice = "off"
[jobs.m]
run = "workbook refresh"
files = ["*.xlsx"]
schedule = "0 6 1 * *"
report = "changes"
"""


def test_a_job_reports_what_changed_and_keeps_still_where_nothing_did(company, backlog):
    configured(company, REPORTING)
    assert backlog("sync").exit_code == 0
    book = openpyxl.Workbook()
    book.active["A1"] = '=BACKLOG("Acme Ltd",DATE(2026,1,31))'
    book.save(company / "a.xlsx")
    settings, told = load(company / "config.toml"), []
    (work,) = _others(settings, Jobs(connect(settings.store.url), lambda: None), [told.append])
    work.act(lambda: False)
    work.act(lambda: False)
    (report,) = told
    assert (report.name, report.kind) == ("m", "report")
    assert "Sheet!A1" in report.text
    assert "11,000" in report.text
    with pytest.raises(ConfigNeeded, match=r"config\.toml line 13: nobody is told of alerts\. Set mail_to"):
        list(_others(settings, Jobs(connect(settings.store.url), lambda: None), []))


def test_it_stops_cleanly_when_it_is_told_to(company):
    configured(company, 'schedule = "0 0 1 1 *"\ntimezone = "Europe/Berlin"\n[service]\nlisten = ""\n')
    with service(company) as child:
        assert child.stdout.readline() == "sync books: 0 0 1 1 * (Europe/Berlin)\n"
        assert child.stdout.readline() == "running; stop with Ctrl-C\n"
        begun = time.monotonic()
        stop(child)
        assert time.monotonic() - begun < 10


def test_it_makes_up_for_what_was_missed_and_tells_how_it_goes(company):
    port = free_port()
    configured(company, f'schedule = "every day"\n[service]\nlisten = "127.0.0.1:{port}"\n')
    engine = connect(f"sqlite:///{company / 'backlog.db'}")
    begin_job(engine, "sync books", dt.datetime.now(dt.UTC) - dt.timedelta(days=3), lambda *_: True)
    with service(company, "--log", "json") as child:
        wait_for(lambda: (state := jobs(engine)["sync books"]).state == "complete" and state)
        body = httpx.get(f"http://127.0.0.1:{port}/healthz").json()
        assert (body["status"], body["jobs"]["sync books"]["state"]) == ("ok", "complete")
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'backlog_items_total{object="contracts",outcome="added",source="books"} 1.0' in metrics
        said, errors = ended(child)
    assert said == ""  # a collector takes every line for JSON
    told = [json.loads(line) for line in errors.splitlines()]
    assert [line["schedule"] for line in told if line.get("event") == "schedule"] == ["every day"]
    objects = {line["object"]: line["added"] for line in told if line.get("event") == "object"}
    assert (objects["customers"], objects["contracts"], objects["contract_lines"]) == (1, 1, 1)
    assert [line["state"] for line in told if line.get("event") == "job"] == ["begins", "complete"]
    assert list((company / "backlog.db.ledgers").glob("*.ledger"))
    engine.dispose()


def test_two_services_started_at_once_pull_once(company):
    configured(company, 'schedule = "every day"\n[service]\nlisten = ""\n')
    engine = connect(f"sqlite:///{company / 'backlog.db'}")
    begin_job(engine, "sync books", dt.datetime.now(dt.UTC) - dt.timedelta(days=3), lambda *_: True)
    with service(company) as one, service(company) as other:
        for child in (one, other):
            assert child.stdout.readline().startswith("sync books")
        wait_for(lambda: jobs(engine)["sync books"].state == "complete")
        time.sleep(1)
        for child in (one, other):
            stop(child)
    assert [(run.source, run.state) for run in runs(engine)] == [("books", "complete")]
    engine.dispose()


def test_a_failing_job_is_told_to_the_webhook_of_the_environment(company, monkeypatch):
    from demo.vendors.exchange import Reply
    from demo.vendors.server import VendorServer

    class Hook(VendorServer):
        def answer(self, request):
            return Reply(200, {})

    configured(company, 'schedule = "every day"\n[service]\nlisten = ""\n')
    (company / "import").rename(company / "moved")
    engine = connect(f"sqlite:///{company / 'backlog.db'}")
    begin_job(engine, "sync books", dt.datetime.now(dt.UTC) - dt.timedelta(days=3), lambda *_: True)
    engine.dispose()
    with Hook() as hook:
        monkeypatch.setenv("BACKLOG_ALERTS_WEBHOOK_URL", f"{hook.url}/services/very-secret-path")
        with service(company) as child:
            wait_for(lambda: hook.requests)
            errors = stop(child)
    body = json.loads(hook.requests[0].body)
    assert body["kind"] == "failure"
    assert "does not exist" in body["text"]
    assert "very-secret-path" not in errors


def test_the_way_of_alerts_can_be_tried(shell, company):
    done = shell("run", "--test-alerts")
    assert done.returncode == 1
    assert "backlog secrets set alerts.webhook_url" in done.stderr
    done = shell("run", "--test-alerts", BACKLOG_ALERTS_WEBHOOK_URL=f"http://127.0.0.1:{free_port()}/very-secret")
    assert done.returncode == 1
    assert "the webhook cannot be reached" in done.stderr
    assert "very-secret" not in done.stderr
