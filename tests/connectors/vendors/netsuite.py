"""A simulated NetSuite: signed client credentials, SuiteQL over a real SQL engine, answers of so many rows at most.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_157909186990.html
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from demo.vendors.exchange import Reply, Request
from vendors.simulated import Object, Simulated, Tokens, claims_of, form

COLUMNS = {
    "customer": "id INTEGER, entityid, companyname, altname, parent, url, isinactive, lastmodifieddate",
    "item": "id INTEGER, itemid, displayname, itemtype, lastmodifieddate",
    "currency": "id INTEGER, symbol",
    "transaction": "id INTEGER, tranid, type, status, entity INTEGER, voided, currency INTEGER, foreigntotal, employee, "
    "trandate, duedate, postingperiod INTEGER, lastmodifieddate, custbody_start, custbody_end",
    "transactionline": '"transaction" INTEGER, uniquekey INTEGER, id INTEGER, mainline, taxline, iscogs, item INTEGER, '
    "quantity, rate, foreignamount, memo, createdfrom INTEGER, subsidiary INTEGER, custcol_start, custcol_end",
    "NextTransactionLink": "previousdoc INTEGER, nextdoc INTEGER, linktype, foreignamount",
    "DeletedRecord": "recordid INTEGER, type, deleteddate, deletedby, context",
    "TransactionAccountingLine": '"transaction" INTEGER, transactionline INTEGER, account INTEGER, posting, '
    "accountingbook INTEGER, amount",
    "accountingperiod": "id INTEGER, enddate",
    "account": "id INTEGER, accttype",
    "subsidiary": "id INTEGER, currency INTEGER",
}


class _Sum:
    """SUM of exact decimals."""

    def __init__(self) -> None:
        self.total = Decimal(0)

    def step(self, value: Any) -> None:
        self.total += Decimal(str(value or 0))

    def finalize(self) -> str:
        return str(self.total)


class NetSuiteServer(Simulated):
    """`client_id` and `kid` may have tokens; moments are in the account's `zone`. `shown`: rows of an answer in all."""

    vendor = "netsuite"

    def __init__(
        self, tables: Any, *, client_id: str, kid: str, zone: str = "America/Los_Angeles", **more: Any
    ) -> None:
        super().__init__({**{name: [] for name in COLUMNS}, **tables}, **more)
        self.client_id, self.kid, self.zone = client_id, kid, ZoneInfo(zone)
        self.tokens = Tokens("netsuite-access")
        self.base: sqlite3.Connection | None = None

    def local(self) -> str:
        return self.now().astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def stamp(self, table: str, record: Object) -> None:
        record["lastmodifieddate"] = self.local()
        self.base = None

    def gone(self, table: str, record: Object) -> None:
        self.tables[table].remove(record)
        self.base = None
        kind = "Invoice" if table == "transaction" else table.capitalize()
        self.tables["DeletedRecord"].append({"recordid": record["id"], "type": kind, "deleteddate": self.local()})

    def answer(self, request: Request) -> Reply:
        if request.path == "/services/rest/auth/oauth2/v1/token":
            return self._token(form(request))
        if not self.tokens.accepts(request):
            return _error(401, "Invalid login attempt.", "INVALID_LOGIN")
        if request.path != "/services/rest/query/v1/suiteql":
            return _error(404, "Invalid endpoint", "NONEXISTENT_ENDPOINT")
        if request.headers.get("prefer") != "transient":
            return _error(400, "The header Prefer: transient is required.", "INVALID_HEADER")
        return self._answer(request)

    def _token(self, given: dict[str, str]) -> Reply:
        claims = claims_of(given.get("client_assertion", ""), "PS256")
        if given.get("grant_type") != "client_credentials" or not claims or claims["iss"] != self.client_id:
            return Reply(400, {"error": "invalid_request", "error_description": "The client assertion is not valid"})
        if claims.get("scope") != ["rest_webservices"] or not str(claims["aud"]).endswith("/oauth2/v1/token"):
            return Reply(400, {"error": "invalid_scope"})
        return self.tokens.give(expires_in=3600)

    def _answer(self, request: Request) -> Reply:
        question = str(request.json()["q"])
        if "ORDER BY" not in question:
            return _error(400, "Paging without a unique order loses rows", "INVALID_PARAMETER")
        try:
            rows = self._run(question)
        except sqlite3.Error as error:
            return _error(400, f"Invalid search query. Search error occurred: {error}", "INVALID_PARAMETER")
        start, size = int(request.one("offset", "0")), min(int(request.one("limit", "1000")), self.page)
        if start >= 100_000:
            return _error(400, "Offset is beyond 100,000", "INVALID_PARAMETER")
        told = [{"links": [], **row} for row in rows[start : start + size]]
        body = {"links": [], "count": len(told), "hasMore": start + size < len(rows), "items": told, "offset": start,
                "totalResults": len(rows)}  # fmt: skip
        return Reply(200, body)

    def _run(self, question: str) -> list[Object]:
        base = self.base = self.base or self._filled()
        cursor = base.execute(re.sub(r"\btransaction\b", '"transaction"', question))
        names = [each[0].lower() for each in cursor.description]
        return [
            {name: str(value) for name, value in zip(names, row, strict=True) if value is not None} for row in cursor
        ]  # what is empty is left out

    def _filled(self) -> sqlite3.Connection:
        base = sqlite3.connect(":memory:", check_same_thread=False)
        base.create_function("TO_CHAR", 2, lambda value, form: value and str(value)[: 10 if "HH24" not in form else 19])
        base.create_function("TO_DATE", 2, lambda value, form: value)
        base.create_aggregate("SUM", 1, _Sum)
        for name, columns in COLUMNS.items():
            base.execute(f'CREATE TABLE "{name}" ({columns})')
            for row in self.tables[name]:
                names, marks = ", ".join(f'"{key}"' for key in row), ", ".join("?" * len(row))
                values = [str(value) if isinstance(value, (Decimal, dt.date)) else value for value in row.values()]
                base.execute(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', values)  # noqa: S608 (our own tables)
        return base


def _error(status: int, detail: str, code: str) -> Reply:
    told = {"type": "https://www.rfc-editor.org/rfc/rfc9110", "title": detail, "status": status,
            "o:errorDetails": [{"detail": detail, "o:errorCode": code}]}  # fmt: skip
    return Reply(status, told)
