"""The Pipedrive connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth, HeaderKey
from connectors.kit.connector import Item, Setting
from connectors.kit.fields import look, worded
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position, Token, walk
from connectors.kit.rest import USUAL
from connectors.pipedrive.deals import FIELDS, Object, deal_rows, is_gone
from model.records import COMMITTED, UNCOMMITTED

PAGING = Token(send="cursor", read="additional_data.next_cursor", rows="data")
PAGE = 500
IDS = 100  # deals whose products are asked for together
LISTS = {
    "organizations": "/api/v2/organizations", "persons": "/api/v2/persons", "products": "/api/v2/products",
    "deals": "/api/v2/deals",
}  # fmt: skip
# Where the fields of a table are told: https://developers.pipedrive.com/docs/api/v1/DealFields (v2)
DEFINED = {
    "customers": ("organizationFields", "personFields"),
    "products": ("productFields",),
    "contracts": ("dealFields",),
}
TABLE = {"organizations": "customers", "persons": "customers", "products": "products", "deals": "contracts"}


class Pipedrive(ListConnector):
    """Reads one Pipedrive company with a user's token."""

    kind = "pipedrive"
    title = "Pipedrive"
    secret = "api_token"  # noqa: S105 (the setting's name)
    rights = "the API token of a user who may see all deals, organizations, persons and products"
    settings = (
        Setting("api_token", "the user's API token", required=True, secret=True),
        Setting("base_url", "the company's address: https://mycompany.pipedrive.com", "https://api.pipedrive.com"),
        Setting("stages", "what a stage means: a table of stage (id or name) = contract status", kind=dict),
        Setting("default_term_months", "the term, from signing, of what states no days; empty: it waits", kind=int),
        *USUAL,
    )
    base_url = "https://api.pipedrive.com"
    fields = FIELDS
    keeps = ("organizations", "persons", "products")
    # Of 10 requests in two seconds on the smallest plan.
    published = Limit(9, 2.0, "x-ratelimit-remaining")

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._configured = worded(name, "stages", self.options.get("stages") or {}, COMMITTED + UNCOMMITTED)
        self._stages: dict[str, str] | None = None

    def auth(self) -> Auth:
        """The token in a header of its own."""
        return HeaderKey("x-api-token", str(self.options["api_token"]))

    def explain(self, body: Any) -> str:
        """The error and what it is about."""
        return ". ".join(str(part) for part in (look(body, "error"), look(body, "error_info")) if part)

    def quota(self, headers: Mapping[str, str], body: Any) -> float | None:
        """The day's tokens, which are renewed at midnight UTC. The header is sent, though not always, and not documented;
        the documented x-daily-requests-left counts what is written, of which we do nothing."""
        if headers.get("x-daily-ratelimit-token-remaining") != "0":
            return None
        now = dt.datetime.now(dt.UTC)
        midnight = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), dt.UTC)
        return (midnight - now).total_seconds() + 60

    def objects(self) -> tuple[str, ...]:
        """Customers and products before the deals that point at them."""
        return tuple(LISTS)

    def known_fields(self, table: str) -> Iterable[str] | None:
        """The company's own fields, custom ones by their key; the products of a deal have no such list."""
        found = [
            each
            for name in DEFINED.get(table, ())
            for records, _ in walk(self.api.get, f"/api/v2/{name}", PAGING, {"limit": PAGE})
            for each in records
        ]
        own = {path.partition(".")[0] for each in FIELDS.get(table, {}).values() for path in each.paths}
        named = {
            f"custom_fields.{each['field_code']}" if each.get("is_custom_field") else str(each["field_code"])
            for each in found
        }
        return own | named if found else None

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record by id; deals that were deleted are a list of their own."""
        asked = {"sort_by": "id", "sort_direction": "asc"}
        deleted, _, cursor = (
            str(position or "").partition("|") if "|" in str(position) else ("", "", str(position or ""))
        )
        if not deleted:
            for records, after in self._walk(name, asked, cursor or None):
                yield records, after if after is not None or name != "deals" else "deleted|"
            cursor = ""
        if name == "deals":
            for records, after in self._walk(name, {**asked, "status": "deleted"}, cursor or None):
                yield records, None if after is None else f"deleted|{after}"

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, deleted deals included. A deal changes with its products."""
        asked = {"updated_since": since.strftime("%Y-%m-%dT%H:%M:%SZ"), "sort_by": "update_time"}
        for status in ({}, {"status": "deleted"}) if name == "deals" else ({},):
            for records, _ in self._walk(name, {**asked, **status}, None):
                yield records

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """Items of a page; deals with their products, which are read for the page together."""
        if name != "deals":
            return [self._party(name, each) for each in records]
        self._learn()
        lines = self._products([str(each["id"]) for each in records if not is_gone(each)])
        return [self._deal(each, lines.get(str(each["id"]), [])) for each in records]

    def _party(self, name: str, payload: Object) -> Item:
        key = str(payload["id"])
        own = {} if name == "products" else {"customer_id": key if name == "organizations" else f"person-{key}"}
        place, table = f"{name.removesuffix('s')} {key}", TABLE[name]
        return self.item(place, key, payload, lambda: [self.reading().row(table, payload, "", place, **own)])

    def _deal(self, payload: Object, lines: Sequence[Object]) -> Item:
        key, place = str(payload["id"]), f"deal {payload['id']}"
        if is_gone(payload):
            return Item(key, payload, place=place, deleted=True)
        months = int(self.options.get("default_term_months") or 0)
        rows = partial(deal_rows, payload, lines, self._meaning(payload), months, self.reading())
        return self.item(place, key, {**payload, "products": list(lines)}, rows)

    def _meaning(self, deal: Object) -> str:
        """What the configuration says of a deal's stage, by id or name; "" where it says nothing."""
        stage = str(deal.get("stage_id") or "")
        return self._configured.get(stage) or self._configured.get((self._stages or {}).get(stage, ""), "")

    def _products(self, keys: Sequence[str]) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        for start in range(0, len(keys), IDS):
            asked = {"deal_ids": ",".join(keys[start : start + IDS]), "limit": PAGE}
            for records, _ in walk(self.api.get, "/api/v2/deals/products", PAGING, asked):
                for each in records:
                    found.setdefault(str(each["deal_id"]), []).append(each)
        return found

    def _learn(self) -> None:
        """Reads the names of stages, where the configuration may use them."""
        if self._configured and self._stages is None:
            pages = walk(self.api.get, "/api/v2/stages", PAGING, {"limit": PAGE})
            stages = [each for records, _ in pages for each in records]
            self._stages = {str(each["id"]): str(each["name"]).strip().lower() for each in stages}

    def _walk(self, name: str, asked: Mapping[str, Any], position: Position) -> Iterator[tuple[list[Object], Position]]:
        return walk(self.api.get, LISTS[name], PAGING, {"limit": PAGE, **asked}, position)
