"""A simulated HubSpot: CRM objects, search, associations, pipelines and owners, state in memory.

Reference: https://developers.hubspot.com/docs/api-reference/crm-deals-v3/guide (and companies, line items),
https://developers.hubspot.com/docs/api-reference/search/guide, …/crm-associations-v4/guide,
https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (limits and 429).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from demo.vendors import hubspot_search
from demo.vendors.exchange import Reply, Request
from demo.vendors.faults import Window
from demo.vendors.hubspot_state import OBJECTS, HubSpotState, Object

# What a read returns where no properties are asked for; the first three come with every read.
ALWAYS = ("hs_object_id", "createdate", "hs_lastmodifieddate")
DEFAULTS: dict[str, tuple[str, ...]] = {
    "companies": ("name", "domain"),
    "deals": ("dealname", "amount", "closedate", "pipeline", "dealstage"),
    "line_items": ("name", "price", "quantity", "amount"),
    "products": ("name", "price", "description"),
    "contacts": ("firstname", "lastname", "email"),
}
_WORD = {
    "companies": "company",
    "deals": "deal",
    "line_items": "line_item",
    "products": "product",
    "contacts": "contact",
}
# Default (unlabelled) association types: https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
ASSOCIATION_TYPES = {
    ("deals", "line_items"): 19, ("line_items", "deals"): 20, ("deals", "companies"): 341, ("companies", "deals"): 342,
    ("deals", "contacts"): 3, ("contacts", "deals"): 4, ("companies", "contacts"): 280, ("contacts", "companies"): 279,
}  # fmt: skip


class HubSpotServer(HubSpotState):
    """HubSpot's API over `data`.

    `data`: "companies", "deals", "line_items" … → objects as `{"id", "properties", "createdAt", "updatedAt",
    "archived"}`; "associations" → (from type, from id, to type, to id), read both ways; "pipelines" → deal pipelines;
    "owners" → owners; "account" → the account's details (time zone, currency).
    `token`: the bearer token it accepts; `expired`: one that was good once. `denied`: types the token may not read.
    `rate_per_second` is counted over ten seconds, as HubSpot does; `search_per_second` for search alone (5);
    `daily`: requests a day. `search_lag`: seconds until a change is found by search.
    """

    vendor = "hubspot"

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        token: str = "pat-demo",  # noqa: S107 (the simulated vendor's own)
        *,
        expired: str = "",
        denied: Iterable[str] = (),
        rate_per_second: float | None = None,
        search_per_second: float | None = None,
        daily: int = 650_000,
        search_lag: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.token, self.expired, self.denied = token, expired, set(denied)
        self.burst = Window(max(1, round(rate_per_second * 10)), 10.0) if rate_per_second else None
        self.search_window = Window(max(1, round(search_per_second)), 1.0) if search_per_second else None
        self.day = Window(daily, 86_400.0)
        self.search_lag = search_lag
        self.policy = ""

    def admits(self, request: Request) -> bool:
        """The burst limit of ten seconds and the daily one; search has its own, by the second."""
        search = request.path.endswith("/search")
        checks = (("DAILY", self.day), *(
            (("SECONDLY", self.search_window),) if search else (("TEN_SECONDLY_ROLLING", self.burst),)
        ))  # fmt: skip
        for policy, window in checks:
            if window and not window.take():
                self.policy = policy
                return False
        return True

    def limited(self, request: Request) -> Reply:
        """429 as the usage guidelines word it."""
        policy = self.policy or "TEN_SECONDLY_ROLLING"
        payload = {
            "status": "error", "message": f"You have reached your {policy.lower()} limit.", "errorType": "RATE_LIMIT",
            "correlationId": self._correlation(), "policyName": policy, "requestId": self._correlation(),
        }  # fmt: skip
        return Reply(429, payload, {**self._limits(request), **self.patience()})

    def answer(self, request: Request) -> Reply:
        """One request: authentication, rights, then the object or list."""
        refusal = self._unauthorized(request)
        reply = refusal or self._route(request)
        return Reply(reply.status, reply.payload, {**self._limits(request), **reply.headers})

    def _limits(self, request: Request) -> dict[str, str]:
        headers = {"X-HubSpot-Correlation-Id": self._correlation()}
        if not request.path.endswith("/search"):
            # "These headers aren't included in responses of the search API."
            burst = self.burst or Window(190, 10.0, time.monotonic)
            headers |= {
                "X-HubSpot-RateLimit-Daily": str(self.day.limit),
                "X-HubSpot-RateLimit-Daily-Remaining": str(self.day.remaining),
                "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                "X-HubSpot-RateLimit-Max": str(burst.limit),
                "X-HubSpot-RateLimit-Remaining": str(burst.remaining),
            }
        return headers

    def _correlation(self) -> str:
        return f"00000000-0000-4000-8000-{len(self.requests):012d}"

    def problem(self, status: int, category: str, message: str, **more: Any) -> Reply:
        """An error in HubSpot's words."""
        body = {"status": "error", "message": message, "correlationId": self._correlation(), "category": category}
        return Reply(status, {**body, **more})

    def _unauthorized(self, request: Request) -> Reply | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not given:
            text = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
            text += "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
            return self.problem(401, "INVALID_AUTHENTICATION", text)
        if self.expired and given == self.expired:
            return self.problem(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired.")
        if given != self.token:
            text = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
            return self.problem(401, "INVALID_AUTHENTICATION", text)
        return None

    def _denied(self, kind: str) -> Reply | None:
        if kind not in self.denied:
            return None
        scope = f"crm.objects.{kind}.read"
        text = "This app hasn't been granted all required scopes to make this call."
        context = {"requiredGranularScopes": [scope]}
        errors = [{"message": "One or more of the following scopes are required.", "context": context}]
        return self.problem(403, "MISSING_SCOPES", text, errors=errors)

    def _route(self, request: Request) -> Reply:
        parts, method = request.parts(), request.method
        if method == "GET" and parts == ["account-info", "v3", "details"]:
            return Reply(200, self.account)
        if method == "GET" and parts[:3] == ["crm", "v3", "pipelines"] and len(parts) == 4:
            return Reply(200, {"results": self.pipelines if parts[3] in ("deals", "deal") else []})
        if method == "GET" and parts == ["crm", "v3", "owners"]:
            return self._owners(request)
        if method == "GET" and parts[:3] == ["crm", "v3", "properties"] and len(parts) == 4:
            return self._denied(parts[3]) or Reply(200, {"results": self._definitions(parts[3])})
        if parts[:3] == ["crm", "v3", "objects"] and len(parts) > 3 and parts[3] in OBJECTS:
            return self._denied(parts[3]) or self._object_route(request, parts[3], parts[4:])
        if method == "POST" and parts[:3] == ["crm", "v4", "associations"] and parts[5:] == ["batch", "read"]:
            return self._denied(parts[3]) or self._associations(request, parts[3], parts[4])
        if method == "GET" and parts[:3] == ["crm", "v4", "objects"] and parts[5:6] == ["associations"]:
            to = self._linked(parts[3], parts[4], parts[6])
            return self._denied(parts[3]) or Reply(200, {"results": [self._end(parts[3], parts[6], key) for key in to]})
        return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>", {"X-Powered-By": "simulated"})

    def _object_route(self, request: Request, kind: str, rest: Sequence[str]) -> Reply:
        if request.method == "GET" and not rest:
            return self._list(request, kind)
        if request.method == "POST" and list(rest) == ["search"]:
            return hubspot_search.search(self, kind, request)
        if request.method == "POST" and list(rest) == ["batch", "read"]:
            return self._batch(request, kind)
        if request.method == "GET" and len(rest) == 1:
            found = self.objects[kind].get(self.merged[kind].get(rest[0], rest[0]))
            wanted_archived = request.one("archived") == "true"
            if found is None or found.get("archived", False) != wanted_archived:
                return self.problem(404, "OBJECT_NOT_FOUND", "resource not found")
            return Reply(200, self._with_associations(kind, found, request))
        return self.problem(405, "METHOD_NOT_ALLOWED", f"{request.method} is not allowed here")

    def _list(self, request: Request, kind: str) -> Reply:
        limit, after = request.one("limit", "10"), request.one("after", "0")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            text = f"Invalid input JSON on line 1: limit must be between 1 and 100, was {limit}"
            return self.problem(400, "VALIDATION_ERROR", text)
        if not after.isdigit():
            return self.problem(400, "VALIDATION_ERROR", f"{after} is not a valid paging cursor")
        archived = request.one("archived") == "true"
        rows = [
            row for row in self.by_id(kind) if row.get("archived", False) is archived and int(row["id"]) > int(after)
        ]
        page = rows[: int(limit)]
        payload: Object = {"results": [self._with_associations(kind, row, request) for row in page]}
        if len(rows) > len(page):
            cursor = page[-1]["id"]
            link = f"https://api.hubapi.com{request.path}?limit={limit}&after={cursor}"
            payload["paging"] = {"next": {"after": cursor, "link": link}}
        return Reply(200, payload)

    def _batch(self, request: Request, kind: str) -> Reply:
        body = request.json()
        keys = [str(each["id"]) for each in body.get("inputs", ())] if isinstance(body, dict) else []
        if not keys or len(keys) > 100:
            return self.problem(400, "VALIDATION_ERROR", "inputs must have between 1 and 100 entries")
        found = [row for key in keys if (row := self.objects[kind].get(key)) and not row.get("archived")]
        results = [self.shown(kind, row, body.get("properties") or ()) for row in found]
        payload: Object = {"status": "COMPLETE", "results": results, "startedAt": self.now(), "completedAt": self.now()}
        if len(found) == len(keys):
            return Reply(200, payload)
        missing = sorted(set(keys) - {row["id"] for row in found})
        text = "Could not get some objects, they may be deleted or not exist. Check that ids are valid."
        error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": text, "context": {"ids": missing}}
        return Reply(207, {**payload, "numErrors": 1, "errors": [error]})

    def _associations(self, request: Request, kind: str, to_kind: str) -> Reply:
        body = request.json()
        inputs = body.get("inputs", []) if isinstance(body, dict) else []
        if not inputs or len(inputs) > 1000:
            return self.problem(400, "VALIDATION_ERROR", "inputs must have between 1 and 1000 entries")
        results, errors = [], []
        for each in inputs:
            key, start = str(each["id"]), int(each.get("after") or 0)
            keys = self._linked(kind, key, to_kind)
            if not keys:
                errors.append(_no_association(kind, key, to_kind))
                continue
            row: Object = {"from": {"id": key}}
            row["to"] = [self._end(kind, to_kind, to) for to in keys[start : start + 100]]
            if len(keys) > start + 100:
                row["paging"] = {"next": {"after": str(start + 100)}}
            results.append(row)
        payload: Object = {"status": "COMPLETE", "results": results, "startedAt": self.now(), "completedAt": self.now()}
        if errors:
            return Reply(207, {**payload, "numErrors": len(errors), "errors": errors})
        return Reply(200, payload)

    def _linked(self, kind: str, key: str, to_kind: str) -> list[str]:
        there = self.objects.get(to_kind, {})
        return [to for to in self.links.get((kind, key, to_kind), ()) if to in there and not there[to].get("archived")]

    def _end(self, kind: str, to_kind: str, key: str) -> Object:
        number = ASSOCIATION_TYPES.get((kind, to_kind), 1)
        types = [{"category": "HUBSPOT_DEFINED", "typeId": number, "label": None}]
        return {"toObjectId": int(key), "associationTypes": types}

    def _with_associations(self, kind: str, row: Object, request: Request) -> Object:
        asked = [name for value in request.query.get("properties", ()) for name in value.split(",") if name]
        shown = self.shown(kind, row, asked)
        for value in request.query.get("associations", ()):
            for to_kind in filter(None, value.split(",")):
                word = f"{_WORD[kind]}_to_{_WORD[to_kind]}"
                results = [{"id": key, "type": word} for key in self._linked(kind, row["id"], to_kind)]
                if results:
                    # In this answer, and here only, HubSpot writes the type with a space.
                    shown.setdefault("associations", {})[to_kind.replace("_", " ")] = {"results": results}
        return shown

    def shown(self, kind: str, row: Object, asked: Iterable[str]) -> Object:
        """An object with the properties asked for (unset ones are null), or its default ones."""
        values = self.properties(row)
        names = (*ALWAYS, *(asked or DEFAULTS[kind]))
        shown = {"id": row["id"], "properties": {name: values.get(name) for name in names}}
        shown |= {name: row[name] for name in ("createdAt", "updatedAt")}
        shown["archived"] = bool(row.get("archived", False))
        if row.get("archivedAt"):
            shown["archivedAt"] = row["archivedAt"]
        return shown

    def properties(self, row: Object) -> Object:
        """All properties, with those HubSpot keeps itself."""
        own = {"hs_object_id": row["id"], "createdate": row["createdAt"], "hs_lastmodifieddate": row["updatedAt"]}
        return {**own, **row["properties"], "hs_lastmodifieddate": row["updatedAt"]}

    def by_id(self, kind: str) -> list[Object]:
        """The objects in the order of their ids, as lists give them."""
        return sorted(self.objects[kind].values(), key=lambda row: int(row["id"]))

    def _owners(self, request: Request) -> Reply:
        limit, after = int(request.one("limit", "100")), int(request.one("after", "0") or 0)
        rows = [row for row in self.owners if bool(row.get("archived")) is (request.one("archived") == "true")]
        payload: Object = {"results": rows[after : after + limit]}
        if len(rows) > after + limit:
            payload["paging"] = {"next": {"after": str(after + limit)}}
        return Reply(200, payload)

    def _definitions(self, kind: str) -> list[Object]:
        names = {name for row in self.objects.get(kind, {}).values() for name in row["properties"]}
        names |= {*ALWAYS, *DEFAULTS.get(kind, ()), "hs_merged_object_ids"}
        return [{"name": name, "label": name, "type": "string", "fieldType": "text"} for name in sorted(names)]


def _no_association(kind: str, key: str, to_kind: str) -> Object:
    one, other = _WORD.get(kind, kind), _WORD.get(to_kind, to_kind)
    context = {"fromObjectId": [key], "fromObjectType": [one], "toObjectType": [other]}
    return {
        "status": "error", "category": "OBJECT_NOT_FOUND", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {other} is associated with {one} {key}.", "context": context,
    }  # fmt: skip
