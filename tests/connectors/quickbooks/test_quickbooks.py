"""QuickBooks Online, against the simulated vendor: the contract every connector keeps, and what is its own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.quickbooks import QuickBooksServer

from connectors.kit.connector import Pull
from connectors.quickbooks import QuickBooks
from connectors.quickbooks import quickbooks as module
from model.money import Money

REFRESH = "AB11-refresh-of-the-contract-0815"
CLIENT = ("ABclient4711", "qbo-client-secret-0815")
TIE = {"LastUpdatedTime": "2026-02-01T10:00:00Z"}
D = Decimal


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 4)
    monkeypatch.setattr(module, "AGAIN", 1)


def sold(key: str, amount: str, **more: Any) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "Qty": D("2"), "UnitPrice": D("50.00"), "ServiceDate": "2026-01-31", **more}
    return {"Id": key, "Amount": D(amount), "DetailType": "SalesItemLineDetail", "Description": f"Größe {key}",
            "SalesItemLineDetail": detail}  # fmt: skip


def document(key: str, lines: list[dict[str, Any]], total: str, tax: str = "0", **more: Any) -> dict[str, Any]:
    return {
        "Id": key, "MetaData": TIE, "TxnDate": "2026-01-15", "DueDate": "2026-02-14", "DocNumber": f"10{key}",
        "CustomerRef": {"value": "1"}, "CurrencyRef": {"value": "USD"}, "Line": lines, "TotalAmt": D(total),
        "Balance": D(total), "TxnTaxDetail": {"TotalTax": D(tax)}, **more,
    }  # fmt: skip


def company() -> dict[str, list[dict[str, Any]]]:
    subtotal = {"Amount": D("190.00"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    discount = {"Amount": D("10.00"), "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}
    bundle = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"Line": [sold("3", "90.00")]}, "Id": "9"}
    paid = [
        {"Amount": D("200.70"), "LinkedTxn": [{"TxnId": "130", "TxnType": "Invoice"}]},
        {"Amount": D("20.70"), "LinkedTxn": [{"TxnId": "140", "TxnType": "CreditMemo"}]},
    ]
    return {
        "Customer": [{"Id": str(n), "DisplayName": f"Ærø {n} 東京", "MetaData": TIE, "Active": n != 6} for n in range(1, 10)],
        "Item": [{"Id": "1", "Name": "Hours", "FullyQualifiedName": "Services:Hours", "Type": "Service", "Active": True, "MetaData": TIE}],
        "Invoice": [
            document("130", [sold("1", "100.00"), bundle, subtotal, discount], "200.70", "20.70", Balance=D("0")),
            document("131", [sold("1", "0.00")], "0.00", PrivateNote="Voided"),
            *(document(str(n), [sold("1", "100.00")], "100.00") for n in range(132, 137)),
        ],
        "SalesReceipt": [document("150", [sold("1", "75.00")], "75.00")],
        "CreditMemo": [document("140", [sold("1", "50.00")], "50.00")],
        "RefundReceipt": [document("160", [sold("1", "11.00")], "12.00", "1.00")],
        "Payment": [
            {"Id": "170", "MetaData": TIE, "TxnDate": "2026-02-01", "CustomerRef": {"value": "1"}, "Line": paid,
             "CurrencyRef": {"value": "USD"}, "TotalAmt": D("180.00")},
        ],
        "Preferences": [{"Id": "1", "CurrencyPrefs": {"HomeCurrency": {"value": "CAD"}}}],
    }  # fmt: skip


def reports() -> dict[str, Any]:
    def column(title: str, end: str) -> dict[str, Any]:
        return {"ColTitle": title, "ColType": "Money", "MetaData": [{"Name": "EndDate", "Value": end}]}

    def group(name: str, *values: str, rows: Any = ()) -> dict[str, Any]:
        cells = [{"value": f"Total {name}"}, *({"value": each} for each in values)]
        return {"group": name, "type": "Section", "Summary": {"ColData": cells}, "Rows": {"Row": list(rows)}}

    columns = [{"ColTitle": "", "ColType": "Account"}, column("Jan 2026", "2026-01-31"),
               column("Feb 2026", "2026-02-28"), {**column("Total", "2026-02-28")}]  # fmt: skip
    head = {"Header": {"Currency": "USD"}, "Columns": {"Column": columns}}
    return {
        "ProfitAndLoss": {**head, "Rows": {"Row": [group("Income", "100.10", "200.20", "300.30"),
                                                   group("COGS", "40.00", "", "40.00")]}},
        "BalanceSheet": {**head, "Rows": {"Row": [group("TotalAssets", "1000.00", "1100.00", "1100.00",
                                                        rows=[group("CurrentAssets", "600.00", "700.00", "700.00")])]}},
    }  # fmt: skip


QUICKBOOKS = Simulation(
    QuickBooks, QuickBooksServer, company, ("refresh_token", REFRESH),
    serving={"realm": "4620", "client": CLIENT, "refresh": REFRESH, "page": 4, "reports": reports()},
    options={
        "client_id": CLIENT[0], "client_secret": CLIENT[1], "realm_id": "4620",
        "token_url": "{url}/oauth2/v1/tokens/bearer", "financial_months": 2,
    },
)  # fmt: skip


class TestQuickBooks(ConnectorContract):
    simulation = QUICKBOOKS
    expected = {
        "customers": {str(n) for n in range(1, 10)}, "items": {"1"}, "invoices": {str(n) for n in range(130, 137)},
        "sales_receipts": {"150"}, "credit_memos": {"140"}, "refund_receipts": {"160"}, "payments": {"170"},
        "financials": {"2026-01-31", "2026-02-28"},
    }  # fmt: skip
    changes = Edit("customers", "3", {"DisplayName": "Renamed Ltd"}, table="Customer")
    removes = Edit("invoices", "133", table="Invoice")


def test_documents_become_billings_credits_and_cash() -> None:
    store = QUICKBOOKS.pulled()
    invoices = store.of("invoices", "invoice_id")
    assert {key: row["status"] for key, row in invoices.items() if key in ("130", "131", "132", "sales-receipt-150")} == {
        "130": "paid", "131": "void", "132": "open", "sales-receipt-150": "paid",
    }  # fmt: skip
    lines = store.of("invoice_lines", "invoice_line_id")
    assert {key: row["amount"].minor for key, row in lines.items() if key.startswith("130:")} == {
        "130:1": 10_000, "130:3": 9_000, "130:DiscountLineDetail": -1_000,
    }  # fmt: skip
    assert (lines["130:1"]["tax"], lines["130:1"]["service_start"]) == (Money(2_070, "USD"), dt.date(2026, 1, 31))
    credits = store.of("credit_notes", "credit_note_id")
    assert credits["140"]["amount"] == Money(5_000, "USD")
    refund = credits["refund-receipt-160"]
    assert (refund["amount"], refund["tax"], refund["reason"]) == (Money(1_100, "USD"), Money(100, "USD"), "refund")
    cash = {(row["kind"], row.get("invoice_id")): row["amount"].minor for row in store.rows("payments")}
    # 180.00 came for an invoice of 200.70: a credit memo paid the rest of it, so all of it was cash for that invoice.
    assert cash == {("payment", "130"): 18_000, ("payment", "sales-receipt-150"): 7_500, ("refund", None): 1_200}


def test_reports_give_the_months_figures() -> None:
    store = QUICKBOOKS.pulled()
    figures = {(str(row["period_end"]), row["measure"]): row["amount"].minor for row in store.rows("financials")}
    assert figures == {
        ("2026-01-31", "revenue"): 10_010, ("2026-02-28", "revenue"): 20_020, ("2026-01-31", "cogs"): 4_000,
        ("2026-01-31", "total_assets"): 100_000, ("2026-02-28", "total_assets"): 110_000,
        ("2026-01-31", "current_assets"): 60_000, ("2026-02-28", "current_assets"): 70_000,
    }  # fmt: skip


def test_a_deletion_the_feed_tells_wrongly_is_not_believed() -> None:
    with QUICKBOOKS.serve() as server:
        store, connector = Store(), QUICKBOOKS.connect(server)
        store.take(connector)
        server.late.add("134")
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    assert not store.items["invoices", "134"].deleted


def test_a_full_feed_is_completed_by_time() -> None:
    with QUICKBOOKS.serve() as server:
        store, connector = Store(), QUICKBOOKS.connect(server)
        store.take(connector)
        for n in range(1, 10):
            server.update("Customer", str(n), DisplayName=f"New {n}")
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    names = {row["name"] for row in store.rows("customers")}
    assert {f"New {n}" for n in range(1, 10) if n != 6} <= names  # the inactive one waits for the reconcile


def test_a_record_deleted_while_the_list_is_read_moves_none_out_of_sight() -> None:
    with QUICKBOOKS.serve() as server:
        connector = QUICKBOOKS.connect(server)
        pages = connector.pull("invoices", Pull(None, NOW))
        keys = {item.key for item in next(pages).items}
        server.delete("Invoice", "130")
        keys |= {item.key for page in pages for item in page.items}
        connector.close()
    assert keys == {str(n) for n in range(130, 137)}


def test_documents_without_a_currency_are_in_the_companys_own() -> None:
    tables = company()
    for name in ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment"):
        for each in tables[name]:
            del each["CurrencyRef"]
    store = QUICKBOOKS.pulled(tables)
    assert {row["currency"] for row in store.rows("invoices")} == {"CAD"}


def test_invoices_may_stand_for_contracts() -> None:
    with QUICKBOOKS.serve() as server:
        assert QUICKBOOKS.pulled(server).rows("contracts") == []
        store = QUICKBOOKS.pulled(server, invoices_as_contracts=True)
    contract = store.of("contracts", "contract_id")["132"]
    assert (contract["signed_on"], contract["start_on"], contract["end_on"]) == (
        dt.date(2026, 1, 15), dt.date(2026, 1, 31), dt.date(2026, 1, 31),
    )  # fmt: skip
    assert "131" not in store.of("contracts", "contract_id")  # a voided one stands for nothing


def test_custom_fields_are_named_and_held_against_the_companys_preferences() -> None:
    tables = company()
    crew = [{"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": "7"}]
    tables["Invoice"][0]["CustomField"] = crew
    used = [{"Name": "SalesFormsPrefs.UseSalesCustom1", "Type": "BooleanType", "BooleanValue": True}]
    names = [{"Name": f"SalesFormsPrefs.SalesCustomName{n}", "Type": "StringType", "StringValue": name}
             for n, name in ((1, "Crew #"), (2, "Deal"))]  # fmt: skip
    tables["Preferences"][0]["SalesFormsPrefs"] = {"CustomField": [{"CustomField": used}, {"CustomField": names}]}
    fields = {
        "invoices": {"number": "CustomField.Crew #", "contract_id": "CustomField.Deal", "due_on": "DueDat"},
        "customers.segment": "Notes", "credit_notes.line_id": "CustomField.Deal",
    }  # fmt: skip
    with QUICKBOOKS.serve(tables) as server:
        rows = QUICKBOOKS.pulled(server, fields=fields).of("invoices", "invoice_id")
        connector = QUICKBOOKS.connect(server, fields=fields)
        told = {check.object: check for check in connector.check(NOW)}
        connector.close()
    assert (rows["130"]["number"], "contract_id" in rows["130"]) == ("7", False)
    assert told["fields of invoices"].detail == (
        "invoices.due_on = 'DueDat': none of the records read (5) has it, nor the list of custom fields "
        "(did you mean 'DueDate'?). Correct the name, or give one a value"
    )
    assert not told["fields of customers"].ok
    assert told["fields of credit_notes"].ok


@pytest.mark.parametrize(("money", "amount", "minor"), [("JPY", "100", 100), ("USD", "0.07", 7), ("KWD", "0.007", 7)])
def test_currencies_have_their_own_decimals(money: str, amount: str, minor: int) -> None:
    only = document("130", [sold("1", amount)], amount, CurrencyRef={"value": money})
    tables = {**company(), "Invoice": [only]}
    assert QUICKBOOKS.pulled(tables).rows("invoice_lines", "invoices")[0]["amount"] == Money(minor, money)
