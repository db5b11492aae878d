"""Serving: where it listens, with TLS or on loopback only, and how long it waits for those who say nothing."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from model.errors import ConfigNeeded
from model.settings import Settings
from web.app import LOOPBACK, create_app

HEAD_SECONDS = 10.0
"""How long a request may take to say what it wants; a connection that drips its headers is closed."""
_KEEP_SECONDS = 75
_MOST_CONNECTIONS = 500
_log = logging.getLogger("backlog.web")


class Impatient(H11Protocol):
    """HTTP as uvicorn speaks it, but a request whose head does not arrive in time is dropped."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A connection: its first request is due."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Some of a request: once its head is there, the application looks after the rest."""
        waiting = self.cycle is None or self.cycle.response_complete
        if waiting and self._waiting is None:
            self._expect()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._met()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of it."""
        self._met()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _met(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        _log.warning(
            "dropped a connection from %s: no request within %.0f s", (self.client or ("unknown",))[0], HEAD_SECONDS
        )
        self.transport.close()


class Server(uvicorn.Server):
    """A server that calls `ready` once it listens, and keeps why it could not: `refused`."""

    ready: Callable[[], None] = staticmethod(lambda: None)
    refused: OSError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens."""
        log = logging.getLogger("uvicorn.error")
        log.addFilter(self._keep)
        try:
            await super().startup(sockets)
        finally:
            log.removeFilter(self._keep)
        if self.started:
            self.ready()

    def _keep(self, record: logging.LogRecord) -> bool:
        """Whether a line is for the log: the error that ends it is told by whoever started it, once."""
        if isinstance(record.msg, OSError):
            self.refused = record.msg
            return False
        return True


def why_not(settings: Settings, refused: OSError | None) -> ConfigNeeded:
    """What keeps the server from its address, with the remedy."""
    reasons = {
        errno.EADDRINUSE: "another program listens there, perhaps another `backlog serve`. Stop it, or set another port",
        errno.EACCES: "this user may not listen there. Set a port above 1023",
        errno.EADDRNOTAVAIL: "this machine has no such address. Set one that it has",
    }
    code = refused.errno if refused is not None else None
    reason = reasons.get(code or 0, f"it cannot be had ({refused or 'the log says why'}). Set another")
    return ConfigNeeded(f"{settings.where('web', 'listen')}: {settings.web.listen}: {reason}")


def server(settings: Settings) -> Server:
    """The server, not yet started. Raises ConfigNeeded where the configuration would show figures to the network."""
    web = settings.web
    host, _, port = web.listen.rpartition(":")
    if not host:
        raise ConfigNeeded(f'{settings.where("web", "listen")}: the server needs an address, such as "127.0.0.1:8740"')
    _check(settings, host.strip("[]"))
    config = uvicorn.Config(
        create_app(settings),
        host=host.strip("[]"),
        port=int(port),
        http=Impatient,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_SECONDS,
        timeout_graceful_shutdown=10,
        limit_concurrency=_MOST_CONNECTIONS,
        ssl_certfile=_file(settings, "certificate_path"),
        ssl_keyfile=_file(settings, "key_path"),
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise ConfigNeeded(
            f"{settings.where('web', 'certificate_path')}: certificate and key cannot be used ({error})"
        ) from None
    return Server(config)


def _check(settings: Settings, host: str) -> None:
    web = settings.web
    if bool(web.certificate_path) != bool(web.key_path):
        raise ConfigNeeded(f"{settings.where('web')}: TLS needs both, certificate_path and key_path")
    if host in LOOPBACK:
        return
    if web.authentication == "none":
        raise ConfigNeeded(
            f"{settings.where('web', 'authentication')}: {host} can be reached by others, who would see every figure. "
            'Set authentication = "tokens", or listen on 127.0.0.1'
        )
    if not web.certificate_path:
        raise ConfigNeeded(
            f"{settings.where('web', 'listen')}: {host} can be reached by others, and tokens would go in the clear. "
            "Set certificate_path and key_path, or listen on 127.0.0.1 behind a proxy that speaks TLS and set public_url"
        )


def _file(settings: Settings, key: str) -> str | None:
    named = getattr(settings.web, key)
    if not named:
        return None
    path = settings.root / Path(named).expanduser()
    if not path.is_file():
        raise ConfigNeeded(f"{settings.where('web', key)}: there is no file {path}")
    return str(path)
