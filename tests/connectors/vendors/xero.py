"""A simulated Xero: rotating tokens, tenant header, pages by number, If-Modified-Since, day and minute limits, reports.

https://developer.xero.com/documentation/api/accounting/ · …/guides/oauth2/limits/
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated, Tokens, form

KEYS = {"Contacts": "ContactID", "Items": "ItemID", "Invoices": "InvoiceID", "CreditNotes": "CreditNoteID",
        "Payments": "PaymentID"}  # fmt: skip


class XeroServer(Simulated):
    """`tenant`: the organisation; `refresh`: the refresh token that is good now; `daily`: requests a day."""

    vendor = "xero"

    def __init__(self, tables: Any, *, tenant: str, refresh: str, reports: Any = None, daily: int = 10**6, **more: Any):
        super().__init__({**{name: [] for name in KEYS}, **tables}, **more)
        self.tenant, self.refresh, self.reports, self.daily = tenant, refresh, reports or {}, daily
        self.tokens, self.used, self.answered = Tokens("xero-access"), set[str](), 0

    def find(self, table: str, key: str) -> Object:
        return next(each for each in self.tables[table] if each[KEYS[table]] == key)

    def stamp(self, table: str, record: Object) -> None:
        record["UpdatedDateUTC"] = f"/Date({int(self.clock() * 1000)}+0000)/"

    def gone(self, table: str, record: Object) -> None:
        record["Status"] = "DELETED"
        self.stamp(table, record)

    def answer(self, request: Request) -> Reply:
        if request.path == "/connect/token":
            return self._token(request)
        if not self.tokens.accepts(request):
            said = {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"}
            return Reply(401, said)
        if request.headers.get("xero-tenant-id") != self.tenant:
            return Reply(403, {"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"})
        self.answered += 1
        if self.answered > self.daily:
            return Reply(429, b"", {"X-Rate-Limit-Problem": "day", "Retry-After": "43200"})
        name, *rest = request.parts()
        if name == "Organisation":
            return Reply(200, {"Organisations": [{"BaseCurrency": "NZD"}]})
        if name == "Reports":
            return Reply(200, {"Reports": [{"Rows": self.reports.get(rest[0], [])}]})
        if name not in KEYS or rest:
            return Reply(404, {"Title": "The resource you're looking for cannot be found", "Status": 404})
        return self._list(name, request)

    def _token(self, request: Request) -> Reply:
        given = form(request)
        if given.get("refresh_token") not in (self.refresh, *self.used):
            return Reply(400, {"error": "invalid_grant"})
        self.used.add(self.refresh)  # answered again for half an hour
        self.refresh = f"xero-refresh-{self.tokens.given:04d}-successor"
        return self.tokens.give(refresh_token=self.refresh, expires_in=1800)

    def _list(self, name: str, request: Request) -> Reply:
        rows = list(self.tables[name])
        if found := re.match(r'Type=="(\w+)"\Z', request.one("where")):
            rows = [each for each in rows if each["Type"] == found[1]]
        if since := request.headers.get("if-modified-since"):
            moment = dt.datetime.fromisoformat(since).replace(tzinfo=dt.UTC).timestamp() * 1000
            rows = [each for each in rows if int(each["UpdatedDateUTC"][6:].split("+")[0]) >= moment]
        if request.one("order"):
            rows.sort(key=lambda each: str(each[request.one("order")]))
        if name == "Items":
            return Reply(200, {"Items": rows})
        page, size = int(request.one("page", "1")), min(int(request.one("pageSize", "100")), self.page)
        told = rows[(page - 1) * size : page * size]
        pagination = {"page": page, "pageSize": size, "pageCount": -(-len(rows) // size), "itemCount": len(rows)}
        return Reply(200, {name: told, "pagination": pagination})
