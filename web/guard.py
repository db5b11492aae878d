"""What every request passes before anything is done for it: whose name it used, where it came from, how large it is.

A page of another site cannot ask through a person's browser (its Origin is refused), nor can a name that leads to this
machine be made to (its Host is). A body that is too large or too slow is cut off; every answer carries headers that
keep browsers from guessing and from keeping figures.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8 * 1024 * 1024
"""Of one request's body: 5,000 calls with long names, or a whole column as a range."""
BODY_SECONDS = 20.0
ANSWER_SECONDS = 30.0
"""How long the other side may take to fetch its answer, beyond what working on it took."""

_FRAMES = "https://*.office.com https://*.officeapps.live.com https://*.microsoft.com https://*.sharepoint.com"
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' https://appsforoffice.microsoft.com; "
    "connect-src 'self' https://appsforoffice.microsoft.com; img-src 'self' data:; base-uri 'none'; "
    f"form-action 'self'; frame-ancestors 'self' {_FRAMES}"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": _POLICY,
    "cross-origin-resource-policy": "same-origin",
}
_log = logging.getLogger("backlog.web")


class _TooLarge(Exception):
    """The body passed the limit while it was read."""


class Guard:
    """Stands before the application. `names`: the hosts by which it may be called; `tls`: whether it speaks TLS."""

    def __init__(self, app: ASGIApp, names: Collection[str], tls: bool, seconds: float) -> None:
        self._app, self._names, self._tls, self._seconds = app, frozenset(names), tls, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers why not."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if (refused := self._refused(headers, scope["path"])) is not None:
            status, reason = refused
            _log.warning("refused %s %s from %s: %s", scope["method"], scope["path"], _client(scope), reason)
            return await _tell(send, status, reason)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", []), *self._headers(scope)]
            await send(message)

        try:
            async with asyncio.timeout(self._seconds + BODY_SECONDS + ANSWER_SECONDS):
                await self._app(scope, _bounded(receive), sending)
        except (_TooLarge, TimeoutError) as error:
            late = isinstance(error, TimeoutError)
            reason = "the request took too long" if late else _too_large()
            _log.warning("refused %s %s from %s: %s", scope["method"], scope["path"], _client(scope), reason)
            if not begun:
                await _tell(send, 408 if late else 413, reason)
        return None

    def _refused(self, headers: dict[str, str], path: str) -> tuple[int, str] | None:
        if ".." in path.replace("\\", "/").split("/"):
            return 404, "there is no such page: a path may not lead upwards"
        host = _name(headers.get("host", ""))
        if host not in self._names:
            return 421, f"this server does not go by the name {host[:60]!r}. Set [web] public_url"
        origin = headers.get("origin")
        if origin is not None and _name(origin.partition("://")[2]) != host:
            return 403, f"a page of {origin[:60]!r} may not ask here"
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > MOST_BYTES:
            return 413, _too_large()
        return None

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        told = dict(HEADERS)
        if self._tls:
            told["strict-transport-security"] = "max-age=31536000"
        if scope["path"].startswith("/api/"):
            told["cache-control"] = "no-cache, private"
        return [(name.encode(), value.encode()) for name, value in told.items()]


def _bounded(receive: Receive) -> Receive:
    """A body that comes in time and ends before the limit."""
    size, loop = 0, asyncio.get_running_loop()
    end, whole = loop.time() + BODY_SECONDS, False

    async def bounded() -> Message:
        nonlocal size, whole
        if whole:  # what follows is only whether the other side is still there
            return await receive()
        async with asyncio.timeout_at(end):
            message = await receive()
        size += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if size > MOST_BYTES:
            raise _TooLarge
        return message

    return bounded


def _name(netloc: str) -> str:
    """The host of an address without its port, as browsers write it."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _too_large() -> str:
    return f"a body of more than {MOST_BYTES // 1024 // 1024} MB: send fewer calls at once"


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("unknown",))[0])


async def _tell(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": reason}).encode()
    headers = [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
