"""The method page says what is elected, whatever is elected."""

from __future__ import annotations

import dataclasses

from excel.pack.method import elections
from model.policy import Policy


def words(policy: Policy) -> dict[str, tuple[str, str]]:
    return {subject: (elected, meaning) for subject, elected, meaning, _ in elections(policy)}


def test_every_policy_has_a_row_with_its_paragraph():
    rows = elections(Policy())
    assert len(rows) == len(dataclasses.fields(Policy))
    assert all(subject and elected and meaning.endswith(".") and source for subject, elected, meaning, source in rows)


def test_another_election_is_another_text():
    usual = words(Policy())
    other = words(
        Policy(
            rounding="last_period", deferred_basis="paid", recognition="straight_line_monthly",
            termination="enforceable", rpo_expedients=(), credit_notes="deferred_first", progress_decimals=None,
            fx_revenue="average",
        )
    )  # fmt: skip
    assert all(usual[subject] != other[subject] for subject in usual)
    assert other["RPO expedients"] == ("none", "Nothing is left out of RPO.")
    assert "equal months" in other["Recognition"][1]
