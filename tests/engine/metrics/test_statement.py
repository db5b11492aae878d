"""Amounts of statements: one period end for all, one currency, and a reason where something is missing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from books.inputs import governing
from engine.metrics.inputs import Inputs
from engine.metrics.planning import monthly_capacity, yearly_target
from engine.metrics.statement import stated
from model.errors import Unanswerable
from model.frames import frame
from model.money import Money

JUNE, SEPTEMBER = dt.date(2026, 6, 30), dt.date(2026, 9, 30)


def financials(*rows):
    names = ("period_end", "measure", "amount", "currency")
    return frame("financials", [dict(zip(names, (*row[:2], Decimal(row[2]), *row[3:]), strict=True)) for row in rows])


def test_several_periods_are_summed_where_a_first_day_is_given():
    rows = financials(
        (JUNE, "Revenue", "10", "USD"), (SEPTEMBER, "revenue", "20", "USD"), (SEPTEMBER, "cogs", "5", "USD")
    )
    assert stated(rows, ("revenue", "cogs"), SEPTEMBER, dt.date(2026, 1, 1), "USD") == [
        ("revenue, stated for 2 periods to 2026-09-30", Money(3000, "USD")),
        ("cogs, stated for 2026-09-30", Money(500, "USD")),
    ]


def test_the_reporting_currency_goes_before_others_and_two_others_have_no_ratio():
    rows = financials((JUNE, "equity", "10", "EUR"), (JUNE, "equity", "11", "USD"))
    assert stated(rows, ("equity",), JUNE, None, "USD")[0][1] == Money(1100, "USD")
    with pytest.raises(Unanswerable, match="stated in EUR, USD and not in CHF"):
        stated(rows, ("equity",), JUNE, None, "CHF")


def test_what_is_missing_is_named_with_its_day():
    rows = financials((JUNE, "equity", "10", "USD"))
    with pytest.raises(Unanswerable, match="total_liabilities is not stated for 2026-06-30 in USD"):
        stated(rows, ("equity", "total_liabilities"), SEPTEMBER, None, "USD")
    with pytest.raises(Unanswerable, match="no equity is stated from 2026-07-01 to 2026-09-30"):
        stated(rows, ("equity",), SEPTEMBER, dt.date(2026, 7, 1), "USD")


def test_a_part_of_a_year_is_no_target_of_a_year():
    nothing = Inputs.none()
    rows = [{"month": f"2026-{n:02d}", "measure": "revenue", "amount": Decimal(100)} for n in range(1, 13)]
    inputs = Inputs(nothing.financials, frame("targets", rows), nothing.capacity)
    assert yearly_target(inputs, dt.date(2025, 12, 31), "EUR") == (
        "revenue target of 2026-01 to 2026-12",
        Money(120000, "EUR"),
    )
    with pytest.raises(Unanswerable, match="revenue target of 2027-01, 2027-02 is missing"):
        yearly_target(inputs, dt.date(2026, 2, 28), "EUR")
    assert yearly_target(inputs, dt.date(2026, 12, 31), "EUR") is None


def test_capacity_in_two_currencies_has_no_sum():
    nothing = Inputs.none()
    rows = [{"month": "2026-01", "family": name, "amount": Decimal(1), "currency": name} for name in ("EUR", "USD")]
    with pytest.raises(Unanswerable, match="EUR, USD"):
        monthly_capacity(Inputs(nothing.financials, nothing.targets, frame("capacity", rows)), JUNE, "USD")


def test_of_two_sources_that_state_the_same_the_one_that_governs_counts():
    row = {"period_end": JUNE, "measure": "equity", "currency": "USD"}
    rows = [{**row, "source": name, "amount": Decimal(amount)} for name, amount in (("a", 1), ("b", 2), ("c", 3))]
    found = governing(frame("financials", rows), ("period_end", "measure", "currency"), ["b"])
    assert found["amount_minor"].tolist() == [200]
