"""LibreOffice Calc opens a workbook of Excel, asks a running server, and shows in every cell what `backlog calc` says."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
import small_company
import web_server
from click.testing import CliRunner
from openpyxl.worksheet.formula import ArrayFormula

from cli.main import cli
from excel.catalogue import functions
from excel.samples import write_samples

pytestmark = [pytest.mark.tool("soffice", "unopkg"), pytest.mark.timeout(240)]
DAY, NEXT = dt.date(2026, 1, 31), dt.date(2026, 2, 28)
NA, VALUE = {"error": "#N/A"}, {"error": "#VALUE!"}
SCALARS = {
    '=SUM(BACKLOG("Acme Ltd",DATE(2026,1,31)),1)': 11001.0,
    '=IFERROR(BACKLOG("Nobody",DATE(2026,1,31)),"none")': "none",
    '=BACKLOG("Nobody",DATE(2026,1,31))': NA,
    '=BACKLOG("Acme Ltd","soon")': VALUE,
    '=BACKLOG("Acme Ltd",EOMONTH(DATE(2026,1,15),0))': 11000.0,
    '=BACKLOG("Acme Ltd","2026-01-31")': 11000.0,
    "=BACKLOG(H1,I1)": 11000.0,  # references
    "=BACKLOG(H1,I1,H9,H9)": 11000.0,  # empty cells are blank
    "=BACKLOG(Names!A1,I2)": 10000.0,
    "=SUM(BACKLOG(H1:H2,I1))": 11000.0 + 91667,
    "=SUM(BACKLOG(H1:H2,I1:J1))": 11000 + 10000 + 91667 + 83333,
    "=BACKLOG(H3,I1)": NA,  # a cell that is an error already
    '=DEFERRED("Acme Ltd",I1,"current")': 11000.0,
    '=RPO("Acme Ltd",I1,12)': 11000.0,
    '=BACKLOG("Acme Ltd",I1,,,"USD")': 11000.0,
    '=BACKLOG("Acme Ltd",I1,"","","EUR")': NA,  # no rate
    "=BACKLOG(1,2,3,4,5,6)": VALUE,
}
ARRAYS = {
    ("L1:L2", "=BACKLOG(H1:H2,I1)"): [[11000.0], [91667.0]],
    ("Q1:Q3", "=BACKLOG(K1:K3,I1)"): [[11000.0], [NA], [91667.0]],
    ("S1:S2", "=BACKLOG(H1:H3,I1)"): [[{"error": "Err:504"}]] * 2,  # Calc passes no range that holds an error
    ("N1:O2", "=BACKLOG(H1:H2,I1:J1)"): [[11000.0, 10000.0], [91667.0, 83333.0]],
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_company.make(tmp_path_factory.mktemp("company"), '[web]\nlisten = "127.0.0.1:0"\n')


@pytest.fixture(scope="module")
def served(config: Path) -> Iterator[web_server.Served]:
    with web_server.running(config) as made:
        yield made


@pytest.fixture(scope="module")
def office(served: web_server.Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    out = tmp_path_factory.mktemp("extension") / "backlog.oxt"
    words = ["excel", "libreoffice", str(out), "--server", served.url, "--config", str(served.config)]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    with _module("office").running(out, served.token) as made:
        yield made


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Main"
    for row, text in enumerate(SCALARS, 1):
        sheet.cell(row, 1, text)
    contents = {
        "H1": "Acme Ltd",
        "H2": "Beta KK",
        "H3": "=NA()",
        "K1": "Acme Ltd",
        "K2": "Nobody",
        "K3": "Beta KK",
        "I1": DAY,
        "I2": NEXT,
        "J1": NEXT,
    }
    for address, content in contents.items():
        sheet[address] = content
    for area, text in ARRAYS:
        sheet[area.partition(":")[0]] = ArrayFormula(area, text)
    book.create_sheet("Names")["A1"] = "Acme Ltd"
    examples = book.create_sheet("Examples")
    for column, function in enumerate(functions()):
        corner = examples.cell(1, 1 + column * 20)
        corner.value = ArrayFormula(
            f"{corner.coordinate}:{examples.cell(9, 17 + column * 20).coordinate}", function.example
        )
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    book.save(path)
    return path


@pytest.fixture(scope="module")
def cells(office: Any, workbook: Path) -> dict[str, Any]:
    found: dict[str, Any] = office.open(workbook)
    return found


def test_literals_references_dates_and_formulas_around_ours(cells: dict[str, Any]) -> None:
    found = {text: cells[f"Main!{row}:0"] for row, text in enumerate(SCALARS)}
    assert found == {
        text: pytest.approx(value) if isinstance(value, float) else value for text, value in SCALARS.items()
    }


def test_ranges_give_tables(cells: dict[str, Any]) -> None:
    for (area, _), rows in ARRAYS.items():
        column = openpyxl.utils.column_index_from_string(area[0]) - 1
        assert [[cells[f"Main!{i}:{column + j}"] for j in range(len(row))] for i, row in enumerate(rows)] == rows


def test_every_function_shows_what_the_command_line_says(cells: dict[str, Any], config: Path) -> None:
    calls = [[f.name, *small_company.example_arguments(f)] for f in functions()]
    done = CliRunner().invoke(cli, ["calc", "--batch", "-", "--config", str(config)], input=json.dumps(calls))
    for column, (function, told) in enumerate(zip(functions(), json.loads(done.stdout), strict=True)):
        rows = [told["columns"], *told["rows"]] if "columns" in told else [[told["value"]]]
        for i, row in enumerate(rows[:9]):
            for j, cell in enumerate(row[:17]):
                shown = cells[f"Examples!{i}:{j + column * 20}"]
                heading = "columns" in told and i == 0
                # A day that is a text in the table, such as a cohort, is one in the cell.
                assert shown == cell or (shown == _sheet(cell) and not heading), (function.name, i, j)


def test_the_sample_workbooks_show_figures(office: Any, tmp_path: Path) -> None:
    for path in write_samples(tmp_path, "Acme Ltd", DAY):
        cells = office.open(path)
        assert [value for value in cells.values() if isinstance(value, dict)] == []
        if path.name == "statement.xlsx":
            assert [cells[f"Statement!{row}:1"] for row in (6, 7, 8, 17)] == [12000, 1000, 11000, 0]
        else:
            assert [cells[f"Year!10:{column}"] for column in range(1, 13)] == [1000 * n for n in range(11, -1, -1)]


def test_the_wizard_has_the_catalogues_texts(office: Any) -> None:
    for function in functions():
        description, arguments = office.ask("wizard", function.name)
        assert description == function.description
        assert arguments == [[p.name, p.help, True] for p in function.parameters]


def test_the_same_file_shows_new_data_and_a_server_that_is_gone_is_an_error(
    office: Any, served: web_server.Served, workbook: Path
) -> None:
    first = office.open(workbook)["Main!6:0"]
    lines = served.config.parent / "import" / "contract_lines.csv"
    lines.write_text(lines.read_text("utf-8").replace("12000.00", "24000.00"), "utf-8")
    small_company.sync(served.config)
    again = first
    for _ in range(100):  # answers are held for a second
        again = office.ask("again", "Main!6:0")["Main!6:0"]
        if again != first:
            break
        time.sleep(0.1)
    assert office.open(workbook)["Main!6:0"] == again
    served.stop()
    time.sleep(1)
    gone = office.ask("again", "Main!6:0", "Main!1:0")
    assert (first, again) == (11000.0, 22000.0)
    assert gone["Main!6:0"] == {"error": "#CONNECT!"}
    assert gone["Main!1:0"] == "none"


def _sheet(cell: Any) -> Any:
    """A value of the command line as Calc shows it."""
    if cell is None:
        return ""
    if isinstance(cell, int):
        return float(cell)
    try:
        moment = dt.datetime.fromisoformat(cell).replace(tzinfo=None)
    except (ValueError, TypeError):
        try:
            return pytest.approx(float(cell)) if _number(cell) else cell
        except ValueError:
            return cell
    return pytest.approx((moment - dt.datetime(1899, 12, 30)).total_seconds() / 86400)  # noqa: DTZ001


def _number(text: str) -> bool:
    return text.replace("-", "").replace(".", "").isdecimal() and not text.startswith("606")
