"""backlog scenario: base, shocked and difference by month, and what the configuration may say."""

from __future__ import annotations

import json
from typing import Any

import pytest

SCENARIOS = """
[scenarios.downturn]
about = "a third of what is left"
cancel = 0.25
delay_months = 2
[scenarios.worse]
price_cut = 0.5
combine = ["downturn"]
"""


@pytest.fixture
def synced(company: Any, backlog: Any) -> Any:
    with (company / "config.toml").open("a") as file:
        file.write(SCENARIOS)
    assert backlog("sync").exit_code == 0
    return backlog


def test_the_months_ahead_as_they_stand_and_shocked(synced: Any) -> None:
    # From the end of March 1,000 a month for nine months; under the scenario 750 a month, two months later.
    done = synced("scenario", "downturn", "--date", "2026-03-31", "--months", "11", "--csv")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "period_end,base_revenue,shocked_revenue,difference,base_backlog,shocked_backlog,currency"
    assert lines[1] == "2026-04-30,1000.00,0.00,-1000.00,8000.00,6750.00,USD"
    assert lines[3] == "2026-06-30,1000.00,750.00,-250.00,6000.00,6000.00,USD"
    assert lines[10] == "2027-01-31,0.00,750.00,750.00,0.00,750.00,USD"
    assert lines[11] == "2027-02-28,0.00,750.00,750.00,0.00,0.00,USD"


def test_every_figure_of_a_combination(synced: Any) -> None:
    done = synced("scenario", "worse", "--date", "2026-03-31", "--figures", "--json")
    rows = {row[0]: row[1:4] for row in json.loads(done.stdout)["rows"]}
    assert rows["backlog"] == ["9000.00", "3375.00", "-5625.00"]  # 9,000 × 0.5 × 0.75
    assert rows["recognized"] == ["3000.00", "3000.00", "0.00"]


def test_those_configured_are_listed_and_slips_are_told(synced: Any) -> None:
    assert json.loads(synced("scenario", "--json").stdout)["rows"] == [
        ["downturn", "a third of what is left"],
        ["worse", ""],
    ]
    done = synced("scenario", "downtrun")
    assert done.exit_code == 1
    assert "did you mean downturn?" in done.stderr


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("[scenarios.a]\ncancel = 1.5\n", "expected at most 1"),
        ("[scenarios.a]\ncancle = 0.5\n", "Did you mean 'cancel'?"),
        ('[scenarios.a]\ncombine = ["b"]\n', "'b'"),
        ('[scenarios.a]\ncombine = ["b"]\n[scenarios.b]\ncombine = ["a"]\n', "combines itself"),
        ("[scenarios.a]\nfx = { EURO = -0.1 }\n", "ISO 4217"),
    ],
)
def test_a_scenario_that_cannot_be_is_told_before_anything_runs(
    company: Any, backlog: Any, block: str, told: str
) -> None:
    with (company / "config.toml").open("a") as file:
        file.write(block)
    done = backlog("scenario")
    assert done.exit_code == 1
    assert told in done.stderr
