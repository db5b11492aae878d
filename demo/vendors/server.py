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
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

HTML_PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
_ENCODER = msgspec.json.Encoder(decimal_format="number")  # as vendors write them
FAULTS = ("status", "truncated", "html", "hang", "drop", "cut", "slow")


@dataclass(frozen=True)
class Request:
    """One request as it came in. `query` keeps every value of a key, in order; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    def parts(self) -> list[str]:
        """The path's segments, decoded."""
        return [unquote(part) for part in self.path.split("/") if part]

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return msgspec.json.decode(self.body or b"null")
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True)
class Reply:
    """What goes back: a status, a JSON-able payload (or bytes as they are), and headers."""

    status: int
    payload: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body on the wire."""
        if isinstance(self.payload, bytes):
            return self.payload
        return _ENCODER.encode(self.payload)


@dataclass
class Fault:
    """Something that goes wrong on purpose, from the request after `after` others on, `times` times.

    `kind`: "status" (answers `status` with `payload` and `headers`, in the vendor's words for 429 if no payload is
    given), "truncated" (200 with half the JSON), "html" (200 with a web page), "hang" (says nothing for `seconds`),
    "drop" (closes without an answer), "cut" (closes in the middle of the body), "slow" (answers after `seconds`).
    `path`: only requests whose path contains it count and suffer.
    """

    kind: str
    after: int = 0
    times: int = 1
    path: str = ""
    status: int = 500
    payload: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 30.0
    seen: int = 0

    def __post_init__(self) -> None:
        """Refuses a kind of fault that there is not."""
        if self.kind not in FAULTS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(FAULTS)}")

    def strikes(self, request: Request) -> bool:
        """Counts a request and says whether this is one that suffers."""
        if self.path not in request.path:
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


class Window:
    """A rolling limit: at most `limit` requests in any `seconds`."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.seconds, self._clock = limit, seconds, clock
        self._taken: deque[float] = deque()

    def take(self) -> bool:
        """Whether one more request fits; it is counted if it does."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.limit:
            return False
        self._taken.append(now)
        return True

    @property
    def remaining(self) -> int:
        """How many more would fit now."""
        return max(0, self.limit - len(self._taken))


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
        parts = urlsplit(self.path)
        query: dict[str, list[str]] = {}
        for key, value in parse_qsl(parts.query, keep_blank_values=True):
            query.setdefault(key, []).append(value)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        reply, fault = vendor.serve(Request(self.command, parts.path, query, headers, body))
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
