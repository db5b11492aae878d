"""The HTTP API: figures for whoever has a token, in batches; the catalogue; what the data stands on; how it goes."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from excel.answers import plain
from excel.batch import Result
from excel.catalogue import functions
from excel.presentation import told
from excel.reference import described
from model.errors import Unanswerable
from store import read as records
from sync.metrics import CONTENT_TYPE
from web.access import Operator, TheDesk, Viewer
from web.calls import BODY, EXPLAINED, Unreadable, read, read_call
from web.desk import Desk, State

api = APIRouter(prefix="/api/v1")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No token, or one that does not count (any more)"},
    403: {"description": "The token's role is not enough"},
    503: {"description": "The books cannot be opened, or the server is too busy: ask again later"},
}
_MOST_IN_ANSWER = 500_000


@api.post(
    "/batch",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}},
    responses={
        **_REFUSALS,
        200: {"description": '`{"data": …, "answers": [{"value"|"rows"|"error": …}, …]}` in the order of the calls'},
        400: {"description": "The body is no JSON"},
        408: {"description": "The body came too slowly"},
        412: {"description": "The data has another version than If-Match names"},
        413: {"description": "Too many calls, cells or bytes"},
        422: {"description": "The body has another form"},
    },
)
async def batch(request: Request, desk: TheDesk, _: Viewer) -> Response:
    """Answers up to 5,000 calls in order, each with its value or error, all under one version of the data.

    The ETag names that version. With If-Match only that version answers (412 otherwise), so that a workbook that asks
    in several requests never mixes two.
    """
    body = await request.body()
    return await run_in_threadpool(_answered, desk, body, request.headers.get("if-match"))


def _answered(desk: Desk, body: bytes, wanted: str | None) -> Response:
    try:
        asked = read(body)
    except Unreadable as error:
        return JSONResponse({"error": str(error)}, error.status)
    if wanted is not None and (now := desk.state()).etag not in _tags(wanted):
        return _json({"error": "the data has a newer version: ask again for all", "data": now.as_json()}, now, 412)
    results, state = desk.answer(asked.calls, asked.date1904, desk.settings.web.seconds)
    return _json({"data": state.as_json(), "answers": _told(results, asked.sheet)}, state)


def _told(results: list[Result], sheet: bool) -> list[dict[str, object]]:
    """Every answer; equal ones are laid out once, and beyond a bound an answer is an error instead."""
    known: dict[int, dict[str, object]] = {}
    found, cells = [], 0
    for result in results:
        answer = known.get(id(result))
        if answer is None:
            answer = known[id(result)] = told(result, sheet=sheet)
        rows: Any = answer.get("rows", ())
        cells += len(rows) * len(rows[0]) if rows else 1
        if cells > _MOST_IN_ANSWER:
            answer = {"error": "the answers are too large for one request: ask in parts", "excel": "#N/A"}
        found.append(answer)
    return found


@api.post(
    "/explain",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": EXPLAINED}}}},
    responses={
        **_REFUSALS,
        400: {"description": "The body is no JSON"},
        422: {"description": "The call asks nothing, or about nothing that is known"},
    },
)
async def explained(request: Request, desk: TheDesk, _: Viewer) -> Response:
    """What one cell stands on: its arguments as they were read, and every obligation with its source record."""
    body = await request.body()
    return await run_in_threadpool(_explained, desk, body)


def _explained(desk: Desk, body: bytes) -> Response:
    from web.proof import proof  # brings pandas, which would be most of a server's start

    try:
        call, date1904 = read_call(body)
        told = proof(desk, call, date1904)
    except Unreadable as error:
        return JSONResponse({"error": str(error)}, error.status)
    except Unanswerable as error:
        return JSONResponse({"error": str(error), "excel": error.excel}, 422)
    state = desk.state()
    return _json({"data": state.as_json(), **told}, state)


@api.get("/functions", responses={**_REFUSALS, 304: {"description": "The same as before"}})
def catalogue(request: Request, desk: TheDesk, _: Viewer) -> Response:
    """Every function with its arguments, their help, and an example."""
    return _unless_known(request, {"functions": [described(f) for f in functions()]}, desk.state())


@api.get("/data", responses={**_REFUSALS, 304: {"description": "The same as before"}})
def data(request: Request, desk: TheDesk, grant: Viewer) -> Response:
    """Which data stands behind an answer: its version, the day a blank date means, when each source was complete."""
    state = desk.state()
    you = {"name": grant.name, "role": grant.role, "until": plain(grant.expires_at)}
    return _unless_known(request, {**state.as_json(), "you": you}, state)


@api.get("/records/{number}", responses={**_REFUSALS, 404: {"description": "There is no such record"}})
def record(number: int, desk: TheDesk, _: Operator) -> Response:
    """A source record as its vendor sent it: the end of every explanation."""
    try:
        raw = records.raw(desk.books.engine, number) if 0 < number < 2**62 else None
    except Unanswerable:
        raw = None
    if raw is None:
        return JSONResponse({"error": f"there is no record {number}"}, 404)
    about = {
        "source": raw.source, "object": raw.object, "key": raw.key, "place": raw.place, "link": raw.link,
        "read_at": raw.known_from.isoformat(timespec="seconds"), "payload": json.loads(raw.payload),
    }  # fmt: skip
    return JSONResponse(about)


@api.get("/health", responses=_REFUSALS)
def health(desk: TheDesk, _: Operator) -> Response:
    """How the service goes: sources, jobs and open alerts."""
    status, body = desk.health.report()
    return JSONResponse(body, status)


@api.get("/metrics", responses=_REFUSALS)
def metrics(desk: TheDesk, _: Operator) -> Response:
    """The same figures for Prometheus as `backlog run` gives."""
    return Response(desk.health.metrics.text(), media_type=CONTENT_TYPE)


def _unless_known(request: Request, body: dict[str, Any], state: State) -> Response:
    if state.etag in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers={"etag": state.etag})
    return _json(body, state)


def _json(body: dict[str, Any], state: State, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "surrogatepass"), status, {"etag": state.etag}, "application/json")


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
