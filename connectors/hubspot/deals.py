"""A deal as a contract: signed on its close date when its stage is a commitment, its line items the promises.

A recurring line item's `amount` is the net price of one billing period (quantity × price, less the discount); its term
says how many there are. Without a term it renews until cancelled, and one period is committed. A line item that does
not recur is committed once, over its own dates or the contract's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import Context, Field, Fields, currency, decimal, iso_day, major, record, text, whole
from model.errors import RecordRejected
from model.money import Money, round_minor
from model.periods import add_months
from model.records import COMMITTED

Object = Mapping[str, Any]

# recurringbillingfrequency → months, or days, of one billing period
MONTHS = {
    "monthly": 1, "quarterly": 3, "per_six_months": 6, "annually": 12, "per_two_years": 24, "per_three_years": 36,
    "per_four_years": 48, "per_five_years": 60,
}  # fmt: skip
DAYS = {"weekly": 7, "biweekly": 14}
_TERM = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?\Z")

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("hs_object_id"),
        "name": text("name", "domain", "hs_object_id"),
        "parent_id": text("hs_parent_company_id"),
        "domain": text("domain"),
        "region": text("country"),
        "segment": text("industry"),
    },
    "products": {
        "product_id": text("hs_object_id"),
        "name": text("name", "hs_sku", "hs_object_id"),
        "family": text("hs_product_type"),
    },
    "contracts": {
        "contract_id": text("hs_object_id"),
        "signed_on": iso_day("closedate"),
        "currency": currency("deal_currency_code"),
        "number": text("dealname"),
        "owner": text("hubspot_owner_id"),
        "deal_id": text("hs_object_id"),
    },
    "contract_lines": {
        "line_id": text("hs_object_id"),
        "description": text("name", "description"),
        "product_id": text("hs_product_id"),
        "quantity": decimal("quantity"),
        "unit_price": decimal("price"),
        "start_on": iso_day("hs_recurring_billing_start_date"),
        "end_on": iso_day("hs_recurring_billing_end_date"),
    },
}
# What the terms of a line item are read from, and a deal's amount, where it has no line items.
_NET, _PRICE, _QUANTITY = major("amount"), decimal("price"), decimal("quantity")
_DISCOUNT, _PERCENT = decimal("discount"), decimal("hs_discount_percentage")
_FREQUENCY, _LENGTH = text("recurringbillingfrequency"), text("hs_recurring_billing_period")
_MONTHS = whole("hs_term_in_months")
_PAYMENTS = whole("hs_recurring_billing_number_of_payments")
TERMS = (_NET, _PRICE, _QUANTITY, _DISCOUNT, _PERCENT, _FREQUENCY, _LENGTH, _MONTHS, _PAYMENTS)


@dataclass(frozen=True)
class Deal:
    """A deal's properties, those of its line items, its company's id and the status its stage stands for."""

    deal: Object
    items: Sequence[Object]
    company: str
    status: str
    rep: str = ""

    @property
    def committed(self) -> bool:
        """Whether the stage is a commitment."""
        return self.status in COMMITTED


def deal_rows(deal: Deal, maps: Mapping[str, Fields], context: Context, default_currency: str) -> Iterator[Row]:
    """The contract and its lines. A deal that is no commitment and lacks what a contract needs yields nothing."""
    key = str(deal.deal["hs_object_id"])
    place = f"deal {key}"
    money = _currency(deal, maps, context, default_currency)
    if not deal.committed and not (money and deal.company):
        return
    if not deal.company:
        raise RecordRejected(
            "no company is associated with the deal", place=place, column="customer_id",
            remedy="Associate its company in HubSpot",
        )  # fmt: skip
    if not money:
        raise RecordRejected(
            "the deal has no currency (expected an ISO 4217 code)", place=place, column="currency",
            remedy="Set default_currency for this connector in the configuration",
        )  # fmt: skip
    lines = [_line(item, key, money, maps, context) for item in deal.items] or list(_bare(deal, key, context))
    spans = [(row.values.get("start_on"), row.values.get("end_on")) for row in lines]
    contract = record(
        "contracts", maps["contracts"], deal.deal, context, place,
        customer_id=deal.company, status=deal.status, currency=money, **({"sales_rep": deal.rep} if deal.rep else {}),
    )  # fmt: skip
    found = {
        "start_on": min((first for first, _ in spans if first), default=None),
        "end_on": max((last for _, last in spans if last), default=None),
    }
    yield Row("contracts", {**{name: day for name, day in found.items() if day}, **contract.values})
    yield from lines


def _currency(deal: Deal, maps: Mapping[str, Fields], context: Context, default: str) -> str:
    stated = maps["contracts"]["currency"].read(deal.deal, context)
    lines = (item.get("hs_line_item_currency_code") for item in deal.items)
    return str(stated or next((each for each in lines if each), None) or default or "").upper()


def _line(item: Object, contract: str, money: str, maps: Mapping[str, Fields], context: Context) -> Row:
    place = f"deal {contract} line item {item['hs_object_id']}"
    stated = item.get("hs_line_item_currency_code")
    if stated and str(stated).upper() != money:
        raise RecordRejected(
            f"the line item is in {stated}, its deal in {money}", place=place, column="currency",
            remedy="Give the deal and its line items one currency in HubSpot",
        )  # fmt: skip
    fields = dict(maps["contract_lines"])
    total = fields.pop("amount", None)
    values = dict(record("contract_lines", fields, item, context, place).values)
    try:
        stated_total = total.read(item, context) if total else None
        amount = Money(_total(item, money, context), money) if stated_total is None else stated_total
        first = values.get("start_on")
        end = values.get("end_on") or (_end(item, first, context) if first else None)
    except RecordRejected as error:
        raise RecordRejected(error.reason, place=place, column="amount", remedy=error.remedy) from None
    values |= {"contract_id": contract, "amount": amount, **({"end_on": end} if end else {})}
    return Row("contract_lines", values)


def _bare(deal: Deal, key: str, context: Context) -> Iterator[Row]:
    """A deal without line items is one promise of its amount."""
    amount = _NET.read(deal.deal, context)
    if amount is not None:
        described = {"description": deal.deal["dealname"]} if deal.deal.get("dealname") else {}
        yield Row("contract_lines", {"line_id": f"{key}:deal", "contract_id": key, "amount": amount, **described})


def _total(item: Object, money: str, context: Context) -> int:
    """What a line item commits to over its whole term, in minor units."""
    net = _NET.read(item, context)
    if net is None:
        price, quantity = _PRICE.read(item, context), _QUANTITY.read(item, context)
        if price is None:
            raise RecordRejected("the line item has neither amount nor price", remedy="Price it in HubSpot")
        off, percent = _DISCOUNT.read(item, context) or Decimal(0), _PERCENT.read(item, context) or Decimal(0)
        net = (price - off) * (1 - percent / 100) * (Decimal(1) if quantity is None else quantity)
    times, parts = _payments(item, context)
    return round_minor(net * times / parts, money)


def _payments(item: Object, context: Context) -> tuple[int, int]:
    """How many billing periods are committed, as a fraction: a term of 18 months billed annually is 18/12."""
    frequency, stated = _frequency(item, context), _PAYMENTS.read(item, context)
    if not frequency:
        return 1, 1
    if stated:
        return int(stated), 1
    months, days = _term(item, context)
    if frequency in MONTHS:
        return (months, MONTHS[frequency]) if months else (1, 1)
    if days:
        return days, DAYS[frequency]
    first = FIELDS["contract_lines"]["start_on"].read(item, context) or dt.date(2001, 1, 1)
    return ((add_months(first, months) - first).days, DAYS[frequency]) if months else (1, 1)


def _frequency(item: Object, context: Context) -> str:
    frequency = str(_FREQUENCY.read(item, context) or "")
    if frequency and frequency not in MONTHS and frequency not in DAYS:
        raise RecordRejected(
            f"billing frequency {frequency!r} is not known", remedy=f"Use one of {', '.join([*DAYS, *MONTHS])}"
        )
    return frequency


def _term(item: Object, context: Context) -> tuple[int, int]:
    """The term in months, or in days where it is given in weeks or days; (0, 0) for none."""
    stated = str(_LENGTH.read(item, context) or "")
    if not stated:
        return int(_MONTHS.read(item, context) or 0), 0
    found = _TERM.match(stated)
    if not found or not any(found.groups()):
        raise RecordRejected(f"term {stated!r} is no ISO 8601 period", remedy="Write it as P12M or P1Y")
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return years * 12 + months, weeks * 7 + days


def _end(item: Object, first: dt.date, context: Context) -> dt.date | None:
    """The last day of the term, or of one billing period where there is no term; None where nothing recurs."""
    months, days = _term(item, context)
    if not months and not days:
        frequency = _frequency(item, context)
        if not frequency:
            return None
        months, days = MONTHS.get(frequency, 0), DAYS.get(frequency, 0)
    # The day before the same day so many months on: from the 31st to the 30th, as a term is counted.
    return _same_day(first, months) + dt.timedelta(days=days - 1)


def _same_day(first: dt.date, months: int) -> dt.date:
    """The same day so many months on; a month too short for it starts the next one's term on its last day."""
    reached = add_months(first.replace(day=1), months)
    last = add_months(reached, 1) - dt.timedelta(days=1)
    return reached.replace(day=min(first.day, last.day))
