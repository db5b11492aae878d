"""What a simulated Stripe knows, how it changes as someone at the vendor would change it, and how it is shown."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from demo.vendors.server import VendorServer

Object = dict[str, Any]

# list name -> (object word, prefix of its events)
LISTS: dict[str, tuple[str, str]] = {
    "customers": ("customer", "customer"),
    "products": ("product", "product"),
    "prices": ("price", "price"),
    "subscriptions": ("subscription", "customer.subscription"),
    "subscription_schedules": ("subscription_schedule", "subscription_schedule"),
    "invoices": ("invoice", "invoice"),
    "invoiceitems": ("invoiceitem", "invoiceitem"),
    "invoice_payments": ("invoice_payment", "invoice_payment"),
    "credit_notes": ("credit_note", "credit_note"),
    "charges": ("charge", "charge"),
    "payment_intents": ("payment_intent", "payment_intent"),
    "refunds": ("refund", "refund"),
    "disputes": ("dispute", "charge.dispute"),
    "events": ("event", "event"),
}
EMBEDDED = {"invoices": ("lines", 10), "credit_notes": ("lines", 10), "subscriptions": ("items", 20)}


class StripeState(VendorServer):
    """A Stripe account in memory: `lists` by name and id, newest first when read; every change leaves an event."""

    def __init__(self, data: Mapping[str, Iterable[Mapping[str, Any]]] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.deleted: dict[str, Object] = {}
        self.lists: dict[str, dict[str, Object]] = {name: {} for name in LISTS}
        self._sorted: dict[str, list[Object]] = {}
        self._billed: dict[str, list[Object]] | None = None
        self._count = 0
        for name, objects in (data or {}).items():
            self.lists[name] = {each["id"]: dict(each) for each in objects}

    def create(self, name: str, new: Mapping[str, Any], event: str = "") -> Object:
        """Adds an object; `created` is now unless it is given. The event is `<prefix>.created` unless named."""
        with self.lock:
            added = {"created": int(self.clock()), "object": LISTS[name][0], **new}
            self.lists[name][added["id"]] = added
            return self._tell(name, event or "created", added)

    def update(self, name: str, key: str, /, event: str = "", **changes: Any) -> Object:
        """Changes attributes of an object; the event is `<prefix>.updated` unless named ("voided", "paid")."""
        with self.lock:
            found = self.lists[name][key]
            before = {attribute: found.get(attribute) for attribute in changes}
            found.update(changes)
            return self._tell(name, event or "updated", found, before)

    def delete(self, name: str, key: str) -> Object:
        """Deletes an object: gone from its list, known only by its `.deleted` event. Subscriptions are canceled."""
        with self.lock:
            if name == "subscriptions":
                now = int(self.clock())
                return self.update(name, key, "deleted", status="canceled", canceled_at=now, ended_at=now)
            gone = self.lists[name].pop(key)
            self.deleted[key] = {"id": key, "object": LISTS[name][0], "deleted": True}
            return self._tell(name, "deleted", gone)

    def _tell(self, name: str, event: str, subject: Object, before: Object | None = None) -> Object:
        self._sorted.pop(name, None)
        self._sorted.pop("events", None)
        self._billed = None
        self._count += 1
        key = f"evt_{self._count:08d}"
        data: Object = {"object": copy.deepcopy(self.shown(name, subject))}
        if before is not None:
            data["previous_attributes"] = before
        self.lists["events"][key] = {
            "id": key, "object": "event", "api_version": "2025-09-30.clover", "created": int(self.clock()),
            "data": data, "livemode": False, "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None}, "type": f"{LISTS[name][1]}.{event}",
        }  # fmt: skip
        return subject

    def shown(self, name: str, row: Object) -> Object:
        """The object as a list shows it: of an embedded list only its first entries."""
        field, most = EMBEDDED.get(name, ("", 0))
        if not field or field not in row:
            return dict(row)
        items = f"/v1/subscription_items?subscription={row['id']}"
        url = f"/v1/{name}/{row['id']}/lines" if field == "lines" else items
        entries = row[field]["data"]
        part = {"object": "list", "data": entries[:most], "has_more": len(entries) > most, "url": url}
        return {**row, field: part}

    def newest_first(self, name: str) -> list[Object]:
        """A list in the order Stripe gives it."""
        if name not in self._sorted:
            # Stable from the end: of two objects of one second the later added comes first, as ids grow at Stripe.
            rows = list(self.lists[name].values())[::-1]
            self._sorted[name] = sorted(rows, key=lambda row: -int(row["created"]))
        return self._sorted[name]

    def of_subscription(self, key: str) -> list[Object]:
        """Its invoices, newest first; sorted out once, because every subscription is asked about."""
        if self._billed is None:
            self._billed = {}
            for row in self.newest_first("invoices"):
                self._billed.setdefault(subscription_of(row), []).append(row)
        return self._billed.get(key, [])


def subscription_of(row: Object) -> str:
    """The subscription an invoice belongs to; "" for none."""
    parent = (row.get("parent") or {}).get("subscription_details") or {}
    return str(parent.get("subscription") or row.get("subscription") or "")
