"""Salesforce, against the simulated vendor: the contract every connector keeps, and what is Salesforce's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.salesforce import SalesforceServer
from vendors.simulated import KEY_PEM, OTHER_PEM

from connectors.kit.transport import Patience
from connectors.salesforce import Salesforce
from connectors.salesforce import soql as module
from demo.vendors.faults import Fault
from model.errors import ConfigNeeded, RetryLater
from model.money import Money

CLIENT, USER = "3MVG9-consumer-key", "integration@acme.example"
TIE = "2026-01-05T10:00:00.000+0000"


def opportunity(key: str, **more: Any) -> dict[str, Any]:
    """A won opportunity. All changed at one moment, so that ties fall on every page's edge."""
    return {
        "Id": f"006{key}", "SystemModstamp": TIE, "Name": f"Großauftrag {key} 契約", "AccountId": "0011",
        "StageName": "Closed Won", "IsWon": True, "IsClosed": True, "Amount": Decimal("1200.0"), "OwnerId": "0051",
        "CloseDate": "2026-01-05", "CurrencyIsoCode": "USD", "ContractId": "8001", "IsDeleted": False, **more,
    }  # fmt: skip


def line(key: str, of: str, price: str = "1200.0", **more: Any) -> dict[str, Any]:
    return {
        "Id": f"00k{key}", "SystemModstamp": TIE, "Name": f"Line {key}", "OpportunityId": f"006{of}",
        "Product2Id": "01t1", "Quantity": Decimal("2.0"), "UnitPrice": Decimal("600.0"), "TotalPrice": Decimal(price),
        "ServiceDate": None, "IsDeleted": False, **more,
    }  # fmt: skip


def org() -> dict[str, list[dict[str, Any]]]:
    named = {"SystemModstamp": TIE, "IsDeleted": False}
    return {
        "Account": [
            {"Id": f"001{n}", "Name": f"Ærø {n}", "Website": f"https://www.a{n}.example/x", **named}
            for n in range(1, 6)
        ],
        "Product2": [{"Id": "01t1", "Name": "Platform", "Family": "Software", **named}],
        "Contract": [{"Id": "8001", "Name": "C1", "StartDate": "2026-02-01", "EndDate": "2027-01-31", **named}],
        "User": [{"Id": "0051", "Name": "Kim Lee"}],
        "Opportunity": [
            *(opportunity(str(n)) for n in range(101, 108)),
            opportunity("108", StageName="Negotiation", IsWon=False, IsClosed=False),
            opportunity("109", IsDeleted=True),
        ],
        "OpportunityLineItem": [
            *(line(f"{n}0", str(n)) for n in range(101, 108)),
            line("1099", "101", IsDeleted=True),
        ],
    }


def orders() -> dict[str, list[dict[str, Any]]]:
    """An order of two lines; a reduction order takes half of one and all of the other."""
    common = {"SystemModstamp": TIE, "IsDeleted": False, "AccountId": "0011", "CurrencyIsoCode": "USD", "OwnerId": None}
    sold = {"SystemModstamp": TIE, "IsDeleted": False, "Product2Id": "01t1", "UnitPrice": Decimal("100.0")}
    return {
        **org(), "Opportunity": [], "OpportunityLineItem": [],
        "Order": [
            {"Id": "8011", **common, "OrderNumber": "00000100", "EffectiveDate": "2026-01-01", "EndDate": "2026-12-31",
             "ActivatedDate": "2025-12-31T23:30:00.000+0000", "Status": "Activated", "StatusCode": "Activated",
             "IsReductionOrder": False, "OpportunityId": "006101"},
            {"Id": "8012", **common, "OrderNumber": "00000101", "EffectiveDate": "2026-07-01", "EndDate": None,
             "ActivatedDate": None, "Status": "Activated", "StatusCode": "Activated", "IsReductionOrder": True,
             "OriginalOrderId": "8011"},
        ],
        "OrderItem": [
            {"Id": "8021", **sold, "OrderId": "8011", "Quantity": Decimal("10.0"), "TotalPrice": Decimal("1000.0")},
            {"Id": "8022", **sold, "OrderId": "8011", "Quantity": Decimal("1.0"), "TotalPrice": Decimal("100.0")},
            {"Id": "8023", **sold, "OrderId": "8012", "OriginalOrderItemId": "8021", "Quantity": Decimal("-5.0"),
             "TotalPrice": Decimal("-500.0")},
            {"Id": "8024", **sold, "OrderId": "8012", "OriginalOrderItemId": "8022", "Quantity": Decimal("-1.0"),
             "TotalPrice": Decimal("-100.0")},
        ],
    }  # fmt: skip


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 4)
    monkeypatch.setattr(module, "IDS", 3)


SALESFORCE = Simulation(
    Salesforce, SalesforceServer, org, ("private_key", KEY_PEM), serving={"client_id": CLIENT, "username": USER},
    options={"client_id": CLIENT, "username": USER},
)  # fmt: skip


class TestSalesforce(ConnectorContract):
    simulation = SALESFORCE
    wrong = OTHER_PEM
    expected = {
        "accounts": {f"001{n}" for n in range(1, 6)}, "products": {"01t1"},
        "opportunities": {f"006{n}" for n in range(101, 109)},
    }  # fmt: skip
    changes = Edit("opportunities", "006103", {"Name": "Renamed"}, table="Opportunity")
    removes = Edit("opportunities", "006104", table="Opportunity")


def test_a_won_opportunity_is_a_contract_over_its_contracts_days() -> None:
    store = SALESFORCE.pulled()
    (contract,) = store.rows("contracts", "opportunities", "006101")
    assert contract == {
        "contract_id": "006101", "customer_id": "0011", "status": "signed", "signed_on": dt.date(2026, 1, 5),
        "start_on": dt.date(2026, 2, 1), "end_on": dt.date(2027, 1, 31), "currency": "USD", "sales_rep": "Kim Lee",
        "owner": "0051", "number": "Großauftrag 101 契約", "deal_id": "006101",
    }  # fmt: skip
    (line,) = store.rows("contract_lines", "opportunities", "006101")
    assert (line["line_id"], line["amount"], line["quantity"]) == ("00k1010", Money(120_000, "USD"), Decimal("2.0"))
    assert store.rows("contracts", "opportunities", "006108")[0]["status"] == "proposal"
    assert store.items["opportunities", "006109"].deleted
    (customer,) = store.rows("customers", "accounts", "0011")
    assert customer["domain"] == "a1.example"


def test_a_bulk_load_brings_the_same_and_goes_on_after_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with SALESFORCE.serve() as server:
        plain = SALESFORCE.pulled(server)
        server.requests.clear()
        bulk = SALESFORCE.pulled(server, bulk_from=1)
        assert any("/jobs/query" in request.path for request in server.requests)
        assert bulk.said() == plain.said()
        # The payloads are the same, too: a later whole listing finds nothing changed.
        assert {key: repr(item.payload) for key, item in bulk.items.items()} == {
            key: repr(item.payload) for key, item in plain.items.items()
        }
        server.faults.append(Fault("drop", path="results", after=4, times=9))
        store, connector = Store(), SALESFORCE.connect(server, Patience(attempts=1), bulk_from=1)
        with pytest.raises(RetryLater):
            store.take(connector)
        server.faults.clear()
        jobs = len(server.jobs)
        store.take(connector)
        connector.close()
        assert store.said() == plain.said()
        assert len(server.jobs) == jobs  # the cut job's results were gone on with


def test_a_bulk_job_that_fails_says_so() -> None:
    with SALESFORCE.serve() as server:
        server.faults.append(Fault("status", path="/jobs/query/", status=200, times=99,
                                   payload={"id": "750", "state": "Failed", "errorMessage": "too many fields"}))  # fmt: skip
        with pytest.raises(ConfigNeeded, match=r"too many fields.*bulk_from = 0"):
            SALESFORCE.pulled(server, bulk_from=1)


def test_an_order_is_reduced_by_its_reduction_orders() -> None:
    store = SALESFORCE.pulled(orders(), commitments="orders", timezone="Europe/Berlin")
    (contract,) = store.rows("contracts", "orders", "8011")
    # 23:30 UTC on 31 December is 1 January in Berlin.
    assert (contract["status"], contract["signed_on"], contract["deal_id"]) == ("active", dt.date(2026, 1, 1), "006101")
    changes = {row["amendment_id"]: row for row in store.rows("amendments", "orders", "8011")}
    half, gone = changes["8023"], changes["8024"]
    assert (half["kind"], half["amount"], half["quantity"]) == ("change_line", Money(50_000, "USD"), Decimal("5.0"))
    assert (gone["kind"], gone["line_id"], gone["effective_on"]) == ("remove_line", "8022", dt.date(2026, 7, 1))
    assert store.items["orders", "8012"].rows == ()


def test_a_changed_line_contract_or_reduction_brings_its_deal() -> None:
    with SALESFORCE.serve() as server:
        store, connector = Store(), SALESFORCE.connect(server)
        store.take(connector)
        server.update("OpportunityLineItem", "00k1050", TotalPrice=Decimal("900.0"))
        store.take(connector, NOW + dt.timedelta(minutes=5))
        assert store.rows("contract_lines", "opportunities", "006105")[0]["amount"] == Money(90_000, "USD")
        server.update("Contract", "8001", EndDate="2028-01-31")
        store.take(connector, NOW + dt.timedelta(minutes=6))
        connector.close()
        assert store.rows("contracts", "opportunities", "006107")[0]["end_on"] == dt.date(2028, 1, 31)
    with SALESFORCE.serve(orders()) as server:
        store, connector = Store(), SALESFORCE.connect(server, commitments="orders")
        store.take(connector)
        server.update("Order", "8012", EffectiveDate="2026-08-01")
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
        assert {row["effective_on"] for row in store.rows("amendments", "orders", "8011")} == {dt.date(2026, 8, 1)}


def test_fields_and_stages_are_the_organizations_own() -> None:
    tables = org()
    tables["Opportunity"] = [opportunity("1", StageName="Verbal OK", IsWon=False, Renewal_Start__c="2026-03-01")]
    tables["OpportunityLineItem"] = [line("1", "1", Service_End__c="2026-08-31")]
    with SALESFORCE.serve(tables) as server:
        store = SALESFORCE.pulled(
            server, stages={"Verbal OK": "verbal"},
            fields={"contracts.start_on": "Renewal_Start__c", "contract_lines": {"end_on": "Service_End__c"}},
        )  # fmt: skip
        (contract,) = store.rows("contracts", "opportunities", "0061")
        assert (contract["status"], contract["start_on"]) == ("verbal", dt.date(2026, 3, 1))
        assert store.rows("contract_lines", "opportunities", "0061")[0]["end_on"] == dt.date(2026, 8, 31)
        with pytest.raises(ConfigNeeded, match=r"'Renewl_Start__c'.*did you mean 'Renewal_Start__c'"):
            SALESFORCE.pulled(server, fields={"contracts.start_on": "Renewl_Start__c"})
        connector = SALESFORCE.connect(server, fields={"contract_lines.end_on": "Service_Ende__c"})
        told = {check.object: check for check in connector.check(NOW)}
        connector.close()
        assert not told["fields of contract_lines"].ok
        assert "Service_End__c" in told["fields of contract_lines"].detail
        assert "fields of customers" not in told  # none is configured


def test_an_organization_with_one_currency_and_no_dates() -> None:
    tables = org()
    tables["Opportunity"] = [opportunity("1", ContractId=None)]
    tables["OpportunityLineItem"] = [line("1", "1", price="100.005")]
    with SALESFORCE.serve(tables, hidden={"CurrencyIsoCode", "ContractId"}) as server:
        store = SALESFORCE.pulled(server, rejects=1)
        (problem,) = store.items["opportunities", "0061"].problems
        assert "no currency" in str(problem)
        store = SALESFORCE.pulled(server, default_currency="JPY", default_term_months=12)
    (contract,) = store.rows("contracts", "opportunities", "0061")
    assert (contract["start_on"], contract["end_on"]) == (dt.date(2026, 1, 5), dt.date(2027, 1, 4))
    assert store.rows("contract_lines", "opportunities", "0061")[0]["amount"] == Money(100, "JPY")


def test_merged_accounts_become_one() -> None:
    tables = org()
    tables["Account"][1] |= {"IsDeleted": True, "MasterRecordId": "0011"}
    store = SALESFORCE.pulled(tables)
    assert store.items["accounts", "0012"].deleted
    assert list(store.items["accounts", "0012"].aliases) == [("customers", "0012", "0011")]


def test_a_used_up_quota_parks_and_a_missing_right_is_named() -> None:
    with SALESFORCE.serve() as server:
        said = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
        server.faults.append(Fault("status", path="/query", status=403, payload=said, times=99))
        with pytest.raises(RetryLater) as caught:
            SALESFORCE.pulled(server)
        assert caught.value.park
    with (
        SALESFORCE.serve(denied={"Opportunity"}) as server,
        pytest.raises(ConfigNeeded, match="Opportunity with Opportunity"),
    ):
        SALESFORCE.pulled(server)


def test_a_budget_ends_a_run_and_the_next_goes_on() -> None:
    with SALESFORCE.serve() as server:
        whole = SALESFORCE.pulled(server)
        store, runs = Store(), 0
        while runs < 40:
            connector = SALESFORCE.connect(server, requests_per_run=14)
            runs += 1
            try:
                store.take(connector)
                break
            except RetryLater as error:
                assert (error.park, "budget" in str(error)) == (True, True)  # noqa: PT017
            finally:
                connector.close()
        assert 1 < runs < 40
        assert store.said() == whole.said()
