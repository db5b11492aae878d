"""Recurly (API v2021-02-25): accounts, plans, subscriptions, invoices with all line items, credit invoices, transactions.

Reference: https://recurly.com/developers/api/v2021-02-25/index.html#operation/list_subscriptions (and list_invoices,
list_transactions, list_accounts, list_plans) · …/index.html#section/Getting-Started/Pagination · …/Limits

A subscription is a contract: its billed periods are lines and renewals, the running period and the rest of its term are
what is agreed but not billed. A credit within an immediate change ends the old price. Amounts are major units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.agreement import Agreement, Change, Piece, periods, service_days, settled
from connectors.kit.auth import Auth, BasicKey
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES, adds_up, invoice_rows
from connectors.kit.fields import Field, currency, exact, iso_day, look, record, text
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import NextLink, Position, walk
from connectors.kit.rest import BUDGET, PACE, RECONCILE
from connectors.kit.rest import FIELDS as FIELDS_SETTING
from model.money import Money, round_minor, to_minor

Object = Mapping[str, Any]
PAGE = 200
REMEDY = "Open the invoice in Recurly; run: backlog sync --full"
# our objects -> path
LISTS = {
    "accounts": "/accounts", "plans": "/plans", "subscriptions": "/subscriptions", "invoices": "/invoices",
    "transactions": "/transactions",
}  # fmt: skip
STATUS = {
    "active": "active", "canceled": "active", "expired": "completed", "failed": "draft", "future": "signed",
    "in_trial": "active", "live": "active", "past_due": "active", "paused": "active", "pending": "draft",
}  # fmt: skip
INVOICE_STATUS = {
    "open": "open", "pending": "open", "processing": "open", "past_due": "open", "paid": "paid", "closed": "paid",
    "failed": "uncollectible", "voided": "void",
}  # fmt: skip
RECURRING = ("plan", "add_on")
REASONS = {
    "write_off": "bad_debt",
    "termination": "cancellation",
    "line_item_refund": "refund",
    "open_amount_refund": "refund",
}


class _Pages(NextLink):
    """The next page's address stays in the body after the last page, so `has_more` is asked first."""

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """The address in the body while there is more."""
        return super().after(body, records, position) if look(body, "has_more") else None


PAGING = _Pages(read="next", rows="data")


def _name(value: Any, _: Any) -> str:
    return " ".join(str(value[part]) for part in ("first_name", "last_name") if value.get(part))


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("company", "_name", "email", "code", "id"),
        "parent_id": text("parent_account_id"),
        "tax_id": text("vat_number"),
        "region": text("address.country"),
        "shared_id": text("code"),
    },
    "products": {"product_id": text("code"), "name": text("name", "code")},
    "contracts": {
        "contract_id": text("id"),
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "number": text("po_number", "uuid", "id"),
        "start_on": iso_day("activated_at", "created_at"),
        "payment_terms_days": Field(("net_terms",), lambda value, _: int(value)),
    },
    "contract_lines": {"description": text("description")},
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "issued_on": iso_day("created_at"),
        "due_on": iso_day("due_at"),
        "number": text("number"),
    },
    "credit_notes": {
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "issued_on": iso_day("created_at"),
        "invoice_id": text("previous_invoice_id"),
    },
    "payments": {
        "payment_id": text("id"),
        "customer_id": text("account.id"),
        "currency": currency("currency"),
        "received_on": iso_day("collected_at", "created_at"),
        "invoice_id": text("invoice.id"),
    },
}


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
        RECONCILE,
        FIELDS_SETTING,
        PACE,
        BUDGET,
    )
    base_url = "https://v3.recurly.com"
    headers = {"Accept": "application/vnd.recurly.v2021-02-25"}
    fields = FIELDS
    keeps = ("accounts", "plans")

    def auth(self) -> Auth:
        """The key as the user."""
        return BasicKey(str(self.options["api_key"]))

    def limit(self) -> Limit:
        """1,000 reads a minute on a production site; the answers say how many are left."""
        asked = self.options.get("requests_per_second")
        return Limit(int(asked), 1.0) if asked else Limit(900, 60.0, "X-RateLimit-Remaining")

    def explain(self, body: Any) -> str:
        """The message of an error."""
        return str(look(body, "error.message") or "")

    def objects(self) -> tuple[str, ...]:
        """Recurly's lists, those that others point at first."""
        return tuple(LISTS)

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
        make: Callable[[Object], Iterator[Row]] = getattr(self, f"_{name}")
        return self.item(place, key, said, partial(make, said))

    def _accounts(self, payload: Object) -> Iterator[Row]:
        yield record("customers", self.maps["customers"], {**payload, "_name": _name(payload, None)}, self.context())

    def _plans(self, payload: Object) -> Iterator[Row]:
        yield record("products", self.maps["products"], payload, self.context())

    def _subscriptions(self, said: Object) -> Iterator[Row]:
        sub, money = said["subscription"], str(said["subscription"]["currency"])
        contract = record("contracts", self.maps["contracts"], sub, self.context(money), f"subscription {sub['id']}")
        values = {**contract.values, "status": STATUS.get(str(sub.get("state")), "draft")}
        for custom in sub.get("custom_fields") or ():
            if custom.get("name") == (self.options.get("deal_field") or "deal_id"):
                values["deal_id"] = str(custom.get("value"))
        signed = self._day(min(str(sub[name]) for name in ("created_at", "activated_at") if sub.get(name)))
        values.setdefault("signed_on", signed)
        lines = [each for each in said["line_items"] if each.get("state") == "invoiced"]
        credits = [
            Change(self._day(each["start_date"]), str(each["id"]), _item(each), -self._net(each, money))
            for each in lines
            if each.get("type") == "credit" and each.get("origin") in RECURRING and not each.get("refund")
            and each.get("start_date") and self._net(each, money) < 0
        ]  # fmt: skip
        billed = [self._piece(sub, each, money) for each in lines if each.get("type") == "charge"]
        pieces, changes = settled(billed, credits)
        named = {piece.line_id for piece in (*pieces, *(each.charge for each in changes if each.charge))}
        pieces += [piece for piece in self._to_come(sub, money) if piece.line_id not in named]
        ended = self._day(sub["expires_at"]) if sub.get("state") == "expired" and sub.get("expires_at") else None
        if ended and any(piece.end >= ended for piece in pieces):
            values["status"] = "cancelled"
        yield from Agreement(str(sub["id"]), money, signed, ended).rows(Row("contracts", values), pieces, changes)

    def _piece(self, sub: Object, line: Object, money: str) -> Piece:
        first, last = self._span(line)
        usage = line.get("usage_type") is not None or str(line.get("origin")) == "usage"
        recurs = line.get("origin") in RECURRING
        more = {
            **record("contract_lines", self.maps["contract_lines"], line, self.context()).values,
            "product_id": str(line["plan_code"]) if line.get("origin") == "plan" and line.get("plan_code") else None,
            "quantity": exact(line.get("quantity_decimal") or line.get("quantity") or 1),
            "recognition": "usage" if usage else None,
        }  # fmt: skip
        agreed = self._agreed(sub, first) if recurs else self._day(line["created_at"])
        amount = 0 if usage else self._net(line, money)
        return Piece(_line_id(line, first), _item(line) if recurs else "", first, last, amount, agreed, more)

    def _to_come(self, sub: Object, money: str) -> Iterator[Piece]:
        """The running period where no invoice names it, and the further ones of its term."""
        start, end = sub.get("current_period_started_at"), sub.get("current_period_ends_at")
        if sub.get("state") not in ("active", "canceled", "future", "past_due", "live") or not start or not end:
            return
        first, last = service_days(_moment(start), _moment(end), self.zone)
        until = last
        if sub.get("current_term_ends_at"):
            until = max(until, service_days(_moment(start), _moment(sub["current_term_ends_at"]), self.zone)[1])
        if sub.get("state") == "canceled" and sub.get("expires_at"):
            until = service_days(_moment(start), _moment(sub["expires_at"]), self.zone)[1]
        months = (last.year - first.year) * 12 + last.month - first.month + (1 if last.day + 1 >= first.day else 0)
        unit, count = ("month", months) if months and last.day in (first.day - 1, *range(28, 32)) else (
            "day", (last - first).days + 1)  # fmt: skip
        parts = [(str(look(sub, "plan.code") or "plan"), sub.get("unit_amount"), sub.get("quantity"))]
        parts += [(str(look(each, "add_on.code")), each.get("unit_amount"), each.get("quantity"))
                  for each in sub.get("add_ons") or ()]  # fmt: skip
        for begins, ends, share in periods(first, until, unit, count):
            for at, (code, price, quantity) in enumerate(parts):
                if price is None:
                    continue
                amount = round_minor(exact(price) * exact(quantity or 1) * share, money)
                more = {
                    "product_id": code if at == 0 else None,
                    "quantity": exact(quantity or 1),
                    "unit_price": exact(price),
                }
                yield Piece(f"{sub['id']}:{code}:{begins}", code, begins, ends, amount, self._agreed(sub, begins), more)

    def _agreed(self, sub: Object, first: dt.date) -> dt.date:
        """The day a period was agreed on: with its term, else as it begins."""
        start, end = sub.get("current_term_started_at"), sub.get("current_term_ends_at")
        if start and end and self._day(start) <= first < self._day(end):
            return self._day(start)
        return first

    def _invoices(self, payload: Object) -> Iterator[Row]:
        money, key = str(payload["currency"]), str(payload["id"])
        if payload.get("type") == "credit":
            yield from self._credit(payload, money)
            return
        values = dict(record("invoices", self.maps["invoices"], payload, self.context(money), f"invoice {key}").values)
        values["status"] = INVOICE_STATUS.get(str(payload.get("state")), "open")
        subscriptions = list(payload.get("subscription_ids") or ())
        if len(subscriptions) == 1:
            values["contract_id"] = str(subscriptions[0])
        lines = [self._invoice_line(each, money, values["status"]) for each in _lines(payload)]
        net = to_minor(exact(payload["total"]), money) - to_minor(exact(payload.get("tax") or 0), money)
        adds_up(lines, Money(net, money), f"invoice {key}", REMEDY)
        yield from invoice_rows(values, lines, stands=bool(self.options.get(SALES.name)))

    def _invoice_line(self, line: Object, money: str, status: str) -> dict[str, Any]:
        first, last = self._span(line)
        ties = bool(line.get("subscription_id")) and line.get("type") == "charge" and status != "void"
        values = {
            "invoice_line_id": str(line["id"]), "amount": Money(self._net(line, money), money), "service_start": first,
            "service_end": last, "tax": Money(to_minor(exact(line.get("tax") or 0), money), money),
            "description": line.get("description"), "line_id": _line_id(line, first) if ties else None,
            "quantity": exact(line.get("quantity") or 1),
        }  # fmt: skip
        return {name: value for name, value in values.items() if value is not None}

    def _credit(self, payload: Object, money: str) -> Iterator[Row]:
        """A credit invoice: a credit note for each of its lines. Its amounts are negative, a note's are positive."""
        if payload.get("state") == "voided":
            return
        lines = _lines(payload)
        for line in lines or [{}]:
            net = self._net(line, money) if line else to_minor(exact(payload["subtotal"]), money)
            tax = to_minor(exact((line or payload).get("tax") or 0), money)
            if not net and not tax:
                continue
            yield record(
                "credit_notes", self.maps["credit_notes"], payload, self.context(money), f"credit {payload['id']}",
                credit_note_id=str(payload["id"]) if len(lines) < 2 else f"{payload['id']}:{line['id']}",
                amount=Money(abs(net), money), tax=Money(abs(tax), money),
                reason=REASONS.get(str(payload.get("origin")), "billing_correction"),
            )  # fmt: skip

    def _transactions(self, payload: Object) -> Iterator[Row]:
        kind = {"purchase": "payment", "capture": "payment", "refund": "refund"}.get(str(payload.get("type")))
        if kind is None or payload.get("status") != "success" or payload.get("voided_at"):
            return
        money = str(payload["currency"])
        amount = Money(abs(to_minor(exact(payload["amount"]), money)), money)
        place = f"transaction {payload['id']}"
        yield record("payments", self.maps["payments"], payload, self.context(money), place, amount=amount, kind=kind)

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

    def _net(self, line: Object, money: str) -> int:
        """What a line charges: after its discounts, without tax."""
        return to_minor(exact(line.get("subtotal") or 0) - exact(line.get("discount") or 0), money)

    def _span(self, line: Object) -> tuple[dt.date, dt.date]:
        start = line.get("start_date") or line.get("created_at")
        return service_days(_moment(start), _moment(line.get("end_date") or start), self.zone)

    def _day(self, said: Any) -> dt.date:
        return _moment(said).astimezone(self.zone).date()


def _lines(invoice: Object) -> list[Object]:
    return list(invoice.get("line_items") or ())


def _item(line: Object) -> str:
    """What recurs: a plan or an add-on."""
    return str(line.get("add_on_code") or line.get("plan_code") or "plan")


def _line_id(line: Object, first: dt.date) -> str:
    """The contract line: subscription, plan or add-on and first day; its own id for what is charged once."""
    recurs = line.get("origin") in RECURRING and line.get("subscription_id")
    return f"{line['subscription_id']}:{_item(line)}:{first}" if recurs else str(line["id"])


def _moment(said: Any) -> dt.datetime:
    found = dt.datetime.fromisoformat(str(said))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
