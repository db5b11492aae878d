"""One question of many cells: laid out right, asked once, wrong only where it is wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from excel.answers import Amounts
from excel.catalogue import call, functions
from excel.values import PassedOn
from model.errors import Unanswerable, WrongArgument
from model.money import Money
from model.periods import day_number

JANUARY = 20484  # the day number of 2026-01-31


def minor(answer: Any) -> list[list[int]]:
    assert isinstance(answer, Amounts)
    return answer.minor.tolist()  # type: ignore[no-any-return]


def test_a_single_cell(host: Any, engine: Any) -> None:
    answer = call("BACKLOG", ["Acme Ltd", "2026-01-31"], host)
    assert answer.rows() == [[Money(100_000 + JANUARY, "USD")]]


def test_a_blank_customer_is_everyone_and_a_blank_date_today(host: Any, engine: Any) -> None:
    assert (
        minor(call("BACKLOG", [], host)) == minor(call("backlog", ["*", "2026-01-31"], host)) == [[300_000 + JANUARY]]
    )


def test_a_column_of_customers_by_a_row_of_days_gives_the_table_in_one_call(host: Any, engine: Any) -> None:
    answer = call("BACKLOG", [[["Acme Ltd"], ["Beta KK"], ["Acme Ltd"]], [["2026-01-31", "2026-02-28"]]], host)
    acme, beta = 100_000 + JANUARY, 200_000 + JANUARY
    assert minor(answer) == [[acme, acme + 28], [beta, beta + 28], [acme, acme + 28]]
    assert engine.asked == [("backlog", 2, 2)]


def test_200_customers_by_12_months_are_one_evaluation(host: Any, engine: Any) -> None:
    column = [["Acme Ltd" if row % 2 else "Beta KK"] for row in range(200)]
    months = [[dt.date(2026, month, 1) for month in range(1, 13)]]
    answer = call("CONTRACTED", [column, months], host)
    assert len(engine.asked) == 1
    assert minor(answer)[199][11] == 100_000 + day_number(dt.date(2026, 12, 1))
    assert minor(answer)[198][0] == 200_000 + day_number(dt.date(2026, 1, 1))


def test_equal_shapes_go_cell_by_cell(host: Any, engine: Any) -> None:
    answer = call("BACKLOG", [[["Acme Ltd"], ["Beta KK"]], [["2026-01-31"], ["2026-02-01"]]], host)
    assert minor(answer) == [[100_000 + JANUARY], [200_000 + JANUARY + 1]]
    assert len(engine.asked) == 1


def test_a_period_of_pairs_keeps_its_pairs(host: Any, engine: Any) -> None:
    answer = call("RECOGNIZED", ["Acme Ltd", [["", "2026-01-01"]], [["2026-01-31", "2026-02-28"]]], host)
    assert minor(answer) == [[100_000 + JANUARY, 100_000 + JANUARY + 28]]
    ((_, scopes, days),) = engine.asked
    assert (scopes, days) == (1, 2)
    assert sorted(engine.options[0]["since"].tolist()) == [day_number(dt.date(1, 1, 1)), JANUARY - 30]


def test_a_blank_from_everywhere_means_since_the_beginning(host: Any, engine: Any) -> None:
    call("BILLED", ["Acme Ltd", "", "2026-01-31"], host)
    assert engine.options[0]["since"] is None


def test_options_reach_the_engine_and_each_combination_is_asked_once(host: Any, engine: Any) -> None:
    call("DEFERRED", ["Acme Ltd", "2026-01-31", [["current", "noncurrent", "current"]], "paid"], host)
    assert [(o["part"], o["basis"]) for o in engine.options] == [("current", "paid"), ("noncurrent", "paid")]
    call("RPO", ["*", "2026-01-31", 12, "Seats", "", "EUR", "2026-02-01"], host)
    assert engine.options[-1] == {
        "since": None,
        "currency": "EUR",
        "known_at": dt.datetime(2026, 2, 1, 23, 59, 59, 999999, dt.UTC),
        "months": 12,
    }


def test_an_error_stays_in_its_cell(host: Any, engine: Any) -> None:
    customers = [["Acme Ltd"], ["Nobody GmbH"], ["#REF!"], ["Empty AG"]]
    rows = call("BACKLOG", [customers, [["2026-01-31", "soon", "2100-01-01"]]], host).rows()
    assert rows[0][0] == Money(100_000 + JANUARY, "USD")
    assert rows[3][0] == Money(JANUARY, "USD")
    assert [type(cell) for cell in rows[1]] == [Unanswerable, WrongArgument, Unanswerable]
    assert [type(cell) for cell in rows[2]] == [PassedOn, PassedOn, PassedOn]
    assert [str(row[2]) for row in (rows[0], rows[3])] == ["no data for that day"] * 2


def test_a_question_the_engine_refuses_as_a_whole_is_an_error_in_its_cells(host: Any, engine: Any) -> None:
    rows = call("BACKLOG", ["Acme Ltd", "2026-01-31", "", "", [["USD", "CHF"]]], host).rows()
    assert rows[0][0] == Money(100_000 + JANUARY, "USD")
    assert str(rows[0][1]) == "no rate from USD to CHF on 2026-01-31"


def test_a_period_that_ends_before_it_begins_is_refused(host: Any, engine: Any) -> None:
    ((early, late),) = call("BOOKINGS", ["", [["2026-01-01", "2026-02-01"]], "2026-01-31"], host).rows()
    assert early == Money(300_000 + JANUARY, "USD")
    assert isinstance(late, WrongArgument)
    assert engine.asked == [("bookings", 1, 1)]


def test_many_scattered_pairs_are_not_blown_up_to_a_grid(
    host: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("excel.figures._GRID_SLACK", 0)
    pairs = [(f"{'acme' if n % 2 else 'beta'}*{'' if n % 3 else '*'}", dt.date(2026, 1, 1 + n)) for n in range(24)]
    answer = call("BACKLOG", [[[name] for name, _ in pairs], [[when] for _, when in pairs]], host)
    worth = [(100_000 if name.startswith("acme") else 200_000) + day_number(when) for name, when in pairs]
    assert [line[0] for line in minor(answer)] == worth
    assert max(scopes * days for _, scopes, days in engine.asked) <= 4 * 24


def test_unknown_functions_name_the_nearest(host: Any) -> None:
    with pytest.raises(WrongArgument, match="did you mean BACKLOG"):
        call("BAKLOG", [], host)
    with pytest.raises(WrongArgument, match="more than"):
        call("SYNCED", ["crm", "books"], host)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=4),
    st.sampled_from(["Acme Ltd", "beta*", "*", "2026-01-31", 46053, "#N/A", -2146826273, "USD", "current", "12", {}]),
)
RANGES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(SCALARS, min_size=width, max_size=width), min_size=1, max_size=3)
)
HOSTILE = st.one_of(SCALARS, RANGES, st.lists(SCALARS, max_size=3), st.lists(st.lists(SCALARS, max_size=2), max_size=3))
FIGURES = [function for function in functions() if function.returns == "money"]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(FIGURES), st.lists(HOSTILE, max_size=9))
def test_hostile_arguments_are_answered_or_refused_never_a_crash(
    host: Any, engine: Any, function: Any, cells: Any
) -> None:
    try:
        rows = function.answer(cells, host).rows()
    except WrongArgument:
        return
    assert rows
    for cell in (cell for row in rows for cell in row):
        assert isinstance(cell, Unanswerable) or (isinstance(cell, Money) and cell.minor > 0)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(function=st.sampled_from(FIGURES), cells=st.lists(HOSTILE, max_size=9))
def test_hostile_arguments_over_a_real_ledger(booked: Any, function: Any, cells: Any) -> None:
    try:
        rows = function.answer(cells, booked).rows()
    except WrongArgument:
        return
    assert all(isinstance(cell, Money | Unanswerable) for row in rows for cell in row)


@pytest.mark.parametrize("function", FIGURES, ids=lambda f: f.name)
def test_the_ends_of_the_calendar_are_days_like_others(booked: Any, function: Any) -> None:
    ends = [["1900-01-01"], ["9999-12-31"]]
    flow = function.parameters[1].name == "from"
    options = [""] if flow else []
    for extra in ([], ["current"], [1200]):
        for cell in (row[0] for row in function.answer(["Acme Ltd", *options, ends, *extra], booked).rows()):
            assert isinstance(cell, Money | Unanswerable)


def test_figures_of_a_real_ledger(booked: Any) -> None:
    january, june = dt.date(2026, 1, 31), dt.date(2026, 6, 30)
    rows = call("BACKLOG", [[["Acme Ltd"], ["Empty AG"]], [[january, june]]], booked).rows()
    assert rows == [[Money(1_100_000, "USD"), Money(600_000, "USD")], [Money(0, "USD"), Money(0, "USD")]]
    # 100,000 × 31 ÷ 365 = 8,493.15: a yen has no cents.
    assert call("RECOGNIZED", ["beta*", "", january], booked).rows() == [[Money(8493, "JPY")]]
    ((mixed,),) = call("BACKLOG", ["*", january], booked).rows()
    assert isinstance(mixed, Unanswerable)
    assert "JPY" in str(mixed)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(["Acme Ltd", "Beta KK", "*", "Nobody"]), min_size=1, max_size=6),
    st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2098, 12, 31)), min_size=1, max_size=6),
)
def test_a_table_is_its_cells_asked_one_by_one(host: Any, engine: Any, names: Any, days: Any) -> None:
    whole = call("BACKLOG", [[[name] for name in names], [days]], host).rows()
    for i, name in enumerate(names):
        for j, when in enumerate(days):
            (single,) = call("BACKLOG", [name, when], host).rows()[0]
            assert str(whole[i][j]) == str(single)
