"""A simulated Stripe: lists, nested lines, events and errors as the API reference describes them, state in memory.

Reference: https://docs.stripe.com/api (pagination, errors, events, and each object's page);
https://docs.stripe.com/rate-limits. Objects are given and served whole, in Stripe's own shapes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from demo.vendors.exchange import Reply, Request
from demo.vendors.stripe_state import EMBEDDED, LISTS, Object, StripeState, subscription_of

_PLAIN = {"limit", "starting_after", "ending_before", "expand[]"}
_RANGE = {"created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"}
# What a list may be narrowed by, beside paging and `created`.
_FILTERS: dict[str, set[str]] = {
    "customers": {"email"},
    "products": {"active", "ids[]"},
    "prices": {"active", "product", "currency", "type", "lookup_keys[]"},
    "subscriptions": {"status", "customer", "price", "collection_method"},
    "subscription_schedules": {"customer", "scheduled"},
    "invoices": {"status", "customer", "subscription", "collection_method"},
    "invoiceitems": {"customer", "invoice", "pending"},
    "invoice_payments": {"status", "invoice", "payment[type]", "payment[payment_intent]"},
    "credit_notes": {"customer", "invoice"},
    "charges": {"customer", "payment_intent"},
    "payment_intents": {"customer"},
    "refunds": {"charge", "payment_intent"},
    "disputes": {"charge", "payment_intent"},
    "events": {"type", "types[]", "delivery_success"},
}
EVENT_DAYS = 30


class StripeServer(StripeState):
    """Stripe's API over `data`: list name → objects, in any order.

    `key`: the secret key it accepts, as a bearer token or as the user of basic authentication.
    `denied`: lists that the key may not read (403, as for a restricted key).
    """

    vendor = "stripe"

    def __init__(
        self,
        data: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
        key: str = "sk_test_demo",
        *,
        denied: Iterable[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.key, self.denied = key, set(denied)

    def answer(self, request: Request) -> Reply:
        """One request of the API: authentication, a list, a nested list, or one object."""
        headers = {"Request-Id": f"req_{len(self.requests):010d}", "Stripe-Version": "2025-09-30.clover"}
        reply = self._unauthorized(request) or self._route(request)
        return Reply(reply.status, reply.payload, {**headers, **reply.headers})

    def limited(self, request: Request) -> Reply:
        """429 as https://docs.stripe.com/rate-limits describes it."""
        message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
        headers = {"Stripe-Rate-Limited-Reason": "global-rate", **self.patience()}
        return Reply(429, _problem(message, code="rate_limit"), headers)

    def _unauthorized(self, request: Request) -> Reply | None:
        header = request.headers.get("authorization", "")
        scheme, _, given = header.partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                given = "?"
        challenge = {"WWW-Authenticate": 'Basic realm="Stripe"'}
        if not header or not given:
            text = (
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
            )
            return Reply(401, _problem(text), challenge)
        if given != self.key:
            return Reply(401, _problem(f"Invalid API Key provided: {given[:7]}{'*' * 8}{given[-4:]}"), challenge)
        return None

    def _route(self, request: Request) -> Reply:
        parts = request.parts()
        if request.method == "GET" and parts[:1] == ["v1"] and len(parts) > 1:
            name = parts[1]
            if name == "account" and len(parts) == 2:
                return Reply(200, {"id": "acct_demo", "object": "account", "default_currency": "usd"})
            if name in self.denied:
                return Reply(403, _problem(_denial(self.key, name)))
            if name == "subscription_items" and len(parts) == 2:
                return self._nested(request, "subscriptions", request.one("subscription"), {"subscription"})
            if name in LISTS and len(parts) == 2:
                return self._list(request, name)
            if name in EMBEDDED and len(parts) == 4 and parts[3] == EMBEDDED[name][0] == "lines":
                return self._nested(request, name, parts[2], set())
            if name in LISTS and len(parts) == 3:
                return self._one(name, parts[2])
        text = f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs"
        return Reply(404, _problem(text))

    def _one(self, name: str, key: str) -> Reply:
        if key in self.deleted:
            return Reply(200, self.deleted[key])
        if key not in self.lists[name]:
            return Reply(404, _missing(name, key, "id"))
        return Reply(200, self.shown(name, self.lists[name][key]))

    def _list(self, request: Request, name: str) -> Reply:
        unknown = set(request.query) - _PLAIN - _RANGE - _FILTERS[name]
        if unknown:
            each = sorted(unknown)[0]
            return Reply(400, _problem(f"Received unknown parameter: {each}", code="parameter_unknown", param=each))
        rows = self.newest_first(name)
        if name == "invoices" and "subscription" in request.query:
            rows = self.of_subscription(request.one("subscription"))
        if set(request.query) - _PLAIN or name == "subscriptions":
            rows = [row for row in rows if _matches(row, request, name)]
        if name == "events":
            oldest = self.clock() - EVENT_DAYS * 86400
            rows = [row for row in rows if row["created"] >= oldest]
        return self._page(request, name, rows, f"/v1/{name}")

    def _nested(self, request: Request, name: str, key: str, filters: set[str]) -> Reply:
        if key not in self.lists[name]:
            return Reply(404, _missing(name, key, "id"))
        unknown = set(request.query) - _PLAIN - filters
        if unknown:
            each = sorted(unknown)[0]
            return Reply(400, _problem(f"Received unknown parameter: {each}", code="parameter_unknown", param=each))
        field, _ = EMBEDDED[name]
        return self._page(request, "", self.lists[name][key][field]["data"], request.path)

    def _page(self, request: Request, name: str, rows: list[Object], url: str) -> Reply:
        text = request.one("limit", "10")
        if not text.isdigit() or not 1 <= int(text) <= 100:
            message = f"Invalid integer: {text}" if not text.isdigit() else _limit_text(int(text))
            return Reply(400, _problem(message, param="limit"))
        limit, start, end = int(text), 0, len(rows)
        places = {row["id"]: place for place, row in enumerate(rows)}
        after, before = request.one("starting_after"), request.one("ending_before")
        for param, value in (("starting_after", after), ("ending_before", before)):
            if value and value not in places:
                return Reply(400, _missing(name or "lines", value, param))
        if after:
            start = places[after] + 1
        if before:
            end = places[before]
            start = max(0, end - limit)
        page = [self.shown(name, row) for row in rows[start : min(end, start + limit)]]
        more = start > 0 if before else start + limit < end
        for path in request.query.get("expand[]", ()):
            problem = self._expand(name, page, path)
            if problem:
                return Reply(400, problem)
        return Reply(200, {"object": "list", "data": page, "has_more": more, "url": url})

    def _expand(self, name: str, page: list[Object], path: str) -> Object | None:
        field = path.removeprefix("data.")
        if name == "invoices" and field == "payments":
            for row in page:
                paid = [each for each in self.lists["invoice_payments"].values() if each["invoice"] == row["id"]]
                url = f"/v1/invoice_payments?invoice={row['id']}"
                row["payments"] = {"object": "list", "data": paid, "has_more": False, "url": url}
            return None
        target = next((many for many, (word, _) in LISTS.items() if word == field.removeprefix("latest_")), "")
        if not path.startswith("data.") or not target or "." in field:
            return _problem(f"This property cannot be expanded ({path.removeprefix('data.')}).", param="expand")
        for row in page:
            key = row.get(field)
            if key in self.lists[target]:
                row[field] = self.shown(target, self.lists[target][key])
            elif key in self.deleted:
                row[field] = self.deleted[key]
        return None


def _matches(row: Object, request: Request, name: str) -> bool:
    created = int(row["created"])
    for key, values in request.query.items():
        value = values[-1]
        if key in _PLAIN:
            continue
        if key.startswith("created"):
            bound, operator = int(value), key.removeprefix("created").strip("[]") or "eq"
            fits = {"gt": created > bound, "gte": created >= bound, "lt": created < bound, "lte": created <= bound}
            if not fits.get(operator, created == bound):
                return False
        elif not _filter_matches(row, key, values, name):
            return False
    if name == "subscriptions" and "status" not in request.query:
        # "all subscriptions that have not been canceled are returned" unless a status is asked for
        return bool(row["status"] != "canceled")
    return True


def _filter_matches(row: Object, key: str, values: Any, name: str) -> bool:
    value = values[-1]
    if key == "status" and name == "subscriptions":
        ended = ("canceled", "incomplete_expired")
        return bool(value in ("all", row["status"]) or (value == "ended" and row["status"] in ended))
    if key in ("active", "delivery_success", "pending", "scheduled"):
        return bool(bool(row.get(key, True)) == (value == "true"))
    if key in ("types[]", "ids[]", "lookup_keys[]"):
        return bool(row.get({"types[]": "type", "ids[]": "id"}.get(key, "lookup_key")) in values)
    if key.startswith("payment["):
        return bool((row.get("payment") or {}).get(key[8:-1]) == value)
    if key == "type" and value.endswith("*"):
        return str(row["type"]).startswith(value[:-1])
    if key == "subscription":
        return bool(subscription_of(row) == value)
    if key == "price":
        return any(item["price"]["id"] == value for item in row["items"]["data"])
    return bool(row.get(key) == value)


def _problem(message: str, **more: str) -> Object:
    details = {"message": message, "type": "invalid_request_error", **more}
    if "code" in more:
        details["doc_url"] = f"https://stripe.com/docs/error-codes/{more['code'].replace('_', '-')}"
    return {"error": details}


def _missing(name: str, key: str, param: str) -> Object:
    word = LISTS[name][0] if name in LISTS else "line item"
    return _problem(f"No such {word.replace('_', ' ')}: '{key}'", code="resource_missing", param=param)


def _denial(key: str, name: str) -> str:
    return (
        f"The provided key '{key[:8]}{'*' * 8}{key[-4:]}' does not have the required permissions for this endpoint on "
        f"account 'acct_demo'. Having the 'rak_{LISTS.get(name, (name,))[0]}_read' permission would allow this request "
        "to continue."
    )


def _limit_text(limit: int) -> str:
    if limit < 1:
        return "This value must be greater than or equal to 1."
    return f"This value must be less than or equal to 100 (got {limit})."
