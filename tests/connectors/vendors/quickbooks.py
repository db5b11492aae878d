"""A simulated QuickBooks Online: rotating tokens, queries by position, change data capture, reports.

https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/
"""

from __future__ import annotations

import base64
from typing import Any

from demo.vendors.exchange import Reply, Request
from vendors.select import Malformed, Select
from vendors.simulated import Object, Simulated, Tokens, form

KINDS = ("Customer", "Item", "Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment", "Preferences")


class QuickBooksServer(Simulated):
    """`client`: id and secret of the app; `refresh`: the refresh token that is good now. `reports`: name -> body.

    Deleted records leave the tables and stay in the change feed; `late`: ids the feed wrongly tells to be deleted.
    """

    vendor = "quickbooks"
    key_field = "Id"

    def __init__(
        self, tables: Any, *, realm: str, client: tuple[str, str], refresh: str, reports: Any = None, **more: Any
    ):
        super().__init__({**{kind: [] for kind in KINDS}, **tables}, **more)
        self.realm, self.client, self.refresh = realm, client, refresh
        self.reports, self.deleted, self.late = dict(reports or {}), dict[str, list[Object]](), set[str]()
        self.tokens = Tokens("eyJ-qbo-access")
        self.used = set[str]()

    def stamp(self, table: str, record: Object) -> None:
        record["MetaData"] = {
            **record.get("MetaData", {}),
            "LastUpdatedTime": self.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def gone(self, table: str, record: Object) -> None:
        self.tables[table].remove(record)
        self.stamp(table, record)
        kept = {"Id": record["Id"], "status": "Deleted", "domain": "QBO", "MetaData": record["MetaData"]}
        self.deleted.setdefault(table, []).append(kept)

    def answer(self, request: Request) -> Reply:
        if request.path == "/oauth2/v1/tokens/bearer":
            return self._token(request)
        if not self.tokens.accepts(request):
            said = [{"message": "message=AuthenticationFailed", "detail": "Token expired", "code": "3200"}]
            return Reply(401, {"fault": {"error": said, "type": "AUTHENTICATION"}})
        root = f"/v3/company/{self.realm}/"
        if not request.path.startswith(root):
            return _fault(403, "ApplicationAuthorizationFailed", "3100")
        name, *rest = request.path.removeprefix(root).split("/")
        if name == "query":
            return self._query(request.one("query"))
        if name == "cdc":
            return self._changes(request.one("entities").split(","), request.one("changedSince"))
        if name == "reports" and rest and rest[0] in self.reports:
            return Reply(200, self.reports[rest[0]])
        return _fault(404, "Unsupported Operation", "500")

    def _token(self, request: Request) -> Reply:
        given, basic = form(request), base64.b64encode(":".join(self.client).encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return Reply(401, {"error": "invalid_client"})
        if given.get("grant_type") != "refresh_token" or given.get("refresh_token") not in (self.refresh, *self.used):
            return Reply(400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"})
        self.used.add(self.refresh)  # Intuit answers the former token for a day
        self.refresh = f"AB11-refresh-{self.tokens.given:04d}-successor"
        return self.tokens.give(refresh_token=self.refresh, expires_in=3600, x_refresh_token_expires_in=8726400)

    def _query(self, text: str) -> Reply:
        try:
            asked = Select.of(text.replace("ORDERBY", "ORDER BY"))
        except Malformed as error:
            return _fault(400, f"QueryParserError: {error}", "4000")
        rows = self.tables[asked.table]
        if not any("Active" in name for name in asked.named):
            rows = [each for each in rows if each.get("Active", True)]
        found = asked.run(rows)[: self.page]
        if asked.table in ("Customer", "Item"):
            found = [{"Active": True, **each} for each in found]
        return Reply(200, {"QueryResponse": {asked.table: found} if found else {}, "time": str(self.now())})

    def _changes(self, kinds: list[str], since: str) -> Reply:
        answers = []
        for kind in kinds:
            rows = [each for each in self.tables[kind] if each["MetaData"]["LastUpdatedTime"] >= since]
            rows += [each for each in self.deleted.get(kind, []) if each["MetaData"]["LastUpdatedTime"] >= since]
            rows += [
                {"Id": key, "status": "Deleted"} for key in self.late if key in {r["Id"] for r in self.tables[kind]}
            ]
            answers.append({kind: rows[: self.page]} if rows else {})
        return Reply(200, {"CDCResponse": [{"QueryResponse": answers}], "time": str(self.now())})


def _fault(status: int, detail: str, code: str) -> Reply:
    return Reply(
        status, {"Fault": {"Error": [{"Message": detail, "Detail": detail, "code": code}], "type": "ValidationFault"}}
    )
