"""Frames of the engine as tables of plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from excel import tables
from excel.arguments import Reading
from excel.catalogue import call, functions
from excel.vocabulary import Customer
from model.calendar import WEEKS, Calendar
from model.errors import Unanswerable, WrongArgument
from model.frames import NO_AMOUNT, NO_DAY
from model.money import Money
from model.periods import day_number

JANUARY = day_number(dt.date(2026, 1, 31))


@pytest.fixture
def ledger() -> Any:
    """Two customers; Acme has a contract of 2025 and one of February 2026, Beta one that was never signed."""
    exceptions = pd.DataFrame({
        "rule": ["over_recognized", "past_end"],
        "customer": ["Acme Ltd", "Beta KK"],
        "day": [JANUARY, JANUARY + 60],
        "amount_minor": [-500, NO_AMOUNT],
        "currency": ["USD", "JPY"],
        "raw_id": [7, 0],
    })  # fmt: skip
    signed = [day_number(dt.date(2025, 12, 31)), day_number(dt.date(2026, 2, 10)), NO_DAY]
    return SimpleNamespace(
        customers={c: np.array(v, object) for c, v in {
            "id": ["C1", "C2"], "name": ["Acme Ltd", "Beta KK"], "segment": ["smb", ""], "region": ["EU", "JP"],
        }.items()},
        contracts={
            "id": np.array(["K1", "K2", "K3"], object),
            "number": np.array(["1", "2", "3"], object),
            "customer": np.array([0, 0, 1]),
            "currency": np.array(["USD", "USD", "JPY"], object),
            "status": np.array(["signed", "signed", "proposed"], object),
            "signed_on": np.array(signed),
            "start_on": np.array([JANUARY, JANUARY, NO_DAY]),
            "end_on": np.array([NO_DAY, NO_DAY, NO_DAY]),
            "until": np.array([JANUARY + 60, 2**40, 2**40]),
            "sales_rep": np.array(["Ann", "", ""], object),
            "source": np.array(["crm", "crm", "crm"], object),
        },
        exceptions=exceptions,
        exceptions_of=lambda customers: exceptions.iloc[customers],
        find_customers=lambda text: np.array([0, 1] if text in ("", "*") else [0]),
    )  # fmt: skip


def test_money_stands_beside_its_currency_and_days_are_dates() -> None:
    frame = pd.DataFrame({
        "line": ["L1", "L2"],
        "booked_on": [JANUARY, NO_DAY],
        "backlog_minor": [1_100_000, 8333],
        "currency": ["USD", "JPY"],
        "version": [2, 1],
        "share": [Decimal("0.5"), None],
    })  # fmt: skip
    found = tables.table(frame)
    assert found.columns == ("line", "booked_on", "backlog", "currency", "version", "share")
    assert found.rows() == [
        ["L1", dt.date(2026, 1, 31), Money(1_100_000, "USD"), "USD", 2, Decimal("0.5")],
        ["L2", None, Money(8333, "JPY"), "JPY", 1, None],
    ]


def test_an_empty_frame_keeps_its_headings() -> None:
    found = tables.table(pd.DataFrame({"movement": [], "amount_minor": [], "currency": []}))
    assert (found.columns, found.rows()) == (("movement", "amount", "currency"), [])


def test_contracts_signed_by_a_day(ledger: Any) -> None:
    found = tables.contracts(ledger, "", dt.date(2026, 1, 31))
    assert found.columns[:4] == ("contract_id", "number", "customer", "currency")
    assert [row[:6] for row in found.rows()] == [["K1", "1", "Acme Ltd", "USD", "signed", dt.date(2025, 12, 31)]]
    assert [row[0] for row in tables.contracts(ledger, "Acme Ltd", dt.date(2026, 2, 28)).rows()] == ["K1", "K2"]
    # K1 is known no more since a close: after it, it is none of Acme's
    assert [row[0] for row in tables.contracts(ledger, "Acme Ltd", dt.date(2026, 6, 30)).rows()] == ["K2"]


def test_customers_by_pattern(ledger: Any) -> None:
    found = tables.customers(ledger, "*")
    assert found.columns == ("customer_id", "name", "segment", "region")
    assert found.rows() == [["C1", "Acme Ltd", "smb", "EU"], ["C2", "Beta KK", "", "JP"]]


def test_exceptions_by_a_day_and_customer_with_the_vendors_page(ledger: Any, host: Any) -> None:
    host.ledger = lambda known_at: ledger
    host.links = lambda raw_ids: {7: "https://crm.example/7"}
    found = tables.exceptions(host, "", dt.date(2026, 12, 31))
    assert found.columns == ("rule", "customer", "day", "amount", "currency", "link")
    assert [(row[0], row[5]) for row in found.rows()] == [
        ("over_recognized", "https://crm.example/7"),
        ("past_end", ""),
    ]
    (row,) = tables.exceptions(host, "Acme Ltd", dt.date(2026, 1, 31)).rows()
    assert row[3] == Money(-500, "USD")


def test_a_rollforward_ties_out(booked: Any) -> None:
    found = call("BACKLOG_ROLLFORWARD", ["Acme Ltd", "2026-01-01", "2026-03-31"], booked)
    moved = {row[0]: row[1] for row in found.rows()}
    assert (moved["opening"], moved["closing"]) == (Money(1_200_000, "USD"), Money(900_000, "USD"))
    assert moved["recognized"] == Money(-300_000, "USD")
    changes = [amount.minor for name, amount in moved.items() if name not in ("opening", "closing")]
    assert 1_200_000 + sum(changes) == 900_000
    from_the_beginning = call("BACKLOG_ROLLFORWARD", ["Acme Ltd", "", "2026-03-31"], booked).rows()
    assert from_the_beginning[0][1] == Money(0, "USD")


def test_deferred_revenue_moves_by_what_was_billed_and_earned(booked: Any) -> None:
    found = call("DEFERRED_ROLLFORWARD", ["Acme Ltd", "2026-01-01", "2026-03-31"], booked)
    assert found.columns == ("movement", "amount", "current", "noncurrent", "currency")
    assert [row[0] for row in found.rows()] == [
        "opening", "billings", "credits", "for revenue already recognized", "recognized from deferred",
        "reclassification", "exchange differences", "closing",
    ]  # fmt: skip
    # Nothing was ever billed, so nothing was deferred.
    assert {amount.minor for row in found.rows() for amount in row[1:4]} == {0}


def test_a_waterfall_has_a_row_for_each_month_of_booking(booked: Any) -> None:
    with pytest.raises(Unanswerable, match="No rate from JPY to USD"):
        call("WATERFALL", ["2026-01-01", "2026-02-15"], booked)


def test_a_schedule_by_weeks_of_the_fiscal_calendar(booked: Any) -> None:
    weeks = replace(booked, calendar=Calendar(weeks=WEEKS["4-4-5"]))
    weeks.ledger = booked.ledger
    found = call("REVENUE_SCHEDULE", ["Acme Ltd", "2026-01-01", "2026-03-28", "quarter"], weeks)
    # The last Saturdays: 27 December 2025, then thirteen weeks to 28 March: 1,000 + 1,000 + 28 of 31 days of March.
    assert found.rows() == [[dt.date(2026, 1, 1), dt.date(2026, 3, 28), Money(290_323, "USD"), "USD"]]
    months = call("REVENUE_SCHEDULE", ["Acme Ltd", "2026-01-01", "2026-03-28", "month"], weeks).rows()
    assert [row[1].isoformat() for row in months] == ["2026-01-24", "2026-02-21", "2026-03-28"]
    beyond = replace(booked, calendar=Calendar(ends=tuple(dt.date(2024 + n // 12, n % 12 + 1, 5) for n in range(13))))
    beyond.ledger = booked.ledger
    with pytest.raises(Unanswerable, match="from 2024-01-06 to 2025-01-05"):
        call("REVENUE_SCHEDULE", ["Acme Ltd", "2026-01-01", "2026-03-28", "quarter"], beyond)


def test_a_schedule_by_quarters(booked: Any) -> None:
    found = call("REVENUE_SCHEDULE", ["Acme Ltd", "2026-01-01", "2026-12-31", "quarter"], booked)
    assert found.columns == ("period_start", "period_end", "recognized", "currency")
    assert found.rows()[1] == [dt.date(2026, 4, 1), dt.date(2026, 6, 30), Money(300_000, "USD"), "USD"]
    assert len(found.rows()) == 4


@pytest.mark.parametrize("to", ["2926-12-31", "9999-12-31"])
def test_a_schedule_of_centuries_is_refused(booked: Any, to: str) -> None:
    with pytest.raises(WrongArgument, match="check the years"):
        call("REVENUE_SCHEDULE", ["Acme Ltd", "2026-01-01" if to[0] == "2" else "9990-01-01", to], booked)


def test_a_period_backwards_is_refused(booked: Any) -> None:
    for name in ("BACKLOG_ROLLFORWARD", "REVENUE_SCHEDULE"):
        with pytest.raises(WrongArgument, match="exchange from and to"):
            call(name, ["Acme Ltd", "2026-02-01", "2026-01-31"], booked)


def test_backlog_by_currency_and_its_proof(booked: Any) -> None:
    found = call("BACKLOG_BY", ["currency", "2026-01-31"], booked)
    # 100,000 yen less 31 of 365 days, 8,493.
    assert sorted(row[1].minor for row in found.rows()) == [91_507, 1_100_000]
    (row,) = call("BACKLOG_EXPLAIN", ["Acme Ltd", "2026-01-31"], booked).rows()
    assert row[:8] == [
        "Acme Ltd",
        "K1",
        "L1",
        dt.date(2025, 12, 31),
        Money(1_200_000, "USD"),
        Money(100_000, "USD"),
        Money(1_100_000, "USD"),
        "USD",
    ]


TABLES = [f for f in functions() if f.returns == "table"]
CELLS = st.one_of(
    st.none(), st.text(max_size=9), st.integers(), st.dates(), st.sampled_from(["Acme*", "*", "year", "region", "#N/A"])
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(function=st.sampled_from(TABLES), cells=st.lists(CELLS, max_size=4))
def test_hostile_arguments_are_answered_or_refused(booked: Any, function: Any, cells: Any) -> None:
    try:
        answer = function.answer(cells, booked)
    except Unanswerable:
        return
    assert {len(row) for row in answer.rows()} <= {len(answer.columns)}


def test_a_table_takes_single_values(host: Any) -> None:
    with pytest.raises(WrongArgument, match="2 × 1"):
        call("CUSTOMERS", [[["Acme Ltd"], ["Beta KK"]]], host)
    given = Customer.__metadata__[0].give("customer", [["Acme Ltd"]], Reading(host.today, host.zone))
    assert given.one() == "Acme Ltd"
