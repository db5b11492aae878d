"""The QuickBooks Online connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES
from connectors.kit.fields import exact, look, record
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position
from connectors.kit.rest import USUAL
from connectors.kit.statements import MONTHS, closed_months, figures, is_due
from connectors.quickbooks.documents import FIELDS, MAKE, Object, named

KIND = {
    "customers": "Customer", "items": "Item", "invoices": "Invoice", "sales_receipts": "SalesReceipt",
    "credit_memos": "CreditMemo", "refund_receipts": "RefundReceipt", "payments": "Payment",
}  # fmt: skip
TABLE = {"customers": "customers", "items": "products"}
EVERY = "Active IN (true, false)"  # of a list, the inactive are told only where they are asked for
PAGE = 1_000  # the most a query or a change feed tells
AGAIN = 5  # records read again at a page's edge, because what is deleted meanwhile moves the others up
# A report's group -> our measure
MEASURES = {
    "Income": "revenue", "COGS": "cogs", "GrossProfit": "gross_profit", "Expenses": "operating_expenses",
    "NetIncome": "net_income", "TotalAssets": "total_assets", "CurrentAssets": "current_assets",
    "Liabilities": "total_liabilities", "CurrentLiabilities": "current_liabilities", "Equity": "equity",
}  # fmt: skip
REPORTS = ("ProfitAndLoss", "BalanceSheet")


class QuickBooks(ListConnector):
    """Reads one company of QuickBooks Online."""

    kind = "quickbooks"
    title = "QuickBooks Online"
    secret = "refresh_token"  # noqa: S105 (the setting's name)
    rights = "an app with the scope com.intuit.quickbooks.accounting, connected by a user who may see sales and reports"
    settings = (
        Setting("realm_id", "the company's id", required=True),
        Setting("client_id", "the app's client id", required=True),
        Setting("client_secret", "the app's client secret", required=True, secret=True),
        Setting("refresh_token", "the refresh token of the app's connection", required=True, secret=True, rotates=True),
        Setting("base_url", "the API; of a sandbox company: https://sandbox-quickbooks.api.intuit.com",
                "https://quickbooks.api.intuit.com"),
        Setting("token_url", "where tokens are renewed", "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"),
        MONTHS,
        SALES,
        *USUAL,
    )  # fmt: skip
    base_url = "https://quickbooks.api.intuit.com"
    fields = FIELDS
    kept_days = 29  # the change feed keeps 30 days
    keeps = ("customers", "items", "financials")
    # 500 requests a minute to one company.
    published = Limit(450, 60.0)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._prefs: Object | None = None

    def address(self) -> str:
        """Of the company."""
        return f"{super().address().rstrip('/')}/v3/company/{self.options['realm_id']}"

    def auth(self) -> Auth:
        """A token renewed by a refresh token of one use."""
        return self.rotating("https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer")

    def explain(self, body: Any) -> str:
        """A fault's own text; its capitals differ from place to place."""
        fault = look(body, "Fault.Error.0") or look(body, "fault.error.0") or {}
        return str(fault.get("Detail") or fault.get("detail") or fault.get("Message") or fault.get("message") or "")

    def objects(self) -> tuple[str, ...]:
        """Customers and items before the documents that point at them."""
        return (*KIND, *(("financials",) if self._months() else ()))

    def custom_fields(self, table: str) -> Iterator[str]:
        """The names that the company's preferences give to custom fields of its sales forms."""
        if table not in TABLE.values():
            for group in look(self._preferences(), "SalesFormsPrefs.CustomField") or ():
                for each in group.get("CustomField") or ():
                    if "SalesCustomName" in str(each.get("Name")) and each.get("StringValue"):
                        yield f"CustomField.{each['StringValue']}"

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record, the inactive ones included."""
        if name == "financials":
            yield self._statements(), None
            return
        start, edge = int(position or 1), set[str]()
        active = f" WHERE {EVERY}" if name in TABLE else ""
        while True:
            asked = f"SELECT * FROM {KIND[name]}{active} ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
            records = self._query(KIND[name], asked)
            over = len(records) < PAGE
            start += max(1, len(records) - AGAIN)
            yield [each for each in records if str(each["Id"]) not in edge], None if over else start
            if over:
                return
            edge = {str(each["Id"]) for each in records[-AGAIN:]}

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What the change feed tells; where it is full, what a query by time finds besides."""
        if name == "financials":
            if is_due(since, self.now, self.zone):
                yield self._statements()
            return
        kind, moment = KIND[name], since.strftime("%Y-%m-%dT%H:%M:%SZ")
        body = self.api.get("/cdc", {"entities": kind, "changedSince": moment})
        answers = look(body, "CDCResponse.0.QueryResponse") or ()
        found = [each for answer in answers for each in answer.get(kind) or ()]
        gone = [str(each["Id"]) for each in found if each.get("status") == "Deleted"]
        live = self._still_there(kind, gone)  # a feed may be behind: the record itself is asked for
        yield [each for each in found if each.get("status") != "Deleted" or str(each["Id"]) not in live]
        yield list(live.values())
        if len(found) >= PAGE:
            start, active = 1, f"{EVERY} AND " if name in TABLE else ""
            while True:
                where = f"WHERE {active}MetaData.LastUpdatedTime >= '{moment}' ORDERBY MetaData.LastUpdatedTime"
                records = self._query(kind, f"SELECT * FROM {kind} {where} STARTPOSITION {start} MAXRESULTS {PAGE}")
                yield records
                if len(records) < PAGE:
                    return
                start += max(1, len(records) - AGAIN)

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """What a page's records mean."""
        if name == "financials":
            return [Item(str(each["period_end"]), each, tuple(self._figures(each)), place=f"reports {each['period_end']}")
                    for each in records]  # fmt: skip
        return [self._item(name, each) for each in records]

    def _item(self, name: str, payload: Object) -> Item:
        key, place = str(payload["Id"]), f"{KIND[name]} {payload['Id']}"
        if payload.get("status") == "Deleted":
            return Item(key, payload, place=place, deleted=name not in self.keeps)
        if name in TABLE:
            return self.item(place, key, payload, partial(self._row, TABLE[name], payload))
        context = self.context(str(look(payload, "CurrencyRef.value") or self._home_currency()))
        rows = partial(MAKE[KIND[name]], named(payload), self.maps, context, bool(self.options.get(SALES.name)))
        return self.item(place, key, payload, rows)

    def _row(self, table: str, payload: Object) -> Iterable[Row]:
        yield record(table, self.maps[table], named(payload), self.context())

    def _still_there(self, kind: str, keys: Sequence[str]) -> dict[str, Object]:
        found: dict[str, Object] = {}
        for start in range(0, len(keys), 50):
            names = ", ".join(f"'{key}'" for key in keys[start : start + 50])
            records = self._query(kind, f"SELECT * FROM {kind} WHERE Id IN ({names})")
            found |= {str(each["Id"]): each for each in records}
        return found

    def _query(self, kind: str, asked: str) -> list[Object]:
        return list(look(self.api.get("/query", {"query": asked, "minorversion": 75}), f"QueryResponse.{kind}") or ())

    def _preferences(self) -> Object:
        if self._prefs is None:
            self._prefs = next(iter(self._query("Preferences", "SELECT * FROM Preferences")), {})
        return self._prefs

    def _home_currency(self) -> str:
        """The company's own currency, which documents without one are in."""
        return str(look(self._preferences(), "CurrencyPrefs.HomeCurrency.value") or "USD")

    def _months(self) -> int:
        return int(self.options.get(MONTHS.name, 24) or 0)

    def _statements(self) -> list[Object]:
        """The reports' figures of the months that are over, a record a month."""
        months = closed_months(self.now.astimezone(self.zone).date(), self._months())
        found: dict[str, dict[str, Any]] = {str(end): {"period_end": str(end), "amounts": {}} for _, end in months}
        for report in REPORTS:
            body = self.api.get(f"/reports/{report}", {
                "start_date": str(months[0][0]), "end_date": str(months[-1][1]), "summarize_column_by": "Month",
                "accounting_method": "Accrual",
            })  # fmt: skip
            ends = [_end(column) for column in look(body, "Columns.Column") or ()]
            for each in found.values():
                each["currency"] = str(look(body, "Header.Currency") or self._home_currency())
            for group, cells in _summaries(look(body, "Rows.Row") or ()):
                for end, cell in zip(ends, cells, strict=False):
                    if end in found and group in MEASURES and cell not in ("", None):
                        found[end]["amounts"][MEASURES[group]] = cell
        return [each for each in found.values() if each["amounts"]]

    def _figures(self, month: Object) -> Iterator[Row]:
        amounts: dict[str, Decimal] = {measure: exact(cell) for measure, cell in month["amounts"].items()}
        yield from figures(dt.date.fromisoformat(month["period_end"]), str(month["currency"]), amounts)


def _end(column: Object) -> str:
    """The last day of a report's column, "" for its titles and totals."""
    told = {str(each.get("Name")): str(each.get("Value")) for each in column.get("MetaData") or ()}
    return told.get("EndDate", "") if column.get("ColTitle") != "Total" else ""


def _summaries(rows: Sequence[Object]) -> Iterator[tuple[str, list[Any]]]:
    """Every group of a report with its sums by column, the nested ones too."""
    for row in rows:
        if row.get("group"):
            yield str(row["group"]), [cell.get("value") for cell in look(row, "Summary.ColData") or ()]
        yield from _summaries(look(row, "Rows.Row") or ())
