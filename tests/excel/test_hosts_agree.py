"""Excel and the command line give the same answers: every function's own example, over real books."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import small_company
from click.testing import CliRunner

from cli.main import cli
from excel.catalogue import Function, functions

FIGURES = {
    "BACKLOG": "11000.00",
    "CONTRACTED": "12000.00",
    "RECOGNIZED": "1000.00",
    "BILLED": "12000.00",
    "COLLECTED": "0.00",
    "DEFERRED": "11000.00",
    "UNBILLED": "0.00",
    "RECEIVABLE": "0.00",
    "RPO": "11000.00",
    "BOOKINGS": "0.00",
    "CANCELLATIONS": "0.00",
    "METRIC": "0.083333",
    "SCENARIO": "8800.00",
}
"""Of Acme Ltd at the end of January 2026 (the examples ask for it): 12,000.00 over 2026, billed ahead, nothing paid."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_company.make(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def calc(config: Path) -> dict[str, Any]:
    calls = [[f.name, *small_company.example_arguments(f)] for f in functions()]
    done = CliRunner().invoke(cli, ["calc", "--batch", "-", "--config", str(config)], input=json.dumps(calls))
    assert done.exit_code == 0, done.output
    return dict(zip((f.name for f in functions()), json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def excel(config: Path, harness: Any) -> dict[str, Any]:
    def cell(text: str) -> Any:
        return {"date": text} if re.match(r"\d{4}-", text) else float(text) if text.isdigit() else text

    calls = [[f.name, [cell(text) for text in small_company.example_arguments(f)], True, False] for f in functions()]
    answers = harness({"calls": calls, "config": True}, BACKLOG_CONFIG=str(config))["answers"]
    return dict(zip((f.name for f in functions()), answers, strict=True))


@pytest.mark.parametrize(("name", "figure"), FIGURES.items())
def test_the_examples_figures_are_right(calc: Any, excel: Any, name: str, figure: str) -> None:
    assert calc[name] == {"value": figure}
    assert excel[name] == [[float(figure)]]


@pytest.mark.parametrize("function", [f for f in functions() if f.returns == "table"], ids=lambda f: f.name)
def test_the_examples_tables_are_the_same(calc: Any, excel: Any, function: Function) -> None:
    told, (headings, *rows) = calc[function.name], excel[function.name]
    assert headings == told["columns"]
    assert len(rows) == len(told["rows"])
    for row, told_row in zip(rows, told["rows"], strict=True):
        assert [same(cell) for cell in row] == [same(cell) for cell in told_row]


def test_the_age_of_the_data_is_known(calc: Any, excel: Any) -> None:
    ((cell,),) = excel["SYNCED"]
    assert calc["SYNCED"]["value"].startswith(cell["date"][:16])


def same(cell: Any) -> Any:
    """A cell of either host in one form: amounts and numbers as numbers, days as text, blanks as nothing."""
    if isinstance(cell, dict):
        return cell["date"][:10]
    if cell in (None, ""):
        return None
    try:
        return float(cell)
    except ValueError:
        return cell
