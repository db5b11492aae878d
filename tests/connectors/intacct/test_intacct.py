"""Sage Intacct, against the simulated vendor: the contract every connector keeps, and what is Intacct's own."""

import datetime as dt
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.intacct import IntacctServer

from connectors.intacct import Intacct
from connectors.intacct import intacct as module
from model.errors import ConfigNeeded
from model.money import Money

SENDER = ("sender-4711", "sender-password-0815")
LOGIN = ("acme", "backlog-reader", "intacct-password-0815")
TIE = "02/01/2026 10:00:00"
# What the company has beyond what the records below hold.
FIELDS = {
    "CONTRACT": ("CANCELDATE", "TERMTYPE", "EMPLOYEEID"), "CONTRACTDETAIL": ("CANCELDATE", "BILLINGFREQUENCY", "QUANTITY", "PRICE"),
    "ARPYMTDETAIL": ("POSADJKEY", "TRX_POSTEDADVANCEAMOUNT"), "AUDITHISTORY": ("OBJECTKEY", "OBJECTTYPE", "ACCESSTIME", "ACCESSMODE"),
    "ARINVOICEITEM": ("PARENTENTRY", "CONTRACTID"), "ARADJUSTMENTITEM": ("PARENTENTRY",),
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    monkeypatch.setattr(module, "IDS", 2)
    monkeypatch.setattr(module, "AUDITED", 2)


def contract(key: int, **more: Any) -> dict[str, Any]:
    return {
        "RECORDNO": str(key), "CONTRACTID": f"CN{key}", "CUSTOMERID": "C1", "STATE": "In progress", "BEGINDATE": "01/01/2026",
        "ENDDATE": "12/31/2026", "CURRENCY": "USD", "BILLINGFREQUENCY": "Monthly", "WHENCREATED": "12/20/2025 09:00:00",
        "WHENMODIFIED": TIE, **more,
    }  # fmt: skip


def line(key: int, of: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "RECORDNO": str(key), "CONTRACTID": of, "ITEMID": "SaaS", "ITEMDESC": f"Größe {key} 契約", "STATE": "In progress",
        "BEGINDATE": "01/01/2026", "ENDDATE": "12/31/2026", "BILLINGMETHOD": "Fixed price", "FLATAMOUNT": amount,
        "BILLINGOPTIONS": "Use billing template", "WHENCREATED": "12/20/2025 09:30:00", "WHENMODIFIED": TIE, **more,
    }  # fmt: skip


def document(key: int, total: str, due: str = "0", **more: Any) -> dict[str, Any]:
    return {
        "RECORDNO": str(key), "RECORDID": f"INV-{key}", "CUSTOMERID": "C1", "STATE": "Posted", "WHENCREATED": "01/15/2026",
        "WHENDUE": "02/14/2026", "CURRENCY": "USD", "BASECURR": "USD", "TRX_TOTALENTERED": total, "TRX_TOTALDUE": due,
        "WHENMODIFIED": TIE, **more,
    }  # fmt: skip


def entry(key: int, of: int, amount: str, **more: Any) -> dict[str, Any]:
    return {"RECORDNO": str(key), "RECORDKEY": str(of), "TRX_AMOUNT": amount, "ITEMID": "SaaS",
            "ENTRYDESCRIPTION": f"Größe {key}", "WHENMODIFIED": TIE, **more}  # fmt: skip


def company() -> dict[str, list[dict[str, Any]]]:
    return {
        "CUSTOMER": [{"RECORDNO": str(n), "CUSTOMERID": f"C{n}", "NAME": f"Ærø {n} 東京", "WHENMODIFIED": TIE} for n in range(1, 9)],
        "ITEM": [{"RECORDNO": "1", "ITEMID": "SaaS", "NAME": "Platform", "WHENMODIFIED": TIE}],
        "CONTRACT": [contract(n) for n in range(11, 16)],
        "CONTRACTDETAIL": [
            line(101, "CN11", "1200.00"), line(102, "CN11", "100.00", BILLINGOPTIONS="Include with every invoice"),
            line(103, "CN11", "0", BILLINGMETHOD="Quantity based"), line(104, "CN11", "50.00", STATE="Draft"),
            *(line(100 + n, f"CN{n}", "600.00") for n in range(12, 16)),
        ],
        "ARINVOICE": [document(201, "119.00", CURRENCY=""), document(202, "9000", "9000", CURRENCY="JPY"),
                      document(203, "5.00", STATE="Draft"), document(204, "7.00", STATE="Reversed")],
        "ARINVOICEITEM": [
            entry(301, 201, "100.00", CONTRACTID="CN11", REVRECSTARTDATE="01/01/2026", REVRECENDDATE="01/31/2026"),
            entry(302, 201, "19.00", PARENTENTRY="301"), entry(303, 202, "9000"), entry(304, 203, "5.00"), entry(305, 204, "7.00"),
        ],
        "ARADJUSTMENT": [document(401, "-11.90"), document(402, "20.00", "20.00")],
        "ARADJUSTMENTITEM": [entry(501, 401, "-10.00"), entry(502, 401, "-1.90", PARENTENTRY="501"), entry(503, 402, "20.00")],
        "ARPYMT": [{"RECORDNO": "601", "CUSTOMERID": "C1", "STATE": "Complete", "RECEIPTDATE": "01/20/2026", "CURRENCY": "USD",
                    "TRX_TOTALENTERED": "110.00", "WHENMODIFIED": TIE}],
        "ARPYMTDETAIL": [
            {"RECORDNO": "701", "PAYMENTKEY": "601", "RECORDKEY": "201", "TRX_PAYMENTAMOUNT": "100.00", "WHENMODIFIED": TIE},
            {"RECORDNO": "702", "PAYMENTKEY": "601", "RECORDKEY": "201", "TRX_PAYMENTAMOUNT": "0", "TRX_POSTEDADVANCEAMOUNT": "19.00",
             "WHENMODIFIED": TIE},
        ],
    }  # fmt: skip


INTACCT = Simulation(
    Intacct, IntacctServer, company, ("password", LOGIN[2]), serving={"sender": SENDER, "login": LOGIN, "fields": FIELDS},
    options={"company": LOGIN[0], "user": LOGIN[1], "sender_id": SENDER[0], "sender_password": SENDER[1]},
)  # fmt: skip


class TestIntacct(ConnectorContract):
    simulation = INTACCT
    expected = {
        "customers": {f"C{n}" for n in range(1, 9)}, "items": {"SaaS"}, "contracts": {f"CN{n}" for n in range(11, 16)},
        "invoices": {"201", "202", "203", "204"}, "adjustments": {"401", "402"}, "payments": {"601"},
    }  # fmt: skip
    changes = Edit("customers", "C3", {"NAME": "Renamed Ltd"}, table="CUSTOMER")
    removes = Edit("invoices", "202", table="ARINVOICE")


def test_a_contracts_lines_are_promises() -> None:
    store = INTACCT.pulled()
    contract = store.of("contracts", "contract_id")["CN11"]
    assert (contract["status"], contract["signed_on"], contract["start_on"], contract["end_on"]) == (
        "active", dt.date(2025, 12, 20), dt.date(2026, 1, 1), dt.date(2026, 12, 31),
    )  # fmt: skip
    lines = {row["line_id"]: row for row in store.rows("contract_lines", "contracts", "CN11")}
    # 100.00 with each of twelve invoices; what is billed by quantity is usage; a draft promises nothing.
    assert {key: row["amount"].minor for key, row in lines.items()} == {"101": 120_000, "102": 120_000, "103": 0}
    assert lines["103"]["recognition"] == "usage"


@pytest.mark.parametrize(("prorated", "minor"), [("true", 15_000), ("false", 20_000)])
def test_a_part_of_a_billing_period_is_prorated_where_the_line_says_so(prorated: str, minor: int) -> None:
    """From 1 January to 14 February: a month, and 14 of 28 days."""
    more = {"BILLINGOPTIONS": "Include with every invoice", "ENDDATE": "02/14/2026", "PRORATEBILLINGPERIOD": prorated}
    tables = {**company(), "CONTRACT": [contract(11)], "CONTRACTDETAIL": [line(101, "CN11", "100.00", **more)]}
    assert INTACCT.pulled(tables).rows("contract_lines")[0]["amount"].minor == minor


def test_what_came_later_is_an_amendment() -> None:
    """In July more is bought, at the year's end the item is renewed, and in March one line is cancelled."""
    tables = {**company(), "CONTRACT": [contract(11, ENDDATE="12/31/2027")], "CONTRACTDETAIL": [
        line(101, "CN11", "1200.00"), line(102, "CN11", "300.00", ITEMID="Help", STATE="Canceled", CANCELDATE="03/01/2026"),
        line(103, "CN11", "500.00", ITEMID="More", BEGINDATE="07/01/2026", WHENCREATED="06/20/2026 08:00:00"),
        line(104, "CN11", "1300.00", BEGINDATE="01/01/2027", ENDDATE="12/31/2027", WHENCREATED="12/01/2026 08:00:00"),
    ]}  # fmt: skip
    store = INTACCT.pulled(tables)
    found = store.of("amendments", "kind")
    assert set(found) == {"add_line", "renew", "remove_line"}
    assert (found["add_line"]["signed_on"], found["add_line"]["effective_on"], found["add_line"]["amount"]) == (
        dt.date(2026, 6, 20), dt.date(2026, 7, 1), Money(50_000, "USD"),
    )  # fmt: skip
    assert (found["renew"]["signed_on"], found["renew"]["start_on"]) == (dt.date(2026, 12, 1), dt.date(2027, 1, 1))
    assert (found["remove_line"]["line_id"], found["remove_line"]["effective_on"]) == ("102", dt.date(2026, 3, 1))


def test_a_cancelled_contract_is_terminated() -> None:
    tables = {**company(), "CONTRACT": [contract(11, STATE="Canceled", CANCELDATE="06/30/2026")]}
    store = INTACCT.pulled(tables)
    assert store.rows("contracts")[0]["status"] == "cancelled"
    (end,) = store.rows("amendments")
    assert (end["kind"], end["effective_on"]) == ("terminate", dt.date(2026, 6, 30))


def test_an_evergreen_contract_has_no_end() -> None:
    open_ended = line(101, "CN11", "100.00", BILLINGOPTIONS="Include with every invoice", ENDDATE="")
    tables = {**company(), "CONTRACT": [contract(11, TERMTYPE="Evergreen", ENDDATE="")], "CONTRACTDETAIL": [open_ended]}
    store = INTACCT.pulled(tables)
    (contract_,), (promise,) = store.rows("contracts"), store.rows("contract_lines")
    assert contract_["evergreen"] is True
    assert "end_on" not in contract_
    assert (promise["amount"], promise["end_on"]) == (Money(10_000, "USD"), dt.date(2026, 1, 31))


def test_documents_become_billings_credits_and_cash() -> None:
    store = INTACCT.pulled()
    invoices = store.of("invoices", "invoice_id")
    assert {key: row["status"] for key, row in invoices.items()} == {
        "201": "paid", "202": "open", "203": "draft", "204": "void", "402": "open",
    }  # fmt: skip
    assert (invoices["201"]["contract_id"], invoices["201"]["currency"]) == ("CN11", "USD")
    lines = store.of("invoice_lines", "invoice_line_id")
    assert (lines["301"]["amount"], lines["301"]["tax"], lines["301"]["service_end"]) == (
        Money(10_000, "USD"), Money(1_900, "USD"), dt.date(2026, 1, 31),
    )  # fmt: skip
    assert lines["303"]["amount"] == Money(9_000, "JPY")
    (credit,) = store.rows("credit_notes")
    assert (credit["credit_note_id"], credit["amount"], credit["tax"]) == (
        "401",
        Money(1_000, "USD"),
        Money(190, "USD"),
    )
    cash = sorted((row["kind"], row.get("invoice_id", ""), row["amount"].minor) for row in store.rows("payments"))
    # 110.00 came: 100.00 for the invoice, 10.00 for nothing yet. 19.00 of an earlier advance paid the rest of it.
    assert cash == [
        ("payment", "", 1_000),
        ("payment", "201", 1_900),
        ("payment", "201", 10_000),
        ("refund", "", 1_900),
    ]


def test_a_changed_line_brings_its_contract() -> None:
    with INTACCT.serve() as server:
        store, connector = Store(), INTACCT.connect(server)
        store.take(connector)
        server.update("CONTRACTDETAIL", "113", FLATAMOUNT="900.00")
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    assert store.rows("contract_lines", "contracts", "CN13")[0]["amount"] == Money(90_000, "USD")


def test_what_was_deleted_and_made_anew_is_not_gone() -> None:
    """An order's invoice is deleted and made anew when the order changes; an id may be used again."""
    with INTACCT.serve() as server:
        store, connector = Store(), INTACCT.connect(server)
        store.take(connector)
        again = dict(server.find("CONTRACT", "CN12"))
        server.delete("CONTRACT", "CN12")
        server.add("CONTRACT", again)
        server.delete("CONTRACT", "CN14")
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    assert not store.items["contracts", "CN12"].deleted
    assert store.items["contracts", "CN14"].deleted


def test_every_page_of_the_audit_trail_is_read() -> None:
    with INTACCT.serve() as server:
        store, connector = Store(), INTACCT.connect(server)
        store.take(connector)
        for key in ("CN11", "CN12", "CN13", "CN14"):
            server.delete("CONTRACT", key)
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    assert store.keys("contracts") == {"CN15"}


def test_a_session_that_has_ended_is_opened_anew() -> None:
    with INTACCT.serve() as server:
        connector = INTACCT.connect(server)
        Store().take(connector)
        server.sessions.clear()
        Store().take(connector)
        connector.close()
    assert server.opened == 2


def test_a_wrong_sender_is_told_with_the_remedy() -> None:
    with INTACCT.serve() as server, pytest.raises(ConfigNeeded, match=r"Partner ID or password.*sender_password"):
        INTACCT.pulled(server, sender_password="another-password-0815")


def test_fields_are_the_companys_own() -> None:
    tables = {**company(), "CONTRACT": [contract(11, SIGNED_ON="12/01/2025")]}
    store = INTACCT.pulled(tables, fields={"contracts.signed_on": "SIGNED_ON"})
    assert store.rows("contracts")[0]["signed_on"] == dt.date(2025, 12, 1)
    with INTACCT.serve(tables) as server:
        with pytest.raises(ConfigNeeded, match=r"'SIGNEDON'.*did you mean 'SIGNED_ON'"):
            INTACCT.pulled(server, fields={"contracts.signed_on": "SIGNEDON"})
        connector = INTACCT.connect(server, fields={"contracts.signed_on": "SIGNEDON"})
        told = {check.object: check for check in connector.check(NOW)}
        connector.close()
    assert not told["fields of contracts"].ok
    assert "fields of customers" not in told  # none is configured


def test_a_company_without_currencies() -> None:
    tables = {**company(), "CONTRACT": [contract(11, CURRENCY="")], "ARINVOICE": [], "ARADJUSTMENT": [], "ARPYMT": []}
    (problem,) = INTACCT.pulled(tables, rejects=1).problems()
    assert "no currency" in problem
    assert INTACCT.pulled(tables, default_currency="KWD").rows("contract_lines")[0]["amount"] == Money(1_200_000, "KWD")
