"""Who asks: the bearer token of a request, what its role allows, and a line in the log for whoever was refused."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from store.access import Grant, grant_of
from store.connect import translated
from web.desk import Desk

bearer = HTTPBearer(auto_error=False, description="A token of `backlog token create`")
_log = logging.getLogger("backlog.web")
_ANYBODY = Grant(0, "this machine", "admin", dt.datetime(1970, 1, 1, tzinfo=dt.UTC), None, None)


def desk_of(request: Request) -> Desk:
    """The desk that the application was made with."""
    found: Desk = request.app.state.desk
    return found


TheDesk = Annotated[Desk, Depends(desk_of)]


def requires(role: str) -> Callable[..., Grant]:
    """Lets through whoever has a valid token of that role or a higher one: 401 without, 403 where it is not enough."""

    def granted(
        request: Request,
        desk: TheDesk,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Grant:
        if desk.settings.web.authentication == "none":
            return _ANYBODY
        if given is None:
            raise _refused(request, 401, "no token was given. Sign in with one of: backlog token create")
        with translated(desk.books.engine.url.database):
            grant = grant_of(desk.books.engine, given.credentials)
        if grant is None:
            raise _refused(request, 401, "this token is not known here")
        if why := grant.refused(dt.datetime.now(dt.UTC)):
            raise _refused(request, 401, f"this token counts no more: {why}. Ask for a new one", grant)
        if not grant.may(role):
            raise _refused(request, 403, f"this token is a {grant.role}'s; this needs the role {role}", grant)
        return grant

    return granted


Viewer = Annotated[Grant, Depends(requires("viewer"))]
Operator = Annotated[Grant, Depends(requires("operator"))]


def _refused(request: Request, status: int, reason: str, grant: Grant | None = None) -> HTTPException:
    who = f" ({grant.name}, token {grant.id})" if grant else ""
    client = request.client.host if request.client else "unknown"
    _log.warning("refused %s %s from %s%s: %s", request.method, request.url.path, client, who, reason)
    return HTTPException(status, reason, {"www-authenticate": "Bearer"} if status == 401 else None)
