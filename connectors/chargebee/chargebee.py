"""The Chargebee connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.chargebee import documents
from connectors.chargebee.reading import FIELDS, Object, subscription_of
from connectors.chargebee.subscriptions import subscription_rows
from connectors.kit.auth import Auth, BasicKey
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES
from connectors.kit.fields import look
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position, Token, walk
from connectors.kit.recent import Recent
from connectors.kit.rest import USUAL

PAGING = Token(send="offset", read="next_offset", rows="list")
PAGE = 100
# our objects -> path, the word within an entry, what is asked besides
LISTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "customers": ("/customers", "customer", {"include_deleted": True}),
    "item_prices": ("/item_prices", "item_price", {}),
    "subscriptions": ("/subscriptions", "subscription", {"include_deleted": True}),
    "invoices": ("/invoices", "invoice", {"include_deleted": True}),
    "credit_notes": ("/credit_notes", "credit_note", {"include_deleted": True}),
    "transactions": ("/transactions", "transaction", {"include_deleted": True}),
}


class Chargebee(ListConnector):
    """Reads one Chargebee site with a read-only key."""

    kind = "chargebee"
    title = "Chargebee"
    rights = "an API key of the kind Read-Only, for all data"
    settings = (
        Setting("site", "the site's name: mycompany of mycompany.chargebee.com", required=True),
        Setting("api_key", "a read-only API key", required=True, secret=True),
        Setting("base_url", "another address of the API, for tests"),
        SALES,
        *USUAL,
    )
    fields = FIELDS
    back = 900  # lists show a change up to five minutes late
    keeps = ("customers", "item_prices")
    # 150 requests a minute on the smallest plan; larger ones may set requests_per_second.
    published = Limit(140, 60.0)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._invoices = Recent[str, Object]()

    def address(self) -> str:
        """Of the site."""
        return str(self.options.get("base_url") or f"https://{self.options['site']}.chargebee.com/api/v2")

    def auth(self) -> Auth:
        """The key as the user (https://apidocs.chargebee.com/docs/api/auth)."""
        return BasicKey(str(self.options["api_key"]))

    def explain(self, body: Any) -> str:
        """The message of an error."""
        return str(look(body, "message") or "")

    def objects(self) -> tuple[str, ...]:
        """Chargebee's lists, those that others point at first."""
        return tuple(LISTS)

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every entry, the deleted included."""
        yield from self._walk(name, {}, position)

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, and the subscriptions behind changed invoices and credit notes."""
        asked = {"updated_at[after]": int(since.timestamp()) - 1}
        met: set[str] = set()
        for records, _ in self._walk(name, asked):
            met.update(str(each["id"]) for each in records)
            yield records
        if name == "subscriptions":
            behind: set[str] = set()
            for other in ("invoices", "credit_notes"):
                behind |= {
                    str(each.get("subscription_id") or "")
                    for records, _ in self._walk(other, asked)
                    for each in records
                }
            yield from self._of("subscriptions", "id[in]", sorted(behind - met - {""}))

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """Items of a page; subscriptions with their invoices and credit notes, which are read for the page together."""
        if name == "subscriptions":
            return self._subscriptions(records)
        made = {"customers": self._customer, "item_prices": self._item_price, "invoices": self._invoice,
                "credit_notes": self._credit_note, "transactions": self._transaction}[name]  # fmt: skip
        return [self._made(name, full, full, made) for full in (self._with_lines(name, each) for each in records)]

    def _subscriptions(self, records: Sequence[Object]) -> list[Item]:
        keys = [str(each["id"]) for each in records if not each.get("deleted")]
        invoices = self._by_subscription("invoices", keys)
        notes = self._by_subscription("credit_notes", keys)
        make = partial(subscription_rows, reading=self.reading())
        made = []
        for each in records:
            key = str(each["id"])
            said = {"subscription": each, "invoices": invoices.get(key, []), "credit_notes": notes.get(key, [])}
            made.append(self._made("subscriptions", each, said, make))
        return made

    def _made(self, name: str, record: Object, said: Object, make: Callable[[Any], Iterator[Row]]) -> Item:
        key, place = str(record["id"]), f"{LISTS[name][1].replace('_', ' ')} {record['id']}"
        if record.get("deleted") and name not in self.keeps:
            return Item(key, said, place=place, deleted=True)
        link = f"https://{self.options['site']}.chargebee.com/d/{name}/{key}"
        return self.item(place, key, said, partial(make, said), link=link)

    def _customer(self, payload: Object) -> Iterator[Row]:
        named = " ".join(str(payload.get(part)) for part in ("first_name", "last_name") if payload.get(part))
        yield self.reading().row("customers", {**payload, "_person": named})

    def _item_price(self, payload: Object) -> Iterator[Row]:
        yield self.reading().row("products", payload)

    def _invoice(self, payload: Object) -> Iterator[Row]:
        return documents.invoice(payload, self.reading(), stands=bool(self.options.get(SALES.name)))

    def _credit_note(self, payload: Object) -> Iterator[Row]:
        credited = self._one_invoice(str(payload.get("reference_invoice_id") or ""))
        return documents.credit_note(payload, credited, self.reading())

    def _transaction(self, payload: Object) -> Iterator[Row]:
        return documents.transaction(payload, self.reading())

    def _walk(
        self, name: str, asked: Mapping[str, Any], position: Position = None
    ) -> Iterator[tuple[list[Object], Position]]:
        path, word, params = LISTS[name]
        for records, after in walk(self.api.get, path, PAGING, {"limit": PAGE, **params, **asked}, position):
            yield [each[word] for each in records], after

    def _of(self, name: str, filter_name: str, keys: Sequence[str]) -> Iterator[list[Object]]:
        for start in range(0, len(keys), PAGE):
            asked = {filter_name: json.dumps(list(keys[start : start + PAGE]), separators=(",", ":"))}
            for records, _ in self._walk(name, asked):
                yield records

    def _by_subscription(self, name: str, keys: Sequence[str]) -> dict[str, list[Object]]:
        """Documents of subscriptions, oldest first. A consolidated invoice has lines of several."""
        found: dict[str, list[Object]] = {}
        for records in self._of(name, "subscription_id[in]", keys):
            for document in records:
                full = self._with_lines(name, document)
                parts = {subscription_of(line, full) for line in full.get("line_items") or ()} | {
                    str(full.get("subscription_id"))
                }
                for key in parts & set(keys):
                    found.setdefault(key, []).append(full)
        for each in found.values():
            each.sort(key=lambda one: (one.get("date") or 0, str(one["id"])))
        return found

    def _with_lines(self, name: str, payload: Object) -> Object:
        """A document with all its lines: a long one is told in parts."""
        word, lines = LISTS[name][1], list(payload.get("line_items") or ())
        further = payload.get("line_items_next_offset")
        while further:
            part = self.api.get(f"{LISTS[name][0]}/{payload['id']}", {"line_items_offset": further})[word]
            lines += part.get("line_items") or ()
            further = part.get("line_items_next_offset")
            payload = {**payload, "line_items": lines, "line_items_next_offset": None}
        return payload

    def _one_invoice(self, key: str) -> Object:
        if key and key not in self._invoices:
            self._invoices[key] = self._with_lines("invoices", self.api.get(f"/invoices/{key}")["invoice"])
        return self._invoices.get(key, {})
