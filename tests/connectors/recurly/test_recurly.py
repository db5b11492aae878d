"""Recurly, against the simulated vendor: the contract every connector keeps, and what is Recurly's own."""

import datetime as dt
from decimal import Decimal
from typing import Any

from contract import ConnectorContract
from simulation import NOW, Edit, Simulation
from vendors.recurly import RecurlyServer

from connectors.recurly import Recurly
from model.money import Money

KEY = "recurly-private-key-0815"
TIE = "2026-02-01T10:00:00Z"
D = Decimal


def line(
    key: str, amount: str, start: str, end: str | None, invoice: str = "i1", sub: str | None = "s1", **more: Any
) -> Any:
    return {
        "id": key, "type": "charge", "state": "invoiced", "origin": "plan", "plan_code": "team", "subscription_id": sub,
        "invoice_id": invoice, "currency": "USD", "subtotal": D(amount), "discount": D("0.0"), "tax": D("0.0"),
        "quantity": 1, "unit_amount": D(amount), "start_date": f"{start}T00:00:00Z", "description": f"Größe {key}",
        "end_date": f"{end}T00:00:00Z" if end else None, "created_at": TIE, "updated_at": TIE, **more,
    }  # fmt: skip


def invoice(key: str, total: str, date: str, tax: str = "0.0", **more: Any) -> dict[str, Any]:
    return {
        "id": key, "type": "charge", "origin": "renewal", "state": "paid", "number": f"R{key}", "currency": "USD",
        "account": {"id": "a1"}, "subscription_ids": ["s1"], "total": D(total), "tax": D(tax), "subtotal": D(total) - D(tax),
        "created_at": f"{date}T10:00:00Z", "due_at": f"{date}T10:00:00Z", "updated_at": TIE, **more,
    }  # fmt: skip


def subscription(key: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "uuid": f"uuid-{key}", "account": {"id": "a1"}, "plan": {"code": "team"}, "state": "active",
        "currency": "USD", "unit_amount": D("100.0"), "quantity": 1, "add_ons": [], "created_at": "2026-01-01T00:00:00Z",
        "activated_at": "2026-01-01T00:00:00Z", "current_period_started_at": "2026-02-01T00:00:00Z",
        "current_period_ends_at": "2026-03-01T00:00:00Z", "current_term_started_at": "2026-02-01T00:00:00Z",
        "current_term_ends_at": "2026-03-01T00:00:00Z", "updated_at": TIE,
        "custom_fields": [{"name": "deal_id", "value": "7001"}], **more,
    }  # fmt: skip


def site() -> dict[str, list[dict[str, Any]]]:
    many = [line(f"x{n}", "1.00", "2026-02-01", None, "i2", origin="one_time", plan_code=None) for n in range(7)]
    return {
        "accounts": [
            {"id": f"a{n}", "code": f"acme-{n}", "company": f"Ærø {n} 東京", "created_at": TIE, "updated_at": TIE}
            for n in range(1, 8)
        ],
        "plans": [{"id": "p1", "code": "team", "name": "Team", "created_at": TIE, "updated_at": TIE}],
        "subscriptions": [subscription("s1")],
        "invoices": [
            invoice("i1", "119.00", "2026-01-01", "19.00"),
            invoice("i2", "107.00", "2026-02-01", state="past_due"),
            invoice("c1", "-10.00", "2026-02-10", type="credit", origin="line_item_refund", previous_invoice_id="i1"),
        ],
        "line_items": [
            line("l1", "100.00", "2026-01-01", "2026-02-01", tax=D("19.0")),
            line("l2", "100.00", "2026-02-01", "2026-03-01", "i2"), *many,
            line("l3", "-10.00", "2026-01-01", "2026-02-01", "c1", type="credit", refund=True),
        ],
        "transactions": [
            {"id": "t1", "type": "purchase", "status": "success", "amount": D("119.00"), "currency": "USD",
             "account": {"id": "a1"}, "invoice": {"id": "i1"}, "collected_at": "2026-01-02T10:00:00Z", "created_at": TIE,
             "updated_at": TIE},
            {"id": "t2", "type": "refund", "status": "success", "amount": D("10.00"), "currency": "USD",
             "account": {"id": "a1"}, "invoice": {"id": "i1"}, "created_at": "2026-02-11T10:00:00Z", "updated_at": TIE},
            {"id": "t3", "type": "purchase", "status": "declined", "amount": D("9.00"), "currency": "USD",
             "account": {"id": "a1"}, "created_at": TIE, "updated_at": TIE},
        ],
    }  # fmt: skip


RECURLY = Simulation(Recurly, RecurlyServer, site, ("api_key", KEY), serving={"key": KEY})


class TestRecurly(ConnectorContract):
    simulation = RECURLY
    expected = {
        "accounts": {f"a{n}" for n in range(1, 8)}, "plans": {"p1"}, "subscriptions": {"s1"},
        "invoices": {"i1", "i2", "c1"}, "transactions": {"t1", "t2", "t3"},
    }  # fmt: skip
    changes = Edit("accounts", "a3", {"company": "Renamed Ltd"})
    removes = Edit("invoices", "i2")


def test_a_subscription_is_a_contract_with_renewals() -> None:
    store = RECURLY.pulled(site())
    (contract,) = store.rows("contracts")
    assert (contract["status"], contract["signed_on"], contract["end_on"], contract["deal_id"]) == (
        "active", dt.date(2026, 1, 1), dt.date(2026, 2, 28), "7001",
    )  # fmt: skip
    assert store.of("contract_lines", "line_id")["s1:team:2026-01-01"]["amount"] == Money(10_000, "USD")
    assert store.of("amendments", "amendment_id")["s1:team:2026-02-01:renew"]["amount"] == Money(10_000, "USD")


def test_invoices_credits_and_cash() -> None:
    store = RECURLY.pulled(site())
    assert {row["invoice_id"]: row["status"] for row in store.rows("invoices")} == {"i1": "paid", "i2": "open"}
    lines = store.of("invoice_lines", "invoice_line_id")
    assert len(lines) == 9  # an invoice that embeds five lines has all of them
    assert (lines["l1"]["amount"], lines["l1"]["tax"], lines["l1"]["line_id"]) == (
        Money(10_000, "USD"), Money(1_900, "USD"), "s1:team:2026-01-01",
    )  # fmt: skip
    (note,) = store.rows("credit_notes")
    assert (note["amount"], note["invoice_id"], note["reason"]) == (Money(1_000, "USD"), "i1", "refund")
    assert {(row["kind"], row["amount"].minor) for row in store.rows("payments")} == {
        ("payment", 11_900),
        ("refund", 1_000),
    }


def test_a_term_of_a_year_billed_monthly_is_agreed_at_once() -> None:
    """Twelve months at 100.00, one billed: eleven to come."""
    tables = site()
    tables["subscriptions"] = [subscription(
        "s1", current_period_started_at="2026-01-01T00:00:00Z", current_period_ends_at="2026-02-01T00:00:00Z",
        current_term_started_at="2026-01-01T00:00:00Z", current_term_ends_at="2027-01-01T00:00:00Z",
    )]  # fmt: skip
    tables["invoices"], tables["transactions"] = tables["invoices"][:1], []
    tables["line_items"] = tables["line_items"][:1]
    store = RECURLY.pulled(tables)
    lines = store.rows("contract_lines")
    assert (len(lines), sum(row["amount"].minor for row in lines)) == (12, 120_000)
    assert store.rows("contracts")[0]["end_on"] == dt.date(2026, 12, 31)


def test_an_immediate_change_ends_the_old_price() -> None:
    """Mid-February: 50.00 of the month are credited, 100.00 charged for the larger plan."""
    tables = site()
    tables["invoices"].append(invoice("i3", "50.00", "2026-02-15", origin="immediate_change"))
    tables["line_items"] += [
        line("l4", "-50.00", "2026-02-15", "2026-03-01", "i3", type="credit", proration_rate=D("0.5")),
        line("l5", "100.00", "2026-02-15", "2026-03-01", "i3", plan_code="big", proration_rate=D("0.5")),
    ]
    store = RECURLY.pulled(tables)
    change, added = (store.of("amendments", "kind")[kind] for kind in ("change_line", "add_line"))
    assert (change["line_id"], change["amount"], change["end_on"]) == (
        "s1:team:2026-02-01", Money(5_000, "USD"), dt.date(2026, 2, 14),
    )  # fmt: skip
    assert store.of("amendments", "amendment_id")["s1:big:2026-02-15:add_line"]["amount"] == Money(10_000, "USD")
    assert added["kind"] == "add_line"


def test_an_expired_subscription_that_was_cut_short_is_cancelled() -> None:
    tables = site()
    tables["subscriptions"] = [subscription("s1", state="expired", expires_at="2026-02-15T00:00:00Z")]
    store = RECURLY.pulled(tables)
    assert store.rows("contracts")[0]["status"] == "cancelled"
    assert store.of("amendments", "kind")["terminate"]["effective_on"] == dt.date(2026, 2, 15)


def test_a_cancellation_that_is_credited_leaves_nothing_to_terminate() -> None:
    """Expired in mid-February, and what is left of the month, 50.00, is credited on that day."""
    tables = site()
    tables["subscriptions"] = [subscription("s1", state="expired", expires_at="2026-02-15T00:00:00Z")]
    tables["invoices"].append(invoice("i3", "-50.00", "2026-02-15", origin="immediate_change"))
    tables["line_items"].append(line("l4", "-50.00", "2026-02-15", "2026-03-01", "i3", type="credit"))
    store = RECURLY.pulled(tables)
    found = store.of("amendments", "kind")
    assert "terminate" not in found
    assert (found["change_line"]["amount"], found["change_line"]["end_on"]) == (
        Money(5_000, "USD"),
        dt.date(2026, 2, 14),
    )
    assert store.rows("contracts")[0]["status"] == "completed"


def test_what_is_billed_as_it_is_used_is_no_promise() -> None:
    """A message add-on at 0.02 each, of which 7.00 were used in January; the seat add-on of 5.00 is promised."""
    tables = site()
    tables["subscriptions"][0]["add_ons"] = [
        {"add_on": {"code": "messages", "add_on_type": "usage"}, "unit_amount": D("0.02"), "quantity": 1},
        {"add_on": {"code": "seats", "add_on_type": "fixed"}, "unit_amount": D("5.0"), "quantity": 1},
    ]
    used = line("u1", "7.00", "2026-01-01", "2026-02-01", origin="add_on", add_on_code="messages")
    tables["line_items"].append(used)
    tables["invoices"][0] |= {"total": D("126.00")}
    store = RECURLY.pulled(tables)
    metered = store.of("contract_lines", "line_id")["s1:messages:2026-01-01"]
    assert (metered["amount"], metered["recognition"]) == (Money(0, "USD"), "usage")
    assert store.of("invoice_lines", "invoice_line_id")["u1"]["amount"] == Money(700, "USD")
    promised = {row.get("new_line_id", row.get("line_id")): row["amount"].minor for row in store.rows("amendments")}
    assert promised["s1:seats:2026-02-01"] == 500
    assert "s1:messages:2026-02-01" not in promised


def test_prices_that_include_tax_count_without_it() -> None:
    tables = site()
    tables["line_items"][0] |= {"subtotal": D("119.00"), "tax_inclusive": True}
    assert RECURLY.pulled(tables).of("invoice_lines", "invoice_line_id")["l1"]["amount"] == Money(10_000, "USD")


def test_yen_have_no_decimals() -> None:
    tables = site()
    for name in ("subscriptions", "invoices", "line_items", "transactions"):
        for each in tables[name]:
            each["currency"] = "JPY"
    assert RECURLY.pulled(tables).of("invoice_lines", "invoice_line_id")["l1"]["amount"] == Money(100, "JPY")


def test_custom_fields_are_named_and_held_against_the_sites_own_list() -> None:
    tables = site()
    tables["subscriptions"][0]["custom_fields"] += [{"name": "begins", "value": "2026-01-15"}]
    tables["custom_field_definitions"] = [
        {"id": name, "name": name, "related_type": kind, "created_at": TIE, "updated_at": TIE}
        for name, kind in (("begins", "subscription"), ("ends", "subscription"), ("region", "account"))
    ]
    fields = {
        "contracts": {"start_on": "custom_fields.begins", "end_on": "custom_fields.ends", "owner": "custom_fields.region"},
        "customers": {"region": "adress.country", "segment": "code"},
    }  # fmt: skip
    with RECURLY.serve(tables) as server:
        assert RECURLY.pulled(server, fields=fields).rows("contracts")[0]["start_on"] == dt.date(2026, 1, 15)
        connector = RECURLY.connect(server, fields=fields)
        told = {check.object: check.detail for check in connector.check(NOW) if not check.ok}
        connector.close()
    assert told == {
        "fields of contracts": "contracts.owner = 'custom_fields.region': none of the records read (1) has it, "
        "nor the list of custom fields (did you mean 'custom_fields.begins'?). Correct the name, or give one a value",
        "fields of customers": "customers.region = 'adress.country': none of the records read (3) has it, "
        "nor the list of custom fields. Correct the name, or give one a value",
    }


def test_days_follow_the_accounts_zone() -> None:
    tables = site()
    tables["invoices"][0]["created_at"] = "2026-01-01T03:00:00Z"
    rows = RECURLY.pulled(tables, timezone="America/New_York").of("invoices", "invoice_id")
    assert rows["i1"]["issued_on"] == dt.date(2025, 12, 31)
