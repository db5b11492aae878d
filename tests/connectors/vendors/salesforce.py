"""A simulated Salesforce: JWT bearer tokens, describe, query and queryAll in batches, Bulk API 2.0 query jobs.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ · …/api_asynch/
"""

from __future__ import annotations

import csv
import io
from typing import Any

from demo.vendors.exchange import Reply, Request
from vendors.select import Malformed, Select, at
from vendors.simulated import Object, Simulated, Tokens, claims_of, form

ROOT = "/services/data/v62.0"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://login.salesforce.com"
_TYPES = {"IsDeleted": "boolean", "IsWon": "boolean", "IsClosed": "boolean", "IsReductionOrder": "boolean",
          "SystemModstamp": "datetime", "ActivatedDate": "datetime", "Amount": "currency", "TotalPrice": "currency",
          "UnitPrice": "currency", "Quantity": "double"}  # fmt: skip
COMMON = ("Id", "IsDeleted", "SystemModstamp", "Name")
SCHEMA: dict[str, tuple[str, ...]] = {
    "Account": (*COMMON, "ParentId", "Website", "BillingCountry", "Industry", "MasterRecordId"),
    "Product2": (*COMMON, "Family"),
    "Contract": (*COMMON, "StartDate", "EndDate"),
    "Opportunity": (*COMMON, "AccountId", "StageName", "IsWon", "IsClosed", "Amount", "CloseDate", "CurrencyIsoCode",
                    "OwnerId", "ContractId", "Renewal_Start__c"),
    "OpportunityLineItem": (*COMMON, "OpportunityId", "Product2Id", "Description", "Quantity", "UnitPrice",
                            "TotalPrice", "ServiceDate", "Service_End__c"),
    "Order": (*COMMON, "AccountId", "OrderNumber", "EffectiveDate", "EndDate", "ActivatedDate", "PoDate", "Status",
              "StatusCode", "CurrencyIsoCode", "OwnerId", "ContractId", "OpportunityId", "IsReductionOrder",
              "OriginalOrderId"),
    "OrderItem": (*COMMON, "OrderId", "Product2Id", "Description", "Quantity", "UnitPrice", "TotalPrice",
                  "ServiceDate", "EndDate", "OriginalOrderItemId"),
}  # fmt: skip
RELATIONS = {"Owner": "OwnerId", "Contract": "ContractId"}


class SalesforceServer(Simulated):
    """`client_id` and `username` may have tokens. `hidden`: fields this organization lacks. `denied`: objects the user
    may not read. `page`: records of a batch; jobs need `job_polls` looks until they are done."""

    vendor = "salesforce"
    key_field = "Id"

    def __init__(self, tables: Any, *, client_id: str, username: str, hidden: Any = (), denied: Any = (), **more: Any):
        super().__init__({**{kind: [] for kind in SCHEMA}, "User": [], **tables}, **more)
        self.client_id, self.username, self.hidden, self.denied = client_id, username, set(hidden), set(denied)
        self.tokens, self.cursors, self.jobs = Tokens("00D-access"), {}, {}  # type: ignore[var-annotated]
        self.job_polls = 1

    def stamp(self, table: str, record: Object) -> None:
        record["SystemModstamp"] = self.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def gone(self, table: str, record: Object) -> None:
        record["IsDeleted"] = True
        self.stamp(table, record)

    def answer(self, request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            return self._token(form(request))
        if not self.tokens.accepts(request):
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        parts = request.path.removeprefix(ROOT).strip("/").split("/")
        try:
            if parts[0] == "sobjects":
                return self._describe(parts[1])
            if parts[0] in ("query", "queryAll"):
                return self._next(parts[1]) if len(parts) > 1 else self._query(request.one("q"), parts[0] == "queryAll")
            if parts[:2] == ["jobs", "query"]:
                return self._job(request, parts[2:])
        except Malformed as error:
            return _error(400, "MALFORMED_QUERY", str(error))
        return _error(404, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, given: dict[str, str]) -> Reply:
        claims = claims_of(given.get("assertion", ""))
        if given.get("grant_type") != JWT_BEARER or given.get("client_id") != self.client_id:
            return Reply(400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"})
        if not claims or (claims["iss"], claims["sub"], claims["aud"]) != (self.client_id, self.username, AUDIENCE):
            return Reply(400, {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"})
        return self.tokens.give(instance_url=self.url, scope="api")

    def _fields(self, kind: str) -> list[str]:
        return [name for name in SCHEMA[kind] if name not in self.hidden]

    def _describe(self, kind: str) -> Reply:
        if kind in self.denied:
            return _error(403, "INSUFFICIENT_ACCESS", f"sObject type '{kind}' is not supported.")
        back = {field: name for name, field in RELATIONS.items()}
        fields = [{"name": each, "type": _TYPES.get(each, "string"), "relationshipName": back.get(each)}
                  for each in self._fields(kind)]  # fmt: skip
        return Reply(200, {"name": kind, "fields": fields})

    def _records(self, text: str, everything: bool) -> tuple[Select, list[Object]]:
        asked = Select.of(text)
        known = {*self._fields(asked.table), *RELATIONS}
        for path in (*asked.fields, *asked.named):
            if path != "COUNT()" and path.split(".")[0] not in known:
                raise Malformed(f"No such column '{path}' on entity '{asked.table}'")
        rows = [self._joined(each) for each in self.tables[asked.table] if everything or not each.get("IsDeleted")]
        return asked, [dict(row) for row in asked.run(rows)]

    def _joined(self, row: Object) -> Object:
        made = {"IsDeleted": False, **row}
        if made.get("ContractId"):
            made["Contract"] = self.find("Contract", made["ContractId"])
        if made.get("OwnerId"):
            made["Owner"] = self.find("User", made["OwnerId"])
        return made

    def _query(self, text: str, everything: bool) -> Reply:
        asked, rows = self._records(text, everything)
        if asked.fields == ["COUNT()"]:
            return Reply(200, {"totalSize": len(rows), "done": True, "records": []})
        told = [_told(row, asked) for row in rows]
        return self._batch(f"0r8{len(self.cursors):06d}", told, len(told))

    def _batch(self, cursor: str, told: list[Object], total: int) -> Reply:
        body: Object = {"totalSize": total, "done": len(told) <= self.page, "records": told[: self.page]}
        if not body["done"]:
            self.cursors[f"{cursor}-{len(told)}"] = (told[self.page :], total)
            body["nextRecordsUrl"] = f"{ROOT}/query/{cursor}-{len(told)}"
        return Reply(200, body)

    def _next(self, cursor: str) -> Reply:
        if cursor not in self.cursors:
            return _error(404, "INVALID_QUERY_LOCATOR", "invalid query locator")
        told, total = self.cursors[cursor]
        return self._batch(cursor.partition("-")[0], told, total)

    def _job(self, request: Request, parts: list[str]) -> Reply:
        if request.method == "POST":
            body = request.json()
            asked, rows = self._records(body["query"], body["operation"] == "queryAll")
            key = f"750{len(self.jobs):06d}"
            self.jobs[key] = [asked, rows, self.job_polls]
            return Reply(200, {"id": key, "state": "UploadComplete", "operation": body["operation"]})
        if not parts or parts[0] not in self.jobs:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        asked, rows, polls = self.jobs[parts[0]]
        if len(parts) == 1:
            self.jobs[parts[0]][2] -= 1
            return Reply(200, {"id": parts[0], "state": "InProgress" if polls > 0 else "JobComplete"})
        start, size = int(request.one("locator") or 0), min(int(request.one("maxRecords", "9999")), self.page)
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        if start == 0:
            writer.writerow(asked.fields)
        for row in rows[start : start + size]:
            writer.writerow([_cell(at(row, name)) for name in asked.fields])
        further = str(start + size) if start + size < len(rows) else "null"
        headers = {"Sforce-Locator": further, "Sforce-NumberOfRecords": str(len(rows[start : start + size]))}
        return Reply(200, out.getvalue().encode(), headers)


def _told(row: Object, asked: Select) -> Object:
    told: Object = {"attributes": {"type": asked.table, "url": f"{ROOT}/sobjects/{asked.table}/{row['Id']}"}}
    for path in asked.fields:
        head, _, tail = path.partition(".")
        if not tail:
            told[head] = row.get(head)
        elif row.get(head) is None:
            told[head] = None
        else:
            told[head] = {"attributes": {"type": head}, **(told.get(head) or {}), tail: row[head].get(tail)}
    return told


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).replace("+0000", "Z")


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, [{"errorCode": code, "message": message}])
