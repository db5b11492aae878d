"""Excel and the command line give the same answers: every function's own example, over real books."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import cli
from excel.catalogue import Function, functions

CONFIG = """\
[store]
url = "sqlite:///backlog.db"
[connectors.crm]
kind = "files"
path = "import"
"""
FILES = {
    "customers": "customer_id,name,segment\nC1,Acme Ltd,smb\nC2,Beta KK,enterprise\n",
    "contracts": "contract_id,customer_id,status,signed_on,currency\n"
    "K1,C1,signed,2025-12-31,USD\nK2,C2,signed,2026-01-15,JPY\n",
    "contract_lines": "line_id,contract_id,amount,recognition,start_on,end_on\n"
    "L1,K1,12000.00,straight_line_monthly,2026-01-01,2026-12-31\n"
    "L2,K2,100000,straight_line_monthly,2026-01-01,2026-12-31\n",
    "invoices": "invoice_id,customer_id,contract_id,issued_on,due_on,status,currency\n"
    "I1,C1,K1,2026-01-01,2026-01-31,open,USD\n",
    "invoice_lines": "invoice_line_id,invoice_id,line_id,amount\nIL1,I1,L1,12000.00\n",
}
FILES["fx_rates"] = "on,from_currency,to_currency,rate,kind\n2026-01-31,JPY,USD,0.0065,closing\n"
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
}
"""Of Acme Ltd at the end of January 2026 (the examples ask for it): 12,000.00 over 2026, billed ahead, nothing paid."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    (folder / "import").mkdir()
    (folder / "config.toml").write_text(CONFIG, "utf-8")
    for name, text in FILES.items():
        (folder / "import" / f"{name}.csv").write_text(text, "utf-8")
    done = CliRunner().invoke(cli, ["sync", "--config", str(folder / "config.toml")])
    assert done.exit_code == 0, done.output
    return folder / "config.toml"


def arguments(function: Function) -> list[str]:
    """What the example's formula passes, dates as ISO text."""
    inner = function.example.removeprefix(f"={function.name}(").removesuffix(")")
    found = re.findall(r'"([^"]*)"|DATE\((\d+),(\d+),(\d+)\)|(\d+)', inner)
    return [f"{int(y):04}-{int(m):02}-{int(d):02}" if y else text or number for text, y, m, d, number in found]


@pytest.fixture(scope="module")
def calc(config: Path) -> dict[str, Any]:
    calls = [[f.name, *arguments(f)] for f in functions()]
    done = CliRunner().invoke(cli, ["calc", "--batch", "-", "--config", str(config)], input=json.dumps(calls))
    assert done.exit_code == 0, done.output
    return dict(zip((f.name for f in functions()), json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def excel(config: Path, harness: Any) -> dict[str, Any]:
    def cell(text: str) -> Any:
        return {"date": text} if re.match(r"\d{4}-", text) else float(text) if text.isdigit() else text

    calls = [[f.name, [cell(text) for text in arguments(f)], True, False] for f in functions()]
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
