"""NetSuite, against the simulated vendor: the contract every connector keeps, and what is NetSuite's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.netsuite import NetSuiteServer
from vendors.simulated import KEY_PEM, OTHER_PEM

from connectors.netsuite import NetSuite
from connectors.netsuite import netsuite as module
from model.errors import ConfigNeeded
from model.money import Money

CLIENT, KID = "netsuite-consumer-key", "certificate-1"
TIE = "2026-02-01 02:00:00"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 4)


def transaction(key: int, kind: str, total: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "tranid": f"N{key}", "type": kind, "status": "A", "entity": 1, "voided": "F", "currency": 1,
        "foreigntotal": total, "trandate": "2026-01-15 00:00:00", "duedate": "2026-02-14 00:00:00", "postingperiod": 1,
        "lastmodifieddate": TIE, **more,
    }  # fmt: skip


def line(of: int, at: int, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "transaction": of, "uniquekey": of * 10 + at, "id": at, "mainline": "F", "taxline": "F", "iscogs": "F",
        "foreignamount": amount, "item": 5, "quantity": "-2", "rate": "50", "memo": f"Größe {at}", "subsidiary": 1, **more,
    }  # fmt: skip


def account() -> dict[str, list[dict[str, Any]]]:
    main = {"mainline": "T", "item": None, "quantity": None}
    return {
        "customer": [{"id": n, "companyname": f"Ærø {n} 東京", "entityid": f"C{n}", "lastmodifieddate": TIE} for n in range(1, 10)],
        "item": [{"id": 5, "itemid": "HOURS", "itemtype": "Service", "lastmodifieddate": TIE}],
        "currency": [{"id": 1, "symbol": "USD"}, {"id": 2, "symbol": "JPY"}],
        "subsidiary": [{"id": 1, "currency": 1}],
        "transaction": [
            transaction(101, "SalesOrd", "1100.00", status="SalesOrd:B", custbody_start="2026-02-01", custbody_end="2027-01-31"),
            transaction(102, "CustInvc", "110.00", status="CustInvc:B"),
            transaction(103, "CustInvc", "9000", currency=2),
            transaction(104, "CashSale", "75.00"),
            transaction(105, "CustCred", "-55.00"),
            transaction(106, "CustPymt", "80.00"),
            transaction(107, "CustInvc", "0.00", voided="T"),
            transaction(108, "VendBill", "999.00"),
        ],
        "transactionline": [
            line(101, 0, "1100.00", **main), line(101, 1, "-1200.00", custcol_start="2026-02-01"), line(101, 2, "200.00"),
            line(101, 3, "-100.00", taxline="T"),
            line(102, 0, "110.00", **main), line(102, 1, "-100.00", createdfrom=101), line(102, 2, "-10.00", taxline="T"),
            line(102, 3, "40.00", iscogs="T"),
            line(103, 0, "9000", **main), line(103, 1, "-9000"),
            line(104, 0, "75.00", **main), line(104, 1, "-75.00"),
            line(105, 0, "-55.00", **main), line(105, 1, "50.00"), line(105, 2, "5.00", taxline="T"),
        ],
        "NextTransactionLink": [
            {"previousdoc": 102, "nextdoc": 106, "linktype": "Payment", "foreignamount": "55.00"},
            {"previousdoc": 102, "nextdoc": 105, "linktype": "Payment", "foreignamount": "55.00"},
        ],
        "accountingperiod": [{"id": 1, "enddate": "2026-01-31 00:00:00"}],
        "account": [{"id": 1, "accttype": "Income"}, {"id": 2, "accttype": "AcctRec"}, {"id": 3, "accttype": "COGS"},
                    {"id": 4, "accttype": "DeferRevenue"}],
        "TransactionAccountingLine": [
            {"transaction": 102, "transactionline": 0, "account": 2, "posting": "T", "accountingbook": 1, "amount": "110.10"},
            {"transaction": 102, "transactionline": 1, "account": 1, "posting": "T", "accountingbook": 1, "amount": "-60.10"},
            {"transaction": 102, "transactionline": 2, "account": 4, "posting": "T", "accountingbook": 1, "amount": "-50.00"},
            {"transaction": 102, "transactionline": 1, "account": 1, "posting": "T", "accountingbook": 2, "amount": "-1.00"},
        ],
    }  # fmt: skip


NETSUITE = Simulation(
    NetSuite, NetSuiteServer, account, ("private_key", KEY_PEM), serving={"client_id": CLIENT, "kid": KID, "page": 4},
    options={
        "account": "1234567_SB1", "client_id": CLIENT, "certificate_id": KID, "timezone": "America/Los_Angeles",
        "financial_months": 2, "fields": {"contracts": {"start_on": "custbody_start", "end_on": "custbody_end"}},
    },
)  # fmt: skip


class TestNetSuite(ConnectorContract):
    simulation = NETSUITE
    wrong = OTHER_PEM
    expected = {
        "customers": {str(n) for n in range(1, 10)}, "items": {"5"}, "sales_orders": {"101"},
        "invoices": {"102", "103", "107"}, "cash_sales": {"104"}, "credits": {"105"}, "payments": {"106"},
        "financials": {"2026-01-31", "2026-02-28"},
    }  # fmt: skip
    changes = Edit("customers", "3", {"companyname": "Renamed Ltd"}, table="customer")
    removes = Edit("invoices", "103", table="transaction")

    def vanish(self, server: Any) -> tuple[str, str]:
        gone = super().vanish(server)
        server.base = None  # what it answers from is filled anew
        return gone


def test_a_sales_order_is_a_contract() -> None:
    store = NETSUITE.pulled()
    (contract,) = store.rows("contracts")
    assert (contract["status"], contract["start_on"], contract["end_on"], contract["currency"]) == (
        "signed", dt.date(2026, 2, 1), dt.date(2027, 1, 31), "USD",
    )  # fmt: skip
    lines = store.of("contract_lines", "line_id")
    # Revenue and quantities stand negative in NetSuite; a discount is a negative line here. Taxes are no promise.
    assert {key: row["amount"].minor for key, row in lines.items()} == {"1011": 120_000, "1012": -20_000}
    assert (lines["1011"]["quantity"], lines["1011"]["unit_price"]) == (Decimal(2), Decimal(50))


def test_an_orders_lines_may_state_their_own_days() -> None:
    with NETSUITE.serve() as server:
        store = NETSUITE.pulled(
            server, fields={"contract_lines.start_on": "custcol_start", "contracts.end_on": "custbody_end"}
        )
        assert store.of("contract_lines", "line_id")["1011"]["start_on"] == dt.date(2026, 2, 1)
        with pytest.raises(ConfigNeeded, match=r"no such column: r\.custbody_stat"):
            NETSUITE.pulled(server, fields={"contracts.start_on": "custbody_stat"})


def test_documents_become_billings_credits_and_cash() -> None:
    store = NETSUITE.pulled()
    invoices = store.of("invoices", "invoice_id")
    assert {key: row["status"] for key, row in invoices.items()} == {
        "102": "paid", "103": "open", "104": "paid", "107": "void",
    }  # fmt: skip
    assert invoices["102"]["contract_id"] == "101"
    lines = store.of("invoice_lines", "invoice_line_id")
    assert (lines["1021"]["amount"], lines["1021"]["tax"]) == (Money(10_000, "USD"), Money(1_000, "USD"))
    assert lines["1031"]["amount"] == Money(9_000, "JPY")
    (credit,) = store.rows("credit_notes")
    assert (credit["amount"], credit["tax"], credit["invoice_id"]) == (Money(5_000, "USD"), Money(500, "USD"), "102")
    cash = {(row["kind"], row.get("invoice_id")): row["amount"].minor for row in store.rows("payments")}
    assert cash == {("payment", "102"): 5_500, ("payment", None): 2_500, ("payment", "104"): 7_500}


def test_the_ledger_gives_the_months_figures() -> None:
    store = NETSUITE.pulled()
    figures = {(str(row["period_end"]), row["measure"]): row["amount"].minor for row in store.rows("financials")}
    # Balances stay into February; results do not. Of 110.10 owed, 60.10 is earned and 50.00 deferred.
    assert figures == {
        ("2026-01-31", "revenue"): 6_010, ("2026-01-31", "gross_profit"): 6_010, ("2026-01-31", "net_income"): 6_010,
        ("2026-01-31", "current_assets"): 11_010, ("2026-01-31", "total_assets"): 11_010, ("2026-01-31", "equity"): 6_010,
        ("2026-01-31", "current_liabilities"): 5_000, ("2026-01-31", "total_liabilities"): 5_000,
        ("2026-02-28", "current_assets"): 11_010, ("2026-02-28", "total_assets"): 11_010, ("2026-02-28", "equity"): 6_010,
        ("2026-02-28", "current_liabilities"): 5_000, ("2026-02-28", "total_liabilities"): 5_000,
    }  # fmt: skip


def test_changes_are_asked_for_in_the_accounts_own_time() -> None:
    """The account is in Los Angeles: a change of 04:01 there is 12:01 UTC."""
    with NETSUITE.serve() as server:
        store, connector = Store(), NETSUITE.connect(server)
        store.take(connector)
        server.update("transaction", "101", tranid="changed")
        server.requests.clear()
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
        asked = [request.json()["q"] for request in server.requests if request.path.endswith("suiteql")]
    assert any("lastmodifieddate >= TO_DATE('2026-03-01 02:00:00'" in question for question in asked)
    assert store.rows("contracts")[0]["number"] == "changed"


def test_an_order_without_days_has_the_usual_term_where_configured() -> None:
    store = NETSUITE.pulled(default_term_months=12, fields={})
    (contract,) = store.rows("contracts")
    assert (contract["start_on"], contract["end_on"]) == (dt.date(2026, 1, 15), dt.date(2027, 1, 14))


def test_a_check_asks_for_configured_columns() -> None:
    fields = {"contracts.start_on": "custbody_start", "contract_lines.end_on": "custcol_begin"}
    with NETSUITE.serve() as server:
        connector = NETSUITE.connect(server, fields=fields)
        told = {check.object: check for check in connector.check(NOW)}
        connector.close()
    assert told["fields of contracts"].detail == "all known to the vendor"
    assert not told["fields of contract_lines"].ok
    assert "custcol_begin" in told["fields of contract_lines"].detail
