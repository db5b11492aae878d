"""Xero: contacts, items, sales invoices, credit notes, payments, and the figures of its reports.

Reference: https://developer.xero.com/documentation/api/accounting/invoices · …/creditnotes · …/payments · …/reports ·
https://developer.xero.com/documentation/guides/oauth2/limits/ (60 a minute, 5,000 a day; X-Rate-Limit-Problem says which)
· https://developer.xero.com/documentation/guides/oauth2/auth-flow/ (a refresh token is of one use)

Only sales are read: invoices of the type ACCREC and credit notes ACCRECCREDIT; ACCPAY are suppliers' bills. What is
deleted or voided stays in the lists with that status. Dates are days of the organisation; amounts are major units.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES, adds_up, invoice_rows
from connectors.kit.fields import Context, Field, currency, decimal, exact, look, record, text
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.oauth import Endpoint
from connectors.kit.paging import Position
from connectors.kit.rest import BUDGET, PACE, RECONCILE
from connectors.kit.rest import FIELDS as FIELDS_SETTING
from connectors.kit.statements import MONTHS, closed_months, figures
from connectors.kit.tokens import Rotating, slot_of
from model.errors import RecordRejected
from model.money import Money, to_minor
from model.periods import parse_day

Object = Mapping[str, Any]
PAGE = 100
REMEDY = "Open the document in Xero; run: backlog sync --full"
# our objects -> path, our key within a record, what is asked besides
LISTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "contacts": ("Contacts", "ContactID", {"includeArchived": True}),
    "items": ("Items", "ItemID", {}),
    "invoices": ("Invoices", "InvoiceID", {"where": 'Type=="ACCREC"'}),
    "credit_notes": ("CreditNotes", "CreditNoteID", {"where": 'Type=="ACCRECCREDIT"'}),
    "payments": ("Payments", "PaymentID", {}),
}
UNPAGED = ("items",)  # told in one answer
INVOICE_STATUS = {"DRAFT": "draft", "SUBMITTED": "draft", "AUTHORISED": "open", "PAID": "paid", "VOIDED": "void"}
# A payment's type -> ours; the others settle what suppliers billed.
KINDS = {
    "ACCRECPAYMENT": "payment", "ARCREDITPAYMENT": "refund", "AROVERPAYMENTPAYMENT": "refund",
    "ARPREPAYMENTPAYMENT": "refund",
}  # fmt: skip
PROFIT = {
    "Total Income": "revenue", "Total Revenue": "revenue", "Total Cost of Sales": "cogs", "Gross Profit": "gross_profit",
    "Total Operating Expenses": "operating_expenses", "Net Profit": "net_income",
}  # fmt: skip
BALANCE = {
    "Total Assets": "total_assets", "Total Current Assets": "current_assets", "Total Liabilities": "total_liabilities",
    "Total Current Liabilities": "current_liabilities", "Total Equity": "equity",
}  # fmt: skip
_TICKS = re.compile(r"/Date\((-?\d+)[+-]?\d*\)/\Z")


def _xero_day(value: Any, _: Context) -> dt.date:
    """A day as Xero writes it: 2026-01-31T00:00:00 or /Date(1769817600000+0000)/, which is midnight UTC of the day."""
    said = str(value).strip()
    if found := _TICKS.match(said):
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(found[1]))).date()
    return parse_day(said[:10])


def xero_day(*paths: str) -> Field:
    """A day of the organisation."""
    return Field(paths, _xero_day)


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("ContactID"),
        "name": text("Name", "ContactID"),
        "tax_id": text("TaxNumber"),
        "region": text("Addresses.0.Country", "Addresses.1.Country"),
        "segment": text("ContactGroups.0.Name"),
    },
    "products": {"product_id": text("Code", "ItemID"), "name": text("Name", "Code", "ItemID")},
    "invoices": {
        "invoice_id": text("InvoiceID"),
        "customer_id": text("Contact.ContactID"),
        "issued_on": xero_day("DateString", "Date"),
        "due_on": xero_day("DueDateString", "DueDate"),
        "currency": currency("CurrencyCode"),
        "number": text("InvoiceNumber"),
    },
    "credit_notes": {
        "customer_id": text("Contact.ContactID"),
        "issued_on": xero_day("DateString", "Date"),
        "currency": currency("CurrencyCode"),
    },
    "payments": {
        "payment_id": text("PaymentID"),
        "received_on": xero_day("Date"),
        "currency": currency("Invoice.CurrencyCode", "CreditNote.CurrencyCode", "Overpayment.CurrencyCode",
                             "Prepayment.CurrencyCode"),
        "customer_id": text("Invoice.Contact.ContactID", "CreditNote.Contact.ContactID",
                            "Overpayment.Contact.ContactID", "Prepayment.Contact.ContactID"),
        "invoice_id": text("Invoice.InvoiceID"),
    },
    "invoice_lines": {
        "description": text("Description"),
        "product_id": text("ItemCode", "Item.Code"),
        "quantity": decimal("Quantity"),
        "unit_price": decimal("UnitAmount"),
    },
}  # fmt: skip


class Xero(ListConnector):
    """Reads one Xero organisation."""

    kind = "xero"
    title = "Xero"
    secret = "refresh_token"  # noqa: S105 (the setting's name)
    rights = "the scopes accounting.transactions.read, accounting.contacts.read, accounting.settings.read, " \
             "accounting.reports.read and offline_access"  # fmt: skip
    settings = (
        Setting("tenant_id", "the organisation's id (xero-tenant-id)", required=True),
        Setting("client_id", "the app's client id", required=True),
        Setting("client_secret", "the app's client secret", required=True, secret=True),
        Setting("refresh_token", "the refresh token of the app's connection", required=True, secret=True, rotates=True),
        Setting("base_url", "another address of the API, for tests", "https://api.xero.com/api.xro/2.0"),
        Setting("token_url", "where tokens are renewed", "https://identity.xero.com/connect/token"),
        MONTHS,
        SALES,
        RECONCILE,
        FIELDS_SETTING,
        PACE,
        BUDGET,
    )
    fields = FIELDS
    base_url = "https://api.xero.com/api.xro/2.0"
    keeps = ("contacts", "items", "financials")

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._base = ""

    def auth(self) -> Auth:
        """A token renewed by a refresh token of one use."""
        client = (str(self.options["client_id"]), str(self.options["client_secret"]))
        address = str(self.options.get("token_url") or "https://identity.xero.com/connect/token")
        endpoint = Endpoint(self.name, self.title, address, client, silence=min(30.0, self.patience.silence))
        return Rotating(endpoint, slot_of(self.options["refresh_token"]))

    def limit(self) -> Limit:
        """60 requests a minute to one organisation; the answers say how many are left."""
        asked = self.options.get("requests_per_second")
        return Limit(int(asked), 1.0) if asked else Limit(55, 60.0, "X-MinLimit-Remaining")

    def explain(self, body: Any) -> str:
        """A problem's detail, or a validation's message."""
        message = look(body, "Elements.0.ValidationErrors.0.Message")
        return str(message or look(body, "Detail") or look(body, "Message") or "")

    def quota(self, headers: Mapping[str, str], body: Any) -> float | None:
        """The day's 5,000 requests: Retry-After tells when there are some again."""
        if headers.get("X-Rate-Limit-Problem", "").lower() != "day":
            return None
        said = headers.get("Retry-After", "")
        return float(said) if said.isdigit() else 3_600.0

    def objects(self) -> tuple[str, ...]:
        """Contacts and items before the documents that point at them."""
        return (*LISTS, *(("financials",) if self._months() else ()))

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record, what was deleted or voided included."""
        yield from [(self._statements(), None)] if name == "financials" else self._pages(name, {}, position)

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed since a moment."""
        if name == "financials":
            yield self._statements()
            return
        for records, _ in self._pages(name, {"If-Modified-Since": since.strftime("%Y-%m-%dT%H:%M:%S")}, None):
            yield records

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """What a page's records mean."""
        if name == "financials":
            return [Item(str(each["period_end"]), each, tuple(self._figures(each)), place=f"reports {each['period_end']}")
                    for each in records]  # fmt: skip
        return [self._item(name, each) for each in records]

    def _item(self, name: str, payload: Object) -> Item:
        key, place = (
            str(payload[LISTS[name][1]]),
            f"{name.removesuffix('s').replace('_', ' ')} {payload[LISTS[name][1]]}",
        )
        if payload.get("Status") == "DELETED" and name not in self.keeps:
            return Item(key, payload, place=place, deleted=True)
        return self.item(place, key, payload, partial(getattr(self, f"_{name}"), payload))

    def _contacts(self, payload: Object) -> Iterable[Row]:
        yield record("customers", self.maps["customers"], payload, self.context())

    def _items(self, payload: Object) -> Iterable[Row]:
        yield record("products", self.maps["products"], payload, self.context())

    def _invoices(self, payload: Object) -> Iterable[Row]:
        if payload.get("Type") != "ACCREC":
            return
        money, key = str(payload["CurrencyCode"]), str(payload["InvoiceID"])
        values = dict(record("invoices", self.maps["invoices"], payload, self.context(money), f"invoice {key}").values)
        values["status"] = INVOICE_STATUS.get(str(payload.get("Status")), "draft")
        lines = [self._line(payload, line, money, at) for at, line in enumerate(payload.get("LineItems") or ())]
        if not lines and _subtotal(payload) and values["status"] != "void":
            # A document told without its lines counts as one amount.
            whole = {"LineAmount": _subtotal(payload), "TaxAmount": payload.get("TotalTax") or 0}
            lines = [self._line({"InvoiceID": key}, whole, money, 0)]
        if values["status"] != "void" or lines:  # a voided invoice may be told without its lines
            adds_up(lines, self._minor(_subtotal(payload), money), f"invoice {key}", REMEDY)
        yield from invoice_rows(values, lines, stands=bool(self.options.get(SALES.name)))

    def _line(self, document: Object, line: Object, money: str, at: int) -> dict[str, Any]:
        amount, tax = exact(line.get("LineAmount") or 0), exact(line.get("TaxAmount") or 0)
        net = amount - tax if document.get("LineAmountTypes") == "Inclusive" else amount
        own = record("invoice_lines", self.maps["invoice_lines"], line, self.context(money)).values
        key = str(line.get("LineItemID") or f"{document['InvoiceID']}:{at}")
        return {**own, "invoice_line_id": key, "amount": self._minor(net, money), "tax": self._minor(tax, money)}

    def _credit_notes(self, payload: Object) -> Iterable[Row]:
        """A row for each invoice a note was allocated to, in that proportion, and one for what was not."""
        if payload.get("Status") in ("DRAFT", "SUBMITTED", "VOIDED") or payload.get("Type") != "ACCRECCREDIT":
            return
        money, key = str(payload["CurrencyCode"]), str(payload["CreditNoteID"])
        net = self._minor(_subtotal(payload), money).minor
        tax = self._minor(exact(payload.get("TotalTax") or 0), money).minor
        shares = [(str(look(each, "Invoice.InvoiceID")), self._minor(exact(each["Amount"]), money).minor)
                  for each in payload.get("Allocations") or ()]  # fmt: skip
        whole, met, told_net, told_tax = net + tax, 0, 0, 0
        for invoice, amount in [*shares, ("", whole - sum(amount for _, amount in shares))]:
            if not amount or not whole:
                continue
            met += amount
            # Rounding the running total leaves no remainder to place.
            part_net, part_tax = net * met // whole - told_net, tax * met // whole - told_tax
            told_net, told_tax = told_net + part_net, told_tax + part_tax
            yield record(
                "credit_notes", self.maps["credit_notes"], payload, self.context(money), f"credit note {key}",
                credit_note_id=f"{key}:{invoice}" if invoice else key, amount=Money(part_net, money),
                tax=Money(part_tax, money), invoice_id=invoice or None,
            )  # fmt: skip

    def _payments(self, payload: Object) -> Iterable[Row]:
        kind = KINDS.get(str(payload.get("PaymentType")))
        if kind is None or payload.get("Status") == "DELETED":
            return
        row = record(
            "payments", self.maps["payments"], payload, self.context(), f"payment {payload['PaymentID']}", kind=kind
        )
        money = str(row.values.get("currency") or "")
        if not money:
            raise RecordRejected("it names no document whose currency it is in", column="currency", remedy=REMEDY)
        yield Row("payments", {**row.values, "amount": self._minor(exact(payload["Amount"]), money)})

    def _minor(self, amount: Decimal, money: str) -> Money:
        return Money(to_minor(amount, money), money)

    def _pages(
        self, name: str, headers: Mapping[str, str], position: Position
    ) -> Iterator[tuple[Sequence[Object], Position]]:
        path, key, params = LISTS[name]
        page = int(position or 1)
        while True:
            turned = {} if name in UNPAGED else {"page": page, "pageSize": PAGE, "order": key}
            body = self.api.get(f"/{path}", {**params, **turned}, self._named(headers))
            records = list(look(body, path) or ())
            pages = look(body, "pagination.pageCount")
            last = name in UNPAGED or (page >= int(pages) if pages is not None else len(records) < PAGE)
            page += 1
            yield records, None if last else page
            if last:
                return

    def _named(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {"xero-tenant-id": str(self.options["tenant_id"]), "Accept": "application/json", **headers}

    def _months(self) -> int:
        return int(self.options.get(MONTHS.name, 24) or 0)

    def _statements(self) -> list[Object]:
        """The reports' figures of the months that are over, a record a month."""
        if not self._base:
            body = self.api.get("/Organisation", None, self._named({}))
            self._base = str(look(body, "Organisations.0.BaseCurrency") or "")
        found: list[Object] = []
        for first, last in closed_months(self.now.astimezone(self.zone).date(), self._months()):
            amounts: dict[str, Any] = {}
            profit = {"fromDate": str(first), "toDate": str(last)}
            for report, words, asked in (
                ("ProfitAndLoss", PROFIT, profit),
                ("BalanceSheet", BALANCE, {"date": str(last)}),
            ):
                body = self.api.get(f"/Reports/{report}", asked, self._named({}))
                for title, cell in _cells(look(body, "Reports.0.Rows") or ()):
                    if title in words and cell:
                        amounts[words[title]] = cell
            if amounts:
                found.append({"period_end": str(last), "currency": self._base, "amounts": amounts})
        return found

    def _figures(self, month: Object) -> Iterator[Row]:
        amounts = {measure: exact(str(cell).replace(",", "")) for measure, cell in month["amounts"].items()}
        yield from figures(dt.date.fromisoformat(month["period_end"]), str(month["currency"]), amounts)


def _subtotal(document: Object) -> Decimal:
    """A document's amount without tax."""
    return exact(document.get("Total") or 0) - exact(document.get("TotalTax") or 0)


def _cells(rows: Sequence[Object]) -> Iterator[tuple[str, Any]]:
    """Title and first figure of every line of a report."""
    for row in rows:
        cells: Sequence[Object] = row.get("Cells") or ()
        if row.get("RowType") in ("Row", "SummaryRow") and len(cells) > 1:
            yield str(cells[0].get("Value") or ""), cells[1].get("Value")
        yield from _cells(row.get("Rows") or ())
