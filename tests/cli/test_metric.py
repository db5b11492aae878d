"""backlog metric: a measure with its formula and all that it is made of."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def synced(company: Any, backlog: Any) -> Any:
    (company / "import" / "contract_lines.csv").write_text(
        "line_id,contract_id,amount,recognition,quantity,unit_cost\nL1,K1,12000.00,straight_line_monthly,3,1500.00\n"
    )
    done = backlog("sync")
    assert done.exit_code == 0, done.output
    return backlog


def test_every_measure_is_listed_with_its_formula(backlog: Any) -> None:
    listed = json.loads(backlog("metric", "--json").stdout)
    assert listed["columns"] == ["measure", "formula", "days"]
    names = [row[0] for row in listed["rows"]]
    assert names[:2] == ["recognition_rate", "book_to_bill"]
    assert {"operating_cash_flow_ratio", "solvency", "incentive_credit"} < set(names)


def test_a_measure_shows_what_it_is_made_of(synced: Any) -> None:
    done = synced("metric", "burn_down_months", "2026-03-31", "Acme Ltd")
    assert done.exit_code == 0
    assert [line.split("\t") for line in done.stdout.splitlines()[1:]] == [
        ["burn_down_months = backlog ÷ mean revenue of the last three months", "", ""],
        ["days: at the date; with from, the mean month of the days from..date", "", ""],
        ["+ backlog at 2026-03-31", "9000.00", "USD"],
        ["÷ recognized from 2026-01-01 to 2026-03-31", "3000.00", "USD"],
        ["× ", "3", ""],
        ["=", "9", ""],
    ]


def test_a_unit_cost_times_the_quantity_is_the_cost_of_a_line(synced: Any) -> None:
    # 3 × 1,500 of 12,000: of the 9,000 that remain 3,375 are cost.
    rows = json.loads(synced("metric", "backlog_margin", "2026-03-31", "--json").stdout)["rows"]
    assert rows[2:] == [
        ["+ backlog of lines with a known cost at 2026-03-31", "9000.00", "USD"],
        ["− expected cost of that backlog at 2026-03-31", "3375.00", "USD"],
        ["÷ backlog of lines with a known cost at 2026-03-31", "9000.00", "USD"],
        ["=", "0.625", ""],
    ]


def test_a_measure_by_a_dimension_says_why_a_line_has_none(synced: Any) -> None:
    done = synced("metric", "recognition_rate", "2026-03-31", "--by", "product", "--json")
    assert json.loads(done.stdout)["rows"] == [["(none)", "0.25", ""]]
    rows = json.loads(synced("metric", "recognition_rate", "2025-12-30", "--by", "customer", "--json").stdout)["rows"]
    assert rows == [
        ["Acme Ltd", None, "recognition_rate: there is nothing to divide by: contracted at 2025-12-30 is 0"]
    ]


def test_a_measure_without_a_value_fails_with_its_reason(synced: Any) -> None:
    done = synced("metric", "current_ratio", "2026-03-31")
    assert done.exit_code == 1
    assert "no current_assets or current_liabilities is stated by 2026-03-31: add them to financials" in done.stderr
    assert "did you mean current_ratio?" in synced("metric", "curent_ratio").stderr
    assert synced("metric", "coverage", "2026-03-31", "Acme Ltd", "--by", "customer").exit_code == 2


def test_the_cells_of_a_range_are_answered_each(synced: Any, tmp_path: Any) -> None:
    calls = [["METRIC", [["recognition_rate", "nothing"]], [["2026-03-31"], ["2025-12-30"]], "Acme Ltd"]]
    (tmp_path / "calls.json").write_text(json.dumps(calls))
    ((first, second),) = (answer["rows"] for answer in json.loads(synced("calc", "--batch", "calls.json").stdout))
    assert first[0] == "0.25"
    assert "there is no measure 'nothing'" in first[1]["error"]
    assert "there is nothing to divide by" in second[0]["error"]


def test_a_measure_month_by_month_stands_at_its_end_and_over_its_days(synced: Any) -> None:
    # 1,000 a month of 12,000: of the year two and three twelfths, of the backlog before the month an eleventh and a tenth.
    done = synced("metric", "recognition_rate", "2026-03-31", "--months", "2", "--json")
    assert json.loads(done.stdout)["rows"] == [
        ["2026-02-28", "0.166667", "0.090909", ""],
        ["2026-03-31", "0.25", "0.1", ""],
    ]
    assert synced("metric", "recognition_rate", "--months", "2", "--by", "customer").exit_code == 2
