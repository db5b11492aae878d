"""How Intacct writes days and words, and which of its fields the columns are read from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.kit.fields import Field, Fields, currency, decimal, text
from connectors.kit.reading import Reading
from model.errors import RecordRejected
from model.periods import parse_day

Object = Mapping[str, Any]
REMEDY = "Open it in Sage Intacct; run: backlog sync --full"


def day(said: Any) -> dt.date:
    """A day of the company: 01/31/2026, perhaps with a time behind it, or 2026-01-31.

    >>> day("01/31/2026 23:10:05")
    datetime.date(2026, 1, 31)
    """
    parts = str(said).strip()[:10].split("/")
    return parse_day(f"{parts[2]}-{parts[0]:0>2}-{parts[1]:0>2}" if len(parts) == 3 else parts[0])


def us_day(*paths: str) -> Field:
    """A day as Intacct writes it."""
    return Field(paths, lambda value, _: day(value))


def word(payload: Object, name: str) -> str:
    """A field's word in small letters, "" where there is none."""
    return str(payload.get(name) or "").strip().casefold()


FIELDS: Mapping[str, Fields] = {
    "customers": {
        "customer_id": text("CUSTOMERID"), "name": text("NAME", "CUSTOMERID"), "parent_id": text("PARENTID"),
        "tax_id": text("TAXID"), "segment": text("CUSTTYPE"),
    },
    "products": {"product_id": text("ITEMID"), "name": text("NAME", "ITEMID"), "family": text("PRODUCTLINEID")},
    "contracts": {
        "contract_id": text("CONTRACTID"), "customer_id": text("CUSTOMERID"), "number": text("CONTRACTID"),
        "currency": currency("CURRENCY"), "start_on": us_day("BEGINDATE"), "end_on": us_day("ENDDATE"),
        "owner": text("EMPLOYEEID"),
        "signed_on": us_day(),  # a field of the company's own, if it has one
    },
    "contract_lines": {
        "line_id": text("RECORDNO"), "product_id": text("ITEMID"), "description": text("ITEMDESC"),
        "quantity": decimal("QUANTITY"), "unit_price": decimal("PRICE"),
        "start_on": us_day("REVENUESTARTDATE", "BEGINDATE"), "end_on": us_day("REVENUEENDDATE", "ENDDATE"),
    },
    "invoices": {
        "invoice_id": text("RECORDNO"), "customer_id": text("CUSTOMERID"), "issued_on": us_day("WHENCREATED"),
        "due_on": us_day("WHENDUE"), "currency": currency("CURRENCY", "BASECURR"), "number": text("RECORDID", "RECORDNO"),
    },
    "invoice_lines": {
        "invoice_line_id": text("RECORDNO"), "description": text("ENTRYDESCRIPTION"), "product_id": text("ITEMID"),
        "service_start": us_day("REVRECSTARTDATE"), "service_end": us_day("REVRECENDDATE"),
    },
    "credit_notes": {
        "credit_note_id": text("RECORDNO"), "customer_id": text("CUSTOMERID"), "issued_on": us_day("WHENCREATED"),
        "currency": currency("CURRENCY", "BASECURR"),
    },
    "payments": {
        "customer_id": text("CUSTOMERID"), "received_on": us_day("RECEIPTDATE", "PAYMENTDATE", "WHENCREATED"),
        "currency": currency("CURRENCY", "BASECURR"),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Company(Reading):
    """What rows are made with; `default`: the currency of a company that states none."""

    default: str = ""

    def priced(self, table: str, payload: Object) -> tuple[dict[str, Any], str]:
        """A record's values and its currency; RecordRejected where there is none."""
        values = dict(self.row(table, payload).values)
        money = str(values.get("currency") or self.default).upper()
        if not money:
            raise RecordRejected("it states no currency", column="currency",
                                 remedy="Set default_currency for this connector in the configuration")  # fmt: skip
        return {**values, "currency": money}, money
