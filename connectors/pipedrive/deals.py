"""A deal as a contract, and which of Pipedrive's fields the columns are read from.

A won deal is a contract signed when it was won. A product in it is charged once or by billing periods, of which
`billing_frequency_cycles` says how many there are; without it one period is committed. A deal without products is one
promise of its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import Field, currency, decimal, exact, iso_day, text
from connectors.kit.reading import Reading
from connectors.kit.terms import last_day
from model.errors import RecordRejected
from model.money import Money, round_minor
from model.records import COMMITTED

Object = Mapping[str, Any]
STATUS = {"won": "signed", "lost": "draft", "open": "proposal"}
PERIODS = {
    "weekly": ("week", 1), "monthly": ("month", 1), "quarterly": ("month", 3), "semi-annually": ("month", 6),
    "annually": ("year", 1),
}  # fmt: skip

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {"name": text("name", "id"), "region": text("address.country")},
    "products": {"product_id": text("id"), "name": text("name", "code", "id"), "family": text("category")},
    "contracts": {
        "contract_id": text("id"),
        "signed_on": iso_day("won_time", "close_time", "expected_close_date"),
        "currency": currency("currency"),
        "number": text("title"),
        "owner": text("owner_id"),
        "deal_id": text("id"),
    },
    "contract_lines": {
        "line_id": text("id"),
        "product_id": text("product_id"),
        "description": text("name", "comments"),
        "quantity": decimal("quantity"),
        "unit_price": decimal("item_price"),
        "start_on": iso_day("billing_start_date"),
    },
}


def deal_rows(deal: Object, products: Sequence[Object], status: str, months: int, reading: Reading) -> Iterator[Row]:
    """The contract and its lines. `status`: what the deal's stage means, "" where its own status does; `months`: the
    term of what states no days, 0 where it waits for them."""
    place = f"deal {deal['id']}"
    values = dict(reading.row("contracts", deal, "", place).values)
    status = status or STATUS.get(str(deal.get("status")), "draft")
    customer = str(values.get("customer_id") or _party(deal))
    if not customer:
        if status not in COMMITTED:
            return
        raise RecordRejected("it names no organization or person", place=place, column="customer_id",
                             remedy="Name its organization in Pipedrive")  # fmt: skip
    money = str(values["currency"])
    sold = [each for each in products if each.get("is_enabled", True)]
    promises = [_line(each, deal, money, reading) for each in sold] or list(_bare(deal, money))
    start = values.get("start_on") or min((each["start_on"] for each in promises if each.get("start_on")), default=None)
    start = start or (values.get("signed_on") if months else None)
    end = values.get("end_on") or max((each["end_on"] for each in promises if each.get("end_on")), default=None)
    end = end or (last_day(start, "month", months) if months and start else None)
    dated = {name: day for name, day in (("start_on", start), ("end_on", end)) if day}
    yield Row("contracts", {**values, **dated, "customer_id": customer, "status": status})
    yield from (Row("contract_lines", each) for each in promises)


def is_gone(deal: Object) -> bool:
    """Whether a deal was deleted."""
    return bool(deal.get("is_deleted")) or deal.get("status") == "deleted"


def _party(deal: Object) -> str:
    if deal.get("org_id"):
        return str(deal["org_id"])
    return f"person-{deal['person_id']}" if deal.get("person_id") else ""


def _line(item: Object, deal: Object, money: str, reading: Reading) -> dict[str, Any]:
    place = f"deal {deal['id']} product {item['id']}"
    values = dict(reading.row("contract_lines", item, "", place).values)
    frequency = str(item.get("billing_frequency") or "one-time")
    if frequency != "one-time" and frequency not in PERIODS:
        raise RecordRejected(f"billing frequency {frequency!r} is not known", place=place, column="amount",
                             remedy=f"Use one of {', '.join(PERIODS)}")  # fmt: skip
    times = 1
    if frequency != "one-time":
        times = int(item.get("billing_frequency_cycles") or 1)
        if values.get("start_on") and not values.get("end_on"):
            unit, count = PERIODS[frequency]
            values["end_on"] = last_day(values["start_on"], unit, count * times)
    if "amount" not in values:
        values["amount"] = Money(round_minor(_net(item) * times, money), money)
    return {**values, "contract_id": str(deal["id"])}


def _bare(deal: Object, money: str) -> Iterator[dict[str, Any]]:
    if deal.get("value") is not None:
        amount = Money(round_minor(exact(deal["value"]), money), money)
        yield {"line_id": f"{deal['id']}:deal", "contract_id": str(deal["id"]), "amount": amount}


def _net(item: Object) -> Decimal:
    """The price of one billing period: after its discount, without tax."""
    gross = exact(item.get("item_price") or 0) * exact(item.get("quantity") or 0)
    off = exact(item.get("discount") or 0)
    net = gross - (off if item.get("discount_type") == "amount" else gross * off / 100)
    return net / (1 + exact(item.get("tax") or 0) / 100) if item.get("tax_method") == "inclusive" else net
