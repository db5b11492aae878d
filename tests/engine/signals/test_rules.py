"""Each rule on a small company that trips it, and on the same company with a threshold that it keeps."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

from engine.build import build
from engine.metrics.inputs import COST_COLUMNS, Inputs
from engine.signals.look import signals
from model.frames import empty_facts, frame
from model.money import Money
from model.periods import day_number
from model.policy import Policy
from model.thresholds import RULES, Thresholds

SIGNED = dt.date(2025, 12, 31)
JUNE = dt.date(2026, 6, 30)


def usd(text):
    return Money(int(Decimal(text) * 100), "USD")


def company(lines, contracts, **tables):
    facts = empty_facts()
    facts["customers"] = frame("customers", [{"customer_id": f"C{n}", "name": f"Customer {n}"} for n in (1, 2, 3)])
    facts["products"] = frame("products", [{"product_id": "P", "name": "Pump", "family": "Pumps"}])
    facts["contracts"] = frame("contracts", [{"status": "signed", "currency": "USD", **row} for row in contracts])
    facts["contract_lines"] = frame("contract_lines", [{"currency": "USD", **row} for row in lines])
    for name, rows in tables.items():
        facts[name] = frame(name, [{"currency": "USD", **row} for row in rows])
    return build(facts, Policy())


def by_rule(ledger, date=JUNE, inputs=None, **limits):
    found, unchecked = signals(ledger, inputs or Inputs.none(), date, Thresholds(**limits))
    return {each.rule: each for each in found}, {each.rule: each.reason for each in unchecked}


def half_year():
    """1,200 a month over 2026 and one more contract of 9,000 in May that is due at the end of the year."""
    contracts = [
        {"contract_id": "K1", "customer_id": "C1", "signed_on": SIGNED},
        {"contract_id": "K2", "customer_id": "C2", "signed_on": dt.date(2026, 5, 10)},
    ]
    lines = [
        {"line_id": "L1", "contract_id": "K1", "amount": usd("14400"), "recognition": "straight_line_monthly",
         "start_on": dt.date(2026, 1, 1), "end_on": dt.date(2026, 12, 31)},
        {"line_id": "L2", "contract_id": "K2", "amount": usd("9000"), "recognition": "point_in_time", "product_id": "P",
         "end_on": dt.date(2026, 6, 1)},
    ]  # fmt: skip
    return company(lines, contracts)


def test_backlog_that_outgrows_capacity():
    # 10,800 at the end of March, 7,200 + 9,000 = 16,200 at the end of June: half as much again; capacity stays.
    rows = [{"month": f"2026-{n:02d}", "family": "Pumps", "amount": Decimal(1000)} for n in (3, 6)]
    nothing = Inputs.none()
    inputs = Inputs(nothing.financials, nothing.targets, frame("capacity", rows))
    found, _ = by_rule(half_year(), inputs=inputs)
    assert found["backlog_outgrows_capacity"].text == "backlog grew by 50 % since 2026-03-31, capacity by 0 %"
    assert found["backlog_outgrows_capacity"].amount == usd("5400")
    assert found["backlog_outgrows_capacity"].records == ("K2",)  # K1 shrinks
    found, unchecked = by_rule(half_year(), inputs=inputs, capacity_gap=Decimal("0.5"))
    assert "backlog_outgrows_capacity" not in {*found, *unchecked}
    assert "no capacity is stated for 2026-03" in by_rule(half_year())[1]["backlog_outgrows_capacity"]


def test_backlog_and_bookings_that_fall():
    # By the end of December nothing is left of 16,200 but the 9,000 not delivered; nothing was booked after May.
    found, _ = by_rule(half_year(), dt.date(2026, 12, 31))
    assert found["shrinking_backlog"].text == "backlog fell by 28.6 % since 2026-09-30"
    assert found["shrinking_backlog"].records == ("K1",)
    # 9,000 in May, nothing in June to August, nor in the three months after.
    found, _ = by_rule(half_year(), dt.date(2026, 11, 30))
    assert "falling_bookings" not in found
    found, _ = by_rule(half_year(), dt.date(2026, 8, 31))
    assert found["falling_bookings"].amount == usd("-9000")
    assert "by 100 %" in found["falling_bookings"].text
    assert found["falling_bookings"].records == ("K2",)


def test_cancellations_against_their_own_history():
    contracts = [{"contract_id": f"K{n}", "customer_id": f"C{n}", "signed_on": SIGNED} for n in (1, 2)]
    line = {"amount": usd("12000"), "recognition": "straight_line_monthly",
            "start_on": dt.date(2026, 1, 1), "end_on": dt.date(2026, 12, 31)}  # fmt: skip
    lines = [{"line_id": f"L{n}", "contract_id": f"K{n}", **line} for n in (1, 2)]
    amendments = [
        {
            "amendment_id": "a",
            "contract_id": "K2",
            "signed_on": JUNE,
            "effective_on": dt.date(2026, 7, 1),
            "kind": "terminate",
        }
    ]
    ledger = company(lines, contracts, amendments=amendments)
    found, _ = by_rule(ledger)
    assert found["cancellations_spike"].amount == usd("6000")
    assert found["cancellations_spike"].records == ("K2",)
    assert "cancellations_spike" not in by_rule(ledger, dt.date(2026, 5, 31))[0]


def test_promises_and_families_that_are_late():
    found, _ = by_rule(half_year())
    assert found["past_planned_end"].text == "1 promises are past their planned end with 9000.00 USD undelivered"
    assert found["past_planned_end"].records == ("K2 L2",)
    assert "past_planned_end" not in by_rule(half_year(), overdue_days=29)[0]
    # Late at the end of June only: persistent from August on.
    assert "late_family" not in found
    late = by_rule(half_year(), dt.date(2026, 8, 31))[0]["late_family"]
    assert (late.subject, late.text, late.records) == (
        "Pumps",
        "100 % of the backlog of Pumps is past its planned end, as it was before",
        ("K2 L2",),
    )


def test_a_customer_that_holds_much():
    # 9,000 of 16,200 and 7,200 of 16,200.
    found, _ = signals(half_year(), Inputs.none(), JUNE, Thresholds(concentration=Decimal("0.5")))
    assert [(each.subject, each.amount) for each in found if each.rule == "concentration"] == [
        ("Customer 2", usd("9000"))
    ]


def test_costs_margins_and_billing():
    costs = pd.DataFrame(
        [("test", "L1", day_number(SIGNED), 1_200_000), ("test", "L2", day_number(SIGNED), 800_000)],
        columns=list(COST_COLUMNS),
    )
    nothing = Inputs.none()
    inputs = Inputs(nothing.financials, nothing.targets, nothing.capacity, lambda: costs)
    found, _ = by_rule(half_year(), inputs=inputs)
    thin, _ = signals(half_year(), inputs, JUNE, Thresholds())
    # Of 9,000 of Pumps 8,000 are cost: 11.1 %; of 7,200 of no family 6,000: 16.7 %. Half of 12,000 is spent, nothing billed.
    assert [each.text for each in thin if each.rule == "thin_family"] == [
        "the backlog of Pumps is expected to earn 11.1 %",
        "the backlog of (none) is expected to earn 16.7 %",
    ]
    assert found["billing_lags_cost"].amount == usd("6000")
    assert found["billing_lags_cost"].records == ("K1",)
    assert "expected_cost" in by_rule(half_year())[1]["billing_lags_cost"]


def test_rules_that_are_off_are_not_looked_at():
    found, unchecked = signals(half_year(), Inputs.none(), JUNE, Thresholds(), RULES)
    assert (found, unchecked) == ([], [])


def test_every_rule_has_a_name_that_can_be_turned_off():
    from engine.signals.rules import RULES as LOOKED

    assert tuple(LOOKED) == RULES


@pytest.mark.parametrize("date", [dt.date(2020, 1, 31), dt.date(2040, 1, 31)])
def test_a_company_without_backlog_has_no_signals(date):
    assert by_rule(half_year(), date, concentration=Decimal("1"), overdue_days=99999)[0].keys() <= {"late_family"}
