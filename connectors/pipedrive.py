"""Pipedrive (API v2): organizations and persons, products, deals with their products.

Reference: https://developers.pipedrive.com/docs/api/v1/Deals#getDeals (v2), …/Deals#getDealsProducts, …/Organizations,
…/Products · https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting (a budget of tokens a day and a burst limit)

A won deal is a contract signed when it was won. A product in it is charged once or by billing periods, of which
`billing_frequency_cycles` says how many there are; without it one period is committed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.kit.auth import Auth, HeaderKey
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.fields import Context, Field, currency, decimal, exact, iso_day, look, record, text, worded
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position, Token, walk
from connectors.kit.rest import BUDGET, PACE, RECONCILE
from connectors.kit.rest import FIELDS as FIELDS_SETTING
from connectors.kit.terms import last_day
from model.errors import RecordRejected
from model.money import Money, round_minor
from model.records import COMMITTED, UNCOMMITTED

Object = Mapping[str, Any]
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
STATUS = {"won": "signed", "lost": "draft", "open": "proposal"}
PERIODS = {
    "weekly": ("week", 1), "monthly": ("month", 1), "quarterly": ("month", 3), "semi-annually": ("month", 6),
    "annually": ("year", 1),
}  # fmt: skip

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {"name": text("name", "id"), "region": text("address.country")},
    "products": {"product_id": text("id"), "name": text("name", "code", "id"), "family": text("category")},
    "contracts": {
        "contract_id": text("id"),
        "signed_on": iso_day("won_time", "close_time", "expected_close_date"),
        "currency": currency("currency"),
        "number": text("title"),
        "owner": text("owner_id"),
        "deal_id": text("id"),
    },
    "contract_lines": {
        "line_id": text("id"),
        "product_id": text("product_id"),
        "description": text("name", "comments"),
        "quantity": decimal("quantity"),
        "unit_price": decimal("item_price"),
        "start_on": iso_day("billing_start_date"),
    },
}


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
        RECONCILE,
        FIELDS_SETTING,
        PACE,
        BUDGET,
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
        """The day's tokens, which are renewed at midnight UTC (the headers name them in one of two ways)."""
        left = headers.get("x-daily-ratelimit-token-remaining") or headers.get("x-daily-requests-left")
        if left != "0":
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
        lines = self._products([str(each["id"]) for each in records if not _gone(each)])
        return [self._deal(each, lines.get(str(each["id"]), [])) for each in records]

    def _party(self, name: str, payload: Object) -> Item:
        key = str(payload["id"])
        own = {} if name == "products" else {"customer_id": key if name == "organizations" else f"person-{key}"}
        row = partial(self._rows, TABLE[name], payload, own)
        return self.item(f"{name.removesuffix('s')} {key}", key, payload, row)

    def _rows(self, table: str, payload: Object, own: Mapping[str, Any]) -> Iterator[Row]:
        yield record(table, self.maps[table], payload, self.context(), f"{table} {payload['id']}", **own)

    def _deal(self, payload: Object, lines: Sequence[Object]) -> Item:
        key, place = str(payload["id"]), f"deal {payload['id']}"
        if _gone(payload):
            return Item(key, payload, place=place, deleted=True)
        return self.item(place, key, {**payload, "products": list(lines)}, partial(self._deal_rows, payload, lines))

    def _deal_rows(self, deal: Object, lines: Sequence[Object]) -> Iterator[Row]:
        place, context = f"deal {deal['id']}", self.context()
        stage = str(deal.get("stage_id") or "")
        named = (self._stages or {}).get(stage, "")
        status = (
            self._configured.get(stage) or self._configured.get(named) or STATUS.get(str(deal.get("status")), "draft")
        )
        values = dict(record("contracts", self.maps["contracts"], deal, context, place).values)
        customer = (
            str(deal["org_id"])
            if deal.get("org_id")
            else f"person-{deal['person_id']}"
            if deal.get("person_id")
            else ""
        )
        customer = str(values.get("customer_id") or customer)
        if not customer:
            if status not in COMMITTED:
                return
            raise RecordRejected("it names no organization or person", place=place, column="customer_id",
                                 remedy="Name its organization in Pipedrive")  # fmt: skip
        money = str(values["currency"])
        sold = [each for each in lines if each.get("is_enabled", True)]
        promises = [self._line(each, deal, money, context) for each in sold] or list(self._bare(deal, money))
        spans = [(each.get("start_on"), each.get("end_on")) for each in promises]
        start = values.get("start_on") or min((first for first, _ in spans if first), default=None)
        months = int(self.options.get("default_term_months") or 0)
        start = start or (values.get("signed_on") if months else None)
        end = values.get("end_on") or max((last for _, last in spans if last), default=None)
        end = end or (last_day(start, "month", months) if months and start else None)
        dated = {name: day for name, day in (("start_on", start), ("end_on", end)) if day}
        yield Row("contracts", {**values, **dated, "customer_id": customer, "status": status})
        yield from (Row("contract_lines", each) for each in promises)

    def _line(self, item: Object, deal: Object, money: str, context: Context) -> dict[str, Any]:
        place = f"deal {deal['id']} product {item['id']}"
        values = dict(record("contract_lines", self.maps["contract_lines"], item, context, place).values)
        frequency, cycles = (
            str(item.get("billing_frequency") or "one-time"),
            int(item.get("billing_frequency_cycles") or 1),
        )
        if frequency != "one-time" and frequency not in PERIODS:
            raise RecordRejected(f"billing frequency {frequency!r} is not known", place=place, column="amount",
                                 remedy=f"Use one of {', '.join(PERIODS)}")  # fmt: skip
        times = 1 if frequency == "one-time" else cycles
        if frequency != "one-time" and values.get("start_on") and not values.get("end_on"):
            unit, count = PERIODS[frequency]
            values["end_on"] = last_day(values["start_on"], unit, count * cycles)
        if "amount" not in values:
            values["amount"] = Money(round_minor(_net(item) * times, money), money)
        return {**values, "contract_id": str(deal["id"])}

    def _bare(self, deal: Object, money: str) -> Iterator[dict[str, Any]]:
        """A deal without products is one promise of its value."""
        if deal.get("value") is not None:
            amount = Money(round_minor(exact(deal["value"]), money), money)
            yield {"line_id": f"{deal['id']}:deal", "contract_id": str(deal["id"]), "amount": amount}

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


def _gone(deal: Object) -> bool:
    return bool(deal.get("is_deleted")) or deal.get("status") == "deleted"


def _net(item: Object) -> Decimal:
    """The price of one billing period: after its discount, without tax."""
    gross = exact(item.get("item_price") or 0) * exact(item.get("quantity") or 0)
    off = exact(item.get("discount") or 0)
    net = gross - (off if item.get("discount_type") == "amount" else gross * off / 100)
    return net / (1 + exact(item.get("tax") or 0) / 100) if item.get("tax_method") == "inclusive" else net
