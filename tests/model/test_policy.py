"""The elected policies: their defaults, and that a figure can name those it stands on."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from model.policy import Policy

POLICIES = st.builds(
    Policy,
    rounding=st.sampled_from(["cumulative", "last_period"]),
    deferred_basis=st.sampled_from(["billed", "paid"]),
    termination=st.sampled_from(["contracted", "enforceable"]),
    rpo_expedients=st.sets(st.sampled_from(["right_to_invoice", "one_year", "royalty"])).map(
        lambda s: tuple(sorted(s))
    ),
    credit_notes=st.sampled_from(["catch_up", "deferred_first"]),
    progress_decimals=st.none() | st.integers(0, 8),
)


def test_defaults_are_those_of_the_configuration_reference():
    assert dataclasses.asdict(Policy()) == {
        "rounding": "cumulative",
        "deferred_basis": "billed",
        "recognition": "straight_line_daily",
        "termination": "contracted",
        "rpo_expedients": ("right_to_invoice",),
        "credit_notes": "catch_up",
        "progress_decimals": 4,
        "fx_revenue": "daily",
    }


@given(POLICIES, POLICIES)
def test_policies_have_one_digest_exactly_where_they_are_equal(one, other):
    assert (one.digest() == other.digest()) is (one == other)


def test_every_election_is_part_of_the_digest():
    for election in dataclasses.fields(Policy):
        changed = dataclasses.replace(Policy(), **{election.name: "something else"})
        assert changed.digest() != Policy().digest(), election.name
