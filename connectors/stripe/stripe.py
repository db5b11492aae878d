"""The Stripe connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth, Bearer
from connectors.kit.connector import Item, Page, Pull, Row, Setting
from connectors.kit.fields import Fields, look, record, text
from connectors.kit.incremental import Clockwork, changes, read, whole
from connectors.kit.limits import Limit
from connectors.kit.paging import AfterId, Position, walk
from connectors.kit.recent import Recent
from connectors.kit.rest import OTHER_FIELDS, PACE, RECONCILE, RestConnector
from connectors.kit.transport import NotThere
from connectors.stripe import billing, cash, shapes, terms
from connectors.stripe.events import KEPT_DAYS, SKEW, Events
from connectors.stripe.resources import FIELDS, RESOURCES
from connectors.stripe.shapes import Object
from connectors.stripe.subscriptions import contract_rows, of_schedule
from connectors.stripe.terms import Bundle
from model.errors import ConfigNeeded
from model.money import Money

DAY = 86_400
PAGING = AfterId(send="starting_after", rows="data", more="has_more")
PAGE = 100
PAID = 20_000  # payments whose invoice is remembered; of others it is asked for


class Stripe(RestConnector):
    """Reads one Stripe account with a restricted key."""

    kind = "stripe"
    title = "Stripe"
    rights = (
        "a restricted key with Read on Customers, Products, Prices, Subscriptions, Invoices, Credit notes, "
        "Charges and Refunds, Disputes, Events"
    )
    settings = (
        Setting("api_key", "a restricted key that may only read: rk_live_…", required=True, secret=True),
        Setting("base_url", "another address of the API, for tests", "https://api.stripe.com"),
        Setting("deal_key", "the metadata key that carries the deal's id in the CRM", "deal_id"),
        Setting("credit_reasons", "what a credit note's reason means: a table of Stripe's word = ours", kind=dict),
        Setting("pending_prorations", "whether changes that wait for the next invoice count already", True, kind=bool),
        RECONCILE,
        OTHER_FIELDS,
        PACE,
    )
    base_url = "https://api.stripe.com"
    headers = {"Stripe-Version": "2025-09-30.clover"}
    fields = FIELDS
    # Of 25 requests a second to one endpoint, live or in a sandbox; the rest is left to the company's programs.
    published = Limit(20)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._reasons = _reasons(name, self.options.get("credit_reasons") or {})
        self._events = Events(partial(self._walk, "/v1/events"))
        self._kept = Recent[str, Object]()
        self._paid_by = Recent[str, str](PAID)
        self._pending: tuple[Any, dict[str, list[Object]]] | None = None

    def declared(self) -> Mapping[str, Fields]:
        """The maps, with the deal's id where `deal_key` says."""
        deal = text(f"metadata.{self.options.get('deal_key') or 'deal_id'}")
        return {**self.fields, "contracts": {**self.fields["contracts"], "deal_id": deal}}

    def auth(self) -> Auth:
        """The key as a bearer token (https://docs.stripe.com/api/authentication)."""
        return Bearer(str(self.options["api_key"]))

    def explain(self, body: Any) -> str:
        """https://docs.stripe.com/api/errors"""
        return str(look(body, "error.message") or "")

    def minor_units(self, amount: int, currency: str) -> Money:
        """Stripe's own count of decimals: see connectors.stripe.shapes."""
        return shapes.money(amount, currency)

    def objects(self) -> tuple[str, ...]:
        """Stripe's lists, those that others point at first."""
        return tuple(RESOURCES)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The whole list the first time, after a gap and every `reconcile_days`; else what events tell of."""
        clock = Clockwork(
            int(ask.now.timestamp()), DAY, SKEW, int(self.options.get("reconcile_days") or 7), KEPT_DAYS,
            int(self.day_start(ask.since).timestamp()) if ask.since else None,
        )  # fmt: skip
        listing, told = partial(self._whole, name, ask, clock), partial(self._told, name, ask, clock)
        yield from read(ask, clock, listing, told, f"{self.name} {name}")

    def _told(self, name: str, ask: Pull, clock: Clockwork, since: int, state: Mapping[str, Any]) -> Iterator[Page]:
        """What events tell of."""
        told = self._events.since(since, ask.now)
        keys = told.about(RESOURCES[name].about)
        done = {"since": max(told.latest, clock.now - SKEW, since), "full_at": int(state.get("full_at", 0))}
        yield from changes(list(keys), lambda key: self._changed(name, key, keys[key], ask), done=done)

    def _whole(
        self, name: str, ask: Pull, clock: Clockwork, begun: dict[str, Any], position: Position
    ) -> Iterator[Page]:
        """The whole list; one that was cut goes on, or begins again if the record it stood at has gone since."""
        resource = RESOURCES[name]
        if position is not None:
            try:
                self.api.get(resource.path, {"limit": 1, "starting_after": position})
            except ConfigNeeded:
                begun, position = {**begun, "since": clock.now - SKEW, "full_at": clock.now}, None
        pages = self._walk(resource.path, resource.params, position)
        make = partial(self._items, name, ask)
        yield from whole(pages, make, begun=begun, resumed=position is not None, sweeps=resource.lists_all)

    def _items(self, name: str, ask: Pull, records: Sequence[Object]) -> list[Item]:
        return [self._made(name, each, ask) for each in records]

    def _changed(self, name: str, key: str, gone: Object | None, ask: Pull) -> Item | None:
        """An object an event tells of, as it is now; what was deleted as a tombstone. None: nothing to say."""
        if gone is None:
            try:
                found = self.api.get(f"{RESOURCES[name].path}/{key}")
            except NotThere:
                found = {"id": key, "deleted": True}
            if not found.get("deleted"):
                return self._made(name, found, ask)
        last_words = gone or {"id": key, "deleted": True}
        if name == "customers":
            # Its contracts and invoices stay in the books, so its name must; without last words it stays as it is.
            return self._made(name, {**last_words, "deleted": True}, ask) if "name" in last_words else None
        return Item(key, last_words, place=f"{RESOURCES[name].about} {key}", deleted=True)

    def _made(self, name: str, payload: Object, ask: Pull) -> Item:
        """An object with its rows. What else must be read for it is read first, so that a refusal is no reject."""
        make: Callable[[Object, Pull], tuple[Object, Callable[[], Iterable[Row]]]] = getattr(self, f"_{name}")
        payload, rows = make(payload, ask)
        key = shapes.ident(payload.get("subscription")) if name == "subscriptions" else str(payload["id"])
        started = payload.get("subscription") if name == "subscription_schedules" else None
        aliases = [("contracts", key, shapes.ident(started))] if started else []
        test = "" if payload.get("livemode", True) else "test/"
        link = f"https://dashboard.stripe.com/{test}{name}/{key}"
        return self.item(f"{RESOURCES[name].about} {key}", key, payload, rows, link=link, aliases=aliases)

    def _customers(self, payload: Object, ask: Pull) -> Any:
        return payload, partial(self._rows, "customers", payload)

    def _products(self, payload: Object, ask: Pull) -> Any:
        return payload, partial(self._rows, "products", payload)

    def _prices(self, payload: Object, ask: Pull) -> Any:
        self._kept[f"prices/{payload['id']}"] = payload
        return payload, tuple

    def _subscriptions(self, payload: Object, ask: Pull) -> Any:
        key = str(payload["id"])
        schedule = payload.get("schedule")
        if isinstance(schedule, str):
            schedule = self.api.get(f"/v1/subscription_schedules/{schedule}")
        invoices = [self._with_lines(each) for each in self._all("/v1/invoices", {"subscription": key})]
        invoices.sort(key=lambda each: (each["created"], each["id"]))
        bundle = Bundle(payload, schedule, invoices, self._pending_of(key, ask), partial(self._one, "prices"))
        return bundle.payload(), partial(self._contract, bundle)

    def _subscription_schedules(self, payload: Object, ask: Pull) -> Any:
        waits = payload.get("status") == "not_started" and not payload.get("subscription")
        bundle = of_schedule(payload, Bundle({}, price=partial(self._one, "prices")))
        return payload, partial(self._contract, bundle) if waits else tuple

    def _invoices(self, payload: Object, ask: Pull) -> Any:
        payload = self._with_lines(payload)
        return payload, partial(billing.invoice_rows, payload, self.maps, self._in(payload))

    def _invoice_payments(self, payload: Object, ask: Pull) -> Any:
        given = payload.get("invoice")
        invoice = given if isinstance(given, Mapping) else self._one("invoices", str(given))
        payload = {**payload, "invoice": str(invoice.get("id") or given)}
        for kind in ("payment_intent", "charge"):
            if look(payload, f"payment.{kind}"):
                self._paid_by[shapes.ident(look(payload, f"payment.{kind}"))] = payload["invoice"]
        customer = shapes.ident(invoice.get("customer"))
        return payload, partial(cash.payment_row, payload, customer, self.maps, self._in(payload))

    def _charges(self, payload: Object, ask: Pull) -> Any:
        return payload, partial(cash.charge_row, payload, self.maps, self._in(payload))

    def _credit_notes(self, payload: Object, ask: Pull) -> Any:
        payload = self._with_lines(payload, "credit_notes")
        named = any(line.get("invoice_line_item") for line in terms.lines(payload))
        invoice = self._one("invoices", shapes.ident(payload.get("invoice"))) if named else None
        rows = partial(billing.credit_note_rows, payload, invoice, self._reasons, self.maps, self._in(payload))
        return payload, rows

    def _refunds(self, payload: Object, ask: Pull) -> Any:
        return self._reversal(payload, cash.refund_row)

    def _disputes(self, payload: Object, ask: Pull) -> Any:
        return self._reversal(payload, cash.dispute_rows)

    def _reversal(self, payload: Object, rows: Callable[..., Iterable[Row]]) -> Any:
        """A refund or dispute with the customer and the invoice behind its charge."""
        given = payload.get("charge")
        charge = given if isinstance(given, Mapping) else self._one("charges", str(given)) if given else {}
        intent = shapes.ident(payload.get("payment_intent") or charge.get("payment_intent"))
        invoice = shapes.ident(charge.get("invoice")) or self._invoice_paid_by(intent, shapes.ident(given))
        payload = {**payload, "charge": shapes.ident(given) or None}
        customer = shapes.ident(charge.get("customer"))
        if invoice and not customer:
            customer = shapes.ident(self._one("invoices", invoice).get("customer"))
        return payload, partial(rows, payload, customer, invoice, self.maps, self._in(payload))

    def _rows(self, table: str, payload: Object) -> Iterator[Row]:
        yield record(table, self.maps[table], payload, self.context(), f"{table} {payload['id']}")

    def _contract(self, bundle: Bundle) -> Iterator[Row]:
        subscription = bundle.subscription
        prices = [shapes.price_of(item) for item in terms.items(subscription)]
        named = [subscription.get("currency"), *(look(price, "currency") for price in prices)]
        currency = next((str(each) for each in named if each), "")
        yield from contract_rows(bundle, self.maps, self.context(currency))

    def _in(self, payload: Object) -> Any:
        return self.context(str(payload.get("currency") or ""))

    def _with_lines(self, payload: Object, name: str = "invoices") -> Object:
        """An invoice or credit note with all its lines: the first ten are embedded, the rest is a list of its own."""
        if not look(payload, "lines.has_more"):
            return payload
        lines = self._all(f"/v1/{name}/{payload['id']}/lines", {})
        return {**payload, "lines": {**payload["lines"], "data": lines, "has_more": False}}

    def _pending_of(self, subscription: str, ask: Pull) -> list[Object]:
        """Prorations of a subscription that wait for its next invoice; read once a run for all of them."""
        if not self.options.get("pending_prorations", True):
            return []
        if self._pending is None or self._pending[0] != ask.now:
            found: dict[str, list[Object]] = {}
            for item in self._all("/v1/invoiceitems", {"pending": True}):
                found.setdefault(shapes.subscription_of(item), []).append(item)
            self._pending = (ask.now, found)
        return self._pending[1].get(subscription, [])

    def _invoice_paid_by(self, intent: str, charge: str) -> str:
        """The invoice a payment paid: met in this run, or asked for."""
        known = self._paid_by.get(intent) or self._paid_by.get(charge)
        if known or not intent:
            return known or ""
        params = {"payment[type]": "payment_intent", "payment[payment_intent]": intent, "limit": 1}
        return shapes.ident(look(self.api.get("/v1/invoice_payments", params), "data.0.invoice"))

    def _one(self, name: str, key: str) -> Object:
        """An object by its id, remembered for a while; an invoice with all its lines."""
        path = f"{name}/{key}"
        if path not in self._kept:
            found = self.api.get(f"/v1/{path}")
            self._kept[path] = self._with_lines(found) if name == "invoices" else found
        return self._kept[path]

    def _all(self, path: str, params: Mapping[str, Any]) -> list[Object]:
        return [each for records, _ in self._walk(path, params) for each in records]

    def _walk(
        self, path: str, params: Mapping[str, Any], position: Position = None
    ) -> Iterator[tuple[list[Any], Position]]:
        return walk(self.api.get, path, PAGING, {"limit": PAGE, **params}, position)


def _reasons(name: str, changed: Mapping[str, Any]) -> dict[str, str]:
    """The meanings of credit note reasons, with those the configuration gives."""
    from model.records import CREDIT_REASONS

    for word, meaning in changed.items():
        if word not in billing.REASONS or meaning not in CREDIT_REASONS:
            raise ConfigNeeded(
                f"[connectors.{name}.credit_reasons] {word} = {meaning!r}: Stripe's words are "
                f"{', '.join(billing.REASONS)}, ours are {', '.join(CREDIT_REASONS)}"
            )
    return {**billing.REASONS, **changed}
