"""The Zuora connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.fields import look
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.oauth import Endpoint, Granted
from connectors.kit.paging import Position, Token, walk
from connectors.kit.reading import Reading
from connectors.kit.recent import Recent
from connectors.kit.rest import USUAL
from connectors.zuora import documents
from connectors.zuora.reading import FIELDS, Object, told_with
from connectors.zuora.versions import subscription_rows
from model.errors import ConfigNeeded

PAGING = Token(send="cursor", read="nextPage", rows="data")
PAGE = 99
# our objects -> path of the object query, what is told with each record
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "accounts": ("accounts", ()),
    "products": ("products", ()),
    "subscriptions": ("subscriptions", ()),
    "invoices": ("invoices", ("invoiceitems",)),
    "credit_memos": ("credit-memos", ()),
    "payments": ("payments", ("paymentapplications",)),
    "refunds": ("refunds", ()),
}
PARTIES = {"accounts": "customers", "products": "products"}
DOCUMENTS: Mapping[str, Callable[[Object, str, Reading], Iterator[Row]]] = {
    "invoices": documents.invoice, "credit_memos": documents.credit_memo, "payments": documents.payment,
    "refunds": documents.refund,
}  # fmt: skip
# Where the fields of a table are told: https://developer.zuora.com/api-references/api/operation/GET_Describe
DESCRIBED = {
    "customers": ("Account",), "products": ("Product",), "contracts": ("Subscription",), "invoices": ("Invoice",),
    "invoice_lines": ("InvoiceItem",), "credit_notes": ("CreditMemo",), "payments": ("Payment", "Refund"),
}  # fmt: skip


class Zuora(ListConnector):
    """Reads one Zuora tenant as an OAuth client."""

    kind = "zuora"
    title = "Zuora"
    secret = "client_secret"  # noqa: S105 (the setting's name)
    rights = "an OAuth client of a user with API access and read rights on Billing, Payments and the Product Catalog"
    settings = (
        Setting("client_id", "the OAuth client's id", required=True),
        Setting("client_secret", "the OAuth client's secret", required=True, secret=True),
        Setting("base_url", "the tenant's data center: https://rest.eu.zuora.com, …", "https://rest.zuora.com"),
        *USUAL,
    )
    base_url = "https://rest.zuora.com"
    fields = FIELDS
    keeps = ("accounts", "products")
    # Of 40 requests at once; one after the other never meets that limit.
    published = Limit(20)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._currencies = Recent[str, str](20_000)

    def auth(self) -> Auth:
        """A token for the client's id and secret."""
        client = (str(self.options["client_id"]), str(self.options["client_secret"]))
        address = f"{self.address().rstrip('/')}/oauth/token"
        silence = min(30.0, self.patience.silence)
        endpoint = Endpoint(self.name, self.title, address, client, method="client_secret_post", silence=silence)
        return Granted(endpoint, lambda: {"grant_type": "client_credentials"}, secret=self.secret, lasts=3600)

    def explain(self, body: Any) -> str:
        """The first reason of a refusal."""
        return str(look(body, "reasons.0.message") or look(body, "message") or "")

    def known_fields(self, table: str) -> Iterable[str] | None:
        """The tenant's own fields, custom ones included; an object query writes their first letter small."""
        described = [self.api.xml(f"/v1/describe/{name}") for name in DESCRIBED.get(table, ())]
        names = [str(each.text) for root in described for each in root.iterfind("fields/field/name")]
        own = {path.partition(".")[0] for each in FIELDS.get(table, {}).values() for path in each.paths}
        return own | {form for name in names for form in (name, name[:1].lower() + name[1:])} if names else None

    def objects(self) -> tuple[str, ...]:
        """Zuora's lists, those that others point at first."""
        return tuple(LISTS)

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record; of a subscription the last version."""
        for records, after in self._walk(name, {}, position):
            yield self._last(name, records), after

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed since a moment."""
        asked = {"filter[]": [f"updateddate.GE:{since:%Y-%m-%dT%H:%M:%SZ}"]}
        for records, _ in self._walk(name, asked, None):
            yield self._last(name, records)

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """What a page's records mean."""
        return [self._made(name, each) for each in records]

    def _last(self, name: str, records: Sequence[Object]) -> list[Object]:
        """A subscription's former versions are records of their own, and have expired."""
        if name != "subscriptions":
            return list(records)
        return [each for each in records if each.get("isLatestVersion", True) and str(each.get("status")) != "Expired"]

    def _made(self, name: str, payload: Object) -> Item:
        word = name.removesuffix("s").replace("_", " ")
        key = str(payload.get("name") if name == "subscriptions" else payload["id"])
        said: Object = payload
        if name == "subscriptions":
            said = {
                "subscription": payload,
                "currency": self._currency(payload),
                "versions": self._versions(key, payload),
            }
        elif name == "invoices" and len(told_with(payload, "invoiceItems")) >= PAGE:
            # What is told with a record is cut at the size of a page.
            said = {**payload, "invoiceItems": self._items_of(str(payload["id"]))}
        return self.item(f"{word} {key}", key, said, partial(self._rows, name, said))

    def _rows(self, name: str, said: Object) -> Iterator[Row]:
        reading = self.reading()
        if name in PARTIES:
            return iter([reading.row(PARTIES[name], said)])
        if name == "subscriptions":
            return subscription_rows(said, reading)
        return DOCUMENTS[name](said, str(said.get("currency") or self._currency(said)), reading)

    def _versions(self, number: str, payload: Object) -> list[Object]:
        """Every version of a subscription, the first first, with all segments of its charges."""
        path, asked = f"/v1/subscriptions/{number}/versions", {"charge-detail": "all-segments"}
        return [self._get(f"{path}/{at}", asked) for at in range(1, int(payload.get("version") or 1) + 1)]

    def _items_of(self, invoice: str) -> list[Object]:
        asked = {"filter[]": [f"invoiceid.EQ:{invoice}"], "pageSize": PAGE}
        pages = walk(self._get, "/object-query/invoice-items", PAGING, asked)
        return [each for records, _ in pages for each in records]

    def _currency(self, payload: Object) -> str:
        """The currency of the account, which what it bought is in."""
        key = str(payload["accountId"])
        if key not in self._currencies:
            self._currencies[key] = str(self._get(f"/object-query/accounts/{key}", {}).get("currency") or "")
        return self._currencies[key]

    def _walk(self, name: str, asked: Mapping[str, Any], position: Position) -> Iterator[tuple[list[Object], Position]]:
        path, told = LISTS[name]
        params = {"pageSize": PAGE, **({"expand[]": list(told)} if told else {}), **asked}
        return walk(self._get, f"/object-query/{path}", PAGING, params, position)

    def _get(self, path: str, params: Mapping[str, Any]) -> Any:
        """An answer; a refusal in the clothes of one is told as what it is."""
        body = self.api.get(path, params)
        if isinstance(body, Mapping) and body.get("success") is False:
            raise ConfigNeeded(
                f"{self.name}: Zuora does not answer {path} ({self.explain(body)}). Grant the right (needed: {self.rights}), "
                f"then run: backlog connectors test {self.name}"
            )
        return body
