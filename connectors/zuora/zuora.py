"""The Zuora connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import Field, currency, exact, iso_day, look, record, text
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.oauth import Endpoint, Granted
from connectors.kit.paging import Position, Token, walk
from connectors.kit.rest import BUDGET, PACE, RECONCILE
from connectors.kit.rest import FIELDS as FIELDS_SETTING
from connectors.zuora.versions import amendments, line, promises
from model.errors import ConfigNeeded
from model.money import Money, to_minor

Object = Mapping[str, Any]
PAGING = Token(send="cursor", read="nextPage", rows="data")
PAGE = 99
REMEDY = "Open the invoice in Zuora; run: backlog sync --full"
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
# Where the fields of a table are told: https://developer.zuora.com/api-references/api/operation/GET_Describe
DESCRIBED = {
    "customers": ("Account",), "products": ("Product",), "contracts": ("Subscription",), "invoices": ("Invoice",),
    "invoice_lines": ("InvoiceItem",), "credit_notes": ("CreditMemo",), "payments": ("Payment", "Refund"),
}  # fmt: skip
STATUS = {
    "Draft": "draft", "Pending Activation": "draft", "PendingActivation": "draft", "Pending Acceptance": "proposal",
    "PendingAcceptance": "proposal", "Active": "active", "Cancelled": "cancelled", "Expired": "completed",
    "Suspended": "active",
}  # fmt: skip

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"), "name": text("name", "accountNumber", "id"), "parent_id": text("parentId"),
        "tax_id": text("vATId", "vatId"), "shared_id": text("crmId"),
    },
    "products": {"product_id": text("id"), "name": text("name", "sku", "id"), "family": text("category")},
    "contracts": {
        "customer_id": text("accountId"),
        "signed_on": iso_day("orderDate", "contractEffectiveDate"),
        "number": text("subscriptionNumber", "name"),
        "start_on": iso_day("subscriptionStartDate"),
        "deal_id": text("opportunityId__c", "opportunityId", "cpqBundleJsonId__QT"),
    },
    "invoices": {
        "invoice_id": text("id"), "customer_id": text("accountId"), "currency": currency("currency"),
        "issued_on": iso_day("invoiceDate"), "due_on": iso_day("dueDate"), "number": text("invoiceNumber"),
    },
    "invoice_lines": {
        "invoice_line_id": text("id"), "description": text("chargeName", "itemName"),
        "service_start": iso_day("serviceStartDate"), "service_end": iso_day("serviceEndDate"),
    },
    "credit_notes": {
        "credit_note_id": text("id"), "customer_id": text("accountId"), "currency": currency("currency"),
        "issued_on": iso_day("memoDate", "creditMemoDate"), "invoice_id": text("referredInvoiceId", "invoiceId"),
    },
    "payments": {
        "payment_id": text("id"), "customer_id": text("accountId"), "currency": currency("currency"),
        "received_on": iso_day("effectiveDate", "refundDate"),
    },
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
        RECONCILE,
        FIELDS_SETTING,
        PACE,
        BUDGET,
    )
    base_url = "https://rest.zuora.com"
    fields = FIELDS
    keeps = ("accounts", "products")
    # Of 40 requests at once; one after the other never meets that limit.
    published = Limit(20)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._currencies: dict[str, str] = {}

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
        elif name == "invoices" and len(payload.get("invoiceItems") or ()) >= PAGE:
            # What is told with a record is cut at the size of a page.
            said = {**payload, "invoiceItems": self._items_of(str(payload["id"]))}
        make: Callable[[Object], Iterator[Row]] = getattr(self, f"_{name}")
        return self.item(f"{word} {key}", key, said, partial(make, said))

    def _accounts(self, payload: Object) -> Iterator[Row]:
        yield record("customers", self.maps["customers"], payload, self.context())

    def _products(self, payload: Object) -> Iterator[Row]:
        yield record("products", self.maps["products"], payload, self.context())

    def _subscriptions(self, said: Object) -> Iterator[Row]:
        versions, money = said["versions"], str(said["currency"])
        last, key = versions[-1], str(said["subscription"]["name"])
        found = promises(versions[0], money)
        values = dict(
            record("contracts", self.maps["contracts"], versions[0], self.context(money), f"subscription {key}").values
        )
        values |= {"contract_id": key, "currency": money, "status": STATUS.get(str(last.get("status")), "draft")}
        if str(versions[0].get("termType")).upper() == "EVERGREEN":
            values["evergreen"] = True
        ends = [each.end for each in found.values() if each.end]
        yield Row("contracts", {**({"end_on": max(ends)} if ends else {}), **values})
        for number, promise in found.items():
            yield Row("contract_lines", {"line_id": number, **line(promise, key, money)})
        yield from amendments(versions, key, money)

    def _invoices(self, payload: Object) -> Iterator[Row]:
        money, key = str(payload.get("currency") or self._currency(payload)), str(payload["id"])
        values = dict(record("invoices", self.maps["invoices"], payload, self.context(money), f"invoice {key}").values)
        open_amount = to_minor(exact(payload.get("balance") or 0), money)
        status = str(payload.get("status"))
        posted = "open" if open_amount else "paid"
        values |= {"currency": money, "status": {"Draft": "draft", "Posted": posted}.get(status, "void")}
        lines = [self._line(each, money) for each in payload.get("invoiceItems") or ()]
        total = to_minor(exact(payload["amount"]), money) - to_minor(exact(payload.get("taxAmount") or 0), money)
        adds_up(lines, Money(total, money), f"invoice {key}", REMEDY)
        contracts = {
            str(each["subscriptionNumber"])
            for each in payload.get("invoiceItems") or ()
            if each.get("subscriptionNumber")
        }
        if len(contracts) == 1:
            values["contract_id"] = contracts.pop()
        yield from invoice_rows(values, lines)

    def _line(self, item: Object, money: str) -> dict[str, Any]:
        own = dict(
            record("invoice_lines", self.maps["invoice_lines"], item, self.context(money), f"item {item['id']}").values
        )
        amounts = {"amount": Money(to_minor(exact(item["chargeAmount"]), money), money),
                   "tax": Money(to_minor(exact(item.get("taxAmount") or 0), money), money)}  # fmt: skip
        return {**own, **amounts, **({"line_id": str(item["chargeNumber"])} if item.get("chargeNumber") else {})}

    def _credit_memos(self, payload: Object) -> Iterator[Row]:
        if str(payload.get("status")) in ("Draft", "Canceled", "Cancelled"):
            return
        money = str(payload.get("currency") or self._currency(payload))
        total, tax = (to_minor(exact(payload.get(name) or 0), money) for name in ("amount", "taxAmount"))
        write_off = {"reason": "bad_debt"} if "write-off" in str(payload.get("reasonCode") or "").lower() else {}
        yield record(
            "credit_notes", self.maps["credit_notes"], payload, self.context(money), f"credit memo {payload['id']}",
            amount=Money(total - tax, money), tax=Money(tax, money), currency=money, **write_off,
        )  # fmt: skip

    def _payments(self, payload: Object) -> Iterator[Row]:
        """Cash by the invoice it was applied to; the rest is the customer's."""
        if str(payload.get("status")) != "Processed":
            return
        money, key = str(payload.get("currency") or self._currency(payload)), str(payload["id"])
        left = to_minor(exact(payload["amount"]), money)
        for each in payload.get("paymentApplications") or ():
            part = to_minor(exact(each.get("applicationAmount") or 0), money)
            if each.get("invoiceId") and part:
                left -= part
                yield self._cash(
                    payload, f"{key}:{each['invoiceId']}", Money(part, money), "payment", str(each["invoiceId"])
                )
        if left > 0:
            yield self._cash(payload, key, Money(left, money), "payment", None)

    def _refunds(self, payload: Object) -> Iterator[Row]:
        if str(payload.get("status")) == "Processed":
            money = str(payload.get("currency") or self._currency(payload))
            yield self._cash(
                payload, str(payload["id"]), Money(to_minor(exact(payload["amount"]), money), money), "refund", None
            )

    def _cash(self, payload: Object, key: str, amount: Money, kind: str, invoice: str | None) -> Row:
        return record(
            "payments", self.maps["payments"], payload, self.context(amount.currency), f"{kind} {payload['id']}",
            payment_id=key, amount=amount, currency=amount.currency, kind=kind, invoice_id=invoice,
        )  # fmt: skip

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
