"""Stripe, against the simulated vendor: the contract every connector keeps, and what is Stripe's own."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendor_data import at, customer, invoice, item, line, price, subscription

from connectors.kit.connector import Pull
from connectors.stripe import Stripe
from connectors.stripe import stripe as module
from demo.vendors.stripe import StripeServer
from model.errors import ConfigNeeded

KEY = "rk_test_51contract"
MONTHLY = price("price_1", 10_000)


def account() -> dict[str, list[dict[str, Any]]]:
    """Seven customers made in one second, one of them with a subscription of two months, its invoices and cash."""
    lines = [line("il_1", 10_000, "2026-01-15", "2026-02-15", "si_1")]
    second = [line("il_2", 10_000, "2026-02-15", "2026-03-15", "si_1"), *more_lines()]
    paid = {"status": "paid", "status_transitions": {"finalized_at": at("2026-01-15"), "paid_at": at("2026-01-20")}}
    return {
        "customers": [customer(f"cus_{n}", f"Müller & Søn {n} 株式会社") for n in range(1, 8)],
        "products": [
            {"id": "prod_1", "object": "product", "name": "Team", "created": at("2025-01-01"), "metadata": {}}
        ],
        "prices": [MONTHLY],
        "subscriptions": [
            subscription("sub_1", [item("si_1", MONTHLY, "2026-02-15", "2026-03-15")], "2026-01-15"),
            subscription("sub_2", [], "2026-01-10", status="canceled", ended_at=at("2026-01-11")),
        ],
        "subscription_schedules": [],
        "invoices": [
            invoice("in_1", lines, "2026-01-15", **paid),
            invoice("in_2", second, "2026-02-15"),
        ],
        "invoice_payments": [
            {
                "id": "inpay_1", "object": "invoice_payment", "amount_paid": 10_000, "created": at("2026-01-20"),
                "currency": "usd", "invoice": "in_1", "status": "paid",
                "status_transitions": {"paid_at": at("2026-01-20")},
                "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
            }
        ],
        "charges": [
            {
                "id": "ch_1", "object": "charge", "amount": 10_000, "created": at("2026-01-20"), "currency": "usd",
                "customer": "cus_1", "payment_intent": "pi_1", "status": "succeeded", "captured": True,
            }
        ],
        "credit_notes": [
            {
                "id": "cn_1", "object": "credit_note", "created": at("2026-02-20"), "currency": "usd", "total": 500,
                "customer": "cus_1", "invoice": "in_2", "status": "issued", "reason": "product_unsatisfactory",
                "subtotal": 500, "total_excluding_tax": 500,
                "lines": {"data": [{"id": "cnli_1", "amount": 500, "invoice_line_item": "il_2"}], "has_more": False},
            }
        ],
        "refunds": [
            {
                "id": "re_1", "object": "refund", "amount": 2_000, "charge": "ch_1", "created": at("2026-02-01"),
                "currency": "usd", "payment_intent": "pi_1", "status": "succeeded",
            }
        ],
        "disputes": [
            {
                "id": "dp_1", "object": "dispute", "amount": 3_000, "charge": "ch_1", "created": at("2026-02-03"),
                "currency": "usd", "payment_intent": "pi_1", "status": "won",
                "balance_transactions": [{"created": at("2026-02-03")}, {"created": at("2026-02-25")}],
            }
        ],
    }  # fmt: skip


def more_lines() -> list[dict[str, Any]]:
    """Fourteen small charges, so that an invoice has more lines than Stripe embeds (ten)."""
    return [line(f"il_x{n}", 100, "2026-02-15", "2026-02-15", sub="sub_1") for n in range(14)]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)


STRIPE = Simulation(
    Stripe, StripeServer, account, ("api_key", KEY), serving={"key": KEY, "clock": lambda: NOW.timestamp() - 1}
)


class TestStripe(ConnectorContract):
    simulation = STRIPE
    expected = {
        "customers": {f"cus_{n}" for n in range(1, 8)}, "products": {"prod_1"}, "prices": {"price_1"},
        "subscriptions": {"sub_1", "sub_2"}, "subscription_schedules": set(), "invoices": {"in_1", "in_2"},
        "invoice_payments": {"inpay_1"}, "charges": {"ch_1"}, "credit_notes": {"cn_1"}, "refunds": {"re_1"},
        "disputes": {"dp_1"},
    }  # fmt: skip
    changes = Edit("customers", "cus_3", {"name": "Renamed Ltd"})
    removes = Edit("products", "prod_1")

    def vanish(self, server: Any) -> tuple[str, str]:
        server.delete("products", "prod_1")
        server.lists["events"].clear()
        return "products", "prod_1"


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with StripeServer(account(), key=KEY, clock=lambda: NOW.timestamp() - 1) as server:
        yield server


@pytest.fixture
def stripe(server: StripeServer) -> Iterator[Stripe]:
    connector = STRIPE.connect(server)
    yield connector
    connector.close()


def test_an_invoice_has_all_its_lines(stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    lines = store.rows("invoice_lines", "invoices", "in_2")
    assert len(lines) == 15
    assert sum(each["amount"].minor for each in lines) == 11_400


def test_invoice_lines_bill_the_periods_of_the_subscription(stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    promised = {each["line_id"] for each in store.rows("contract_lines", "subscriptions", "sub_1")}
    promised |= {each["new_line_id"] for each in store.rows("amendments", "subscriptions", "sub_1")}
    billed = {each["line_id"] for key in ("in_1", "in_2") for each in store.rows("invoice_lines", "invoices", key)}
    assert billed <= promised
    assert f"si_1:{at('2026-01-15')}" in billed


def test_cash_names_its_invoice(stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    cash = [
        (
            row.values["payment_id"],
            row.values["kind"],
            row.values["amount"].minor,
            row.values["received_on"].isoformat(),
        )
        for item in store.items.values()
        for row in item.rows
        if row.table == "payments"
    ]
    assert cash == [
        ("inpay_1", "payment", 10_000, "2026-01-20"),
        ("re_1", "refund", 2_000, "2026-02-01"),
        ("dp_1", "dispute", 3_000, "2026-02-03"),
        ("dp_1:won", "dispute", -3_000, "2026-02-25"),
    ]
    invoices = {
        row.values["invoice_id"] for item in store.items.values() for row in item.rows if row.table == "payments"
    }
    assert invoices == {"in_1"}


def test_a_credit_note_lowers_the_line_it_credits(stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    (note,) = store.rows("credit_notes", "credit_notes", "cn_1")
    assert note["line_id"] == f"si_1:{at('2026-02-15')}"
    assert (note["reason"], note["amount"].minor) == ("price_concession", 500)


def test_a_draft_that_is_deleted_is_a_tombstone(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    server.delete("invoices", "in_2")
    store.take(stripe, NOW + dt.timedelta(minutes=1))
    assert store.items["invoices", "in_2"].deleted


def test_a_deleted_customer_keeps_its_name(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    server.delete("customers", "cus_1")
    store.take(stripe, NOW + dt.timedelta(minutes=1))
    (row,) = store.rows("customers", "customers", "cus_1")
    assert row["name"] == "Müller & Søn 1 株式会社"
    assert store.items["customers", "cus_1"].payload["deleted"] is True


def test_what_a_whole_listing_no_longer_has_is_gone(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    server.delete("products", "prod_1")
    store.take(stripe, NOW + dt.timedelta(days=8))
    assert store.gone == {("products", "prod_1")}


def test_an_invoice_changes_its_subscription(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    store.read.clear()
    server.update("invoices", "in_2", event="voided", status="void")
    store.take(stripe, NOW + dt.timedelta(minutes=1))
    assert ("subscriptions", "sub_1") in store.read
    assert ("customers", "cus_1") not in store.read


def test_after_a_gap_beyond_the_events_everything_is_read(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    store.cursors["customers"]["full_at"] = int((NOW + dt.timedelta(days=40)).timestamp())
    store.read.clear()
    store.take(stripe, NOW + dt.timedelta(days=40))
    assert ("customers", "cus_5") in store.read


def test_a_missing_right_is_told_with_stripes_words(server: StripeServer, stripe: Stripe) -> None:
    server.denied.add("disputes")
    checks = {check.object: check for check in stripe.check(NOW)}
    assert checks["invoices"].ok
    assert "required permissions" in checks["disputes"].detail
    assert "restricted key" in checks["disputes"].detail
    assert KEY not in checks["disputes"].detail


def test_a_listing_whose_place_has_gone_begins_again(server: StripeServer, stripe: Stripe) -> None:
    pages = stripe.pull("customers", Pull(None, NOW))
    first = next(pages)
    position = first.cursor["position"]
    server.delete("customers", position)
    keys = {each.key for page in stripe.pull("customers", Pull(first.cursor, NOW)) for each in page.items}
    assert keys == {f"cus_{n}" for n in range(1, 8)} - {position}


def test_since_reads_the_changes_again(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    server.update("customers", "cus_2", name="Once more")
    store.take(stripe, NOW + dt.timedelta(hours=5))
    pages = stripe.pull("customers", Pull(store.cursors["customers"], NOW + dt.timedelta(hours=9), since=NOW.date()))
    assert [each.key for page in pages for each in page.items] == ["cus_2"]


def test_the_deal_of_a_subscription_is_in_its_metadata(server: StripeServer) -> None:
    server.update("subscriptions", "sub_1", metadata={"hubspot_deal": "7001"})
    connector = STRIPE.connect(server, deal_key="hubspot_deal")
    store = Store()
    store.take(connector)
    connector.close()
    (contract,) = store.rows("contracts", "subscriptions", "sub_1")
    assert contract["deal_id"] == "7001"


def test_days_follow_the_accounts_zone(server: StripeServer) -> None:
    connector = STRIPE.connect(server, timezone="America/New_York")
    store = Store()
    store.take(connector)
    connector.close()
    # Midnight UTC of 15 January is still the 14th in New York.
    (contract,) = store.rows("contracts", "subscriptions", "sub_1")
    assert contract["signed_on"] == dt.date(2026, 1, 14)


def test_an_unknown_reason_in_the_configuration_is_told() -> None:
    with pytest.raises(ConfigNeeded, match="ours are billing_correction"):
        Stripe("billing", {"api_key": KEY, "credit_reasons": {"duplicate": "oops"}})


def test_a_refund_that_comes_later_finds_its_invoice(server: StripeServer, stripe: Stripe) -> None:
    store = Store()
    store.take(stripe)
    server.create("refunds", {
        "id": "re_2", "amount": 700, "charge": "ch_1", "currency": "usd", "payment_intent": "pi_1",
        "status": "succeeded",
    })  # fmt: skip
    fresh = STRIPE.connect(server)
    store.take(fresh, NOW + dt.timedelta(minutes=1))
    fresh.close()
    (refund,) = store.rows("payments", "refunds", "re_2")
    assert (refund["invoice_id"], refund["customer_id"], refund["kind"]) == ("in_1", "cus_1", "refund")
