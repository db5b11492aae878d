"""The CRM of the sample company, in HubSpot's own shapes: companies, deals of every stage, line items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any

from demo.calendar import LAST, signing_day, stream
from demo.catalogue import PRODUCTS
from demo.clients import SALES_REPS, Client
from demo.deals import RHYTHMS, Deal, Promise
from demo.ledger_rows import money

Object = dict[str, Any]

# Stages of the default pipeline: (id, label, probability of winning).
STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("contractsent", "Contract sent", "0.9"),
    ("closedwon", "Closed won", "1.0"),
    ("closedlost", "Closed lost", "0.0"),
)
# Deals that are no contract: (stage, how many).
NEVER_SIGNED = (("appointmentscheduled", 25), ("presentationscheduled", 30), ("contractsent", 25), ("closedlost", 35))
_FREQUENCY = {1: "monthly", 3: "quarterly", 12: "annually", 24: "per_two_years", 36: "per_three_years"}
_PRODUCT_IDS = {key: str(1_400_000 + place * 11) for place, key in enumerate(PRODUCTS)}


def company_id(client: Client) -> str:
    """The customer's company id in the CRM."""
    return str(9_100_000_000 + client.number * 101)


def write_crm(seed: int, clients: Sequence[Client], deals: Sequence[Deal]) -> dict[str, Any]:
    """What demo.vendors.hubspot.HubSpotServer serves."""
    data: dict[str, Any] = {
        "account": {"portalId": 20000001, "timeZone": "America/New_York", "companyCurrency": "USD"},
        "owners": [_owner(place, name) for place, name in enumerate(SALES_REPS)],
        "pipelines": [_pipeline()],
        "companies": [_company(client) for client in clients if client.in_crm],
        "products": [_product(key) for key in PRODUCTS],
        "deals": [], "line_items": [], "associations": [],
    }  # fmt: skip
    for deal in deals:
        if deal.in_crm:
            _deal(data, deal)
    _never_signed(stream(seed, "pipeline"), data, [client for client in clients if client.in_crm])
    _merged_and_deleted(data, next(deal for deal in deals if deal.kind == "cloud"))
    return data


def _object(key: str, on: dt.date, properties: Object) -> Object:
    moment = f"{on.isoformat()}T15:30:00.000Z"
    return {"id": key, "properties": properties, "createdAt": moment, "updatedAt": moment, "archived": False}


def _owner(place: int, name: str) -> Object:
    first, _, last = name.partition(" ")
    email = f"{first}.{last}@sample-company.example".lower()
    return {"id": str(410_000 + place), "email": email, "firstName": first, "lastName": last, "archived": False}


def _owner_id(rep: str) -> str:
    return str(410_000 + SALES_REPS.index(rep))


def _pipeline() -> Object:
    stages = [
        {
            "id": key, "label": label, "displayOrder": place, "archived": False,
            "metadata": {"isClosed": str(key.startswith("closed")).lower(), "probability": probability},
        }
        for place, (key, label, probability) in enumerate(STAGES)
    ]  # fmt: skip
    return {"id": "default", "label": "Sales pipeline", "displayOrder": 0, "archived": False, "stages": stages}


def _company(client: Client) -> Object:
    properties = {"name": client.name, "domain": client.domain, "region": client.region, "segment": client.segment}
    return _object(company_id(client), dt.date(2022, 10, 3), properties)


def _product(key: str) -> Object:
    product = PRODUCTS[key]
    properties = {"name": product.name, "hs_sku": key, "price": f"{product.price}.00", "family": product.family}
    return _object(_PRODUCT_IDS[key], dt.date(2022, 10, 3), properties)


def _deal(data: dict[str, Any], deal: Deal, stage: str = "closedwon") -> None:
    properties = {
        "dealname": f"{deal.client.name}, {deal.lines[0].product.name}", "amount": money(deal.minor, deal.currency),
        "closedate": f"{deal.signed_on.isoformat()}T16:00:00.000Z", "dealstage": stage, "pipeline": "default",
        "deal_currency_code": deal.currency, "hubspot_owner_id": _owner_id(deal.rep),
        "hs_is_closed_won": str(stage == "closedwon").lower(), "hs_tcv": money(deal.minor, deal.currency),
        "contract_start_date": deal.start_on.isoformat(), "contract_end_date": deal.end_on.isoformat(),
        "contract_number": f"AG-{deal.signed_on.year}-{deal.number:04d}",
    }  # fmt: skip
    data["deals"].append(_object(deal.crm_id, deal.signed_on, properties))
    data["associations"].append(("deals", deal.crm_id, "companies", company_id(deal.client)))
    for place, line in enumerate(deal.lines):
        key = str(int(deal.crm_id) * 10 + place)
        data["line_items"].append(_object(key, deal.signed_on, _line_item(deal, line)))
        data["associations"].append(("deals", deal.crm_id, "line_items", key))


def _line_item(deal: Deal, line: Promise) -> Object:
    """A line item: `price` and `amount` are of one billing period, `hs_tcv` is of the whole term."""
    properties: Object = {
        "name": line.description, "quantity": str(line.quantity), "hs_sku": line.product.key,
        "hs_product_id": _PRODUCT_IDS[line.product.key], "hs_line_item_currency_code": deal.currency,
        "hs_tcv": money(line.minor, deal.currency),
    }  # fmt: skip
    recurring = deal.rhythm in RHYTHMS and line.minor == line.unit_minor * line.quantity * deal.months
    if not recurring:
        each = line.minor // line.quantity
        return {**properties, "price": money(each, deal.currency), "amount": money(line.minor, deal.currency)}
    step = RHYTHMS[deal.rhythm] or deal.months
    if step not in _FREQUENCY:
        step = 1
    return {
        **properties,
        "price": money(line.unit_minor * step, deal.currency),
        "amount": money(line.unit_minor * step * line.quantity, deal.currency),
        "recurringbillingfrequency": _FREQUENCY[step],
        "hs_recurring_billing_period": f"P{deal.months}M",
        "hs_recurring_billing_number_of_payments": str(deal.months // step),
        "hs_recurring_billing_start_date": deal.start_on.isoformat(),
        "hs_recurring_billing_end_date": deal.end_on.isoformat(),
    }


def _never_signed(chance: Random, data: dict[str, Any], clients: Sequence[Client]) -> None:
    """Open and lost deals. None of them counts, however likely it is."""
    number = 2000
    for stage, count in NEVER_SIGNED:
        for _ in range(count):
            number += 1
            client = chance.choice(clients)
            first = LAST.replace(month=1, day=1) if stage == "closedlost" else LAST.replace(month=8, day=1)
            on = signing_day(chance, first=first)
            seats, unit = chance.choice((25, 60, 150, 400)), PRODUCTS["P-CORE"].unit_minor(client.currency)
            end = on.replace(year=on.year + 1) - dt.timedelta(days=1)
            line = Promise(
                f"O-{number}-1", PRODUCTS["P-CORE"], seats, unit, unit * seats * 12, on, end, "Platform Core"
            )
            offer = Deal(number, "offer", client, on, on, end, [line], "annual", chance.choice(SALES_REPS))
            _deal(data, offer, stage)


def _merged_and_deleted(data: dict[str, Any], kept: Deal) -> None:
    """A deal that was entered twice and merged, and one that was archived as a mistake."""
    merged = next(each for each in data["deals"] if each["id"] == kept.crm_id)
    merged["properties"]["hs_merged_object_ids"] = str(int(kept.crm_id) - 13)
    mistake = dict(merged, id=str(int(kept.crm_id) - 29), archived=True, archivedAt="2026-09-02T08:00:00.000Z")
    mistake["properties"] = {**merged["properties"], "dealname": "Entered by mistake", "hs_merged_object_ids": ""}
    mistake["updatedAt"] = mistake["archivedAt"]
    data["deals"].append(mistake)
    data["associations"].append(("deals", mistake["id"], "companies", company_id(kept.client)))
