"""A simulated Pipedrive: token in a header, cursors, deleted deals apart, a budget of tokens a day.

https://developers.pipedrive.com/docs/api/v1 (the endpoints of v2) · …/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

from typing import Any

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated


class PipedriveServer(Simulated):
    """`token`: the one it accepts; `daily`: how many requests a day it answers."""

    vendor = "pipedrive"

    def __init__(self, tables: Any, *, token: str, daily: int = 10**6, **more: Any) -> None:
        names = ("organizations", "persons", "products", "deals", "deal_products", "stages", "dealFields", "organizationFields",
                 "personFields", "productFields")  # fmt: skip
        super().__init__({**{name: [] for name in names}, **tables}, **more)
        self.token, self.daily, self.answered = token, daily, 0

    def stamp(self, table: str, record: Object) -> None:
        record["update_time"] = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def gone(self, table: str, record: Object) -> None:
        record["is_deleted"] = True
        self.stamp(table, record)

    def answer(self, request: Request) -> Reply:
        if request.headers.get("x-api-token") != self.token:
            return Reply(401, {"success": False, "error": "unauthorized access", "errorCode": 401})
        self.answered += 1
        if self.answered > self.daily:
            said = {"success": False, "error": "request over limit", "errorCode": 429}
            return Reply(429, said, {"x-daily-ratelimit-token-remaining": "0"})
        parts = request.parts()[2:]
        if parts == ["deals", "products"]:
            wanted = request.one("deal_ids").split(",")
            return self._page(
                [each for each in self.tables["deal_products"] if str(each["deal_id"]) in wanted], request
            )
        if len(parts) != 1 or parts[0] not in self.tables:
            return Reply(404, {"success": False, "error": "Not found"})
        rows = self.tables[parts[0]]
        if parts[0] == "deals":
            deleted = request.one("status") == "deleted"
            rows = [each for each in rows if bool(each.get("is_deleted")) == deleted]
        if since := request.one("updated_since"):
            rows = [each for each in rows if each["update_time"] >= since]
        by = "field_code" if parts[0].endswith("Fields") else request.one("sort_by", "id")
        return self._page(sorted(rows, key=lambda each: each[by]), request)

    def _page(self, rows: list[Object], request: Request) -> Reply:
        start, size = int(request.one("cursor") or 0), min(int(request.one("limit", "100")), self.page)
        further = str(start + size) if start + size < len(rows) else None
        return Reply(
            200, {"success": True, "data": rows[start : start + size], "additional_data": {"next_cursor": further}}
        )
