"""A simulated Zuora: client credentials, object queries by cursor, versions of subscriptions, refusals with status 200.

https://developer.zuora.com/api-references/api/tag/Object-Queries · …/operation/GET_SubscriptionsByKeyAndVersion
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Xml

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated, Tokens, form

LISTS = {"accounts": "accounts", "products": "products", "subscriptions": "subscriptions", "invoices": "invoices",
         "credit-memos": "credit_memos", "payments": "payments", "refunds": "refunds", "invoice-items": "invoice_items"}  # fmt: skip
SHOWN = 3  # records told within another one


class ZuoraServer(Simulated):
    """`client`: id and secret. `versions`: (number, version) -> the subscription as that version has it."""

    vendor = "zuora"

    def __init__(self, tables: Any, versions: Any, *, client: tuple[str, str], **more: Any) -> None:
        super().__init__({**{name: [] for name in LISTS.values()}, **tables}, **more)
        self.custom: dict[str, tuple[str, ...]] = {}
        self.versions, self.client, self.tokens = dict(versions), client, Tokens("zuora-access")

    def stamp(self, table: str, record: Object) -> None:
        record["updatedDate"] = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def gone(self, table: str, record: Object) -> None:
        record["status"] = "Canceled"
        self.stamp(table, record)

    def answer(self, request: Request) -> Reply:
        if request.path == "/oauth/token":
            given = form(request)
            if (given.get("client_id"), given.get("client_secret")) != self.client:
                return Reply(401, {"message": "Invalid client id", "reason": "Invalid client id"})
            return self.tokens.give(expires_in=3598)
        if not self.tokens.accepts(request):
            return Reply(401, {"message": "Failed to get user info from token", "success": False})
        parts = request.parts()
        if parts[:2] == ["v1", "subscriptions"] and len(parts) == 5:
            found = self.versions.get((parts[2], int(parts[4])))
            return Reply(200, {"success": True, **found} if found else _refusal("Cannot find subscription by key"))
        if parts[0] == "object-query" and parts[1] in LISTS:
            rows = self.tables[LISTS[parts[1]]]
            if len(parts) == 3:
                return Reply(
                    200, next((each for each in rows if each["id"] == parts[2]), None) or _refusal("not found")
                )
            return self._list(rows, request)
        if parts[:2] == ["v1", "describe"] and len(parts) == 3:
            return self._described(parts[2])
        return Reply(404, {"message": "No message available"})

    def _described(self, name: str) -> Reply:
        root = Xml.Element("object")
        Xml.SubElement(root, "name").text = name
        fields = Xml.SubElement(root, "fields")
        for each in ("Id", "Name", "AccountNumber", *self.custom.get(name, ())):
            Xml.SubElement(Xml.SubElement(fields, "field"), "name").text = each
        return Reply(200, Xml.tostring(root, encoding="utf-8"), {"Content-Type": "application/xml"})

    def _list(self, rows: list[Object], request: Request) -> Reply:
        for asked in request.query.get("filter[]", ()):
            field, operator, value = asked.replace(":", ".", 1).split(".", 2)
            name = {"updateddate": "updatedDate", "invoiceid": "invoiceId"}[field]
            rows = [each for each in rows if (each[name] >= value if operator == "GE" else each[name] == value)]
        start, size = int(request.one("cursor") or 0), min(int(request.one("pageSize", "10")), self.page)
        body: Object = {"data": [self._told(each, request) for each in rows[start : start + size]], "nextPage": None}
        if start + size < len(rows):
            body["nextPage"] = str(start + size)
        return Reply(200, body)

    def _told(self, record: Object, request: Request) -> Object:
        if "invoiceitems" not in request.query.get("expand[]", ()):
            return record
        lines = [each for each in self.tables["invoice_items"] if each["invoiceId"] == record["id"]]
        return {**record, "invoiceItems": lines[:SHOWN]}


def _refusal(message: str) -> Object:
    return {"success": False, "processId": "1", "reasons": [{"code": 50000040, "message": message}]}
