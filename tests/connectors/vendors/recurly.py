"""A simulated Recurly: basic key, version header, cursors in `next`, lists by created_at or updated_at.

https://recurly.com/developers/api/v2021-02-25/
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated

LISTS = ("accounts", "plans", "subscriptions", "invoices", "transactions", "line_items",
         "custom_field_definitions")  # fmt: skip
EMBEDDED = 5  # line items an invoice tells itself


class RecurlyServer(Simulated):
    """`key`: the API key it accepts."""

    vendor = "recurly"

    def __init__(self, tables: Any, *, key: str, **more: Any) -> None:
        super().__init__({**{name: [] for name in LISTS}, **tables}, **more)
        self.key = key

    def stamp(self, table: str, record: Object) -> None:
        record["updated_at"] = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def gone(self, table: str, record: Object) -> None:
        record["state"] = "voided" if table == "invoices" else "inactive"
        self.stamp(table, record)

    def answer(self, request: Request) -> Reply:
        given = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if given != f"{self.key}:":
            return _error(401, "unauthorized", "API Key not found")
        if request.headers.get("accept") != "application/vnd.recurly.v2021-02-25":
            return _error(406, "invalid_api_version", "The version is missing")
        parts = request.parts()
        if len(parts) == 1 and parts[0] in LISTS:
            return self._list(self.tables[parts[0]], parts[0], request)
        if len(parts) == 3 and parts[2] == "line_items":
            field = "subscription_id" if parts[0] == "subscriptions" else "invoice_id"
            return self._list(
                [each for each in self.tables["line_items"] if each.get(field) == parts[1]], "line_items", request
            )
        return _error(404, "not_found", f"Couldn't find {request.path}")

    def _list(self, rows: list[Object], name: str, request: Request) -> Reply:
        order = request.one("sort", "created_at")
        if ids := request.one("ids"):
            rows = [each for each in rows if each["id"] in ids.split(",")]
        if kind := request.one("related_type"):
            rows = [each for each in rows if each["related_type"] == kind]
        if since := request.one("begin_time"):
            rows = [each for each in rows if each[order] >= since]
        rows = sorted(rows, key=lambda each: (each[order], each["id"]))
        start, size = int(request.one("cursor") or 0), min(int(request.one("limit", "20")), self.page)
        asked = {key: values[-1] for key, values in request.query.items()}
        further = f"{request.path}?{urlencode({**asked, 'cursor': str(start + size)})}"
        told = [self._told(each, name) for each in rows[start : start + size]]
        return Reply(200, {"object": "list", "has_more": start + size < len(rows), "next": further, "data": told})

    def _told(self, record: Object, name: str) -> Object:
        if name != "invoices":
            return record
        lines = [each for each in self.tables["line_items"] if each.get("invoice_id") == record["id"]]
        return {**record, "line_items": lines[:EMBEDDED], "has_more_line_items": len(lines) > EMBEDDED}


def _error(status: int, kind: str, message: str) -> Reply:
    return Reply(status, {"error": {"type": kind, "message": message, "params": []}})
