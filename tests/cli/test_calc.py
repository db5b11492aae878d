"""backlog calc: a contract of 12,000.00 over 2026, signed the day before, read month by month."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def synced(company: Any, backlog: Any) -> Any:
    done = backlog("sync")
    assert done.exit_code == 0, done.output
    return backlog


def test_before_anything_was_read_there_is_no_figure(company: Any, backlog: Any) -> None:
    """No data for that date is an error with its reason, never a silent 0, of all customers as of one."""
    for customer in ("*", "Acme Ltd"):
        done = backlog("calc", "BACKLOG", customer, "2026-01-31")
        assert done.exit_code == 1, done.output
        assert "Nothing had been read by" in done.output
    assert backlog("sync").exit_code == 0
    done = backlog("calc", "BACKLOG", "*", "2026-01-31", "", "", "", "2020-01-01")
    assert (done.exit_code, "Nothing had been read by 2020-01-01" in done.output) == (1, True)


def test_a_figure_is_printed_bare(synced: Any) -> None:
    for day, figure in (("2025-12-30", "0.00"), ("2025-12-31", "12000.00"), ("2026-01-31", "11000.00")):
        done = synced("calc", "BACKLOG", "Acme Ltd", day)
        assert (done.exit_code, done.stdout) == (0, f"{figure}\n")


def test_a_name_that_begins_with_a_hyphen_is_told_how_it_is_given(synced: Any) -> None:
    done = synced("calc", "BACKLOG", "-Minus Corp")
    assert (done.exit_code, " goes behind two of them: " in done.output) == (2, True)
    assert "No customer is called '-Minus Corp'" in synced("calc", "--", "BACKLOG", "-Minus Corp").output


def test_json_carries_amounts_as_text(synced: Any) -> None:
    done = synced("calc", "RECOGNIZED", "c1", "2026-01-01", "2026-03-31", "", "K1", "--json")
    assert json.loads(done.stdout) == {"value": "3000.00"}
    table = json.loads(synced("calc", "CUSTOMERS", "Acme*", "--json").stdout)
    assert table["columns"] == ["customer_id", "name", "segment", "region"]
    assert [row[1] for row in table["rows"]] == ["Acme Ltd"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["BACKLOG", "Nobody GmbH", "2026-01-31"], "Nobody GmbH"),
        (["BACKLOG", "Acme Ltd", "2027-02-29"], "2027-02-29"),
        (["BACKLOG", "Acme Ltd", "2026-01-31", "Nothing*"], "Nothing"),
        (["BACKLOG", "Acme Ltd", "2026-01-31", "", "K9"], "K9"),
        (["DEFERRED", "Acme Ltd", "2026-01-31", "long"], "total, current or noncurrent"),
        (["RPO", "Acme Ltd", "2026-01-31", "0"], "whole number"),
        (["BACKLOG", "Acme Ltd", "2026-01-31", "", "", "CHF"], "CHF"),
    ],
)
def test_what_cannot_be_answered_is_told_on_standard_error(synced: Any, words: list[str], told: str) -> None:
    done = synced("calc", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


def test_a_batch_answers_in_order_and_a_bad_call_spoils_no_other(synced: Any, tmp_path: Any) -> None:
    calls = [
        ["BACKLOG", "Acme Ltd", "2026-01-31"],
        ["BACKLOG", "Nobody GmbH", "2026-01-31"],
        ["BAKLOG"],
        "BACKLOG",
        ["BACKLOG", None, 46053],
        ["BACKLOG", [["Acme Ltd"], ["Nobody GmbH"]], [["2026-01-31", "2026-02-28"]]],
        ["CUSTOMERS", "*"],
        ["BACKLOG", [["a"], ["b", "c"]]],
        ["BACKLOG", "Acme Ltd", "2026-12-31"],
    ]
    (tmp_path / "calls.json").write_text(json.dumps(calls), "utf-8")
    done = synced("calc", "--batch", "calls.json")
    assert done.exit_code == 0
    answers = json.loads(done.stdout)
    assert [sorted(answer) for answer in answers] == [
        ["value"],
        ["error"],
        ["error"],
        ["error"],
        ["value"],
        ["rows"],
        ["columns", "rows"],
        ["error"],
        ["value"],
    ]
    assert [answers[n]["value"] for n in (0, 4, 8)] == ["11000.00", "11000.00", "0.00"]
    first, second = answers[5]["rows"]
    assert first == ["11000.00", "10000.00"]
    assert all("Nobody GmbH" in cell["error"] for cell in second)
    assert "BACKLOG" in answers[2]["error"]


def test_a_batch_from_standard_input(synced: Any) -> None:
    done = synced("calc", "--batch", "-", input='[["BACKLOG", "Acme Ltd", "2026-06-30"]]')
    assert json.loads(done.stdout) == [{"value": "6000.00"}]


def test_a_batch_that_is_no_list_is_refused(company: Any, backlog: Any) -> None:
    for text, told in (("{", "no JSON"), ('{"a": 1}', "list of calls"), ("[" * 100_000, "no JSON")):
        done = backlog("calc", "--batch", "-", input=text)
        assert done.exit_code == 1
        assert told in done.stderr
    assert backlog("calc", "--batch", "-", input="[]").stdout == "[]\n"


def test_a_slip_in_the_name_is_told_with_the_nearest(company: Any, backlog: Any) -> None:
    done = backlog("calc", "BAKLOG", "Acme Ltd")
    assert done.exit_code == 1
    assert "did you mean BACKLOG?" in done.stderr


def test_a_call_needs_a_name_or_a_file(backlog: Any) -> None:
    assert backlog("calc").exit_code == 2
    assert backlog("calc", "--batch", "missing.json").exit_code == 2


def test_the_vba_module_is_written(backlog: Any, tmp_path: Any) -> None:
    done = backlog("excel", "vba", "out.bas")
    assert done.exit_code == 0, done.output
    assert b"Function BACKLOG(" in (tmp_path / "out.bas").read_bytes()


def test_the_catalogue_is_listed(backlog: Any) -> None:
    listed = backlog("functions").stdout
    assert "DEFERRED(customer, date, part, basis, product, contract, currency, known_at)" in listed
    assert "part: Which part: total, current" in backlog("functions", "deferred").stdout
    catalogue = {function["name"]: function for function in json.loads(backlog("functions", "--json").stdout)}
    assert catalogue["DEFERRED"]["returns"] == "money"
    part = catalogue["DEFERRED"]["arguments"][2]
    assert (part["name"], part["default"], part["words"]) == ("part", "total", ["total", "current", "noncurrent"])


def test_a_fault_of_ours_in_one_call_of_a_batch_is_its_own_answer(
    synced: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("amount")

    monkeypatch.setattr("excel.functions.last_complete", broken)
    calls = tmp_path / "calls.json"
    calls.write_text(json.dumps([["SYNCED", "books"], ["BACKLOG", "Acme Ltd", "2026-01-31"]]))
    done = synced("calc", "--batch", str(calls))
    assert done.exit_code == 1
    first, second = json.loads(done.stdout)
    assert "KeyError" in first["error"]
    assert second == {"value": "11000.00"}
    assert "Traceback" in caplog.text
