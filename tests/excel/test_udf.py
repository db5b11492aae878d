"""The functions as Excel calls them: through xlwings' real conversion and call path, with only COM replaced.

Acme Ltd is worth 1,000.00 plus a cent a day since 1970; 2026-01-31 is serial 46053 and day 20484 of that count.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from excel.catalogue import functions

MISSING = {"missing": True}
DAY = {"date": "2026-01-31"}
ACME = 1204.84
BETA = 2204.84
NOT_AVAILABLE = {"variant": [10, -2146826246]}
WRONG_VALUE = {"variant": [10, -2146826273]}
CUSTOMERS_200 = {"range": [["Acme Ltd" if row % 2 else "Beta KK"] for row in range(200)]}
MONTHS_12 = {"range": [[{"date": f"2026-{month:02}-01"} for month in range(1, 13)]]}

# label: function, arguments, called by our own wrapper?, workbook of the 1904 system?
CALLS: dict[str, tuple[str, list[Any], bool, bool]] = {
    "text and date cell": ("BACKLOG", ["Acme Ltd", DAY], False, False),
    "serial": ("BACKLOG", ["Acme Ltd", 46053.0], False, False),
    "serial of 1904": ("BACKLOG", ["Acme Ltd", 44591.0], False, True),
    "text date": ("BACKLOG", ["Acme Ltd", "2026-01-31"], False, False),
    "missing": ("BACKLOG", ["Acme Ltd", MISSING, MISSING, MISSING], False, False),
    "empty cell": ("BACKLOG", ["Acme Ltd", {"range": [[None]]}], False, False),
    "empty text": ("BACKLOG", ["Acme Ltd", "", "", ""], False, False),
    "everyone": ("BACKLOG", [], False, False),
    "number as id": ("BACKLOG", [1001.0, DAY], False, False),
    "one cell": ("BACKLOG", [{"range": [["Acme Ltd"]]}, {"range": [[46053.0]]}], False, False),
    "column by row": ("BACKLOG", [{"range": [["Acme Ltd"], ["Beta KK"]]}, {"range": [[DAY, 46054.0]]}], False, False),
    "pairs": ("BACKLOG", [{"range": [["Acme Ltd", "Beta KK"]]}, {"range": [[DAY, DAY]]}], False, False),
    "whole column": ("BACKLOG", [{"column": ["Acme Ltd", "Beta KK"]}, DAY], False, False),
    "200 by 12": ("BACKLOG", [CUSTOMERS_200, MONTHS_12], False, False),
    "unknown": ("BACKLOG", ["Nobody GmbH", DAY], False, False),
    "unknown, own wrapper": ("BACKLOG", ["Nobody GmbH", DAY], True, False),
    "text date of a locale": ("BACKLOG", ["Acme Ltd", "31/01/2026"], False, False),
    "no date": ("BACKLOG", ["Acme Ltd", "soon"], False, False),
    "no date, own wrapper": ("BACKLOG", ["Acme Ltd", "soon"], True, False),
    "unknown word": ("DEFERRED", ["Acme Ltd", DAY, "long"], False, False),
    "error cell": ("BACKLOG", [{"range": [[-2146826265], ["Acme Ltd"]]}, DAY], False, False),
    "spill error cell": ("BACKLOG", ["Acme Ltd", {"range": [[-2146826243]]}], True, False),
    "errors in a range": ("BACKLOG", [{"range": [["Nobody"], ["Acme Ltd"]]}, DAY], True, False),
    "ranges that do not fit": ("BACKLOG", [{"range": [["a"], ["b"]]}, {"range": [[DAY], [DAY], [DAY]]}], False, False),
    "a time": ("SYNCED", ["crm"], False, False),
    "flow": ("RECOGNIZED", ["Acme Ltd", {"date": "2026-01-01"}, DAY], False, False),
}


@pytest.fixture(scope="module")
def excel(harness: Any) -> dict[str, Any]:
    figures = {f"every {f.name}": (f.name, ["Acme Ltd"], False, False) for f in functions() if f.returns == "money"}
    calls = {**CALLS, **figures}
    answered = harness({"calls": list(calls.values()), "wrapper": True})
    values = dict(zip(calls, answered["answers"], strict=True))
    asked = dict(zip(calls, answered["asked"], strict=True))
    told = dict(zip(calls, answered["told"], strict=True))
    return {**answered, "values": values, "asked": asked, "told": told}


@pytest.mark.parametrize(
    "label",
    ["text and date cell", "serial", "serial of 1904", "text date", "missing", "empty cell", "empty text", "one cell"],
)
def test_every_kind_of_argument_means_the_same_cell(excel: Any, label: str) -> None:
    assert excel["values"][label] == [[ACME]]


def test_a_blank_customer_is_everyone(excel: Any) -> None:
    assert excel["values"]["everyone"] == [[3204.84]]


def test_ranges_come_back_in_their_shape(excel: Any) -> None:
    assert excel["values"]["column by row"] == [[ACME, 1204.85], [BETA, 2204.85]]
    assert excel["values"]["pairs"] == [[ACME, BETA]]


def test_a_whole_column_is_answered_as_far_as_it_is_filled(excel: Any) -> None:
    assert excel["values"]["whole column"] == [[ACME], [BETA]]


def test_a_range_of_200_by_12_is_one_evaluation(excel: Any) -> None:
    table = excel["values"]["200 by 12"]
    assert (len(table), {len(row) for row in table}) == (200, {12})
    assert excel["asked"]["200 by 12"] == 1
    # 2026-01-01 is day 20454 and 2026-12-01 day 20788.
    assert (table[0][0], table[199][11]) == (2204.54, 1207.88)


def test_errors_are_error_values_for_xlwings_own_wrapper(excel: Any) -> None:
    values = excel["values"]
    assert values["unknown"] == values["number as id"] == [[NOT_AVAILABLE]]
    refused = ("no date", "text date of a locale", "unknown word", "ranges that do not fit")
    assert [values[label] for label in refused] == [[[WRONG_VALUE]]] * 4
    assert values["error cell"] == [[{"variant": [10, -2146826265]}], [ACME]]


def test_errors_are_marked_texts_for_our_wrapper_which_makes_them_errors(excel: Any) -> None:
    values = excel["values"]
    assert values["unknown, own wrapper"] == [["revenue-backlog error 2042"]]
    assert values["no date, own wrapper"] == [["revenue-backlog error 2015"]]
    assert values["spill error cell"] == [["revenue-backlog error 2045"]]
    assert values["errors in a range"] == [["revenue-backlog error 2042"], [ACME]]


def test_the_reason_of_an_error_is_one_macro_away(excel: Any) -> None:
    told = excel["told"]
    assert told["unknown"] == "BACKLOG: unknown customer 'Nobody GmbH'"
    assert told["text date of a locale"].endswith("is no date: use a date cell or ISO text, such as 2026-01-31")
    assert told["no date"].startswith("BACKLOG: date: 'soon' is no date")
    assert told["unknown word"] == "DEFERRED: part: 'long' is not known here: use total, current or noncurrent"
    assert told["errors in a range"] == "BACKLOG: unknown customer 'Nobody'"
    assert told["serial"] == ""


def test_a_time_arrives_as_a_time(excel: Any) -> None:
    assert excel["values"]["a time"] == [[{"date": "2026-01-30T12:00:00"}]]


def test_a_flow_over_a_period(excel: Any) -> None:
    assert excel["values"]["flow"] == [[ACME]]


@pytest.mark.parametrize(
    "function", [f for f in functions() if f.returns == "money" and f.name != "SCENARIO"], ids=lambda f: f.name
)
def test_every_figure_answers(excel: Any, function: Any) -> None:
    assert excel["values"][f"every {function.name}"] == [[ACME]]


@pytest.mark.parametrize("function", functions(), ids=lambda f: f.name)
def test_the_wizard_shows_the_catalogues_texts(excel: Any, function: Any) -> None:
    assert excel["docs"][function.name] == [
        "Revenue Backlog",
        function.description,
        *(parameter.help for parameter in function.parameters),
    ]


def test_the_configuration_is_named_by_xlwings_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import xlwings

    from excel import asked

    file = tmp_path / "xlwings.conf"
    file.write_text('"UDF MODULES","excel.udf"\n"BACKLOG_CONFIG","C:\\books, 2026\\config.toml"\n', "utf-8")
    monkeypatch.setattr(xlwings, "USER_CONFIG_FILE", str(file))
    monkeypatch.delenv("BACKLOG_CONFIG", raising=False)
    assert asked.books() == Path("C:\\books, 2026\\config.toml")
    monkeypatch.setenv("BACKLOG_CONFIG", "elsewhere.toml")
    assert asked.books() == Path("elsewhere.toml")


def test_books_that_cannot_be_opened_and_faults_are_errors_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from excel import udf
    from excel.catalogue import find
    from model.errors import ConfigNeeded

    def missing() -> Any:
        raise ConfigNeeded("there is no configuration")

    def broken() -> Any:
        raise ZeroDivisionError

    for host, code in ((missing, 2046), (broken, 2015)):
        monkeypatch.setattr(udf, "host", host)
        assert udf.answered(find("BACKLOG"), [], None, True) == f"revenue-backlog error {code}"
