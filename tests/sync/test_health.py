"""What those who watch the service see: /healthz and /metrics, and log lines."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from model.errors import ConfigNeeded
from model.redaction import remember
from sync import health as module
from sync.desk import Desk
from sync.health import Health, listen
from sync.jobs import Jobs, Outcome, Work
from sync.logs import configure
from sync.metrics import Metrics
from sync.run import pull


@pytest.fixture
def health(engine: sa.Engine) -> Health:
    return Health(engine, Metrics(engine))


@pytest.fixture
def url(health: Health, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    caplog.set_level(logging.INFO, "backlog.service")
    end = listen(health, "127.0.0.1:0")
    told = re.search(r"(http://\S+)/healthz", caplog.text)
    assert told
    yield told[1]
    end()


def test_health_tells_sources_jobs_and_alerts(engine: sa.Engine, kit: SimpleNamespace, url: str) -> None:
    jobs = Jobs(engine, lambda: None)
    work = jobs.sync("books", lambda: kit.Said(kit.deal()), "* * * * *", "UTC")
    Desk(engine).perform(work, lambda: False, lambda *_: None)
    answer = httpx.get(f"{url}/healthz")
    body = answer.json()
    assert (answer.status_code, body["status"], body["alerts"]) == (200, "ok", [])
    assert body["jobs"]["sync books"]["state"] == "complete"
    assert dt.datetime.fromisoformat(body["sources"]["books"]).tzinfo is not None


def test_a_clock_that_stands_still_is_no_health(health: Health, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_beaten", time.monotonic() - module.STALLED_SECONDS - 1)
    assert httpx.get(f"{url}/healthz").status_code == 503
    health.beat()
    assert httpx.get(f"{url}/healthz").json()["status"] == "ok"


def test_a_store_that_is_gone_is_no_health(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_engine: object) -> None:
        raise sa.exc.OperationalError("select", {}, Exception("unable to open database file"))

    monkeypatch.setattr(module, "freshness", gone)
    monkeypatch.setattr("sync.metrics.freshness", gone)
    answer = httpx.get(f"{url}/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "no store")
    assert httpx.get(f"{url}/metrics").status_code == 503


def test_metrics_are_read_by_prometheus(engine: sa.Engine, kit: SimpleNamespace, health: Health, url: str) -> None:
    def fail(stop: object) -> None:
        raise ConfigNeeded("no")

    jobs = Jobs(engine, lambda: None)
    desk = Desk(engine, [health.metrics])
    said = kit.deal()
    said["payments"] = [kit.item("payments", payment_id="P1", customer_id="nobody")]
    desk.perform(jobs.sync("books", lambda: kit.Said(said), "* * * * *", "UTC"), lambda: False, lambda *_: None)
    desk.perform(jobs.other("packs", fail, "* * * * *", "UTC"), lambda: False, lambda *_: None)
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(httpx.get(f"{url}/metrics").text)
        for sample in family.samples
    }
    assert found["backlog_items_total", "added", "books", "contracts"] == 1
    assert found["backlog_items_total", "books", "payments", "rejected"] == 1
    assert found["backlog_jobs_total", "complete", "sync books"] == 1
    assert found["backlog_jobs_total", "failed", "packs"] == 1
    assert found["backlog_job_failures", "packs"] == 1
    assert found["backlog_rejected_open", "books"] == 1
    assert abs(found["backlog_source_complete_timestamp_seconds", "books"] - time.time()) < 60
    assert found["backlog_job_seconds_count", "sync books"] == 1


def test_nothing_else_is_answered(url: str) -> None:
    assert httpx.get(f"{url}/").status_code == 404
    assert httpx.post(f"{url}/healthz").status_code == 501


def test_an_address_that_is_taken_is_told(health: Health, url: str) -> None:
    with pytest.raises(ConfigNeeded, match="this address cannot be had"):
        listen(health, url.removeprefix("http://"))


@pytest.fixture
def lines() -> Iterator[Callable[[str], io.StringIO]]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()

    def start(kind: str) -> io.StringIO:
        configure(kind, stream)
        return stream

    yield start
    root.handlers[:], root.level = before, level


def test_json_has_a_line_for_each_object_with_its_counts(
    engine: sa.Engine, kit: SimpleNamespace, lines: Callable[[str], io.StringIO]
) -> None:
    stream = lines("json")
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    (line,) = [each for each in told if each.get("object") == "contracts"]
    assert {key: line[key] for key in ("level", "event", "source", "object", "read", "added", "rejected")} == {
        "level": "info", "event": "object", "source": "books", "object": "contracts", "read": 1, "added": 1,
        "rejected": 0,
    }  # fmt: skip
    assert line["at"].endswith("Z")


@pytest.mark.parametrize("kind", ["text", "json"])
def test_no_line_and_no_trace_has_a_secret(lines: Callable[[str], io.StringIO], kind: str) -> None:
    remember("hush-hush-4711")
    stream = lines(kind)
    try:
        raise ValueError("asked with hush-hush-4711")
    except ValueError:
        logging.getLogger("backlog.sync").exception("failed with Bearer %s", "abcdefgh12345")
    text = stream.getvalue()
    assert "hush-hush" not in text
    assert "abcdefgh12345" not in text
    assert "Traceback" in text
    if kind == "json":
        assert json.loads(text)["trace"].endswith("ValueError: asked with ***")


def test_text_is_a_line_for_a_person(lines: Callable[[str], io.StringIO]) -> None:
    stream = lines("text")
    logging.getLogger("backlog.sync").info("crm deals: read 3")
    logging.getLogger("httpx").info("GET https://vendor.example/?key=1")
    (line,) = stream.getvalue().splitlines()
    moment, level, text = line.split(" ", 2)
    assert dt.datetime.fromisoformat(moment).tzinfo is not None
    assert (level, text) == ("INFO", "crm deals: read 3")


def test_a_job_is_a_line_with_its_state(engine: sa.Engine, lines: Callable[[str], io.StringIO]) -> None:
    stream = lines("json")
    work = Work("packs", "* * * * *", "UTC", lambda stop: Outcome("failed", "no workbook"))
    Desk(engine).perform(work, lambda: False, lambda *_: None)
    last = json.loads(stream.getvalue().splitlines()[-1])
    assert (last["level"], last["event"], last["job"], last["state"]) == ("error", "job", "packs", "failed")
    assert last["error"] == "no workbook"
