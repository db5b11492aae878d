"""Pipedrive, against the simulated vendor: the contract every connector keeps, and what is Pipedrive's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.pipedrive import PipedriveServer

from connectors.pipedrive import Pipedrive
from model.errors import RetryLater
from model.money import Money

TOKEN = "pipedrive-token-0815"
TIE = "2026-02-01T10:00:00Z"
D = Decimal


def deal(key: int, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "title": f"Großauftrag {key} 契約", "status": "won", "won_time": "2026-01-05T23:30:00Z", "org_id": 1,
        "stage_id": 5, "value": D("1200.5"), "currency": "USD", "update_time": TIE, "is_deleted": False, **more,
    }  # fmt: skip


def product(key: int, of: int, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "deal_id": of, "product_id": 1, "name": "Seats", "item_price": D("10.0"), "quantity": 5, "discount": 0,
        "discount_type": "percentage", "tax": 0, "tax_method": "exclusive", "is_enabled": True,
        "billing_frequency": "monthly", "billing_frequency_cycles": 12, "billing_start_date": "2026-02-01", **more,
    }  # fmt: skip


def company() -> dict[str, list[dict[str, Any]]]:
    return {
        "organizations": [{"id": n, "name": f"Ærø {n} 東京", "update_time": TIE} for n in range(1, 8)],
        "persons": [{"id": 9, "name": "Kim Lee", "update_time": TIE}],
        "products": [{"id": 1, "name": "Seats", "update_time": TIE}],
        "deals": [*(deal(n) for n in range(101, 108)), deal(108, status="open"), deal(109, is_deleted=True)],
        "deal_products": [product(1000 + n, n) for n in range(101, 109)],
        "stages": [{"id": 5, "name": "Verbal OK"}],
    }


PIPEDRIVE = Simulation(Pipedrive, PipedriveServer, company, ("api_token", TOKEN), serving={"token": TOKEN})


class TestPipedrive(ConnectorContract):
    simulation = PIPEDRIVE
    expected = {
        "organizations": {str(n) for n in range(1, 8)}, "persons": {"9"}, "products": {"1"},
        "deals": {str(n) for n in range(101, 109)},
    }  # fmt: skip
    changes = Edit("deals", "103", {"title": "Renamed"})
    removes = Edit("deals", "104")


def test_a_won_deal_is_a_contract_over_its_products_cycles() -> None:
    store = PIPEDRIVE.pulled(company(), timezone="Europe/Berlin")
    (contract,) = store.rows("contracts", "deals", "101")
    # Won at 23:30 UTC on the 5th, which is the 6th in Berlin.
    assert (contract["status"], contract["signed_on"], contract["start_on"], contract["end_on"]) == (
        "signed", dt.date(2026, 1, 6), dt.date(2026, 2, 1), dt.date(2027, 1, 31),
    )  # fmt: skip
    assert store.rows("contract_lines", "deals", "101")[0]["amount"] == Money(60_000, "USD")
    assert store.rows("contracts", "deals", "108")[0]["status"] == "proposal"
    assert store.items["deals", "109"].deleted


@pytest.mark.parametrize(
    ("more", "minor"),
    [
        ({"billing_frequency": "one-time"}, 5_000),
        ({"billing_frequency": "annually", "billing_frequency_cycles": 2}, 10_000),
        ({"billing_frequency": "quarterly", "billing_frequency_cycles": None}, 5_000),
        ({"billing_frequency": "one-time", "discount": 10}, 4_500),
        ({"billing_frequency": "one-time", "discount": D("12.5"), "discount_type": "amount"}, 3_750),
        ({"billing_frequency": "one-time", "tax": 25, "tax_method": "inclusive"}, 4_000),
    ],
)
def test_what_a_product_commits_to(more: dict[str, Any], minor: int) -> None:
    tables = {**company(), "deals": [deal(101)], "deal_products": [product(1, 101, **more)]}
    assert PIPEDRIVE.pulled(tables).rows("contract_lines")[0]["amount"] == Money(minor, "USD")


def test_a_deal_of_a_person_without_products_and_with_a_stage_of_ones_own() -> None:
    tables = {**company(), "deals": [deal(101, org_id=None, person_id=9, status="open", currency="JPY", value=D("9000"))],
              "deal_products": []}  # fmt: skip
    store = PIPEDRIVE.pulled(tables, stages={"Verbal OK": "verbal"}, default_term_months=6)
    (contract,) = store.rows("contracts", "deals", "101")
    assert (contract["customer_id"], contract["status"], contract["end_on"]) == (
        "person-9",
        "verbal",
        dt.date(2026, 7, 4),
    )
    assert store.rows("contract_lines", "deals", "101")[0]["amount"] == Money(9_000, "JPY")


def test_custom_fields_are_named_by_their_key() -> None:
    tables = {**company(), "deals": [deal(101, custom_fields={"a1b2": "2026-03-01"})]}
    store = PIPEDRIVE.pulled(tables, fields={"contracts.start_on": "custom_fields.a1b2"})
    assert store.rows("contracts", "deals", "101")[0]["start_on"] == dt.date(2026, 3, 1)


def test_the_days_budget_parks() -> None:
    with PIPEDRIVE.serve(daily=2) as server:
        connector = PIPEDRIVE.connect(server)
        with pytest.raises(RetryLater) as caught:
            Store().take(connector)
        connector.close()
    assert caught.value.park


def test_a_check_holds_configured_fields_against_the_companys_own() -> None:
    fields = [{"field_code": code, "is_custom_field": custom} for code, custom in
              (("title", False), ("a1b2c3", True), ("value", False), ("d4e5f6", True))]  # fmt: skip
    chosen = {"contracts.start_on": "custom_fields.a1b2c3", "contracts.end_on": "custom_fields.d4e5f7"}
    with PIPEDRIVE.serve({**company(), "dealFields": fields, "organizationFields": fields[:1]}) as server:
        connector = PIPEDRIVE.connect(server, fields=chosen)
        told = {check.object: check for check in connector.check(NOW)}
        connector.close()
    assert not told["fields of contracts"].ok
    assert told["fields of contracts"].detail == (
        "contracts.end_on = 'custom_fields.d4e5f7': the vendor has no such field (did you mean 'custom_fields.d4e5f6'?)"
    )
    assert "fields of customers" not in told  # none is configured
    assert "fields of contract_lines" not in told  # Pipedrive has no list of them
