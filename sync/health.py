"""A small server for those who watch the service: /healthz says whether it lives, /metrics what it has done.

It answers on loopback unless the configuration names another address, reads only, and shows no record and no secret.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sqlalchemy as sa

from model.errors import BacklogError, ConfigNeeded
from model.redaction import redacted
from store.connect import translated
from store.read import freshness
from store.watch import alerts, jobs
from sync.metrics import CONTENT_TYPE, Metrics

STALLED_SECONDS = 30.0
_log = logging.getLogger("backlog.service")


class Health:
    """What is known of the service; `beat()` is called as long as its clock runs."""

    def __init__(self, engine: sa.Engine, metrics: Metrics) -> None:
        self._engine, self.metrics = engine, metrics
        self._beaten = time.monotonic()

    def beat(self) -> None:
        """The service lives."""
        self._beaten = time.monotonic()

    def report(self) -> tuple[int, dict[str, object]]:
        """An HTTP status and what stands behind it: 200, or 503 where the clock stands still or the store is gone.

        A vendor that cannot be reached, or data that is stale, is told here and mended by no restart: it stays 200.
        """
        silent = time.monotonic() - self._beaten
        if silent > STALLED_SECONDS:
            return 503, {"status": "stalled", "reason": f"the clock has not moved for {silent:.0f} s"}
        try:
            with translated(self._engine.url.database):
                fresh, known, opened = freshness(self._engine), jobs(self._engine), alerts(self._engine)
        except BacklogError as error:
            return 503, {"status": "no store", "reason": redacted(str(error))}
        return 200, {
            "status": "ok",
            "sources": {source: _at(at) for source, at in fresh.items()},
            "jobs": {
                name: {"state": each.state, "begun": _at(each.started_at), "failures": each.failures,
                       "parked_until": _at(each.parked_until)}
                for name, each in known.items()
            },
            "alerts": [alert.text for alert in opened.values() if alert.kind != "recovered"],
        }  # fmt: skip


def listen(health: Health, address: str) -> Callable[[], None]:
    """Answers at `host:port` until what it returns is called. Raises ConfigNeeded where the address cannot be had."""
    host, _, port = address.rpartition(":")
    try:
        server = _Server((host.strip("[]"), int(port)), _Answer)
    except OSError as error:
        raise ConfigNeeded(
            f"[service] listen = {address!r}: this address cannot be had ({error.strerror}). Name another, or "
            'listen = "" for none'
        ) from None
    server.health = health
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="health", daemon=True)
    thread.start()
    _log.info("health and metrics are at http://%s:%d/healthz and /metrics", host, server.server_address[1])

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    health: Health


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        """What is asked for, or what there is to ask for."""
        if self.path == "/healthz":
            status, body = self.server.health.report()
            self._send(status, "application/json", json.dumps(body, ensure_ascii=False).encode())
        elif self.path == "/metrics":
            try:
                self._send(200, CONTENT_TYPE, self.server.health.metrics.text())
            except sa.exc.DBAPIError as error:
                self._send(503, "text/plain; charset=utf-8", redacted(f"no store: {error.orig}\n").encode())
        else:
            self._send(404, "text/plain; charset=utf-8", b"There are /healthz and /metrics.\n")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A request for health is no news."""


def _at(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
