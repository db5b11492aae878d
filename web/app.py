"""The application: the API behind its guard, every error as JSON with a reason, never a trace."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from importlib.metadata import version
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from excel.catalogue import functions
from model.errors import BacklogError
from model.redaction import redacted
from model.settings import Settings
from web.addin import addin
from web.api import api
from web.desk import Desk
from web.guard import Guard
from web.help import pages

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BEAT_SECONDS = 1.0
_GZIP_FROM = 1_000
_log = logging.getLogger("backlog.web")


def create_app(settings: Settings) -> FastAPI:
    """The application over one configuration. Nothing is opened before the first request, or before it starts."""
    functions()  # they are declared at the start, not at the first request
    desk = Desk(settings)
    app = FastAPI(
        title="Revenue Backlog",
        version=version("revenue-backlog"),
        summary="Revenue backlog and ASC 606 schedules, for spreadsheets and programs",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        telemetry={"tracing": False},
        lifespan=_living,
    )
    app.state.desk = desk
    app.include_router(api)
    app.include_router(addin)
    app.include_router(pages)
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    app.add_exception_handler(HTTPException, _refusal)
    app.add_exception_handler(RequestValidationError, _misused)
    app.add_exception_handler(BacklogError, _unavailable)
    app.add_exception_handler(DBAPIError, _no_store)
    app.add_exception_handler(Exception, _unforeseen)
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM, compresslevel=4)
    app.add_middleware(
        Guard, names=names(settings), tls=bool(settings.web.certificate_path), seconds=settings.web.seconds
    )
    return app


def names(settings: Settings) -> list[str]:
    """The hosts by which the server may be called."""
    host = settings.web.listen.rpartition(":")[0].strip("[]")
    public = urlsplit(settings.web.public_url).hostname
    return [*LOOPBACK, host.lower(), *([public] if public else [])]


@contextlib.asynccontextmanager
async def _living(app: FastAPI) -> AsyncIterator[None]:
    """Opens the books while nobody waits yet, and tells that the server lives."""
    desk: Desk = app.state.desk

    async def beat() -> None:
        while True:
            desk.health.beat()
            await asyncio.sleep(_BEAT_SECONDS)

    async def warm() -> None:
        try:
            await asyncio.to_thread(desk.state)
        except Exception as error:  # noqa: BLE001 - each request will be told; the server may outlive the trouble
            _log.warning("the books cannot be opened yet: %s", redacted(str(error)))

    tasks = [asyncio.create_task(beat()), asyncio.create_task(warm())]
    yield
    for task in tasks:
        task.cancel()


async def _alive(request: Request) -> JSONResponse:
    """For a load balancer: no more than whether it lives. What it knows of itself is at /api/v1/health."""
    status, body = await asyncio.to_thread(request.app.state.desk.health.report)
    return JSONResponse({"status": body["status"]}, status)


async def _refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    return JSONResponse({"error": str(error.detail)}, error.status_code, dict(error.headers or {}))


async def _misused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    return JSONResponse({"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, 422)


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": redacted(str(error)), "excel": "#CONNECT!"}, 503, {"retry-after": "5"})


async def _no_store(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DBAPIError)  # noqa: S101
    reason = redacted(str(error.orig).splitlines()[0])
    _log.warning("the store cannot be read: %s", reason)
    told = {"error": "the store cannot be read now: ask again later", "excel": "#CONNECT!"}
    return JSONResponse(told, 503, {"retry-after": "5"})


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": "this request failed in a way that was not foreseen; the log has the details"}, 503)
