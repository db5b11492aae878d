"""Records that others published for Xero, QuickBooks, Salesforce, Recurly, NetSuite and Pipedrive, through the same
requests and mappings.

They run where the shared folder is at hand (see its data/SOURCES.md); a copy is not kept.
"""

import csv
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from simulation import QUICK, Store
from vendors.netsuite import COLUMNS, NetSuiteServer
from vendors.pipedrive import PipedriveServer
from vendors.quickbooks import QuickBooksServer
from vendors.recurly import RecurlyServer
from vendors.salesforce import SCHEMA, SalesforceServer
from vendors.simulated import KEY_PEM
from vendors.xero import XeroServer

from connectors.netsuite import NetSuite
from connectors.pipedrive import Pipedrive
from connectors.quickbooks import QuickBooks
from connectors.recurly import Recurly
from connectors.salesforce import Salesforce
from connectors.xero import Xero
from model.money import Money

Object = dict[str, Any]


@pytest.fixture
def vendors(shared: Path) -> Path:
    return shared / "data" / "vendors"


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_xeros_published_documents(vendors: Path) -> None:
    names = {"Invoices": "invoices", "CreditNotes": "creditnotes", "Payments": "payments", "Contacts": "contacts"}
    tables = {name: read_json(vendors / "xero" / f"{file}.json")[name] for name, file in names.items()}
    with XeroServer(tables, tenant="t", refresh="refresh-published", page=100) as server:
        options = {"client_id": "c", "client_secret": "secret-published", "refresh_token": "refresh-published",
                   "tenant_id": "t", "base_url": server.url, "token_url": f"{server.url}/connect/token",
                   "financial_months": 0, "requests_per_second": 1000}  # fmt: skip
        connector, store = Xero("books", options, patience=QUICK), Store()
        store.take(connector)
        connector.close()
    assert store.problems() == []
    sales = [each for each in tables["Invoices"] if each["Type"] == "ACCREC" and each["Status"] != "DELETED"]
    assert Counter(row["status"] for row in store.rows("invoices"))["void"] == sum(
        e["Status"] == "VOIDED" for e in sales
    )
    assert len(store.rows("invoices")) == len(sales)


def test_quickbooks_published_documents(vendors: Path) -> None:
    folder = vendors / "quickbooks"
    bodies = [each.get("body") or {} for name in ("all_sales_receipts", "create_invoice", "void_invoice", "all_customers")
              for each in read_json(folder / f"{name}.json") if isinstance(each.get("body"), dict)]  # fmt: skip
    tables: dict[str, list[Object]] = {"SalesReceipt": [], "Invoice": [], "Customer": []}
    for body in bodies:
        for kind, found in tables.items():
            told = body.get("QueryResponse", body).get(kind) or []
            for each in told if isinstance(told, list) else [told]:
                if "TotalAmt" in each or kind == "Customer":
                    found[:] = [other for other in found if other["Id"] != each["Id"]] + [each]
    assert tables["SalesReceipt"]
    with QuickBooksServer(
        tables, realm="1", client=("c", "secret-published"), refresh="refresh-published", page=1000
    ) as server:
        options = {"client_id": "c", "client_secret": "secret-published", "refresh_token": "refresh-published",
                   "realm_id": "1", "base_url": server.url, "token_url": f"{server.url}/oauth2/v1/tokens/bearer",
                   "financial_months": 0, "requests_per_second": 1000}  # fmt: skip
        connector, store = QuickBooks("books", options, patience=QUICK), Store()
        store.take(connector)
        connector.close()
    assert store.problems() == []
    receipts = {f"sales-receipt-{each['Id']}" for each in tables["SalesReceipt"]}
    assert receipts <= {row["invoice_id"] for row in store.rows("invoices")}


def named(row: dict[str, str], kind: str) -> Object:
    """A published row with the names the interface has: close_date -> CloseDate; booleans and numbers as such."""
    made: Object = {}
    for name, cell in row.items():
        word = re.sub(r"_(\d)", r"\1", name)
        field = "".join(part.capitalize() for part in word.split("_"))
        if field in SCHEMA[kind] and cell != "":
            made[field] = {"true": True, "false": False}.get(cell.lower(), cell)
    for number in ("Amount", "Quantity", "UnitPrice", "TotalPrice"):
        if number in made:
            made[number] = Decimal(str(made[number]))
    for day in ("CloseDate", "ServiceDate", "EffectiveDate"):
        if day in made:
            made[day] = str(made[day])[:10]
    return {"SystemModstamp": "2019-04-04T00:00:00.000+0000", "IsDeleted": False, **made}


def test_salesforces_published_opportunities(shared: Path) -> None:
    seeds = shared / "data" / "fivetran_dbt_salesforce" / "integration_tests" / "seeds"
    files = {"Account": "account", "Opportunity": "opportunity", "OpportunityLineItem": "opportunity_line_item",
             "Product2": "product_2"}  # fmt: skip
    tables = {
        kind: [named(row, kind) for row in read_csv(seeds / f"sf_{file}_data.csv")] for kind, file in files.items()
    }
    for kind, found in tables.items():
        unique = {str(each["Id"]): each for each in found}
        tables[kind] = list(unique.values())
    for each in tables["Opportunity"]:
        each.pop("OwnerId", None)
    with SalesforceServer(
        tables, client_id="c", username="u", hidden={"CurrencyIsoCode", "ContractId"}, page=2000
    ) as server:
        options = {"private_key": KEY_PEM, "base_url": server.url, "client_id": "c", "username": "u",
                   "default_currency": "USD", "default_term_months": 12, "requests_per_second": 1000}  # fmt: skip
        connector, store = Salesforce("crm", options, patience=QUICK), Store()
        store.take(connector)
        connector.close()
    assert store.problems() == []
    live = [each for each in tables["Opportunity"] if not each["IsDeleted"]]
    assert len([row for row in store.rows("contracts") if row["status"] == "signed"]) == sum(
        bool(e.get("IsWon")) for e in live
    )
    assert sum(store.items["opportunities", str(each["Id"])].deleted for each in tables["Opportunity"]) == len(
        [each for each in tables["Opportunity"] if each["IsDeleted"]]
    )


def test_recurlys_published_line_items_and_invoices(vendors: Path) -> None:
    folder = vendors / "recurly"

    def moment(cell: str) -> str | None:
        return f"{cell[:19].replace(' ', 'T')}Z" if cell else None

    def told(row: dict[str, str], numbers: tuple[str, ...], moments: tuple[str, ...]) -> Object:
        made: Object = {name: cell or None for name, cell in row.items() if not name.startswith("_")}
        made |= {name: Decimal(row[name] or "0") for name in numbers if name in row}
        return made | {name: moment(row[name]) for name in moments if name in row}

    times = ("created_at", "updated_at", "due_at", "start_date", "end_date")
    lines = {row["id"]: told(row, ("subtotal", "discount", "tax", "quantity"), times)
             for row in read_csv(folder / "line_item_history_data.csv")}  # fmt: skip
    given = {
        row["id"]: told(row, ("total", "tax", "subtotal"), times)
        for row in read_csv(folder / "invoice_history_data.csv")
    }
    whole = {}
    for key, each in given.items():
        own = [line for line in lines.values() if line["invoice_id"] == key]
        if own and sum(line["subtotal"] - line["discount"] for line in own) == each["total"] - each["tax"]:
            whole[key] = {**each, "account": {"id": each["account_id"]}, "subscription_ids": []}
    assert whole
    tables = {
        "invoices": list(whole.values()),
        "line_items": [line for line in lines.values() if line["invoice_id"] in whole],
    }
    with RecurlyServer(tables, key="published-key", page=200) as server:
        options = {"api_key": "published-key", "base_url": server.url, "requests_per_second": 1000}
        connector, store = Recurly("billing", options, patience=QUICK), Store()
        store.take(connector)
        connector.close()
    assert store.problems() == []
    charged = sum(row["amount"].minor for row in store.rows("invoice_lines"))
    plain = [each for each in whole.values() if each["type"] != "credit"]
    assert Money(charged, "USD") == Money(int(sum(each["total"] - each["tax"] for each in plain) * 100), "USD")


def test_netsuites_published_rows(shared: Path) -> None:
    """Customers, items, currencies and supplier bills: the parties are mapped, the bills are none of ours."""
    seeds = shared / "data" / "fivetran_dbt_netsuite" / "integration_tests" / "seeds"
    files = {"customer": "customer", "item": "item", "currency": "currency", "transaction": "transaction",
             "transactionline": "transaction_line", "account": "account", "accountingperiod": "accounting_period",
             "subsidiary": "subsidiary", "TransactionAccountingLine": "tran_acct_line"}  # fmt: skip
    tables: dict[str, list[Object]] = {}
    for name, file in files.items():
        asked = set(re.findall(r'(?:^|, )"?(\w+)', COLUMNS[name]))
        kept = [{cell: row[cell] for cell in asked & set(row) if row[cell]} for row in
                read_csv(seeds / f"netsuite2_{file}_data.csv") if row.get("id") or name == "TransactionAccountingLine"]  # fmt: skip
        tables[name] = [row for at, row in enumerate(kept) if row not in kept[:at]]
        for row in tables[name]:
            row |= {"lastmodifieddate": "2022-05-27 13:41:13"} if "lastmodifieddate" in asked else {}
    with NetSuiteServer(tables, client_id="c", kid="k", page=1000) as server:
        options = {"private_key": KEY_PEM, "base_url": server.url, "account": "1", "client_id": "c", "certificate_id": "k",
                   "timezone": "America/Los_Angeles", "requests_per_second": 1000}  # fmt: skip
        connector, store = NetSuite("erp", options, patience=QUICK), Store()
        store.take(connector)
        connector.close()
    assert store.problems() == []
    named = {row["customer_id"]: row["name"] for row in store.rows("customers")}
    assert {each["id"]: each.get("companyname") or each["altname"] for each in tables["customer"]} == named
    assert {each["type"] for each in tables["transaction"]} == {"VendBill"}
    assert store.rows("invoices") == store.rows("contracts") == []


def test_pipedrives_published_page_with_a_deleted_person(vendors: Path) -> None:
    text = (vendors / "pipedrive" / "recents_response_with_null.json").read_text("utf-8")
    told = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))["data"]
    # The page is of a former list of changes, which tells a deleted person as nothing; now they are left out.
    people = [each["data"] for each in told if each["data"]]
    with PipedriveServer({"persons": people}, token="published-token", page=500) as server:
        options = {"api_token": "published-token", "base_url": server.url, "requests_per_second": 1000}
        connector, store = Pipedrive("crm", options, patience=QUICK), Store()
        store.take(connector)
        connector.close()
    assert store.problems() == []
    assert {row["customer_id"]: row["name"] for row in store.rows("customers")} == {
        "person-532": "some name 525", "person-611": "some deal user",
    }  # fmt: skip
