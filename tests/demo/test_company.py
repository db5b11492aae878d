"""The sample company: the same for the same seed, whole, consistent, and of the promised size and variety."""

import datetime as dt
import hashlib
import json
from collections import Counter
from decimal import Decimal

import pytest

from demo.calendar import FIRST, LAST, period_starts, signing_day, stream, whole_term
from demo.company import make_company
from demo.ledger_rows import Rows, shares_of
from demo.vendors.stripe_state import LISTS
from model.money import EXPONENTS
from model.records import AMENDMENT_KINDS, CREDIT_REASONS, RECOGNITION, TABLES, Kind


def digest(company, folder):
    """One word for everything the company holds, files as their bytes."""
    company.write_files(folder)
    seen = hashlib.sha256(json.dumps([company.crm, company.billing], sort_keys=True).encode())
    for file in sorted(folder.iterdir()):
        seen.update(file.name.encode() + file.read_bytes())
    return seen.hexdigest()


def test_the_same_seed_makes_the_same_bytes_and_another_seed_another_company(tmp_path):
    once, again, other = (
        digest(make_company(seed, percent=12), tmp_path / name)
        for name, seed in (("once", 1), ("again", 1), ("other", 2))
    )
    assert once == again
    assert once != other


def test_it_has_the_promised_size(company):
    counts = company.counts()
    assert counts["customers"] == 300
    assert counts["contracts"] == 900
    assert 7_800 <= counts["invoices"] <= 8_200
    assert len({deal.key for deal in company.deals}) == 900
    assert {deal.currency for deal in company.deals} == {"USD", "EUR", "JPY"}


def test_nothing_depends_on_the_day_it_is_made(company):
    assert min(deal.signed_on for deal in company.deals) >= FIRST
    assert max(deal.signed_on for deal in company.deals) <= LAST
    assert max(int(each["created"]) for each in company.billing["invoices"]) < LAST.toordinal() * 86_400
    assert {row["status"] for row in company.books["invoices"] if row["issued_on"] > LAST} == {"draft"}
    assert max(row["received_on"] for row in company.books["payments"]) <= LAST


def test_every_way_of_earning_is_there(company):
    # `straight_line_daily` and the rest come with the product, as a company would keep it.
    sold = {row["product_id"] for row in company.books["contract_lines"]}
    used = {row["recognition"] for row in company.books["products"] if row["product_id"] in sold}
    assert used == set(RECOGNITION)


def test_every_kind_of_change_is_there(company):
    books = company.books
    assert {row["kind"] for row in books["amendments"]} == set(AMENDMENT_KINDS)
    assert {row["reason"] for row in books["credit_notes"]} == set(CREDIT_REASONS)
    assert {row["kind"] for row in books["payments"]} == {"payment", "refund", "dispute"}
    assert {row["status"] for row in books["invoices"]} == {"draft", "open", "paid", "void", "uncollectible"}
    assert {row["measure"] for row in books["deliveries"]} == {
        "delivered", "milestone", "percent", "cost", "units", "usage",
    }  # fmt: skip
    assert books["estimates"]
    assert books["schedules"]
    assert any(row.get("evergreen") == "yes" for row in books["contracts"])
    assert any(row["status"] == "proposal" for row in books["contracts"])
    assert any(Decimal(str(row["amount"])) < 0 for row in books["contract_lines"])


def test_billing_has_every_outcome(company):
    billing = company.billing
    assert {each["status"] for each in billing["invoices"]} == {"paid", "open", "void", "uncollectible"}
    assert {each["status"] for each in billing["subscriptions"]} == {"active", "canceled"}
    assert {each["status"] for each in billing["subscription_schedules"]} == {"completed", "active", "not_started"}
    assert {each["status"] for each in billing["disputes"]} >= {"won", "lost"}
    assert {each["reason"] for each in billing["credit_notes"]} == {
        "duplicate", "order_change", "product_unsatisfactory",
    }  # fmt: skip
    assert any(len(each["lines"]["data"]) > 10 for each in billing["invoices"])
    assert any(each["trial_end"] for each in billing["subscriptions"])


def test_two_thirds_of_the_contracts_stand_in_the_crm_or_billing_and_a_third_in_both(company):
    kinds = Counter(deal.kind for deal in company.deals)
    assert 290 <= kinds["cloud"] <= 320
    carried = [deal for deal in company.deals if deal.kind == "cloud" and deal.in_metadata]
    assert 10 <= kinds["cloud"] - len(carried) <= 40
    assert kinds["enterprise"] >= 300


def refs(name):
    """The columns of a table that point at another."""
    return [(column.name, column.refers) for column in TABLES[name].columns if column.refers]


def test_the_books_point_at_nothing_that_is_not_there(company):
    tables = company.books.tables
    keys = {name: {row[TABLES[name].key[0]] for row in rows} for name, rows in tables.items()}
    # Lines that amendments add are lines too.
    keys["contract_lines"] |= {row["new_line_id"] for row in tables["amendments"] if row.get("new_line_id")}
    dangling = [
        (name, column, row[column])
        for name, rows in tables.items()
        for column, target in refs(name)
        for row in rows
        if row.get(column) and row[column] not in keys[target]
    ]
    assert dangling == []


def test_ids_are_used_once(company):
    for name, rows in company.books.tables.items():
        ids = [tuple(str(row.get(column, "")) for column in TABLES[name].key) for row in rows]
        assert len(ids) == len(set(ids)), name
    for name, objects in company.billing.items():
        assert len({each["id"] for each in objects}) == len(objects), name
    for kind in ("companies", "deals", "line_items", "products"):
        assert len({each["id"] for each in company.crm[kind]}) == len(company.crm[kind]), kind


def test_money_in_the_books_has_the_decimals_of_its_currency(company):
    tables = company.books.tables
    currency = {row["contract_id"]: row["currency"] for row in tables["contracts"]}
    lines = {row["line_id"]: currency[row["contract_id"]] for row in tables["contract_lines"]}
    invoices = {row["invoice_id"]: row["currency"] for row in tables["invoices"]}
    for name, rows in tables.items():
        money = [column.name for column in TABLES[name].columns if column.kind is Kind.MONEY]
        for row in rows:
            code = row.get("currency") or currency.get(row.get("contract_id")) or invoices.get(row.get("invoice_id"))
            code = code or lines.get(row.get("line_id"))
            for column in money:
                if row.get(column) not in (None, ""):
                    digits = -Decimal(str(row[column])).as_tuple().exponent
                    assert digits == EXPONENTS[code], (name, row)


def test_money_in_billing_is_whole_and_adds_up(company):
    for invoice in company.billing["invoices"]:
        lines = invoice["lines"]["data"]
        assert all(type(line["amount"]) is int for line in lines)
        assert sum(line["amount"] for line in lines) == invoice["subtotal"]
        tax = sum(each["amount"] for line in lines for each in line["taxes"])
        assert invoice["subtotal"] + tax == invoice["total"], invoice["id"]


def test_deal_amounts_are_the_sum_of_their_line_items(company):
    items = {each["id"]: each["properties"] for each in company.crm["line_items"]}
    totals = Counter()
    for kind, deal, other, item in company.crm["associations"]:
        if (kind, other) == ("deals", "line_items"):
            totals[deal] += Decimal(items[item]["hs_tcv"])
    for deal in company.crm["deals"]:
        if not deal["archived"]:
            assert totals[deal["id"]] == Decimal(deal["properties"]["amount"]), deal["id"]


def test_a_recurring_line_item_is_its_payments(company):
    for each in company.crm["line_items"]:
        values = each["properties"]
        if "recurringbillingfrequency" in values:
            payments = int(values["hs_recurring_billing_number_of_payments"])
            assert Decimal(values["amount"]) * payments == Decimal(values["hs_tcv"])
            assert Decimal(values["price"]) * int(values["quantity"]) == Decimal(values["amount"])


def test_the_subscription_of_a_deal_costs_what_the_deal_says(company):
    prices = {each["id"]: each["unit_amount"] for each in company.billing["prices"]}
    schedules = {each["id"]: each for each in company.billing["subscription_schedules"]}
    for deal in company.deals:
        if deal.kind == "cloud":
            [phase] = schedules[f"sub_sched_{deal.number:014d}"]["phases"]
            each = sum(prices[item["price"]] * item["quantity"] for item in phase["items"])
            months = {"monthly": 1, "quarterly": 3, "annual": 12, "prepaid": deal.months}[deal.rhythm]
            assert each * deal.months == deal.minor * months


def test_a_deal_is_found_in_billing_by_its_id_or_by_customer_and_amount(company):
    deals = {each["id"] for each in company.crm["deals"]}
    carried = [each["metadata"].get("deal_id") for each in company.billing["subscription_schedules"]]
    assert {key for key in carried if key} <= deals
    bare = [deal for deal in company.deals if deal.kind == "cloud" and not deal.in_metadata]
    voided = {each["parent"]["subscription_details"]["subscription"] for each in company.billing["invoices"]
              if each["status"] == "void"}  # fmt: skip
    assert not voided & {f"sub_{deal.number:014d}" for deal in bare}


def test_the_crm_has_deals_that_were_never_signed(company):
    stages = Counter(each["properties"]["dealstage"] for each in company.crm["deals"] if not each["archived"])
    known = {stage["id"] for stage in company.crm["pipelines"][0]["stages"]}
    assert set(stages) == known
    assert stages["closedwon"] == sum(deal.in_crm for deal in company.deals)


def test_committed_prices_add_up_from_the_records(company):
    """The plain cases: agreements without a change have the price of their lines."""
    changed = {row["contract_id"] for row in company.books["amendments"]}
    changed |= {row["contract_id"] for row in company.books["estimates"]}
    lowered = {row["line_id"] for row in company.books["credit_notes"]}
    stated = Counter()
    for row in company.books["contract_lines"]:
        stated[row["contract_id"]] += Decimal(str(row["amount"]))
        if row["line_id"] in lowered:
            changed.add(row["contract_id"])
    committed = company.committed(LAST)
    compared = 0
    for key, amount in stated.items():
        if key in committed and key not in changed:
            currency, minor = committed[key]
            assert Decimal(minor).scaleb(-EXPONENTS[currency]) == amount
            compared += 1
    assert compared > 250


def test_a_terminated_contract_keeps_what_was_delivered(company):
    ended = {row["contract_id"]: row for row in company.books["amendments"] if row["kind"] == "terminate"}
    for deal in company.deals:
        if deal.key in ended:
            assert 0 < deal.committed(LAST) < deal.minor
            assert deal.committed(ended[deal.key]["signed_on"] - dt.timedelta(days=1)) == deal.minor


def test_rates_are_there_for_every_day(company):
    days = {(row["from_currency"], row["on"]) for row in company.books["fx_rates"] if row["kind"] == "closing"}
    assert len(days) == 2 * ((LAST - FIRST).days + 2)
    assert all(Decimal(str(row["rate"])) > 0 for row in company.books["fx_rates"])


def test_files_are_written_plainly(company, tmp_path):
    company.write_files(tmp_path)
    text = (tmp_path / "contracts.csv").read_bytes().decode("utf-8")
    header, first, *_ = text.split("\n")
    assert header.startswith("contract_id,customer_id,status,signed_on,start_on,end_on,currency,number")
    assert "\r" not in text
    assert first.count(",") == header.count(",")


def test_a_column_that_no_table_has_is_an_error():
    with pytest.raises(KeyError, match="contracts has no column colour"):
        Rows().add("contracts", colour="red")


def test_shares_always_add_up():
    assert shares_of(100, [1, 1, 1]) == [33, 33, 34]
    assert sum(shares_of(99_999, [7, 11, 13, 17])) == 99_999


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [("2026-01-15", 12, "2027-01-14"), ("2024-02-29", 12, "2025-02-27"), ("2024-01-31", 1, "2024-02-28")],
)
def test_terms_end_the_day_before_the_same_day(start, months, last):
    assert whole_term(dt.date.fromisoformat(start), months) == dt.date.fromisoformat(last)


def test_billing_days_return_to_the_thirty_first():
    starts = period_starts(dt.date(2024, 1, 31), 1, 4)
    assert [day.day for day in starts] == [31, 29, 31, 30]


def test_nobody_signs_at_the_weekend():
    chance = stream(1, "days")
    assert {signing_day(chance).weekday() for _ in range(300)} <= {0, 1, 2, 3, 4}


def test_every_list_of_billing_is_one_the_server_knows(company):
    assert set(company.billing) <= set(LISTS)
