"""A won opportunity, or an activated order, as a contract with its lines.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm
· …/sforce_api_objects_opportunitylineitem.htm · …/sforce_api_objects_order.htm · …/sforce_api_objects_orderitem.htm
A line's `TotalPrice` is quantity × price less discount, in the currency of its parent. A reduction order takes back
part of an order: an amendment of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from connectors.kit.connector import Row
from connectors.kit.fields import Context, Field, Fields, currency, decimal, exact, iso_day, major, record, text
from connectors.kit.terms import last_day
from model.errors import RecordRejected
from model.money import Money, round_minor
from model.records import COMMITTED

Object = Mapping[str, Any]


def _host(value: Any, _: Context) -> str:
    """The host of a web address, however it was typed."""
    said = str(value).strip().lower()
    return (urlsplit(said if "://" in said else f"//{said}").hostname or said).removeprefix("www.")


_PARTIES: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("Id"),
        "name": text("Name", "Id"),
        "parent_id": text("ParentId"),
        "domain": Field(("Website",), _host),
        "region": text("BillingCountry"),
        "segment": text("Industry"),
    },
    "products": {"product_id": text("Id"), "name": text("Name", "Id"), "family": text("Family")},
}
_LINES: Mapping[str, Field] = {
    "line_id": text("Id"),
    "product_id": text("Product2Id"),
    "quantity": decimal("Quantity"),
    "unit_price": decimal("UnitPrice"),
    "start_on": iso_day("ServiceDate"),
    "amount": major("TotalPrice"),
}
FIELDS: Mapping[str, Mapping[str, Fields]] = {
    "opportunities": {
        **_PARTIES,
        "contracts": {
            "contract_id": text("Id"),
            "customer_id": text("AccountId"),
            "signed_on": iso_day("CloseDate"),
            "currency": currency("CurrencyIsoCode"),
            "number": text("Name"),
            "sales_rep": text("Owner.Name"),
            "owner": text("OwnerId"),
            "start_on": iso_day("Contract.StartDate"),
            "end_on": iso_day("Contract.EndDate"),
            "deal_id": text("Id"),
        },
        "contract_lines": {**_LINES, "description": text("Description", "Name")},
    },
    "orders": {
        **_PARTIES,
        "contracts": {
            "contract_id": text("Id"),
            "customer_id": text("AccountId"),
            "signed_on": iso_day("PoDate", "ActivatedDate", "EffectiveDate"),
            "currency": currency("CurrencyIsoCode"),
            "number": text("OrderNumber"),
            "sales_rep": text("Owner.Name"),
            "owner": text("OwnerId"),
            "start_on": iso_day("EffectiveDate"),
            "end_on": iso_day("EndDate", "Contract.EndDate"),
            "deal_id": text("OpportunityId", "Id"),
        },
        "contract_lines": {**_LINES, "description": text("Description"), "end_on": iso_day("EndDate")},
    },
}
# Fields we need whatever the maps say. Those an organization lacks are left out of the question.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "Account": ("Id", "IsDeleted", "SystemModstamp", "MasterRecordId"),
    "Product2": ("Id", "IsDeleted", "SystemModstamp"),
    "Opportunity": ("Id", "IsDeleted", "SystemModstamp", "StageName", "IsWon", "IsClosed", "Amount"),
    "OpportunityLineItem": ("Id", "OpportunityId"),
    "Order": (
        "Id", "IsDeleted", "SystemModstamp", "Status", "StatusCode", "IsReductionOrder", "OriginalOrderId", "EffectiveDate",
    ),
    "OrderItem": ("Id", "OrderId", "OriginalOrderItemId"),
}  # fmt: skip
_ORDER_STATUS = {"activated": "active", "draft": "draft", "canceled": "cancelled", "expired": "completed"}


@dataclass(frozen=True)
class Deal:
    """An opportunity or order with its lines and what took back part of it (reduction orders with their lines)."""

    deal: Object
    lines: Sequence[Object]
    status: str
    reductions: Sequence[tuple[Object, Sequence[Object]]] = ()


def status_of(deal: Object, stages: Mapping[str, str]) -> str:
    """The contract status: as configured for the stage or status, else as Salesforce itself counts it."""
    stage = str(deal.get("StageName") or deal.get("Status") or "")
    if stage.lower() in stages:
        return stages[stage.lower()]
    if "StageName" in deal:
        return "signed" if deal.get("IsWon") else "draft" if deal.get("IsClosed") else "proposal"
    return _ORDER_STATUS.get(str(deal.get("StatusCode") or "").lower(), "draft")


def deal_rows(
    deal: Deal, maps: Mapping[str, Fields], context: Context, default_currency: str, term_months: int
) -> Iterator[Row]:
    """The contract, its lines, its amendments. A deal that is no commitment and lacks what one needs yields nothing."""
    place = f"{'opportunity' if 'StageName' in deal.deal else 'order'} {deal.deal['Id']}"
    values = dict(record("contracts", maps["contracts"], deal.deal, context, place).values)
    money = str(values.get("currency") or default_currency).upper()
    if deal.status not in COMMITTED and not (money and values.get("customer_id")):
        return
    if not values.get("customer_id"):
        raise RecordRejected(
            "it names no account", place=place, column="customer_id", remedy="Give it one in Salesforce"
        )
    if not money:
        raise RecordRejected(
            "it has no currency (expected an ISO 4217 code)", place=place, column="currency",
            remedy="Set default_currency for this connector in the configuration",
        )  # fmt: skip
    lines = [_line(each, deal.deal, money, maps, context, place) for each in deal.lines]
    lines = lines or list(_bare(deal.deal, money))
    _dated(values, lines, term_months)
    yield Row("contracts", {**values, "status": deal.status, "currency": money})
    yield from (Row("contract_lines", line) for line in lines)
    if deal.status in COMMITTED:
        yield from _reduced(deal, {str(line["line_id"]): line for line in lines}, money, context)


def _line(
    item: Object, deal: Object, money: str, maps: Mapping[str, Fields], context: Context, place: str
) -> dict[str, Any]:
    where = f"{place} line {item['Id']}"
    values = dict(record("contract_lines", maps["contract_lines"], item, context, where).values)
    if values.get("amount") is None:
        price, count = values.get("unit_price"), values.get("quantity", Decimal(1))
        if price is None:
            raise RecordRejected("the line has no price", place=where, column="amount", remedy="Price it in Salesforce")
        values["amount"] = price * count
    return {**values, "contract_id": str(deal["Id"]), "amount": _minor(values["amount"], money)}


def _bare(deal: Object, money: str) -> Iterator[dict[str, Any]]:
    """An opportunity without products is one promise of its amount."""
    if deal.get("Amount") is not None:
        described = {"description": str(deal["Name"])} if deal.get("Name") else {}
        key = str(deal["Id"])
        yield {
            "line_id": f"{key}:deal",
            "contract_id": key,
            "amount": _minor(exact(deal["Amount"]), money),
            **described,
        }


def _dated(contract: dict[str, Any], lines: Sequence[dict[str, Any]], term_months: int) -> None:
    """The contract's days, where it states none: those of its lines, else the usual term from its start or signing."""
    firsts = [line["start_on"] for line in lines if line.get("start_on")]
    lasts = [line["end_on"] for line in lines if line.get("end_on")]
    begun = (
        contract.get("start_on") or min(firsts, default=None) or (contract.get("signed_on") if term_months else None)
    )
    if begun and not contract.get("start_on"):
        contract["start_on"] = begun
    if begun and not contract.get("end_on"):
        end = max(lasts, default=None) or (last_day(begun, "month", term_months) if term_months else None)
        if end:
            contract["end_on"] = end


def _reduced(deal: Deal, lines: Mapping[str, Mapping[str, Any]], money: str, context: Context) -> Iterator[Row]:
    """What reduction orders leave of each line, oldest first."""
    left = {key: line["amount"].minor for key, line in lines.items()}
    counted = {key: line.get("quantity") for key, line in lines.items()}
    effective = iso_day("EffectiveDate")
    dated: list[tuple[dt.date, Object, Sequence[Object]]] = []
    for reduction, items in deal.reductions:
        day = effective.read(reduction, context)
        if day is not None:
            dated.append((day, reduction, items))
    for day, _, items in sorted(dated, key=lambda each: (each[0], str(each[1]["Id"]))):
        for item in items:
            key = str(item.get("OriginalOrderItemId"))
            if key not in left or item.get("TotalPrice") is None:
                continue
            left[key] -= abs(_minor(exact(item["TotalPrice"]), money).minor)
            taken = abs(exact(item.get("Quantity") or 0))
            known = counted[key]
            counted[key] = None if known is None else known - taken
            gone = left[key] <= 0
            change = {} if gone else {"amount": Money(left[key], money), "quantity": counted[key]}
            yield Row("amendments", {
                "amendment_id": str(item["Id"]), "contract_id": str(deal.deal["Id"]), "line_id": key,
                "kind": "remove_line" if gone else "change_line", "signed_on": day, "effective_on": day,
                **{name: value for name, value in change.items() if value is not None},
            })  # fmt: skip


def _minor(amount: Decimal, money: str) -> Money:
    """Prices times quantities may have more digits than the currency."""
    return Money(round_minor(amount, money), money)
