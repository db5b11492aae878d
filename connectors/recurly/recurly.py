"""The Recurly connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth, BasicKey
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES
from connectors.kit.fields import look
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import NextLink, Position, walk
from connectors.kit.rest import USUAL
from connectors.recurly import documents
from connectors.recurly.reading import FIELDS, Object, named
from connectors.recurly.subscriptions import subscription_rows

PAGE = 200
# our objects -> path
LISTS = {
    "accounts": "/accounts", "plans": "/plans", "subscriptions": "/subscriptions", "invoices": "/invoices",
    "transactions": "/transactions",
}  # fmt: skip
# Whose custom fields a table may be read from: …/index.html#operation/list_custom_field_definitions
RELATED = {"customers": "account", "products": "plan", "contracts": "subscription", "contract_lines": "charge"}


class _Pages(NextLink):
    """The next page's address stays in the body after the last page, so `has_more` is asked first."""

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """The address in the body while there is more."""
        return super().after(body, records, position) if look(body, "has_more") else None


PAGING = _Pages(read="next", rows="data")


class Recurly(ListConnector):
    """Reads one Recurly site with a private key."""

    kind = "recurly"
    title = "Recurly"
    rights = "a private API key with the permission Read Only"
    settings = (
        Setting("api_key", "a private, read-only API key", required=True, secret=True),
        Setting("base_url", "the API; of a site in Europe: https://v3.eu.recurly.com", "https://v3.recurly.com"),
        Setting("deal_field", "the custom field of a subscription that carries the deal's id in the CRM", "deal_id"),
        SALES,
        *USUAL,
    )
    base_url = "https://v3.recurly.com"
    headers = {"Accept": "application/vnd.recurly.v2021-02-25"}
    fields = FIELDS
    keeps = ("accounts", "plans")
    # 1,000 reads a minute on a production site; the answers say how many are left.
    published = Limit(900, 60.0, "X-RateLimit-Remaining")

    def auth(self) -> Auth:
        """The key as the user."""
        return BasicKey(str(self.options["api_key"]))

    def explain(self, body: Any) -> str:
        """The message of an error."""
        return str(look(body, "error.message") or "")

    def objects(self) -> tuple[str, ...]:
        """Recurly's lists, those that others point at first."""
        return tuple(LISTS)

    def custom_fields(self, table: str) -> Iterator[str]:
        """The site's custom fields; of the others Recurly has no list."""
        if table in RELATED:
            asked = {"related_type": RELATED[table], "sort": "created_at"}
            for records, _ in self._walk("/custom_field_definitions", asked):
                yield from (f"custom_fields.{each['name']}" for each in records)

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record of whatever state, in the order they were made: new ones come at the end."""
        yield from self._walk(LISTS[name], {"sort": "created_at"}, position)

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, oldest change first, and the subscriptions behind changed invoices."""
        asked = {"sort": "updated_at", "begin_time": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
        met: set[str] = set()
        for records, _ in self._walk(LISTS[name], asked):
            met.update(str(each["id"]) for each in records)
            yield records
        if name == "subscriptions":
            invoices = (each for records, _ in self._walk("/invoices", asked) for each in records)
            behind = sorted({str(key) for each in invoices for key in each.get("subscription_ids") or ()} - met)
            for start in range(0, len(behind), PAGE):
                keys = ",".join(behind[start : start + PAGE])
                for records, _ in self._walk("/subscriptions", {"ids": keys}):
                    yield records

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """What a page's records mean; a subscription with its invoices' lines."""
        return [self._made(name, each) for each in records]

    def _made(self, name: str, payload: Object) -> Item:
        key, place = str(payload["id"]), f"{name.removesuffix('s')} {payload['id']}"
        said: Object = payload
        if name == "subscriptions":
            said = {"subscription": payload, "line_items": self._lines_of(f"/subscriptions/{key}/line_items")}
        elif name == "invoices" and payload.get("has_more_line_items"):
            said = {**payload, "line_items": self._lines_of(f"/invoices/{key}/line_items")}
        return self.item(place, key, said, partial(self._rows, name, said))

    def _rows(self, name: str, said: Object) -> Iterator[Row]:
        reading = self.reading()
        if name == "accounts":
            person = " ".join(str(said[part]) for part in ("first_name", "last_name") if said.get(part))
            return iter([reading.row("customers", {**named(said), "_name": person})])
        if name == "plans":
            return iter([reading.row("products", named(said))])
        if name == "subscriptions":
            return subscription_rows(said, reading, str(self.options.get("deal_field") or "deal_id"))
        if name == "invoices":
            return documents.document(said, reading, stands=bool(self.options.get(SALES.name)))
        return documents.transaction(said, reading)

    def _walk(
        self, path: str, asked: Mapping[str, Any], position: Position = None
    ) -> Iterator[tuple[list[Object], Position]]:
        # The next page's address repeats the parameters of the first.
        if position is None:
            records, position = next(walk(self.api.get, path, PAGING, {"limit": PAGE, "order": "asc", **asked}))
            yield records, position
        if position is not None:
            yield from walk(self.api.get, path, PAGING, {}, position)

    def _lines_of(self, path: str) -> list[Object]:
        return [line for records, _ in self._walk(path, {"sort": "created_at"}) for line in records]
