"""The Tryton connector: what is asked for, in which order, and what each record becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth, Nobody
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES
from connectors.kit.fields import look, record
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position
from connectors.kit.rest import USUAL
from connectors.kit.transport import Transport, Vendor
from connectors.tryton import records
from connectors.tryton.calls import Calls, moment
from connectors.tryton.records import FIELDS, Object
from connectors.tryton.session import Session
from model.redaction import remember

PAGE = 500
MODEL = {
    "parties": "party.party", "products": "product.product", "subscriptions": "sale.subscription", "sales": "sale.sale",
    "opportunities": "sale.opportunity", "invoices": "account.invoice",
}  # fmt: skip
TABLE = {"parties": "customers", "products": "products", "invoices": "invoices"}
LINES = {
    "subscriptions": ("sale.subscription.line", "subscription"), "sales": ("sale.line", "sale"),
    "invoices": ("account.invoice.line", "invoice"),
}  # fmt: skip
ASKED = {
    "parties": ("name", "code", "rec_name", "tax_identifier.code"),
    "products": ("rec_name",),
    "subscriptions": ("number", "reference", "state", "party", "currency.code", "start_date", "end_date"),
    "sales": ("number", "reference", "state", "party", "currency.code", "sale_date"),
    "opportunities": ("number", "state", "party", "currency.code", "amount", "start_date", "end_date"),
    "invoices": ("number", "type", "state", "party", "currency.code", "invoice_date", "accounting_date", "untaxed_amount",
                 "tax_amount", "payment_lines"),
    "sale.line": ("sale", "type", "product", "description", "quantity", "unit_price", "amount"),
    "sale.subscription.line": ("subscription", "service.product", "description", "quantity", "unit_price", "start_date",
                               "end_date", "consumption_recurrence"),
    "account.invoice.line": ("invoice", "type", "product", "description", "quantity", "unit_price", "amount", "origin",
                             "defer_from", "defer_to"),
}  # fmt: skip
DOMAIN = {"invoices": [["type", "=", "out"]]}


class Tryton(ListConnector):
    """Reads one Tryton database."""

    kind = "tryton"
    title = "Tryton"
    secret = "password"  # noqa: S105 (the setting's name)
    rights = (
        "a user with read access to party, product, sale, subscription, opportunity, account invoice and move lines"
    )
    settings = (
        Setting("base_url", "the server's address: https://tryton.mycompany.example", required=True),
        Setting("database", "the database's name", required=True),
        Setting("username", "the user's login", required=True),
        Setting("password", "the user's password", required=True, secret=True),
        Setting(
            "default_term_months", "the term, from its day, of a sale, which states no days; empty: it waits", kind=int
        ),
        SALES,
        *USUAL,
    )
    fields = FIELDS
    keeps = ("parties", "products")
    # A company's own server: as fast as is polite.
    published = Limit(20)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self.calls = Calls(self.api, name, self.rights)
        self._has: dict[str, frozenset[str]] = {}
        self._models: frozenset[str] | None = None

    def address(self) -> str:
        """Where the database's calls go."""
        return f"{str(self.options['base_url']).rstrip('/')}/{self.options['database']}/rpc/"

    def auth(self) -> Auth:
        """A session of the user."""
        remember(str(self.options["password"]))
        vendor = Vendor(self.name, self.title, self.rights, self.secret)
        api = Transport(vendor, self.address(), Nobody(), patience=self.patience, rest=self.rest)
        self._session = Session(api, str(self.options["username"]), str(self.options["password"]))
        return self._session

    def close(self) -> None:
        """Hangs up."""
        self._session.close()
        super().close()

    def objects(self) -> tuple[str, ...]:
        """All that the activated modules have; parties and products come first."""
        return tuple(MODEL)

    def known_fields(self, table: str) -> Iterable[str]:
        """The fields of the models that a table is read from."""
        models = {"customers": ("party.party",), "products": ("product.product",), "invoices": ("account.invoice",),
                  "contracts": ("sale.sale", "sale.subscription"), "credit_notes": ("account.invoice",),
                  "contract_lines": ("sale.line", "sale.subscription.line"), "invoice_lines": ("account.invoice.line",)}  # fmt: skip
        return {field for model in models.get(table, ()) for field in self.calls.fields(model)}

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record, by id."""
        yield from self._pages(name, int(position or 0), [])

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, and the records behind changed lines. A record that was never written has no `write_date`."""
        met: set[int] = set()
        for rows, _ in self._pages(name, 0, [_since(since)]):
            met.update(int(each["id"]) for each in rows)
            yield rows
        if name in LINES and self._fields(name):
            model, parent = LINES[name]
            lines = self.calls.search_read(model, [_since(since)], [parent])
            behind = {int(each[parent]) for each in lines if each.get(parent)} - met
            for rows, _ in self._pages(name, 0, [["id", "in", sorted(behind)]]) if behind else ():
                yield rows

    def items(self, name: str, records_: Sequence[Object]) -> list[Item]:
        """Items of a page; documents with their lines, which are read for the page together."""
        if name in ("parties", "products"):
            return [self.item(f"{MODEL[name]} {each['id']}", str(each["id"]), each, partial(self._row, TABLE[name], each))
                    for each in records_]  # fmt: skip
        lines = self._lines(name, [int(each["id"]) for each in records_]) if name in LINES else {}
        moves = self._moves(records_) if name == "invoices" else {}
        return [self._item(name, each, lines.get(int(each["id"]), []), moves) for each in records_]

    def _item(self, name: str, payload: Object, lines: Sequence[Object], moves: Mapping[int, Object]) -> Item:
        key, place = str(payload["id"]), f"{MODEL[name]} {payload['id']}"
        context = self.context(str(look(payload, "currency_.code") or ""))
        said = {**payload, **({"lines": list(lines)} if lines else {})}
        rows: Any
        if name == "invoices":
            cash = [moves[int(each)] for each in payload.get("payment_lines") or () if int(each) in moves]
            said = {**said, **({"payments": cash} if cash else {})}
            stands = bool(self.options.get(SALES.name))
            rows = partial(records.invoice, payload, lines, cash, self.maps, context, stands)
        elif name == "opportunities":
            rows = partial(records.opportunity, payload, self.maps, context)
        else:
            make = records.sale if name == "sales" else records.subscription
            months = int(self.options.get("default_term_months") or 0)
            rows = partial(make, payload, lines, self.maps, context, months)
        return self.item(place, key, said, rows)

    def _row(self, table: str, payload: Object) -> Iterable[Row]:
        yield record(table, self.maps[table], payload, self.context())

    def _pages(self, name: str, last: int, domain: Sequence[Any]) -> Iterator[tuple[Sequence[Object], Position]]:
        fields = self._fields(name)
        while fields:
            asked = [*DOMAIN.get(name, []), *domain, ["id", ">", last]]
            rows = self.calls.search_read(MODEL[name], asked, fields, PAGE)
            last = int(rows[-1]["id"]) if rows else last
            over = len(rows) < PAGE
            yield rows, None if over else last
            if over:
                return
        if not fields:
            yield [], None  # its module is not activated

    def _lines(self, name: str, keys: Sequence[int]) -> dict[int, list[Object]]:
        model, parent = LINES[name]
        fields = self._known(model, ASKED[model])
        rows = self.calls.search_read(model, [[parent, "in", list(keys)]], fields) if keys else []
        rows = [each for each in rows if each.get("type") in (None, "line")]
        if name == "subscriptions":
            self._with_recurrence(rows)
        elif name == "invoices":
            self._with_origin(rows)
        found: dict[int, list[Object]] = {}
        for each in rows:
            found.setdefault(int(each[parent]), []).append(each)
        return found

    def _with_recurrence(self, lines: Sequence[dict[str, Any]]) -> None:
        """How often each line is consumed: the first rule of its set."""
        sets = sorted({int(each["consumption_recurrence"]) for each in lines if each.get("consumption_recurrence")})
        rules = (
            self.calls.search_read(
                "sale.subscription.recurrence.rule", [["set_", "in", sets]], ["set_", "freq", "interval"]
            )
            if sets
            else []
        )
        by_set = {int(rule["set_"]): rule for rule in reversed(rules)}
        for each in lines:
            rule = by_set.get(int(each.get("consumption_recurrence") or 0), {})
            each.update({name: rule[name] for name in ("freq", "interval") if name in rule})

    def _with_origin(self, lines: Sequence[dict[str, Any]]) -> None:
        """What each invoice line bills (a sale's or a subscription's line) or credits (an invoice's)."""
        origins: dict[str, set[int]] = {}
        for each in lines:
            model, _, key = str(each.get("origin") or "").partition(",")
            if key.lstrip("-").isdigit() and int(key) > 0:
                origins.setdefault(model, set()).add(int(key))
        sold = self.calls.read("sale.line", sorted(origins.get("sale.line", ())), ["sale"])
        consumed = self.calls.read(
            "sale.subscription.line", sorted(origins.get("sale.subscription.line", ())), ["subscription"]
        )
        credited = self.calls.read("account.invoice.line", sorted(origins.get("account.invoice.line", ())), ["invoice"])
        for each in lines:
            model, _, key = str(each.get("origin") or "").partition(",")
            number = int(key) if key.lstrip("-").isdigit() else 0
            if model == "sale.line" and number in sold:
                each.update({"bills": f"sale-line-{number}", "contract": f"sale-{sold[number]['sale']}"})
            elif model == "sale.subscription.line" and number in consumed:
                subscription = consumed[number]["subscription"]
                each.update({"bills": f"subscription-line-{number}", "contract": f"subscription-{subscription}"})
            elif model == "account.invoice.line" and number in credited:
                each["credits"] = credited[number]["invoice"]

    def _moves(self, invoices: Sequence[Object]) -> dict[int, Object]:
        keys = sorted({int(key) for each in invoices for key in each.get("payment_lines") or ()})
        fields = ["date", "debit", "credit", "amount_second_currency"]
        return dict(self.calls.read("account.move.line", keys, fields))

    def _fields(self, name: str) -> list[str]:
        """The fields to ask for: those needed and those of the maps, as far as the database has them."""
        table = TABLE.get(name, "contracts")
        mapped = tuple(path.replace("_.", ".") for field in self.maps[table].values() for path in field.paths)
        return self._known(MODEL[name], (*ASKED[name], *mapped))

    def _known(self, model: str, fields: Sequence[str]) -> list[str]:
        if self._models is None:
            self._models = self.calls.models((*MODEL.values(), *(each for each, _ in LINES.values())))
        if model not in self._has:
            self._has[model] = frozenset(self.calls.fields(model)) if model in self._models else frozenset()
        known = self._has[model]
        return [field for field in dict.fromkeys(fields) if field.partition(".")[0] in known]


def _since(since: dt.datetime) -> list[Any]:
    return ["OR", ["write_date", ">=", moment(since)], ["create_date", ">=", moment(since)]]
