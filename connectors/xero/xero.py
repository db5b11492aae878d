"""The Xero connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES
from connectors.kit.fields import look
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position
from connectors.kit.rest import USUAL
from connectors.kit.statements import MONTHS, closed_months, is_due
from connectors.xero import documents
from connectors.xero.documents import FIELDS, Object
from connectors.xero.statements import figure_rows, month

PAGE = 100
RECENT = 3  # months whose figures are read every day; older ones as often as everything is read (`reconcile_days`)
# our objects -> path, our key within a record, what is asked besides
LISTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "contacts": ("Contacts", "ContactID", {"includeArchived": True}),
    "items": ("Items", "ItemID", {}),
    "invoices": ("Invoices", "InvoiceID", {"where": 'Type=="ACCREC"'}),
    "credit_notes": ("CreditNotes", "CreditNoteID", {"where": 'Type=="ACCRECCREDIT"'}),
    "payments": ("Payments", "PaymentID", {}),
}
UNPAGED = ("items",)  # told in one answer


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
        *USUAL,
    )
    fields = FIELDS
    base_url = "https://api.xero.com/api.xro/2.0"
    keeps = ("contacts", "items", "financials")
    # 60 requests a minute to one organisation; the answers say how many are left.
    published = Limit(55, 60.0, "X-MinLimit-Remaining")

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._base = ""

    def auth(self) -> Auth:
        """A token renewed by a refresh token of one use."""
        return self.rotating("https://identity.xero.com/connect/token")

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
        yield from (
            [(self._statements(self._months()), None)] if name == "financials" else self._pages(name, {}, position)
        )

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed since a moment."""
        if name == "financials":
            if is_due(since, self.now, self.zone):
                yield self._statements(min(RECENT, self._months()))
            return
        for records, _ in self._pages(name, {"If-Modified-Since": since.strftime("%Y-%m-%dT%H:%M:%S")}, None):
            yield records

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """What a page's records mean."""
        if name == "financials":
            return [Item(str(each["period_end"]), each, tuple(figure_rows(each)), place=f"reports {each['period_end']}")
                    for each in records]  # fmt: skip
        return [self._item(name, each) for each in records]

    def _item(self, name: str, payload: Object) -> Item:
        key = str(payload[LISTS[name][1]])
        place = f"{name.removesuffix('s').replace('_', ' ')} {key}"
        if payload.get("Status") == "DELETED" and name not in self.keeps:
            return Item(key, payload, place=place, deleted=True)
        return self.item(place, key, payload, partial(self._rows, name, payload))

    def _rows(self, name: str, payload: Object) -> Iterator[Row]:
        reading = self.reading()
        if name == "contacts":
            return iter([reading.row("customers", payload)])
        if name == "items":
            return iter([reading.row("products", payload)])
        if name == "invoices":
            return documents.invoice(payload, reading, stands=bool(self.options.get(SALES.name)))
        return {"credit_notes": documents.credit_note, "payments": documents.payment}[name](payload, reading)

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

    def _statements(self, months: int) -> list[Object]:
        """The reports' figures of so many months that are over, a record a month."""
        if not self._base:
            body = self.api.get("/Organisation", None, self._named({}))
            self._base = str(look(body, "Organisations.0.BaseCurrency") or "")
        found: list[Object] = []
        for first, last in closed_months(self.now.astimezone(self.zone).date(), months):
            if amounts := month(self._report, first, last):
                found.append({"period_end": str(last), "currency": self._base, "amounts": amounts})
        return found

    def _report(self, name: str, asked: Mapping[str, str]) -> Any:
        return self.api.get(f"/Reports/{name}", asked, self._named({}))
