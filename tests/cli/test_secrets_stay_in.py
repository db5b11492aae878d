"""No secret in anything that is written: every byte of every file and stream is searched, also within archives."""

import base64
import datetime as dt
import json
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from demo.vendors.exchange import Reply, Request
from demo.vendors.server import VendorServer
from store.connect import connect
from store.write.jobs import begin_job

KEY = 'sk_test_"grep+me/4711='
HOOK = "hook-path-0815-secret"
PASSWORD = "smtp-password-2342"
CONFIG = """\
[connectors.pay]
kind = "stripe"
base_url = "{url}"
schedule = "every day"
[connectors.books]
kind = "files"
path = "import"
[service]
listen = ""
[alerts]
mail_to = ["a@b.example"]
mail_from = "x@b.example"
smtp_host = "127.0.0.1"
smtp_port = 9
smtp_security = "none"
smtp_user = "me"
"""


ONE_AFTER_ANOTHER = """
import json, sys
from cli.main import main
for words in json.loads(sys.argv[1]):
    print("$", *words, flush=True)
    sys.argv = ["backlog", *words]
    try:
        main()
    except SystemExit:
        pass
"""
"""All commands by one process: each as it is typed, but for the second that a start takes."""


class Echo(VendorServer):
    """A Stripe that repeats the key it was asked with wherever it can: in records, in errors, in ids."""

    vendor = "an indiscreet Stripe"

    def answer(self, request: Request) -> Reply:
        key = request.headers.get("authorization", "")
        if request.path == "/v1/customers":
            said = {"id": "cus_1", "object": "customer", "name": f"Acme {KEY}", "created": 1, "livemode": False,
                    "metadata": {"seen": key, "coded": quote(KEY, safe="")}}  # fmt: skip
            bad = {"id": "cus_2", "object": "customer", "name": f"B {KEY}", "created": 1, "currency": "zz" + KEY}
            return Reply(200, {"object": "list", "data": [said, bad], "has_more": False})
        if request.path == "/v1/products":
            return Reply(403, {"error": {"message": f"Invalid API Key provided: {KEY} ({key})"}})
        return Reply(200, {"object": "list", "data": [], "has_more": False})


def found(text: bytes) -> list[str]:
    plain = KEY.encode()
    forms = {
        "the key": plain, "the key in JSON": json.dumps(KEY)[1:-1].encode(), "the key in an address": quote(KEY, safe="").encode(),
        "the key in base64": base64.b64encode(plain).rstrip(b"="), "the hook": HOOK.encode(), "the password": PASSWORD.encode(),
    }  # fmt: skip
    return [name for name, form in forms.items() if form in text]


def contents(folder: Path):
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())


def _until(happened):
    """Waits for what the service does by itself; 20 seconds at most."""
    end = time.monotonic() + 20
    while not happened() and time.monotonic() < end:
        time.sleep(0.2)


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("BACKLOG_PAY_API_KEY", KEY)
    monkeypatch.setenv("BACKLOG_ALERTS_WEBHOOK_URL", f"http://127.0.0.1:9/{HOOK}")
    monkeypatch.setenv("BACKLOG_ALERTS_SMTP_PASSWORD", PASSWORD)


def test_nothing_that_is_written_holds_a_secret(company, environment):
    program = Path(sys.executable).with_name("backlog.exe" if sys.platform == "win32" else "backlog")
    streams = []
    with Echo() as vendor:
        (company / "config.toml").write_text(CONFIG.format(url=vendor.url), encoding="utf-8")
        commands = (
            ("sync",), ("sync", "--dry-run", "--all"), ("status",), ("rejected", "list", "--payload"), ("doctor",),
            ("secrets", "list"), ("connectors", "test", "pay"), ("connectors", "preview", "pay"), ("explain", "Acme Ltd"),
            ("export", "out", "--format", "csv"), ("workbook", "new", "pack.xlsx", "--period", "2026-10"),
            ("matches", "list"), ("run", "--test-alerts"),
        )  # fmt: skip
        done = subprocess.run([sys.executable, "-c", ONE_AFTER_ANOTHER, json.dumps(commands)], cwd=company,
                              capture_output=True, check=True)  # fmt: skip
        assert done.stdout.count(b"$ ") == len(commands)
        assert b"Traceback" not in done.stderr, done.stderr
        streams += [("output", done.stdout), ("errors", done.stderr)]
        for kind in ("text", "json"):
            engine = connect(f"sqlite:///{company / 'backlog.db'}")
            begin_job(engine, "sync pay", dt.datetime.now(dt.UTC) - dt.timedelta(days=3), lambda *_: True)
            engine.dispose()
            with (company / f"{kind}.log").open("wb") as log:
                child = subprocess.Popen([program, "run", "--log", kind], cwd=company, stdout=log, stderr=log)
                _until(lambda log=log.name: b"failed after" in Path(log).read_bytes())
                child.terminate()
                child.wait(30)
    with closing(sqlite3.connect(company / "backlog.db")) as store:
        stored = dict(store.execute("SELECT key, payload FROM raw WHERE source = 'pay'").fetchall())
        error = store.execute("SELECT error FROM runs WHERE source = 'pay' ORDER BY id LIMIT 1").fetchone()[0]
    shutil.copy(company / "backlog.db", company / "backup.db")
    # What was said otherwise is kept, and the remedy is told: only the secret is blotted out.
    assert json.loads(stored["cus_1"])["metadata"]["coded"] == "***"
    assert json.loads(stored["cus_1"])["name"] == "Acme ***"
    assert "Invalid API Key provided: ***" in error
    for kind in ("text", "json"):
        assert b"failed after" in (company / f"{kind}.log").read_bytes()
    leaks = {name: kinds for name, text in [*streams, *contents(company)] if (kinds := found(text))}
    assert leaks == {}
