"""What every simulated vendor has: a loopback HTTP server, a rate limit, a record of requests, and faults on demand.

    with StripeServer(data, key="sk_test_demo", rate_per_second=25) as server:
        httpx.get(f"{server.url}/v1/invoices", auth=("sk_test_demo", ""))

A subclass answers one request (`answer`) from its state in memory and words its vendor's refusals (`limited`).
It listens on 127.0.0.1 only, on a free port unless one is named.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from demo.vendors.exchange import Reply, Request
from demo.vendors.faults import HTML_PAGE, Fault, Window


class VendorServer:
    """A vendor's API on 127.0.0.1.

    `rate_per_second`: None for no limit. `retry_after`: seconds named in the Retry-After header of a 429, None for no
    such header. `faults`: may be appended to while it runs. `clock`: the vendor's own time, in Unix seconds.
    `wanted_port`: 0 for a free one. `requests`: every request that came, refused ones included; `refused`: how many
    the limit turned away.
    """

    vendor = "vendor"

    def __init__(
        self,
        *,
        rate_per_second: float | None = None,
        retry_after: float | None = None,
        faults: Sequence[Fault] = (),
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.faults = list(faults)
        self.retry_after = retry_after
        self.clock = clock
        self.requests: list[Request] = []
        self.refused = 0
        self.window = Window(max(1, round(rate_per_second)), 1.0) if rate_per_second else None
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def answer(self, request: Request) -> Reply:
        """The vendor's answer; called with the lock held."""
        raise AssertionError(f"{type(self).__name__} does not say how it answers {request.path}")

    def limited(self, request: Request) -> Reply:
        """The vendor's words for "too many requests"."""
        return Reply(429, {"error": f"too many requests to {request.path}"}, self.patience())

    def patience(self) -> dict[str, str]:
        """The Retry-After header, where this server sends one."""
        return {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}

    def admits(self, request: Request) -> bool:
        """Whether the rate limit lets the request through."""
        return self.window is None or self.window.take()

    def start(self) -> Self:
        """Listens; `url` is known from now on."""
        if self._server is not None:
            return self
        self._server = _Server(("127.0.0.1", self.wanted_port), _Handler)
        self._server.vendor = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name=self.vendor)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Hangs up and waits until the port is free."""
        self.stopping.set()
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(10)
        self._server = None

    def __enter__(self) -> Self:
        """Starts."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stops."""
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError(f"the simulated {self.vendor} is not running")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, request: Request) -> tuple[Reply, Fault | None]:
        """The reply to a request and the fault that befalls it, if any."""
        with self.lock:
            self.requests.append(request)
            # Every fault counts the request, so that "after the third" means the same for each of them.
            struck = [fault for fault in self.faults if fault.strikes(request)]
            fault = struck[0] if struck else None
            if fault and fault.kind == "status":
                named = Reply(fault.status, fault.payload or {"error": {"message": "injected"}}, fault.headers)
                plain = fault.status == 429 and fault.payload is None
                return (Reply(429, self.limited(request).payload, fault.headers) if plain else named), fault
            if not self.admits(request):
                self.refused += 1
                return self.limited(request), None
            return self.answer(request), fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A port is free again at once; on Windows the same option would let two servers share it.
    allow_reuse_address = sys.platform != "win32"
    request_queue_size = 64
    vendor: VendorServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours; anything else is shown by the default handler."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write a reply, at once: otherwise delayed acknowledgements cost 40 ms a request.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def _serve(self) -> None:
        vendor = self.server.vendor  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply, fault = vendor.serve(Request.of(self.command, self.path, dict(self.headers.items()), body))
        self._send(vendor, reply, fault)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 (the names the standard library asks for)

    def _send(self, vendor: VendorServer, reply: Reply, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        content, content_type = reply.content(), reply.headers.get("Content-Type", "application/json")
        if fault and kind in ("hang", "slow"):
            vendor.stopping.wait(fault.seconds)
        if kind in ("hang", "drop"):
            self.close_connection = True
            return
        if kind == "truncated":
            content = content[: len(content) // 2]
        if kind == "html":
            content, content_type = HTML_PAGE, "text/html; charset=utf-8"
        self.send_response(reply.status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        for key, value in reply.headers.items():
            if key != "Content-Type":
                self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content[: len(content) // 2] if kind == "cut" else content)
        self.wfile.flush()
        self.close_connection = self.close_connection or kind == "cut"

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: `VendorServer.requests` keeps what came."""
