"""Calls together are answered as each would be alone."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from excel.answers import Amounts, Table
from excel.batch import Unforeseen, answers, excel_error
from excel.catalogue import call, functions
from excel.host import TimeIsUp
from excel.presentation import told
from model.errors import BacklogError

WORDS = ["", None, "*", "Acme Ltd", "beta*", "Empty AG", "Nobody", "C1", "USD", "JPY", "CHF", "2026-01-31", "2026-06-30",
         "soon", 46053, 12, "current", "90+", "#REF!", True, "month", "segment", [["Acme Ltd"], ["Beta KK"]]]  # fmt: skip


def alone(one: list[Any], host: Any) -> dict[str, object]:
    """What the call is answered alone."""
    try:
        return told(call(one[0], one[1:], host))
    except BacklogError as error:
        return told(error)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from([f.name for f in functions() if f.name != "RECONCILIATION"]),
            st.lists(st.sampled_from(WORDS), max_size=8),
        ),
        min_size=2,
        max_size=25,
    )
)
@example([("RECOGNIZED", []), ("RECOGNIZED", ["", 46053])])
def test_together_as_alone(booked: Any, drawn: list[tuple[str, list[Any]]]) -> None:
    calls = [[name, *arguments] for name, arguments in drawn]
    assert [_plain(one) for one in answers(calls, booked)] == [alone(one, booked) for one in calls]


def _plain(result: Any) -> dict[str, object]:
    """A result in the form of text; a single cell's error raises there."""
    if isinstance(result, Amounts) and result.errors:
        assert result.shape != (1, 1)
    return told(result)


def test_many_cells_are_one_evaluation_and_equal_ones_are_merged(host: Any, engine: Any) -> None:
    days = [f"2026-01-{day:02}" for day in range(1, 11)]
    calls = [["BACKLOG", name, day] for day in days for name in ("Acme Ltd", "Beta KK")] * 3
    found = answers(calls, host)
    assert engine.asked == [("backlog", 2, 10)]
    assert len(found) == 60
    assert found[0] is found[20]
    assert isinstance(found[1], Amounts)
    assert found[1].minor[0, 0] == 200_000 + 20_454  # 1 January 2026 is day 20,454


def test_what_is_known_at_different_moments_is_asked_apart(host: Any, engine: Any) -> None:
    calls = [["BACKLOG", "Acme Ltd", "2026-01-31", None, None, None, f"2026-01-{day:02}"] for day in (1, 2)]
    answers(calls, host)
    assert len(engine.asked) == 2


def test_what_is_not_reached_in_time_is_told(host: Any, engine: Any) -> None:
    asked = iter([True, False])
    first, late = answers([["BACKLOG", "*"], ["CUSTOMERS", "*"]], host, goes_on=lambda: next(asked))
    assert isinstance(first, Amounts)
    assert isinstance(late, TimeIsUp)
    assert excel_error(late) == "#BUSY!"


def test_a_fault_of_ours_stays_with_its_call(host: Any, monkeypatch: Any) -> None:
    import excel.functions

    def broken(host: Any, question: Any) -> Amounts:
        if "Beta KK" in question.customer.values:
            raise KeyError("amount")
        return Amounts(np.zeros((1, 1), np.int64), np.full((1, 1), "USD", object))

    monkeypatch.setattr(excel.functions, "amounts", broken)
    one, two = answers([["BACKLOG", "Acme Ltd"], ["BACKLOG", "Beta KK"]], host)
    assert told(one) == {"value": "0.00"}
    assert isinstance(two, Unforeseen)
    assert told(two)["excel"] == "#VALUE!"


def test_a_table_is_the_same_for_all_who_ask(booked: Any) -> None:
    one, two = answers([["CUSTOMERS", "*"], ["customers", "*"]], booked)
    assert isinstance(one, Table)
    assert one is two
