"""Chargebee (API v2, Product Catalog 2.0): subscriptions, invoices with all lines, credit notes, transactions.

Reference: https://apidocs.chargebee.com/docs/api/subscriptions · …/invoices · …/credit_notes · …/transactions ·
…/item_prices · https://apidocs.chargebee.com/docs/api/error-handling (limits)

A subscription is a contract: its billed terms are lines and renewals, its running term and the rest of its contract term
are what is agreed but not billed yet, a credit note for a change in mid-term ends the old price. Amounts are whole minor
units as ISO 4217 counts them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.agreement import Agreement, Change, Piece, periods, service_days, settled
from connectors.kit.auth import Auth, BasicKey
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES, adds_up, invoice_rows
from connectors.kit.fields import Field, currency, exact, look, moment, record, text, unix_day
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position, Token, walk
from connectors.kit.rest import BUDGET, PACE, RECONCILE
from connectors.kit.rest import FIELDS as FIELDS_SETTING
from model.money import Money, round_minor

Object = Mapping[str, Any]
PAGING = Token(send="offset", read="next_offset", rows="list")
PAGE = 100
REMEDY = "Open the invoice in Chargebee; run: backlog sync --full"
# our objects -> path, the word within an entry, what is asked besides
LISTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "customers": ("/customers", "customer", {"include_deleted": True}),
    "item_prices": ("/item_prices", "item_price", {}),
    "subscriptions": ("/subscriptions", "subscription", {"include_deleted": True}),
    "invoices": ("/invoices", "invoice", {"include_deleted": True}),
    "credit_notes": ("/credit_notes", "credit_note", {"include_deleted": True}),
    "transactions": ("/transactions", "transaction", {"include_deleted": True}),
}
STATUS = {
    "future": "signed", "in_trial": "active", "active": "active", "non_renewing": "active", "paused": "active",
    "cancelled": "cancelled", "transferred": "completed",
}  # fmt: skip
INVOICE_STATUS = {
    "paid": "paid", "posted": "open", "payment_due": "open", "not_paid": "open", "voided": "void", "pending": "draft",
}  # fmt: skip
REASONS = {
    "write_off": "bad_debt", "product_unsatisfactory": "price_concession", "waiver": "price_concession",
    "service_unsatisfactory": "price_concession", "order_change": "cancellation", "order_cancellation": "cancellation",
    "subscription_cancellation": "cancellation", "subscription_pause": "cancellation", "fraudulent": "cancellation",
}  # fmt: skip
RECURRING = ("plan_item_price", "addon_item_price")
CACHED = 512


def _person(value: Any, _: Any) -> str:
    return " ".join(str(value.get(part)) for part in ("first_name", "last_name") if value.get(part))


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("company", "_person", "email", "id"),
        "parent_id": text("relationship.parent_id"),
        "tax_id": text("vat_number"),
        "region": text("billing_address.country"),
    },
    "products": {
        "product_id": text("id"),
        "name": text("external_name", "name", "id"),
        "family": text("item_family_id"),
    },
    "contracts": {
        "contract_id": text("id"),
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "number": text("po_number", "id"),
        "start_on": unix_day("started_at", "start_date"),
        "deal_id": text("cf_deal_id", "meta_data.deal_id"),
    },
    "contract_lines": {"description": text("description")},
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "contract_id": text("subscription_id"),
        "issued_on": unix_day("date"),
        "due_on": unix_day("due_date"),
        "number": text("id"),
    },
    "credit_notes": {
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "invoice_id": text("reference_invoice_id"),
        "issued_on": unix_day("date"),
    },
    "payments": {
        "customer_id": text("customer_id"),
        "currency": currency("currency_code"),
        "received_on": unix_day("date"),
    },
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
        RECONCILE,
        FIELDS_SETTING,
        PACE,
        BUDGET,
    )
    fields = FIELDS
    back = 900  # lists show a change up to five minutes late
    keeps = ("customers", "item_prices")

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._invoices: dict[str, Object] = {}

    def address(self) -> str:
        """Of the site."""
        return str(self.options.get("base_url") or f"https://{self.options['site']}.chargebee.com/api/v2")

    def auth(self) -> Auth:
        """The key as the user (https://apidocs.chargebee.com/docs/api/auth)."""
        return BasicKey(str(self.options["api_key"]))

    def limit(self) -> Limit:
        """150 requests a minute on the smallest plan; larger ones may set requests_per_second."""
        asked = self.options.get("requests_per_second")
        return Limit(int(asked), 1.0) if asked else Limit(140, 60.0)

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
            keys = [str(each["id"]) for each in records if not each.get("deleted")]
            invoices = self._by_subscription("invoices", keys)
            notes = self._by_subscription("credit_notes", keys)
            return [
                self._made(name, each, {"subscription": each, "invoices": invoices.get(str(each["id"]), []),
                                        "credit_notes": notes.get(str(each["id"]), [])}, self._subscription)
                for each in records
            ]  # fmt: skip
        make = getattr(self, f"_{name.removesuffix('s')}")
        return [self._made(name, full, full, make) for full in (self._with_lines(name, each) for each in records)]

    def _made(self, name: str, record: Object, said: Object, make: Callable[[Any], Iterator[Row]]) -> Item:
        key, place = str(record["id"]), f"{LISTS[name][1].replace('_', ' ')} {record['id']}"
        if record.get("deleted") and name not in self.keeps:
            return Item(key, said, place=place, deleted=True)
        link = f"https://{self.options['site']}.chargebee.com/d/{name}/{key}"
        return self.item(place, key, said, partial(make, said), link=link)

    def _customer(self, payload: Object) -> Iterator[Row]:
        named = {**payload, "_person": _person(payload, None)}
        yield record("customers", self.maps["customers"], named, self.context())

    def _item_price(self, payload: Object) -> Iterator[Row]:
        yield record("products", self.maps["products"], payload, self.context())

    def _subscription(self, said: Object) -> Iterator[Row]:
        sub = said["subscription"]
        money = str(sub["currency_code"])
        contract = record("contracts", self.maps["contracts"], sub, self.context(money), f"subscription {sub['id']}")
        values = {**contract.values, "status": STATUS.get(str(sub.get("status")), "draft")}
        signed = min(self._day(sub[name]) for name in ("created_at", "started_at", "start_date") if sub.get(name))
        values.setdefault("signed_on", signed)
        credits = [
            Change(self._day(line["date_from"]), str(line["id"]), str(line["entity_id"]), _net(note, line))
            for note in said["credit_notes"]
            if note.get("status") != "voided" and note.get("reason_code") == "subscription_change"
            for line in note.get("line_items") or ()
            if line.get("entity_type") in RECURRING and _of(line, note) == sub["id"]
        ]
        billed = [
            self._piece(sub, invoice, line)
            for invoice in said["invoices"]
            if invoice.get("status") not in ("voided", "pending") and not invoice.get("deleted")
            for line in invoice.get("line_items") or ()
            if _of(line, invoice) == sub["id"] and line.get("entity_type") != "tax"
        ]
        pieces, changes = settled(billed, credits)
        named = {piece.line_id for piece in (*pieces, *(each.charge for each in changes if each.charge))}
        pieces += [piece for piece in self._to_come(sub, money) if piece.line_id not in named]
        ended = self._day(sub["cancelled_at"]) if sub.get("status") == "cancelled" and sub.get("cancelled_at") else None
        if ended and not any(piece.end >= ended for piece in pieces):
            values["status"] = "completed"
        yield from Agreement(str(sub["id"]), money, signed, ended).rows(Row("contracts", values), pieces, changes)

    def _piece(self, sub: Object, invoice: Object, line: Object) -> Piece:
        first, last = self._days(line["date_from"], line["date_to"])
        recurs = line.get("entity_type") in RECURRING
        item = str(line.get("entity_id") or "") if recurs else ""
        usage = bool(line.get("metered"))
        more = {
            **record("contract_lines", self.maps["contract_lines"], line, self.context()).values,
            "product_id": str(line["entity_id"]) if line.get("entity_id") else None,
            "quantity": exact(line.get("quantity_in_decimal") or line.get("quantity") or 1),
            "recognition": "usage" if usage else None,
        }  # fmt: skip
        agreed = self._agreed(sub, first) if recurs else self._day(invoice["date"])
        return Piece(_line_id(sub, line, first), item, first, last, 0 if usage else _net(invoice, line), agreed, more)

    def _to_come(self, sub: Object, money: str) -> Iterator[Piece]:
        """The running term where no invoice names it, and further terms that the contract term has fixed."""
        if sub.get("status") not in ("active", "non_renewing", "future", "in_trial", "paused"):
            return
        start = sub.get("current_term_start") or sub.get("next_billing_at") or sub.get("start_date")
        term, unit, count = (
            sub.get("contract_term") or {},
            str(sub.get("billing_period_unit")),
            sub.get("billing_period"),
        )
        if not start or not count:
            return
        first, until = self._day(start), None
        if sub.get("current_term_end") and sub.get("status") != "in_trial":
            until = self._days(start, sub["current_term_end"])[1]
        elif sub.get("status") == "in_trial":
            first = self._day(sub["trial_end"]) if sub.get("trial_end") else first
        for end in (
            term.get("contract_end") if term.get("status") in ("active", None) else None,
            sub.get("cancelled_at"),
        ):
            if end:
                fixed = self._days(start, end)[1]
                until = max(until, fixed) if until else fixed
        if until is None:
            return
        for begins, ends, share in periods(first, until, unit, int(count)):
            for item in sub.get("subscription_items") or ():
                if item.get("item_type") not in ("plan", "addon"):
                    continue
                metered = item.get("metered_quantity") is not None or item.get("amount") is None
                amount = 0 if metered else round_minor(exact(item["amount"]) * share, "JPY")
                more = {"product_id": str(item["item_price_id"]), "quantity": exact(item.get("quantity") or 1),
                        "recognition": "usage" if metered else None}  # fmt: skip
                key = f"{sub['id']}:{item['item_price_id']}:{begins}"
                yield Piece(key, str(item["item_price_id"]), begins, ends, amount, self._agreed(sub, begins), more)

    def _agreed(self, sub: Object, first: dt.date) -> dt.date:
        """The day a term was agreed on: with its contract term, else as it begins."""
        start, end = look(sub, "contract_term.contract_start"), look(sub, "contract_term.contract_end")
        if start and end and self._day(start) <= first <= self._day(end):
            created = look(sub, "contract_term.created_at")
            return min(self._day(start), self._day(created)) if created else self._day(start)
        return first

    def _invoice(self, payload: Object) -> Iterator[Row]:
        money, key = str(payload["currency_code"]), str(payload["id"])
        values = dict(record("invoices", self.maps["invoices"], payload, self.context(money), f"invoice {key}").values)
        values["status"] = INVOICE_STATUS.get(str(payload.get("status")), "open")
        lines = [self._invoice_line(payload, line, money) for line in payload.get("line_items") or ()]
        whole_amount = int(payload["total"]) - int(payload.get("tax") or 0) - int(payload.get("round_off_amount") or 0)
        adds_up(lines, Money(whole_amount, money), f"invoice {key}", REMEDY)
        yield from invoice_rows(values, lines, stands=bool(self.options.get(SALES.name)))

    def _invoice_line(self, invoice: Object, line: Object, money: str) -> dict[str, Any]:
        first, last = self._days(line["date_from"], line["date_to"])
        sub = _of(line, invoice)
        values = {
            "invoice_line_id": str(line["id"]), "amount": Money(_net(invoice, line), money), "service_start": first,
            "service_end": last, "tax": Money(int(line.get("tax_amount") or 0), money),
            "description": line.get("description"),
            "line_id": _line_id({"id": sub}, line, first) if sub and invoice.get("status") != "voided" else None,
            "product_id": line.get("entity_id"), "quantity": exact(line.get("quantity") or 1),
        }  # fmt: skip
        return {name: value for name, value in values.items() if value is not None}

    def _credit_note(self, payload: Object) -> Iterator[Row]:
        if payload.get("status") == "voided":
            return
        money, key = str(payload["currency_code"]), str(payload["id"])
        invoice = self._one_invoice(str(payload.get("reference_invoice_id") or ""))
        billed = {str(line["id"]): line for line in invoice.get("line_items") or ()}
        lines = list(payload.get("line_items") or ())
        for line in lines or [{}]:
            source = billed.get(str(line.get("reference_line_item_id")))
            sub = _of(source, invoice) if source else ""
            amount = _net(payload, line) if line else int(payload["total"])
            yield record(
                "credit_notes", self.maps["credit_notes"], payload, self.context(money), f"credit note {key}",
                credit_note_id=key if len(lines) < 2 else f"{key}:{line['id']}", amount=Money(amount, money),
                tax=Money(int(line.get("tax_amount") or 0), money),
                reason=REASONS.get(str(payload.get("reason_code")), "billing_correction"),
                line_id=_line_id({"id": sub}, source, self._day(source["date_from"])) if source and sub else None,
            )  # fmt: skip

    def _transaction(self, payload: Object) -> Iterator[Row]:
        """Money that came, by the invoice it was applied to, and money that went back."""
        kind = {"payment": "payment", "refund": "refund", "payment_reversal": "dispute"}.get(str(payload.get("type")))
        if kind is None or payload.get("status") != "success":
            return
        money, key, left = str(payload["currency_code"]), str(payload["id"]), int(payload["amount"])
        applied = [
            (str(each["invoice_id"]), int(each["applied_amount"])) for each in payload.get("linked_invoices") or ()
        ]
        if kind == "refund":
            notes = payload.get("linked_credit_notes") or ()
            applied = [(str(each["cn_reference_invoice_id"]), int(each["applied_amount"])) for each in notes
                       if each.get("cn_reference_invoice_id")]  # fmt: skip
        if kind == "dispute":
            applied = [(invoice, left) for invoice, _ in applied[:1]]
        for invoice, amount in applied:
            left -= amount
            yield self._cash(payload, f"{key}:{invoice}", Money(amount, money), kind, invoice)
        if left > 0:
            yield self._cash(payload, key, Money(left, money), kind, None)

    def _cash(self, payload: Object, key: str, amount: Money, kind: str, invoice: str | None) -> Row:
        return record(
            "payments", self.maps["payments"], payload, self.context(amount.currency), f"transaction {payload['id']}",
            payment_id=key, amount=amount, kind=kind, invoice_id=invoice,
        )  # fmt: skip

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
                parts = {_of(line, full) for line in full.get("line_items") or ()} | {str(full.get("subscription_id"))}
                for key in parts & set(keys):
                    found.setdefault(key, []).append(full)
        for documents in found.values():
            documents.sort(key=lambda each: (each.get("date") or 0, str(each["id"])))
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
            while len(self._invoices) >= CACHED:
                self._invoices.pop(next(iter(self._invoices)))
            self._invoices[key] = self._with_lines("invoices", self.api.get(f"/invoices/{key}")["invoice"])
        return self._invoices.get(key, {})

    def _day(self, seconds: Any) -> dt.date:
        return moment(seconds).astimezone(self.zone).date()

    def _days(self, start: Any, end: Any) -> tuple[dt.date, dt.date]:
        return service_days(moment(start), moment(end), self.zone)


def _net(document: Object, line: Object) -> int:
    """What a line charges: after its discounts, without tax."""
    amount = int(line.get("amount") or 0) - int(line.get("discount_amount") or 0)
    return amount - (int(line.get("tax_amount") or 0) if document.get("price_type") == "tax_inclusive" else 0)


def _of(line: Object, document: Object) -> str:
    """The subscription a line belongs to."""
    return str(line.get("subscription_id") or document.get("subscription_id") or "")


def _line_id(sub: Object, line: Object, first: dt.date) -> str:
    """The contract line: subscription, price and first day; its own id for what is charged once."""
    recurs = line.get("entity_type") in RECURRING and line.get("entity_id")
    return f"{sub['id']}:{line['entity_id']}:{first}" if recurs else str(line["id"])
