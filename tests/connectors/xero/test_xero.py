"""Xero, against the simulated vendor: the contract every connector keeps, and what is Xero's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.xero import XeroServer

from connectors.xero import Xero
from model.errors import ConfigNeeded, RetryLater
from model.money import Money

REFRESH = "xero-refresh-of-the-contract-0815"
TENANT = "45e4708e-d862-4111-ab3a-dd8cd03913e1"
D = Decimal
TIE = "/Date(1769940000000+0000)/"


def invoice(key: str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    tax = sum((each["TaxAmount"] for each in lines), D(0))
    net = sum((each["LineAmount"] for each in lines), D(0))
    inclusive = more.get("LineAmountTypes") == "Inclusive"
    return {
        "InvoiceID": key, "Type": "ACCREC", "InvoiceNumber": f"INV-{key}", "Status": "AUTHORISED", "CurrencyCode": "NZD",
        "Contact": {"ContactID": "c1", "Name": "Ærø"}, "DateString": "2026-01-15T00:00:00", "LineItems": lines,
        "Date": "/Date(1768435200000+0000)/", "DueDateString": "2026-02-14T00:00:00", "LineAmountTypes": "Exclusive",
        "TotalTax": tax, "Total": net if inclusive else net + tax, "SubTotal": net - tax if inclusive else net,
        "UpdatedDateUTC": TIE, **more,
    }  # fmt: skip


def line(key: str, amount: str, tax: str = "0", **more: Any) -> dict[str, Any]:
    return {"LineItemID": key, "LineAmount": D(amount), "TaxAmount": D(tax), "Quantity": D("1.0000"),
            "UnitAmount": D(amount), "Description": f"Größe {key}", "ItemCode": "HOURS", **more}  # fmt: skip


def payment(key: str, kind: str = "ACCRECPAYMENT", **more: Any) -> dict[str, Any]:
    document = {"InvoiceID": "i1", "CurrencyCode": "NZD", "Contact": {"ContactID": "c1"}}
    return {"PaymentID": key, "Date": "/Date(1770076800000+0000)/", "Amount": D("115.00"), "PaymentType": kind,
            "Status": "AUTHORISED", "Invoice": document, "UpdatedDateUTC": TIE, **more}  # fmt: skip


def organisation() -> dict[str, list[dict[str, Any]]]:
    note = {
        "CreditNoteID": "n1", "Type": "ACCRECCREDIT", "Status": "AUTHORISED", "CurrencyCode": "NZD",
        "Contact": {"ContactID": "c1"}, "DateString": "2026-02-03T00:00:00", "SubTotal": D("30.00"),
        "TotalTax": D("4.50"), "Total": D("34.50"), "UpdatedDateUTC": TIE,
        "Allocations": [{"Amount": D("11.50"), "Invoice": {"InvoiceID": "i1"}}],
    }  # fmt: skip
    bill = {**invoice("b1", [line("lb", "5.00")]), "Type": "ACCPAY"}
    return {
        "Contacts": [{"ContactID": f"c{n}", "Name": f"Ærø {n} 東京", "UpdatedDateUTC": TIE} for n in range(1, 8)],
        "Items": [{"ItemID": "it1", "Code": "HOURS", "Name": "Hours", "UpdatedDateUTC": TIE}],
        "Invoices": [
            invoice("i1", [line("l1", "100.00", "15.00")], Status="PAID"),
            invoice("i2", [line("l2", "115.00", "15.00")], LineAmountTypes="Inclusive"),
            invoice("i3", [], Status="VOIDED", Total=D("40.0")),
            invoice("i4", [line("l4", "1.00")], Status="DELETED"),
            invoice("i5", [line("l5", "9000")], CurrencyCode="JPY"),
            bill,
        ],
        "CreditNotes": [note],
        "Payments": [payment("p1"), payment("p2", Status="DELETED"), payment("p3", "ACCPAYPAYMENT")],
    }


def reports() -> dict[str, Any]:
    def row(title: str, value: str, kind: str = "SummaryRow") -> dict[str, Any]:
        return {"RowType": kind, "Cells": [{"Value": title}, {"Value": value}]}

    income = {
        "RowType": "Section",
        "Title": "Income",
        "Rows": [row("Sales", "90.00", "Row"), row("Total Income", "1,234.50")],
    }
    gross = {"RowType": "Section", "Title": "", "Rows": [row("Gross Profit", "1,200.00", "Row")]}
    assets = {"RowType": "Section", "Title": "", "Rows": [row("Total Assets", "5,000.00")]}
    return {"ProfitAndLoss": [income, gross], "BalanceSheet": [assets]}


XERO = Simulation(
    Xero, XeroServer, organisation, ("refresh_token", REFRESH),
    serving={"tenant": TENANT, "refresh": REFRESH, "reports": reports()},
    options={
        "client_id": "xero-client", "client_secret": "xero-client-secret-0815", "tenant_id": TENANT,
        "token_url": "{url}/connect/token", "financial_months": 1,
    },
)  # fmt: skip


class TestXero(ConnectorContract):
    simulation = XERO
    expected = {
        "contacts": {f"c{n}" for n in range(1, 8)}, "items": {"it1"}, "invoices": {"i1", "i2", "i3", "i5"},
        "credit_notes": {"n1"}, "payments": {"p1", "p3"}, "financials": {"2026-02-28"},
    }  # fmt: skip
    changes = Edit("contacts", "c3", {"Name": "Renamed Ltd"}, table="Contacts")
    removes = Edit("invoices", "i2", {"Status": "VOIDED"}, table="Invoices")


def test_sales_documents_become_billings_credits_and_cash() -> None:
    store = XERO.pulled()
    assert {row["invoice_id"]: row["status"] for row in store.rows("invoices")} == {
        "i1": "paid", "i2": "open", "i3": "void", "i5": "open",
    }  # fmt: skip
    lines = store.of("invoice_lines", "invoice_line_id")
    # 115.00 with 15.00 of tax within it is 100.00, as 100.00 with 15.00 on top is.
    assert lines["l1"]["amount"] == lines["l2"]["amount"] == Money(10_000, "NZD")
    assert lines["l5"]["amount"] == Money(9_000, "JPY")
    notes = {row["credit_note_id"]: (row["amount"].minor, row["tax"].minor) for row in store.rows("credit_notes")}
    # A third of 34.50 was allocated: 10.00 and 1.50 of tax.
    assert notes == {"n1:i1": (1_000, 150), "n1": (2_000, 300)}
    (cash,) = store.rows("payments")
    assert (cash["payment_id"], cash["amount"], cash["received_on"]) == (
        "p1",
        Money(11_500, "NZD"),
        dt.date(2026, 2, 3),
    )


def test_reports_are_asked_for_once_a_day_the_older_ones_with_everything() -> None:
    """Six months by two reports; of the last three the next day; of all six after a week."""
    asked = []
    with XERO.serve() as server:
        store, connector = Store(), XERO.connect(server, financial_months=6)
        for hours in (0, 1, 24, 8 * 24):
            before = len(server.requests)
            store.take(connector, NOW + dt.timedelta(hours=hours))
            asked.append(sum(each.path.startswith("/Reports/") for each in server.requests[before:]))
        connector.close()
    assert asked == [12, 0, 6, 6 + 12]


def test_a_deleted_invoice_and_payment_are_tombstones() -> None:
    with XERO.serve() as server:
        store, connector = Store(), XERO.connect(server)
        store.take(connector)
        server.delete("Payments", "p1")
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    assert store.items["invoices", "i4"].deleted
    assert store.items["payments", "p1"].deleted


def test_reports_give_the_months_figures() -> None:
    with XERO.serve() as server:
        store = XERO.pulled(server)
        layouts = {each.one("standardLayout") for each in server.requests if each.path.startswith("/Reports/")}
    assert layouts == {"true"}
    assert {row["measure"]: row["amount"] for row in store.rows("financials")} == {
        "revenue": Money(123_450, "NZD"), "gross_profit": Money(120_000, "NZD"), "total_assets": Money(500_000, "NZD"),
    }  # fmt: skip


def test_the_days_quota_parks_until_it_is_renewed() -> None:
    with XERO.serve(daily=3) as server:
        with pytest.raises(RetryLater) as caught:
            XERO.pulled(server)
        assert (caught.value.park, caught.value.seconds) == (True, 43_200)
        assert server.answered == 4  # it is not asked again


def test_a_wrong_organisation_is_told() -> None:
    with XERO.serve() as server, pytest.raises(ConfigNeeded, match="AuthenticationUnsuccessful"):
        XERO.pulled(server, tenant_id="another")
