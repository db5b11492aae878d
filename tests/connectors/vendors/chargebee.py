"""A simulated Chargebee: basic key, lists by offset, filters, deleted records, long invoices in parts.

https://apidocs.chargebee.com/docs/api/ (pagination, filters, error handling)
"""

from __future__ import annotations

import base64
import json
from typing import Any

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated

WORDS = {"customers": "customer", "item_prices": "item_price", "subscriptions": "subscription", "invoices": "invoice",
         "credit_notes": "credit_note", "transactions": "transaction"}  # fmt: skip
LINES = 5  # lines of an invoice told at once


class ChargebeeServer(Simulated):
    """`key`: the API key it accepts."""

    vendor = "chargebee"

    def __init__(self, tables: Any, *, key: str, **more: Any) -> None:
        super().__init__({**{name: [] for name in WORDS}, **tables}, **more)
        self.key = key

    def stamp(self, table: str, record: Object) -> None:
        record["updated_at"] = int(self.clock())

    def gone(self, table: str, record: Object) -> None:
        record["deleted"] = True
        self.stamp(table, record)

    def limited(self, request: Request) -> Reply:
        said = {
            "message": "Too many requests",
            "type": "operation_failed",
            "api_error_code": "api_request_limit_exceeded",
        }
        return Reply(429, said, self.patience())

    def answer(self, request: Request) -> Reply:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(given or "").decode() != f"{self.key}:":
            return _error(401, "Sorry, authentication failed. Invalid api key.", "api_authentication_failed")
        name, *rest = request.parts()
        if name not in WORDS:
            return _error(404, f"The path {request.path} does not exist", "site_not_found")
        if rest:
            found = [each for each in self.tables[name] if each["id"] == rest[0]]
            if not found:
                return _error(404, f"{rest[0]} not found", "resource_not_found")
            return Reply(200, {WORDS[name]: _part(found[0], int(request.one("line_items_offset") or 0))})
        return self._list(name, request)

    def _list(self, name: str, request: Request) -> Reply:
        rows = [
            each for each in self.tables[name] if request.one("include_deleted") == "true" or not each.get("deleted")
        ]
        for asked in request.query:
            field, _, operator = asked.rstrip("]").partition("[")
            if operator == "after":
                rows = [each for each in rows if each["updated_at"] > int(request.one(asked))]
            elif operator == "in":
                wanted = json.loads(request.one(asked))
                rows = [each for each in rows if str(each.get(field)) in wanted]
            elif field not in ("limit", "offset", "include_deleted"):
                return _error(400, f"{asked}: unknown parameter", "param_wrong_value")
        rows = sorted(rows, key=lambda each: -int(each.get("created_at") or each.get("date") or 0))
        start, size = int(request.one("offset") or 0), min(int(request.one("limit", "10")), self.page)
        body: Object = {"list": [{WORDS[name]: _part(each, 0)} for each in rows[start : start + size]]}
        if start + size < len(rows):
            body["next_offset"] = str(start + size)
        return Reply(200, body)


def _part(record: Object, start: int) -> Object:
    lines = record.get("line_items") or []
    if len(lines) <= LINES:
        return record
    told = {**record, "line_items": lines[start : start + LINES]}
    return {**told, "line_items_next_offset": str(start + LINES)} if start + LINES < len(lines) else told


def _error(status: int, message: str, code: str) -> Reply:
    return Reply(status, {"message": message, "type": "invalid_request", "api_error_code": code})
