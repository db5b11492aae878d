"""A server that passes every request on to a real one behind it, so that a real vendor can be cut, slowed and refused."""

from __future__ import annotations

from typing import Any

import httpx

from demo.vendors.exchange import Reply, Request
from demo.vendors.server import VendorServer


class Relay(VendorServer):
    """`behind`: the address of the real server."""

    vendor = "relay"

    def __init__(self, behind: str, **options: Any) -> None:
        super().__init__(**options)
        self._client = httpx.Client(base_url=behind, timeout=60)

    def answer(self, request: Request) -> Reply:
        given = {name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers}
        found = self._client.request(request.method, request.path, content=request.body, headers=given)
        return Reply(found.status_code, found.content)
