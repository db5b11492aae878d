"""What a subscription becomes. The figures beside each test are worked out by hand."""

import datetime as dt
from typing import Any

import pytest
from vendor_data import at, invoice, item, line, price, subscription

from connectors.kit.fields import Context
from connectors.stripe import shapes
from connectors.stripe.resources import FIELDS
from connectors.stripe.subscriptions import contract_rows, of_schedule
from connectors.stripe.terms import Bundle
from model.errors import RecordRejected
from model.money import Money

MONTHLY = price("price_1", 10_000)
YEARLY = price("price_y", 120_000, "year")
METERED = price("price_m", 5, usage="metered")
PRICES = {each["id"]: each for each in (MONTHLY, YEARLY, METERED)}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def rows(bundle: Bundle, currency: str = "USD") -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"contracts": [], "contract_lines": [], "amendments": []}
    for row in contract_rows(bundle, FIELDS, Context(dt.UTC, currency, shapes.money)):
        found[row.table].append(dict(row.values))
    return found


def bundle(sub: dict[str, Any], *invoices: dict[str, Any], **more: Any) -> Bundle:
    return Bundle(sub, invoices=invoices, price=PRICES.__getitem__, **more)


def phase(start: str, end: str) -> dict[str, Any]:
    return {"start_date": at(start), "end_date": at(end), "items": [{"price": "price_1", "quantity": 1}]}


def monthly(**more: Any) -> dict[str, Any]:
    return subscription("sub_1", [item("si_1", MONTHLY, "2026-02-15", "2026-03-15")], "2026-01-15", **more)


JANUARY = invoice("in_1", [line("il_1", 10_000, "2026-01-15", "2026-02-15", "si_1")], "2026-01-15")
FEBRUARY = invoice("in_2", [line("il_2", 10_000, "2026-02-15", "2026-03-15", "si_1")], "2026-02-15")


def test_the_first_period_is_a_line_and_each_later_one_a_renewal() -> None:
    found = rows(bundle(monthly(), JANUARY, FEBRUARY))
    (contract,) = found["contracts"]
    (first,) = found["contract_lines"]
    (second,) = found["amendments"]
    assert (contract["signed_on"], contract["end_on"], contract["status"]) == (
        day("2026-01-15"), day("2026-03-14"), "active",
    )  # fmt: skip
    assert (first["amount"], first["start_on"], first["end_on"]) == (
        Money(10_000, "USD"), day("2026-01-15"), day("2026-02-14"),
    )  # fmt: skip
    assert (second["kind"], second["signed_on"], second["effective_on"]) == (
        "renew", day("2026-02-15"), day("2026-02-15"),
    )  # fmt: skip
    assert second["new_line_id"] == f"si_1:{at('2026-02-15')}"
    assert (second["amount"].minor, second["end_on"]) == (10_000, day("2026-03-14"))


def test_a_period_no_invoice_names_yet_has_its_list_price() -> None:
    sub = subscription("sub_1", [item("si_1", MONTHLY, "2026-01-15", "2026-02-15", quantity=3)], "2026-01-15")
    (only,) = rows(bundle(sub))["contract_lines"]
    assert (only["amount"], only["quantity"]) == (Money(30_000, "USD"), 3)


def test_a_void_invoice_waives_its_period() -> None:
    found = rows(bundle(monthly(), JANUARY, {**FEBRUARY, "status": "void"}))
    assert len(found["contract_lines"]) == 1
    assert found["amendments"] == []


def test_a_discount_lowers_the_price() -> None:
    """100.00 less 25.00."""
    reduced = line("il_1", 10_000, "2026-01-15", "2026-02-15", "si_1", discount_amounts=[{"amount": 2_500}])
    found = rows(bundle(monthly(), invoice("in_1", [reduced], "2026-01-15"), FEBRUARY))
    assert found["contract_lines"][0]["amount"].minor == 7_500


def test_tax_within_the_price_is_no_price() -> None:
    """119.00 with 19.00 tax inside is 100.00."""
    gross = line("il_1", 11_900, "2026-01-15", "2026-02-15", "si_1")
    gross["taxes"] = [{"amount": 1_900, "tax_behavior": "inclusive"}]
    found = rows(bundle(monthly(), invoice("in_1", [gross], "2026-01-15"), FEBRUARY))
    assert found["contract_lines"][0]["amount"].minor == 10_000


def test_tiers_of_one_item_and_period_are_one_promise() -> None:
    """10 units at 5.00 and 20 at 4.00: 130.00."""
    tiers = [
        line("il_a", 5_000, "2026-01-15", "2026-02-15", "si_1"),
        line("il_b", 8_000, "2026-01-15", "2026-02-15", "si_1"),
    ]
    found = rows(bundle(monthly(), invoice("in_1", tiers, "2026-01-15"), FEBRUARY))
    (first,) = found["contract_lines"]
    assert first["amount"].minor == 13_000
    assert "unit_price" not in first


def test_more_seats_in_mid_period_end_the_old_price_and_begin_a_new_one() -> None:
    """On 30 January, half of 15 January..15 February (31 days, 15 gone): 100.00 less 51.61 unused; 103.23 for two."""
    change = [
        line("il_3", -5_161, "2026-01-30", "2026-02-15", "si_1", proration=True),
        line("il_4", 10_323, "2026-01-30", "2026-02-15", "si_1", proration=True),
    ]
    found = rows(bundle(monthly(), JANUARY, invoice("in_3", change, "2026-01-30"), FEBRUARY))
    amendments = {each["kind"]: each for each in found["amendments"]}
    ended, added = amendments["change_line"], amendments["add_line"]
    assert (ended["line_id"], ended["amount"].minor) == (f"si_1:{at('2026-01-15')}", 4_839)
    assert (ended["effective_on"], ended["end_on"]) == (day("2026-01-30"), day("2026-01-29"))
    assert (added["new_line_id"], added["amount"].minor) == (f"si_1:{at('2026-01-30')}", 10_323)
    assert (added["start_on"], added["end_on"]) == (day("2026-01-30"), day("2026-02-14"))
    assert found["contract_lines"][0]["amount"].minor == 10_000


def test_a_second_change_in_the_same_period_ends_the_first_ones_price() -> None:
    """The piece begun on 30 January at 103.23 is credited 32.26 on 10 February: 70.97."""
    changes = [
        line("il_3", -5_161, "2026-01-30", "2026-02-15", "si_1", proration=True),
        line("il_4", 10_323, "2026-01-30", "2026-02-15", "si_1", proration=True),
        line("il_5", -3_226, "2026-02-10", "2026-02-15", "si_1", proration=True),
    ]
    found = rows(bundle(monthly(), JANUARY, invoice("in_3", changes, "2026-02-10"), FEBRUARY))
    last = [each for each in found["amendments"] if each["kind"] == "change_line"][-1]
    assert (last["line_id"], last["amount"].minor) == (f"si_1:{at('2026-01-30')}", 7_097)
    assert last["end_on"] == day("2026-02-09")


def test_two_changes_on_one_day_follow_each_other() -> None:
    """On 30 January two seats at 10:00, three at 14:00: the second credit is for the price that the first change began."""
    first, second = at("2026-01-30T10:00"), at("2026-01-30T14:00")
    changes = [
        line(key, amount, "2026-01-30", "2026-02-15", "si_1", proration=True, period={"start": start, "end": at("2026-02-15")})
        for key, amount, start in (("il_3", -5_161, first), ("il_4", 10_323, first), ("il_5", -10_323, second),
                                   ("il_6", 15_484, second))
    ]  # fmt: skip
    found = rows(bundle(monthly(), JANUARY, invoice("in_3", changes, "2026-01-30"), FEBRUARY))["amendments"]
    told = [(each["kind"], each.get("line_id") or each["new_line_id"]) for each in found if each["kind"] != "renew"]
    assert told == [
        ("change_line", f"si_1:{at('2026-01-15')}"), ("add_line", f"si_1:{first}"), ("remove_line", f"si_1:{first}"),
        ("add_line", f"si_1:{second}"),
    ]  # fmt: skip


def test_a_credit_in_the_last_hours_of_a_period_is_that_periods() -> None:
    """The period ends on 15 February at 10:00; at 08:00 of that day 1.00 is credited: the next period keeps its price."""
    begin, end, later = at("2026-01-15T10:00"), at("2026-02-15T10:00"), at("2026-03-15T10:00")
    january = line("il_1", 10_000, "2026-01-15", "2026-02-15", "si_1", period={"start": begin, "end": end})
    february = line("il_2", 10_000, "2026-02-15", "2026-03-15", "si_1", period={"start": end, "end": later})
    moments = {"start": at("2026-02-15T08:00"), "end": end}
    credit = line("il_3", -100, "2026-02-15", "2026-02-15", "si_1", proration=True, period=moments)
    sub = subscription("sub_1", [item("si_1", MONTHLY, "2026-02-15T10:00", "2026-03-15T10:00")], "2026-01-15T10:00")
    invoices = invoice("in_1", [january], "2026-01-15"), invoice("in_2", [february, credit], "2026-02-15")
    (ended,) = [each for each in rows(bundle(sub, *invoices))["amendments"] if each["kind"] == "change_line"]
    assert (ended["line_id"], ended["amount"].minor, ended["end_on"]) == (f"si_1:{begin}", 9_900, day("2026-02-14"))


def test_a_change_that_waits_for_the_next_invoice_counts_already() -> None:
    waiting = {
        "id": "ii_1", "object": "invoiceitem", "amount": 2_000, "proration": True, "quantity": 1,
        "period": {"start": at("2026-02-20"), "end": at("2026-03-15")}, "pricing": None,
        "parent": {"subscription_details": {"subscription": "sub_1", "subscription_item": "si_1"}},
    }  # fmt: skip
    found = rows(bundle(monthly(), JANUARY, FEBRUARY, pending=[waiting]))
    (added,) = [each for each in found["amendments"] if each["kind"] == "add_line"]
    assert (added["signed_on"], added["amount"].minor) == (day("2026-02-20"), 2_000)


def test_a_credit_for_a_time_nothing_bills_is_rejected() -> None:
    stray = line("il_9", -500, "2025-06-01", "2025-07-01", "si_1", proration=True)
    with pytest.raises(RecordRejected, match="no invoice of the subscription bills"):
        rows(bundle(monthly(), JANUARY, invoice("in_9", [stray], "2026-01-20")))


def test_usage_has_no_price_before_it_is_used() -> None:
    sub = subscription("sub_1", [item("si_m", METERED, "2026-01-15", "2026-02-15", quantity=None)], "2026-01-15")
    used = line("il_u", 815, "2026-01-15", "2026-02-15", "si_m", of="price_m")
    found = rows(bundle(sub, invoice("in_1", [used], "2026-02-15")))
    (metered,) = found["contract_lines"]
    assert (metered["amount"].minor, metered["recognition"]) == (0, "usage")


def test_a_schedule_commits_its_phases_from_the_day_it_was_made() -> None:
    """Twelve months agreed on 10 January, two of them running: all twelve are lines, 1,200.00 together."""
    schedule = {
        "id": "sub_sched_1", "status": "active", "created": at("2026-01-10"), "metadata": {"deal_id": "42"},
        "phases": [phase("2026-01-15", "2027-01-15")],
    }  # fmt: skip
    found = rows(bundle(monthly(), JANUARY, FEBRUARY, schedule=schedule))
    assert found["amendments"] == []
    assert len(found["contract_lines"]) == 12
    assert sum(each["amount"].minor for each in found["contract_lines"]) == 120_000
    (contract,) = found["contracts"]
    assert (contract["signed_on"], contract["end_on"], contract["deal_id"]) == (
        day("2026-01-10"), day("2027-01-14"), "42",
    )  # fmt: skip


def test_a_future_period_keeps_its_id_when_it_is_billed() -> None:
    schedule = {
        "id": "s", "status": "active", "created": at("2026-01-10"),
        "phases": [phase("2026-01-15", "2026-04-15")],
    }  # fmt: skip
    march = invoice("in_3", [line("il_3", 10_000, "2026-03-15", "2026-04-15", "si_1")], "2026-03-15")
    before = rows(bundle(monthly(), JANUARY, FEBRUARY, schedule=schedule))
    after = rows(bundle(monthly(), JANUARY, FEBRUARY, march, schedule=schedule))
    ids = [sorted(each["line_id"] for each in found["contract_lines"]) for found in (before, after)]
    assert ids[0] == ids[1]


def test_a_new_schedule_on_a_running_subscription_extends_it() -> None:
    """Made on 1 February: the period from 15 March is agreed on that day, the first stays as it was."""
    schedule = {
        "id": "s", "status": "active", "created": at("2026-02-01"),
        "phases": [phase("2026-02-15", "2026-04-15")],
    }  # fmt: skip
    found = rows(bundle(monthly(), JANUARY, FEBRUARY, schedule=schedule))
    assert [each["line_id"] for each in found["contract_lines"]] == [f"si_1:{at('2026-01-15')}"]
    assert {each["signed_on"] for each in found["amendments"]} == {day("2026-02-01")}
    assert [each["start_on"] for each in found["amendments"]] == [day("2026-02-15"), day("2026-03-15")]


def test_an_end_date_commits_the_time_up_to_it() -> None:
    """To 1 April: a whole month to 15 March is paid; 17 of the next 31 days are 54.84."""
    sub = monthly(cancel_at=at("2026-04-01"), canceled_at=at("2026-01-15"))
    found = rows(bundle(sub, JANUARY, FEBRUARY))
    amounts = [each["amount"].minor for each in found["contract_lines"]]
    assert amounts == [10_000, 10_000, 5_484]
    assert found["contracts"][0]["end_on"] == day("2026-03-31")


def test_a_trial_is_free_time() -> None:
    trial = line("il_t", 0, "2026-01-01", "2026-01-15", "si_1")
    sub = monthly(created=at("2026-01-01"), start_date=at("2026-01-01"), trial_end=at("2026-01-15"))
    found = rows(bundle(sub, invoice("in_0", [trial], "2026-01-01"), JANUARY, FEBRUARY))
    (free,) = found["contract_lines"]
    assert (free["amount"].minor, free["end_on"]) == (0, day("2026-01-14"))
    assert [each["signed_on"] for each in found["amendments"]] == [day("2026-01-15"), day("2026-02-15")]


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_a_subscription_that_never_began_is_no_commitment(status: str) -> None:
    assert rows(bundle(monthly(status=status), JANUARY))["contracts"][0]["status"] == "draft"


def test_cancelled_in_mid_period_is_terminated_that_day() -> None:
    sub = monthly(status="canceled", canceled_at=at("2026-02-18"), ended_at=at("2026-02-20"))
    found = rows(bundle(sub, JANUARY, FEBRUARY))
    end = found["amendments"][-1]
    assert (end["kind"], end["signed_on"], end["effective_on"]) == ("terminate", day("2026-02-18"), day("2026-02-20"))
    assert found["contracts"][0]["status"] == "cancelled"


def test_cancelled_at_the_end_of_a_period_is_complete() -> None:
    sub = monthly(status="canceled", canceled_at=at("2026-02-18"), ended_at=at("2026-03-15"))
    found = rows(bundle(sub, JANUARY, FEBRUARY))
    assert found["contracts"][0]["status"] == "completed"
    assert [each["kind"] for each in found["amendments"]] == ["renew"]


def test_cancelled_with_a_credit_ends_the_line_at_what_was_used() -> None:
    """Cancelled on 1 March with 50.00 credited: 50.00 remain, earned to 28 February; nothing is left to terminate."""
    credit = line("il_c", -5_000, "2026-03-01", "2026-03-15", "si_1", proration=True)
    sub = monthly(status="canceled", canceled_at=at("2026-03-01"), ended_at=at("2026-03-01"))
    found = rows(bundle(sub, JANUARY, FEBRUARY, invoice("in_c", [credit], "2026-03-01")))
    ended = [each for each in found["amendments"] if each["kind"] == "change_line"]
    assert [(each["amount"].minor, each["end_on"]) for each in ended] == [(5_000, day("2026-02-28"))]
    assert found["contracts"][0]["status"] == "completed"


def test_a_one_off_charge_on_its_invoice_is_a_line_of_its_own() -> None:
    setup = {**line("il_s", 25_000, "2026-01-15", "2026-01-15"), "parent": {
        "type": "invoice_item_details", "invoice_item_details": {"subscription": "sub_1", "proration": False},
    }}  # fmt: skip
    first = invoice("in_1", [JANUARY["lines"]["data"][0], setup], "2026-01-15")
    found = rows(bundle(monthly(), first, FEBRUARY))
    fee = next(each for each in found["contract_lines"] if each["line_id"] == "il_s")
    assert (fee["amount"].minor, fee["start_on"], fee["end_on"]) == (25_000, day("2026-01-15"), day("2026-01-15"))


def test_a_schedule_that_has_not_begun_is_signed_already() -> None:
    schedule = {
        "id": "sub_sched_9", "status": "not_started", "created": at("2026-01-10"), "customer": "cus_1", "metadata": {},
        "phases": [
            {
                "start_date": at("2026-06-01"), "end_date": at("2027-06-01"), "currency": "usd",
                "items": [{"price": "price_y", "quantity": 2}],
            }
        ],
    }  # fmt: skip
    found = rows(of_schedule(schedule, bundle({})))
    (contract,) = found["contracts"]
    (only,) = found["contract_lines"]
    assert (contract["contract_id"], contract["signed_on"]) == ("sub_sched_9", day("2026-01-10"))
    assert (only["amount"].minor, only["start_on"], only["end_on"]) == (240_000, day("2026-06-01"), day("2027-05-31"))


@pytest.mark.parametrize(
    ("currency", "stripe", "minor"),
    [("JPY", 30_000, 30_000), ("USD", 30_000, 30_000), ("KWD", 30_000, 30_000), ("ISK", 30_000, 300), ("MGA", 3, 300)],
)
def test_amounts_follow_the_currency(currency: str, stripe: int, minor: int) -> None:
    paid = invoice("in_1", [line("il_1", stripe, "2026-01-15", "2026-02-15", "si_1")], "2026-01-15")
    found = rows(bundle(monthly(), paid, FEBRUARY), currency)
    assert found["contract_lines"][0]["amount"] == Money(minor, currency)
