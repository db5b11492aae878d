"""Records that others published, in the vendors' own shapes, through the same requests and mappings as live ones.

They run where the shared folder is at hand (see its data/SOURCES.md for where each comes from); a copy is not kept.
"""

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from simulation import QUICK, Store

from connectors.hubspot import HubSpot
from connectors.stripe import Stripe
from demo.vendors.hubspot import HubSpotServer
from demo.vendors.stripe import StripeServer
from model.money import Money

Object = dict[str, Any]
KEY = "sk_test_published"


@pytest.fixture
def data(shared: Path) -> Path:
    return shared / "data"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pull_stripe(lists: dict[str, list[Object]]) -> Store:
    with StripeServer(lists, key=KEY) as server:
        options = {"api_key": KEY, "base_url": server.url, "requests_per_second": 1000}
        connector = Stripe("billing", options, patience=QUICK)
        store = Store()
        store.take(connector)
        connector.close()
    return store


def pull_hubspot(account: Object) -> Store:
    with HubSpotServer({"pipelines": [], **account}, token=KEY) as server:
        options = {"access_token": KEY, "base_url": server.url, "default_currency": "USD"}
        connector = HubSpot("crm", options, patience=QUICK)
        store = Store()
        store.take(connector)
        connector.close()
    return store


def test_stripes_own_example_of_every_object_is_mapped(data: Path) -> None:
    file = data / "stripe_openapi_fixtures" / "openapi" / "fixtures3.json"
    given = json.loads(file.read_text(encoding="utf-8"))["resources"]
    note = given["credit_note"]
    one = {
        "customers": "customer", "products": "product", "prices": "price", "subscriptions": "subscription",
        "subscription_schedules": "subscription_schedule", "invoices": "invoice", "charges": "charge",
        "credit_notes": "credit_note", "disputes": "dispute",
    }  # fmt: skip
    lists = {name: [given[word]] for name, word in one.items()}
    lists["invoices"].append({**given["invoice"], "id": note["invoice"]})
    # Its example charges are made up one by one: those that others point at are laid beside them.
    lists["charges"] = [{**given["charge"], "id": each} for each in {given["charge"]["id"], given["dispute"]["charge"]}]
    lists["invoice_payments"] = [{**given["invoice_payment"], "invoice": given["invoice"]["id"], "status": "paid"}]
    store = pull_stripe(lists)
    assert store.problems() == []
    assert [row["name"] for row in store.rows("products")] == ["T-shirt"]
    contracts = store.of("contracts", "contract_id")
    subscription = contracts[given["subscription"]["id"]]
    assert (subscription["status"], subscription["signed_on"]) == ("active", dt.date(2009, 2, 13))
    assert [row["amount"] for row in store.rows("invoice_lines")] == [Money(1000, "USD")] * 2
    assert [row["status"] for row in store.rows("invoices")] == ["draft", "draft"]
    # The note credits 11.90 of an invoice line and 5.00 of service.
    credits = [(row["amount"].minor, row["reason"]) for row in store.rows("credit_notes")]
    assert credits == [(1190, "billing_correction"), (500, "billing_correction")]


def unix(text: str) -> int | None:
    return int(dt.datetime.fromisoformat(text[:19]).replace(tzinfo=dt.UTC).timestamp()) if text else None


def stripe_object(word: str, row: dict[str, str]) -> Object:
    """A published row in the shape the API had: empty cells null, whole numbers and moments as numbers."""
    made: Object = {"object": word}
    for name, cell in row.items():
        short = name.removesuffix("_id") if name not in ("id",) else name
        if cell == "":
            made[short] = None
        elif name in ("created", "due_date", "updated", "period_start", "period_end", "voided_at"):
            made[short] = unix(cell)
        elif cell.lstrip("-").isdigit() and not name.endswith(("_id", "number")):
            made[short] = int(cell)
        else:
            made[short] = {"true": True, "false": False}.get(cell.lower(), cell)
    return made


def seeds(data: Path, name: str) -> list[dict[str, str]]:
    return read_csv(data / "fivetran_dbt_stripe" / "integration_tests" / "seeds" / f"{name}_data.csv")


def test_published_stripe_rows_are_mapped(data: Path) -> None:
    lists = {
        f"{word}s": [stripe_object(word, row) for row in seeds(data, word)]
        for word in ("customer", "product", "charge", "refund", "dispute", "price")
    }
    for charge in {each["charge"] for name in ("refunds", "disputes") for each in lists[name]}:
        if charge not in {each["id"] for each in lists["charges"]}:
            lists["charges"].append({"id": charge, "object": "charge", "created": 1, "currency": "usd", "amount": 1})
    store = pull_stripe(lists)
    assert store.problems() == []
    assert len(store.rows("customers")) == len(lists["customers"])
    assert {row["name"] for row in store.rows("products")} >= {"Ultimiate Membership", "Test Product OG"}
    # No charge names an invoice, so no cash can be applied to one.
    assert store.rows("payments") == []


def test_a_published_invoice_whose_lines_do_not_add_up_is_told(data: Path) -> None:
    (line,) = [row for row in seeds(data, "invoice_line_item") if row["invoice_id"] == "ab1111"]
    (row,) = [row for row in seeds(data, "invoice") if row["id"] == "ab1111"]
    made = stripe_object("line_item", line)
    period = {"start": unix(line["period_start"]), "end": unix(line["period_end"])}
    lines = {"data": [{**made, "period": period}], "has_more": False}
    invoice = {**stripe_object("invoice", row), "created": unix(row["_fivetran_synced"]), "lines": lines}
    assert pull_stripe({"invoices": [invoice]}).problems() == [
        "invoice ab1111: its lines add up to 21, the invoice says 1000 (minor units). "
        "Open the invoice in Stripe; run: backlog sync --full"
    ]


def test_deals_recorded_from_hubspots_demo_account_are_mapped(data: Path) -> None:
    recorded = json.loads((data / "vendors" / "hubspot" / "find_all_recent_updated_deals.json").read_text("utf-8"))
    # The recording turned a page twice, so that some deals are there twice.
    given = {deal["dealId"]: deal for each in recorded for deal in each["body"]["results"]}.values()
    deals = [
        {
            "id": str(deal["dealId"]), "archived": deal["isDeleted"], "createdAt": "2015-01-09T00:00:00Z",
            "updatedAt": "2015-01-09T00:00:00Z",
            "properties": {name: each["value"] for name, each in deal["properties"].items()},
        }
        for deal in given
    ]  # fmt: skip
    associations = [("deals", deal["id"], "companies", "1") for deal in deals]
    store = pull_hubspot({
        "deals": deals, "associations": associations,
        "companies": [{"id": "1", "properties": {"name": "A"}, "createdAt": "2015-01-09T00:00:00Z",
                       "updatedAt": "2015-01-09T00:00:00Z"}],
    })  # fmt: skip
    assert store.problems() == []
    stages = Counter(deal["properties"].get("dealstage") for deal in deals)
    statuses = Counter(row["status"] for row in store.rows("contracts"))
    assert statuses["signed"] == stages["closedwon"]
    assert sum(statuses.values()) == len(deals)


def test_published_deals_without_a_company_never_count(data: Path) -> None:
    given = read_csv(data / "vendors" / "hubspot" / "deal_data.csv")
    deals = [
        {
            "id": row["deal_id"], "archived": row["is_deleted"] == "true", "createdAt": "2020-01-01T00:00:00Z",
            "updatedAt": "2020-01-01T00:00:00Z",
            "properties": {name.removeprefix("property_"): cell for name, cell in row.items() if cell},
        }
        for row in given
    ]  # fmt: skip
    store = pull_hubspot({"deals": deals})
    assert len([key for key in store.items if key[0] == "deals"]) == len({row["deal_id"] for row in given})
    assert store.rows("contracts") == []
    assert store.problems() == []


def test_published_merges_become_aliases(data: Path) -> None:
    merged: dict[str, list[str]] = {}
    for row in read_csv(data / "vendors" / "hubspot" / "merged_deal_data.csv"):
        merged.setdefault(row["deal_id"], []).append(row["merged_deal_id"])
    deals = [
        {
            "id": key, "archived": False, "createdAt": "2023-01-01T00:00:00Z", "updatedAt": "2023-06-22T11:37:07Z",
            "properties": {"hs_merged_object_ids": ";".join(former), "dealstage": "closedlost"},
        }
        for key, former in merged.items()
    ]  # fmt: skip
    store = pull_hubspot({"deals": deals})
    aliases = {(old, new) for item in store.items.values() for _, old, new in item.aliases}
    assert aliases == {(old, key) for key, former in merged.items() for old in former}
    assert all(store.items["deals", old].deleted for former in merged.values() for old in former)
