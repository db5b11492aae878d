"""Zuora, against the simulated vendor: the contract every connector keeps, and what is Zuora's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.zuora import ZuoraServer

from connectors.zuora import Zuora
from connectors.zuora import zuora as module
from model.errors import ConfigNeeded
from model.money import Money

CLIENT = ("zuora-client", "zuora-client-secret-0815")
TIE = "2026-02-01T10:00:00Z"
D = Decimal


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)


def charge(number: str, tcv: str, start: str = "2026-01-01", end: str = "2027-01-01", **more: Any) -> dict[str, Any]:
    return {"id": f"id-{number}", "number": number, "name": f"Größe {number}", "type": "Recurring", "tcv": D(tcv),
            "mrr": D("100.0"), "quantity": D("1"), "effectiveStartDate": start, "effectiveEndDate": end, **more}  # fmt: skip


def version(at: int, charges: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    plan = {"id": "rp1", "productId": "p1", "lastChangeType": "Add", "ratePlanCharges": charges}
    return {
        "subscriptionNumber": "A-S1", "version": at, "accountId": "a1", "status": "Active", "termType": "TERMED",
        "contractEffectiveDate": "2026-01-01", "subscriptionStartDate": "2026-01-01", "termStartDate": "2026-01-01",
        "termEndDate": "2027-01-01", "ratePlans": [plan], **more,
    }  # fmt: skip


def history(*later: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    first = version(1, [charge("C-1", "1200.0"), charge("C-2", "600.0")])
    return {("A-S1", each["version"]): each for each in (first, *later)}


def tenant(versions: int = 1, status: str = "Active") -> dict[str, list[dict[str, Any]]]:
    subs = [
        {"id": f"s{n}", "name": "A-S1", "version": n, "accountId": "a1", "updatedDate": TIE,
         "status": status if n == versions else "Expired"}
        for n in range(1, versions + 1)
    ]  # fmt: skip
    item = {"invoiceId": "i1", "chargeAmount": D("25.0"), "taxAmount": D("4.75"), "chargeNumber": "C-1",
            "subscriptionNumber": "A-S1", "serviceStartDate": "2026-01-01", "serviceEndDate": "2026-01-31"}  # fmt: skip
    return {
        "accounts": [{"id": f"a{n}", "name": f"Ærø {n} 東京", "currency": "USD", "updatedDate": TIE} for n in range(1, 8)],
        "products": [{"id": "p1", "name": "Platform", "updatedDate": TIE}],
        "subscriptions": subs,
        "invoices": [
            {"id": "i1", "accountId": "a1", "invoiceNumber": "INV1", "invoiceDate": "2026-01-01", "dueDate": "2026-01-31",
             "status": "Posted", "amount": D("119.0"), "taxAmount": D("19.0"), "balance": D("0.0"), "updatedDate": TIE},
            {"id": "i2", "accountId": "a1", "invoiceDate": "2026-02-01", "status": "Posted", "amount": D("0"),
             "balance": D("0"), "updatedDate": TIE},
        ],
        "invoice_items": [{**item, "id": f"ii{n}"} for n in range(4)],
        "credit_memos": [{"id": "cm1", "accountId": "a1", "memoDate": "2026-02-03", "status": "Posted",
                          "totalAmount": D("11.9"), "taxAmount": D("1.9"), "invoiceId": "i1", "updatedDate": TIE}],
        "payments": [{"id": "pm1", "accountId": "a1", "effectiveDate": "2026-01-20", "status": "Processed",
                      "amount": D("120.0"), "updatedDate": TIE,
                      "paymentApplications": [{"invoiceId": "i1", "applyAmount": D("119.0")}]}],
        "refunds": [{"id": "rf1", "accountId": "a1", "refundDate": "2026-02-04", "status": "Processed", "amount": D("11.9"),
                     "updatedDate": TIE}],
    }  # fmt: skip


def served(made: Any, versions: Any = None, **options: Any) -> ZuoraServer:
    return ZuoraServer(made, versions or history(), **options)


ZUORA = Simulation(
    Zuora, served, tenant, ("client_secret", CLIENT[1]), serving={"client": CLIENT}, options={"client_id": CLIENT[0]}
)


class TestZuora(ConnectorContract):
    simulation = ZUORA
    expected = {
        "accounts": {f"a{n}" for n in range(1, 8)}, "products": {"p1"}, "subscriptions": {"A-S1"},
        "invoices": {"i1", "i2"}, "credit_memos": {"cm1"}, "payments": {"pm1"}, "refunds": {"rf1"},
    }  # fmt: skip
    changes = Edit("accounts", "a3", {"name": "Renamed Ltd"})
    removes = Edit("invoices", "i2")


def pulled(*later: dict[str, Any], status: str = "Active") -> Store:
    with ZUORA.serve(tenant(1 + len(later), status), versions=history(*later)) as server:
        return ZUORA.pulled(server, pulls=2)


def test_the_first_version_is_what_was_signed() -> None:
    store = pulled()
    (contract,) = store.rows("contracts")
    assert (contract["contract_id"], contract["signed_on"], contract["end_on"], contract["currency"]) == (
        "A-S1", dt.date(2026, 1, 1), dt.date(2026, 12, 31), "USD",
    )  # fmt: skip
    assert {row["line_id"]: row["amount"].minor for row in store.rows("contract_lines")} == {
        "C-1": 120_000,
        "C-2": 60_000,
    }


def test_what_later_versions_change_are_amendments() -> None:
    """From July on C-1 costs twice as much (600 + 1,200), C-2 has gone, C-3 has come."""
    segments = [{"tcv": D("600.0"), "effectiveStartDate": "2026-01-01", "effectiveEndDate": "2026-07-01"},
                {"tcv": D("1200.0"), "effectiveStartDate": "2026-07-01", "effectiveEndDate": "2027-01-01"}]  # fmt: skip
    second = version(
        2, [charge("C-1", "1800.0", chargeSegments=segments), charge("C-3", "300.0", "2026-07-01")],
        contractEffectiveDate="2026-07-01", orderDate="2026-06-15",
    )  # fmt: skip
    store = pulled(second)
    found = store.of("amendments", "kind")
    change, gone, added = found["change_line"], found["remove_line"], found["add_line"]
    assert (change["line_id"], change["amount"], change["signed_on"], change["effective_on"]) == (
        "C-1", Money(180_000, "USD"), dt.date(2026, 6, 15), dt.date(2026, 7, 1),
    )  # fmt: skip
    assert gone["line_id"] == "C-2"
    assert (added["new_line_id"], added["amount"], added["start_on"]) == (
        "C-3",
        Money(30_000, "USD"),
        dt.date(2026, 7, 1),
    )
    # What was signed is what the first version said.
    assert {row["line_id"]: row["amount"].minor for row in store.rows("contract_lines")}["C-1"] == 120_000


def test_a_renewed_term_is_a_renewal() -> None:
    second = version(
        2, [charge("C-1", "2500.0", end="2028-01-01"), charge("C-2", "600.0")], termStartDate="2027-01-01",
        termEndDate="2028-01-01", contractEffectiveDate="2027-01-01", orderDate="2026-12-01",
    )  # fmt: skip
    (renewal,) = pulled(second).rows("amendments")
    assert (renewal["kind"], renewal["amount"], renewal["start_on"], renewal["end_on"], renewal["signed_on"]) == (
        "renew", Money(130_000, "USD"), dt.date(2027, 1, 1), dt.date(2027, 12, 31), dt.date(2026, 12, 1),
    )  # fmt: skip


def test_a_cancelled_version_terminates() -> None:
    second = version(2, [charge("C-1", "500.0", end="2026-06-01")], status="Cancelled", cancelledDate="2026-06-01",
                     contractEffectiveDate="2026-05-20")  # fmt: skip
    store = pulled(second, status="Cancelled")
    (end,) = store.rows("amendments")
    assert (end["kind"], end["effective_on"], end["signed_on"]) == (
        "terminate",
        dt.date(2026, 6, 1),
        dt.date(2026, 5, 20),
    )
    assert store.rows("contracts")[0]["status"] == "cancelled"


def test_evergreen_and_usage_charges() -> None:
    first = version(1, [charge("C-1", "0", end="", mrr=D("99.5")), charge("C-2", "0", type="Usage")], termType="EVERGREEN",
                    termEndDate=None)  # fmt: skip
    with ZUORA.serve(versions={("A-S1", 1): first}) as server:
        store, connector = Store(), ZUORA.connect(server)
        store.take(connector)
        connector.close()
    lines = store.of("contract_lines", "line_id")
    assert (lines["C-1"]["amount"], lines["C-1"]["end_on"]) == (Money(9_950, "USD"), dt.date(2026, 1, 31))
    assert lines["C-2"]["recognition"] == "usage"
    assert store.rows("contracts")[0]["evergreen"] is True


def test_invoices_credits_and_cash() -> None:
    store = pulled()
    invoices = store.of("invoices", "invoice_id")
    assert (invoices["i1"]["status"], invoices["i1"]["contract_id"]) == ("paid", "A-S1")
    lines = store.rows("invoice_lines")
    # Three items are told with the invoice; all four count: 4 × 25.00.
    assert [row["amount"].minor for row in lines] == [2_500] * 4
    assert {row["line_id"] for row in lines} == {"C-1"}
    (credit,) = store.rows("credit_notes")
    assert (credit["amount"], credit["tax"], credit["invoice_id"]) == (Money(1_000, "USD"), Money(190, "USD"), "i1")
    cash = {(row["kind"], row.get("invoice_id")): row["amount"].minor for row in store.rows("payments")}
    assert cash == {("payment", "i1"): 11_900, ("payment", None): 100, ("refund", None): 1_190}


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({"status": "Posted"}, 1), ({"status": "PendingForTax"}, 0), ({"status": "Error"}, 0),
        ({"status": "Posted", "reversed": True}, 0),
    ],
)  # fmt: skip
def test_a_credit_memo_counts_once_it_is_posted_unless_it_was_reversed(said: dict[str, Any], count: int) -> None:
    tables = tenant()
    tables["credit_memos"][0] |= {**said, "reasonCode": "Write-off"}
    assert [row["reason"] for row in ZUORA.pulled(tables).rows("credit_notes")] == ["bad_debt"] * count


def test_a_credit_memo_without_its_total_is_set_aside() -> None:
    tables = tenant()
    tables["credit_memos"][0]["amount"] = tables["credit_memos"][0].pop("totalAmount")
    (problem,) = ZUORA.pulled(tables, rejects=1).problems()
    assert "it tells no totalAmount" in problem


def test_a_refusal_in_the_clothes_of_an_answer_is_told() -> None:
    with ZUORA.serve(versions={("A-S9", 1): {}}) as server:
        connector = ZUORA.connect(server)
        with pytest.raises(ConfigNeeded, match="Cannot find subscription by key"):
            Store().take(connector)
        connector.close()


def test_a_check_holds_configured_fields_against_the_tenants_own() -> None:
    with ZUORA.serve() as server:
        server.custom = {"Subscription": ("OpportunityId__c",)}
        connector = ZUORA.connect(
            server, fields={"contracts.deal_id": "opportunityId__c", "customers.segment": "Segmnt__c"}
        )
        told = {check.object: check for check in connector.check(NOW)}
        connector.close()
    assert told["fields of contracts"].ok
    assert not told["fields of customers"].ok
    assert "'Segmnt__c': the vendor has no such field" in told["fields of customers"].detail


@pytest.mark.parametrize(("money", "minor"), [("JPY", 25), ("USD", 2_500), ("KWD", 25_000)])
def test_currencies_have_their_own_decimals(money: str, minor: int) -> None:
    tables = tenant()
    tables["accounts"][0]["currency"] = money
    for each in tables["invoice_items"]:
        each["taxAmount"] = D("4")
    tables["invoices"][0] |= {"amount": D("116"), "taxAmount": D("16")}
    for table, name in (("credit_memos", "totalAmount"), ("payments", "amount"), ("refunds", "amount")):
        tables[table][0] |= {name: D("12"), "taxAmount": D("2")}
    tables["payments"][0]["paymentApplications"] = []
    assert ZUORA.pulled(tables).rows("invoice_lines")[0]["amount"] == Money(minor, money)
