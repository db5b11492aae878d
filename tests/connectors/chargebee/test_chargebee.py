"""Chargebee, against the simulated vendor: the contract every connector keeps, and what is Chargebee's own.

Expected figures are worked out by hand beside each test.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendor_data import at
from vendors.chargebee import ChargebeeServer

from connectors.chargebee import Chargebee
from model.errors import ConfigNeeded
from model.money import Money

KEY = "live_chargebee_contract_0815"
TIE = at("2026-02-01")


def line(key: str, price: str, amount: int, start: str, end: str, sub: str = "s1", **more: Any) -> dict[str, Any]:
    return {
        "id": key, "subscription_id": sub, "date_from": at(start), "date_to": at(end), "amount": amount, "quantity": 1,
        "unit_amount": amount, "entity_type": "plan_item_price", "entity_id": price, "discount_amount": 0,
        "tax_amount": 0, "description": f"Größe {key} 契約", **more,
    }  # fmt: skip


def invoice(key: str, lines: list[dict[str, Any]], date: str, **more: Any) -> dict[str, Any]:
    tax = sum(each["tax_amount"] for each in lines)
    total = sum(each["amount"] - each["discount_amount"] for each in lines)
    return {
        "id": key, "customer_id": "c1", "subscription_id": "s1", "status": "paid", "date": at(date), "updated_at": TIE,
        "currency_code": "USD", "price_type": "tax_exclusive", "line_items": lines, "tax": tax, "total": total + tax, **more,
    }  # fmt: skip


def subscription(key: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "customer_id": "c1", "currency_code": "USD", "status": "active", "created_at": at("2026-01-01"),
        "started_at": at("2026-01-01"), "updated_at": TIE, "billing_period": 1, "billing_period_unit": "month",
        "current_term_start": at("2026-02-01"), "current_term_end": at("2026-03-01"), "cf_deal_id": "7001",
        "subscription_items": [
            {"item_price_id": "team-USD", "item_type": "plan", "quantity": 1, "unit_price": 10000, "amount": 10000}
        ], **more,
    }  # fmt: skip


def site() -> dict[str, list[dict[str, Any]]]:
    """Customers and a subscription with two billed months, a credit note, a payment, a refund; a cancelled one."""
    first = line("li1", "team-USD", 10000, "2026-01-01", "2026-02-01", tax_amount=1900)
    second = [line("li2", "team-USD", 10000, "2026-02-01", "2026-03-01")] + [
        line(f"x{n}", "setup", 100, "2026-02-01", "2026-02-01", entity_type="charge_item_price") for n in range(7)
    ]
    return {
        "customers": [
            {"id": f"c{n}", "company": f"Müller & Søn {n} 株式会社", "updated_at": TIE, "created_at": n} for n in range(1, 8)
        ],
        "item_prices": [{"id": "team-USD", "name": "Team", "item_family_id": "apps", "updated_at": TIE},
                        {"id": "setup", "name": "Setup", "item_family_id": "apps", "updated_at": TIE}],
        "subscriptions": [subscription("s1"), subscription("s2", status="cancelled", cancelled_at=at("2026-01-01"))],
        "invoices": [invoice("i1", [first], "2026-01-01"), invoice("i2", second, "2026-02-01", status="payment_due")],
        "credit_notes": [
            {"id": "cn1", "customer_id": "c1", "reference_invoice_id": "i1", "subscription_id": "s1", "status": "refunded",
             "type": "refundable", "reason_code": "service_unsatisfactory", "date": at("2026-02-10"), "total": 500,
             "currency_code": "USD", "price_type": "tax_exclusive", "updated_at": TIE,
             "line_items": [line("cl1", "team-USD", 500, "2026-01-01", "2026-02-01", reference_line_item_id="li1")]},
        ],
        "transactions": [
            {"id": "t1", "customer_id": "c1", "type": "payment", "status": "success", "amount": 12000, "updated_at": TIE,
             "currency_code": "USD", "date": at("2026-01-03"),
             "linked_invoices": [{"invoice_id": "i1", "applied_amount": 11900}]},
            {"id": "t2", "customer_id": "c1", "type": "refund", "status": "success", "amount": 500, "updated_at": TIE,
             "currency_code": "USD", "date": at("2026-02-11"),
             "linked_credit_notes": [{"cn_id": "cn1", "applied_amount": 500, "cn_reference_invoice_id": "i1"}]},
            {"id": "t3", "customer_id": "c1", "type": "authorization", "status": "success", "amount": 1,
             "updated_at": TIE, "currency_code": "USD", "date": at("2026-02-11")},
        ],
    }  # fmt: skip


CHARGEBEE = Simulation(
    Chargebee, ChargebeeServer, site, ("api_key", KEY), serving={"key": KEY}, options={"site": "acme"}
)


class TestChargebee(ConnectorContract):
    simulation = CHARGEBEE
    expected = {
        "customers": {f"c{n}" for n in range(1, 8)}, "item_prices": {"team-USD", "setup"}, "subscriptions": {"s1", "s2"},
        "invoices": {"i1", "i2"}, "credit_notes": {"cn1"}, "transactions": {"t1", "t2", "t3"},
    }  # fmt: skip
    changes = Edit("customers", "c3", {"company": "Renamed Ltd"})
    removes = Edit("invoices", "i2")


def test_a_subscription_is_a_contract_with_renewals() -> None:
    store = CHARGEBEE.pulled(site())
    contract = store.of("contracts", "contract_id")["s1"]
    assert contract == {
        "contract_id": "s1", "customer_id": "c1", "status": "active", "signed_on": dt.date(2026, 1, 1), "number": "s1",
        "start_on": dt.date(2026, 1, 1), "end_on": dt.date(2026, 2, 28), "currency": "USD", "deal_id": "7001",
    }  # fmt: skip
    assert store.of("contract_lines", "line_id")["s1:team-USD:2026-01-01"]["amount"] == Money(10_000, "USD")
    renewal = store.of("amendments", "amendment_id")["s1:team-USD:2026-02-01:renew"]
    assert (renewal["kind"], renewal["signed_on"], renewal["end_on"]) == (
        "renew", dt.date(2026, 2, 1), dt.date(2026, 2, 28),
    )  # fmt: skip
    assert store.of("contracts", "contract_id")["s2"]["status"] == "completed"


def test_invoices_credits_and_cash() -> None:
    store = CHARGEBEE.pulled(site())
    assert [row["status"] for row in store.rows("invoices")] == ["open", "paid"]
    lines = store.of("invoice_lines", "invoice_line_id")
    assert len(lines) == 9  # an invoice told in parts has all its lines
    assert (lines["li1"]["amount"], lines["li1"]["tax"]) == (Money(10_000, "USD"), Money(1_900, "USD"))
    assert lines["li2"]["line_id"] == "s1:team-USD:2026-02-01"
    (note,) = store.rows("credit_notes")
    assert (note["amount"], note["reason"], note["line_id"]) == (
        Money(500, "USD"), "price_concession", "s1:team-USD:2026-01-01",
    )  # fmt: skip
    cash = {(row["kind"], row.get("invoice_id")): row["amount"].minor for row in store.rows("payments")}
    # Of 120.00 that came, 119.00 paid the invoice; the rest is the customer's.
    assert cash == {("payment", "i1"): 11_900, ("payment", None): 100, ("refund", "i1"): 500}


def test_a_contract_term_is_agreed_when_it_is_signed() -> None:
    """Twelve months at 100.00, two of them billed: ten to come, all agreed on 1 January."""
    tables = site()
    term = {"contract_start": at("2026-01-01"), "contract_end": at("2027-01-01"), "status": "active"}
    tables["subscriptions"] = [subscription("s1", contract_term=term)]
    store = CHARGEBEE.pulled(tables)
    lines = [row for row in store.rows("contract_lines") if row["line_id"].startswith("s1:team")]
    assert sum(row["amount"].minor for row in lines) == 120_000
    assert store.of("contracts", "contract_id")["s1"]["end_on"] == dt.date(2026, 12, 31)
    assert [row for row in store.rows("amendments") if row["kind"] == "renew"] == []


def test_an_upgrade_in_mid_term_ends_the_old_price() -> None:
    """A year at 365.00; after 100 days 265.00 are credited and 530.00 charged for twice the seats."""
    tables = site()
    tables["subscriptions"] = [
        subscription("s1", current_term_start=at("2026-01-01"), current_term_end=at("2027-01-01"), billing_period=12)
    ]
    tables["invoices"] = [
        invoice("i1", [line("li1", "team-USD", 36_500, "2026-01-01", "2027-01-01")], "2026-01-01"),
        invoice("i2", [line("li2", "team-USD", 53_000, "2026-04-11", "2027-01-01")], "2026-04-11"),
    ]
    tables["credit_notes"] = [
        {"id": "cn1", "customer_id": "c1", "reference_invoice_id": "i1", "subscription_id": "s1", "status": "adjusted",
         "reason_code": "subscription_change", "date": at("2026-04-11"), "total": 26_500, "currency_code": "USD",
         "updated_at": TIE, "price_type": "tax_exclusive",
         "line_items": [line("cl1", "team-USD", 26_500, "2026-04-11", "2027-01-01", reference_line_item_id="li1")]},
    ]  # fmt: skip
    tables["transactions"] = []
    store = CHARGEBEE.pulled(tables)
    change, added = (store.of("amendments", "kind")[kind] for kind in ("change_line", "add_line"))
    assert (change["line_id"], change["amount"], change["end_on"], change["effective_on"]) == (
        "s1:team-USD:2026-01-01", Money(10_000, "USD"), dt.date(2026, 4, 10), dt.date(2026, 4, 11),
    )  # fmt: skip
    assert (added["new_line_id"], added["amount"], added["start_on"]) == (
        "s1:team-USD:2026-04-11", Money(53_000, "USD"), dt.date(2026, 4, 11),
    )  # fmt: skip


def test_a_cancellation_before_the_end_terminates() -> None:
    tables = site()
    tables["subscriptions"] = [subscription("s1", status="cancelled", cancelled_at=at("2026-02-15"))]
    store = CHARGEBEE.pulled(tables)
    end = store.of("amendments", "kind")["terminate"]
    assert (end["effective_on"], store.of("contracts", "contract_id")["s1"]["status"]) == (
        dt.date(2026, 2, 15),
        "cancelled",
    )


@pytest.mark.parametrize(("currency", "exponent"), [("JPY", 0), ("USD", 2), ("KWD", 3)])
def test_amounts_are_minor_units_of_their_currency(currency: str, exponent: int) -> None:
    tables = site()
    for name in ("subscriptions", "invoices", "credit_notes", "transactions"):
        for each in tables[name]:
            each["currency_code"] = currency
    store = CHARGEBEE.pulled(tables)
    assert store.of("invoice_lines", "invoice_line_id")["li1"]["amount"] == Money(10_000, currency)
    assert Decimal(10_000).scaleb(-exponent) == Decimal(10_000) / 10**exponent


def test_days_follow_the_sites_zone() -> None:
    tables = site()
    tables["invoices"][0]["date"] = at("2026-01-01T03:00")
    store = CHARGEBEE.pulled(tables, timezone="America/New_York")
    assert store.of("invoices", "invoice_id")["i1"]["issued_on"] == dt.date(2025, 12, 31)


def test_a_new_invoice_brings_its_subscription() -> None:
    with CHARGEBEE.serve() as server:
        store, connector = Store(), CHARGEBEE.connect(server)
        store.take(connector)
        server.add(
            "invoices", invoice("i3", [line("li3", "team-USD", 10000, "2026-03-01", "2026-04-01")], "2026-03-01")
        )
        store.take(connector, NOW + dt.timedelta(minutes=5))
        connector.close()
    assert "s1:team-USD:2026-03-01:renew" in store.of("amendments", "amendment_id")


def test_a_sale_of_its_own_is_a_contract_where_asked_for() -> None:
    tables = {"customers": site()["customers"], "invoices": [
        invoice("i9", [line("l9", "setup", 5000, "2026-01-10", "2026-01-10", sub="", entity_type="adhoc", entity_id=None)],
                "2026-01-10", subscription_id=None)]}  # fmt: skip
    assert CHARGEBEE.pulled(tables).rows("contracts") == []
    store = CHARGEBEE.pulled(tables, invoices_as_contracts=True)
    (contract,) = store.rows("contracts")
    assert (contract["contract_id"], contract["signed_on"]) == ("i9", dt.date(2026, 1, 10))
    assert store.rows("invoice_lines")[0]["line_id"] == "l9"


def test_a_field_that_is_no_longer_sent_sets_its_records_aside_and_no_others() -> None:
    tables = site()
    for each in tables["invoices"]:
        each["invoiced_at"] = each.pop("date")
    store = CHARGEBEE.pulled(tables, rejects=1)
    (problem,) = store.problems()
    assert problem == (
        "subscription s1: Chargebee sends no 'date', which was always there. "
        "What was read before stays. See: backlog connectors preview system; and report it"
    )
    assert {"c1", "c7"} <= {row["customer_id"] for row in store.rows("customers")}
    assert "s2" in store.of("contracts", "contract_id")


def test_records_without_their_id_fail_the_object_in_one_line() -> None:
    tables = site()
    for each in tables["subscriptions"]:
        del each["id"]
    with pytest.raises(
        ConfigNeeded, match=r"system: Chargebee sends subscriptions in another form .*KeyError: 'id'.*stays"
    ):
        CHARGEBEE.pulled(tables)
