"""A simulated API nobody has a connector for: orders with items in cents, and any of the usual ways to turn pages."""

from __future__ import annotations

from typing import Any

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated


class ShopServer(Simulated):
    """`token`: the bearer token it accepts; `style`: how it turns pages."""

    vendor = "shop"

    def __init__(self, tables: Any, *, token: str, style: str = "cursor", **more: Any) -> None:
        super().__init__(tables, **more)
        self.token, self.style = token, style

    def stamp(self, table: str, record: Object) -> None:
        record["updated_at"] = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def gone(self, table: str, record: Object) -> None:
        record["deleted_at"] = self.now().isoformat()
        self.stamp(table, record)

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"error": {"message": "bad token"}})
        name = request.path.strip("/")
        if name not in self.tables:
            return Reply(404, {"error": {"message": "no such thing"}})
        rows = self.tables[name]
        if since := request.one("updated_since"):
            rows = [each for each in rows if each["updated_at"] >= since]
        return self._page(rows, request)

    def _page(self, rows: list[Object], request: Request) -> Reply:
        size = self.page
        if self.style == "page":
            start = (int(request.one("page", "1")) - 1) * size
        elif self.style == "after_id":
            ids = [each["id"] for each in rows]
            start = ids.index(request.one("after")) + 1 if request.one("after") else 0
        else:
            start = int(request.one("offset") or request.one("after") or 0)
        more = start + size < len(rows)
        body: Object = {"data": rows[start : start + size], "more": more}
        if self.style == "cursor":
            body["next"] = str(start + size) if more else None
        if self.style == "link":
            body["next"] = f"{request.path}?offset={start + size}" if more else None
        return Reply(200, body)
