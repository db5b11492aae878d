"""The normalized records: one declaration of every table, read by connectors, store, engine and documents.

A record is a mapping from column name to value, in the columns below (the public contract of the canonical files).
Values by kind: TEXT str · DATE datetime.date · DECIMAL decimal.Decimal · INTEGER int · FLAG bool · MONTH "YYYY-MM" ·
CURRENCY ISO 4217 str · CHOICE one of `choices` · MONEY either `Money` (minor units, currency known at the door) or a
`decimal.Decimal` in major units, which is settled by the currency of the row or of the row it belongs to.
In the store a MONEY column `amount` is `amount_minor`, and every table that has money has `currency` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# What stands in a whole-number column where no day or amount is given.
NO_DAY = -(2**40)
NO_AMOUNT = -(2**63)

COMMITTED = ("signed", "active", "confirmed", "completed", "cancelled")
UNCOMMITTED = ("draft", "verbal", "proposal", "negotiation")
RECOGNITION = (
    "straight_line_daily", "straight_line_monthly", "straight_line_full_months", "straight_line_half_month",
    "straight_line_30_360", "point_in_time", "milestone", "percent_complete", "units", "usage", "manual",
)  # fmt: skip
TIME_BASED = frozenset(method for method in RECOGNITION if method.startswith("straight_line"))
AMENDMENT_KINDS = ("add_line", "change_line", "remove_line", "extend", "renew", "terminate")
TREATMENTS = ("separate_contract", "prospective", "catch_up")
MEASURES = ("delivered", "milestone", "percent", "cost", "units", "usage")
INVOICE_STATUSES = ("draft", "open", "paid", "void", "uncollectible")
CREDIT_REASONS = ("billing_correction", "price_concession", "cancellation", "refund", "bad_debt")
PAYMENT_KINDS = ("payment", "refund", "dispute")


class Kind(Enum):
    """How a column's value is read, stored and shown."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    DECIMAL = "decimal"
    INTEGER = "whole number"
    FLAG = "yes or no"
    MONTH = "month"
    CURRENCY = "currency"
    CHOICE = "one of"


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, whether a row needs it, the table it points at, and its allowed words.

    `loosely`: what it points at need not be there; a row of any other `refers` waits until it is.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    refers: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    loosely: bool = False

    @property
    def stored(self) -> str:
        """The column's name in the store: money carries its unit."""
        return f"{self.name}_minor" if self.kind is Kind.MONEY else self.name


@dataclass(frozen=True)
class Table:
    """One kind of record. `currency_of` names the column whose row lends its currency where the row has none."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    currency_of: str = ""

    @property
    def has_money(self) -> bool:
        """Whether the stored table carries a currency beside its amounts."""
        return any(column.kind is Kind.MONEY for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return _BY_NAME[self.name][name]


def _c(spec: str, kind: Kind = Kind.TEXT, refers: str = "", choices: tuple[str, ...] = (), default: str = "") -> Column:
    return Column(spec.rstrip("*"), kind, spec.endswith("*"), refers, choices, default)


D, M, N, W, F, Y, C, P = (
    Kind.DATE, Kind.MONEY, Kind.DECIMAL, Kind.INTEGER, Kind.FLAG, Kind.MONTH, Kind.CURRENCY, Kind.CHOICE,
)  # fmt: skip
_RECOGNITION = _c("recognition", P, choices=RECOGNITION)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("customers", ("customer_id",), (
            # `shared_id`: the id by which another system knows the same customer, as it stands in this one's metadata.
            _c("customer_id*"), _c("name*"), Column("parent_id", refers="customers", loosely=True), _c("domain"),
            _c("tax_id"), _c("region"), _c("segment"), _c("shared_id"))),
        Table("products", ("product_id",), (
            # A product has no currency: its prices are plain decimals in the currency of the contract that uses it.
            _c("product_id*"), _c("name*"), _c("family"), _RECOGNITION, _c("ssp", N), _c("unit_cost", N))),
        Table("contracts", ("contract_id",), (
            _c("contract_id*"), _c("customer_id*", refers="customers"), _c("status*", P, choices=COMMITTED + UNCOMMITTED),
            _c("signed_on", D), _c("start_on", D), _c("end_on", D), _c("currency*", C), _c("number"), _c("evergreen", F),
            _c("terminable_on_notice_days", W), _c("sales_rep"), _c("owner"), _c("payment_terms_days", W), _c("deal_id"),
            _c("total", M))),
        Table("contract_lines", ("line_id",), (
            _c("line_id*"), _c("contract_id*", refers="contracts"), _c("amount*", M), _c("product_id", refers="products"),
            _c("description"), _c("quantity", N), _c("unit_price", N), _c("start_on", D), _c("end_on", D), _RECOGNITION,
            _c("ssp", M), _c("ssp_method", P, choices=("observable", "residual")), _c("bundle"), _c("bundle_ssp", M),
            _c("expected_cost", M), _c("unit_cost", N)), currency_of="contract_id"),
        Table("estimates", ("estimate_id",), (
            _c("estimate_id*"), _c("contract_id*", refers="contracts"), _c("line_id", refers="contract_lines"),
            _c("on*", D), _c("amount*", M), _c("reason")), currency_of="contract_id"),
        Table("amendments", ("amendment_id",), (
            _c("amendment_id*"), _c("contract_id*", refers="contracts"), _c("signed_on*", D), _c("effective_on*", D),
            _c("kind*", P, choices=AMENDMENT_KINDS), _c("line_id", refers="contract_lines"), _c("new_line_id"),
            _c("product_id", refers="products"), _c("description"), _c("quantity", N), _c("unit_price", N), _c("amount", M),
            _c("start_on", D), _c("end_on", D), _RECOGNITION, _c("ssp", M), _c("expected_cost", M),
            _c("treatment", P, choices=TREATMENTS)), currency_of="contract_id"),
        Table("deliveries", ("delivery_id",), (
            # `value` is a share, a count or an amount by `measure`; amounts are in the line's currency.
            _c("delivery_id*"), _c("line_id*", refers="contract_lines"), _c("on*", D),
            _c("measure*", P, choices=MEASURES), _c("value*", N))),
        Table("schedules", ("line_id", "on"), (
            _c("line_id*", refers="contract_lines"), _c("on*", D), _c("amount*", M)), currency_of="line_id"),
        Table("invoices", ("invoice_id",), (
            _c("invoice_id*"), _c("customer_id*", refers="customers"), _c("issued_on*", D), _c("currency*", C),
            _c("status*", P, choices=INVOICE_STATUSES), _c("contract_id", refers="contracts"), _c("number"), _c("due_on", D),
            _c("written_off_on", D), _c("total", M))),
        Table("invoice_lines", ("invoice_line_id",), (
            _c("invoice_line_id*"), _c("invoice_id*", refers="invoices"), _c("amount*", M),
            _c("line_id", refers="contract_lines"), _c("description"), _c("tax", M), _c("service_start", D),
            _c("service_end", D)), currency_of="invoice_id"),
        Table("credit_notes", ("credit_note_id",), (
            _c("credit_note_id*"), _c("customer_id*", refers="customers"), _c("issued_on*", D), _c("currency*", C),
            _c("amount*", M), _c("invoice_id", refers="invoices"), _c("line_id", refers="contract_lines"), _c("tax", M),
            _c("reason", P, choices=CREDIT_REASONS, default="billing_correction"))),
        Table("payments", ("payment_id",), (
            _c("payment_id*"), _c("customer_id*", refers="customers"), _c("received_on*", D), _c("amount*", M),
            _c("currency*", C), _c("invoice_id", refers="invoices"),
            _c("kind", P, choices=PAYMENT_KINDS, default="payment"))),
        Table("fx_rates", ("on", "from_currency", "to_currency", "kind"), (
            _c("on*", D), _c("from_currency*", C), _c("to_currency*", C), _c("rate*", N), _c("kind", default="closing"))),
        Table("financials", ("period_end", "measure", "currency"), (
            _c("period_end*", D), _c("measure*"), _c("amount*", M), _c("currency*", C))),
        Table("capacity", ("month", "family", "currency"), (
            # Without a currency the amount is in the reporting currency, so it stays a decimal.
            _c("month*", Y), _c("family*"), _c("amount*", N), _c("currency", C))),
        Table("targets", ("month", "measure", "currency"), (
            _c("month*", Y), _c("measure*"), _c("amount*", N), _c("currency", C))),
    )
}  # fmt: skip

_BY_NAME = {table.name: {column.name: column for column in table.columns} for table in TABLES.values()}


def record_id(table: Table, record: Mapping[str, object]) -> str:
    """A record's identity within its source: its key column, or its key columns joined by a slash.

    >>> record_id(TABLES["schedules"], {"line_id": "L1", "on": "2026-01-31"})
    'L1/2026-01-31'
    """
    return "/".join("" if record.get(name) is None else str(record[name]) for name in table.key)
