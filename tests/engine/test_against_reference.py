"""The engine against the slow reference (tests/reference): exactly the same figures on every generated history."""

from __future__ import annotations

from typing import Any

import examples
import pytest
from compare import BALANCES, COMMITMENT, FLOWS, HORIZONS, RECEIVABLES, differences, effort
from generate import histories
from hypothesis import given
from hypothesis import strategies as st

from model.policy import Policy
from model.records import TIME_BASED

POLICIES = st.builds(
    Policy,
    rounding=st.sampled_from(("cumulative", "last_period")),
    credit_notes=st.sampled_from(("catch_up", "deferred_first")),
    progress_decimals=st.sampled_from((4, 2, None)),
    deferred_basis=st.sampled_from(("billed", "paid")),
    rpo_expedients=st.sampled_from((("right_to_invoice",), ("right_to_invoice", "one_year"))),
)
WORKED = pytest.mark.parametrize("example", list(examples.load()), ids=lambda example: example.name)


EVERYTHING = (*COMMITMENT, *BALANCES, *RECEIVABLES, *HORIZONS, *FLOWS)


@WORKED
def test_worked_examples(example: examples.Example) -> None:
    assert differences(example.records, example.policy, EVERYTHING) == []


@effort(18)
@given(histories(methods=tuple(sorted(TIME_BASED)), amended=False), POLICIES)
def test_schedules_of_unchanged_contracts(records: dict[str, list[dict[str, Any]]], policy: Policy) -> None:
    assert differences(records, policy, COMMITMENT) == []


@effort(18)
@given(histories(amended=False), POLICIES)
def test_every_method_of_unchanged_contracts(records: dict[str, list[dict[str, Any]]], policy: Policy) -> None:
    assert differences(records, policy, COMMITMENT) == []


@effort(40)
@given(histories(), POLICIES)
def test_commitment_and_revenue_of_changed_contracts(records: dict[str, list[dict[str, Any]]], policy: Policy) -> None:
    assert differences(records, policy, (*COMMITMENT, *FLOWS), at_most=60) == []


@effort(20)
@given(histories(), POLICIES)
def test_balances(records: dict[str, list[dict[str, Any]]], policy: Policy) -> None:
    assert differences(records, policy, (*BALANCES, *RECEIVABLES), at_most=50) == []


@effort(20)
@given(histories(), POLICIES)
def test_what_is_due_within_a_horizon(records: dict[str, list[dict[str, Any]]], policy: Policy) -> None:
    assert differences(records, policy, HORIZONS, at_most=30) == []
