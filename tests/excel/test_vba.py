"""The VBA wrapper: as xlwings' own generator writes it, with error values in place of texts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from excel.catalogue import functions
from excel.vba import module_text, real_errors, wrapper


@pytest.fixture(scope="module")
def excel(harness: Any) -> Any:
    return harness({"wrapper": True})


def test_the_wrapper_is_the_one_xlwings_generates(excel: Any) -> None:
    assert wrapper() == excel["wrapper"]
    assert module_text() == excel["module"]


def test_every_function_is_there_with_its_arguments(excel: Any) -> None:
    declared = dict(re.findall(r"^Function (\w+)\((.*)\)$", excel["wrapper"], re.MULTILINE))
    assert set(declared) == {function.name for function in functions()}
    assert declared["RECOGNIZED"] == (
        "Optional customer, Optional from_, Optional to_, Optional product, Optional contract, "
        "Optional currency_, Optional known_at"
    )


def test_answers_pass_through_the_error_maker_and_failures_are_errors() -> None:
    text = real_errors(wrapper())
    assert "Err.Description" not in text
    assert text.count("= CVErr(xlErrNA)") == len(functions())
    assert text.count("= RealErrors(XLPy.CallUDF(") == text.count("XLPy.CallUDF(") == 2 * len(functions())
    assert (
        '        SYNCED = RealErrors(XLPy.CallUDF("excel.udf", "SYNCED", Array(connector, Application.Caller, True), '
        "ThisWorkbook, Application.Caller))\n"
    ) in text


def test_the_module_is_what_the_vba_editor_can_read() -> None:
    text = module_text()
    assert text.isascii()
    assert text.startswith('Attribute VB_Name = "xlwings_udfs"\r\n')
    assert "\n" not in text.replace("\r\n", "")
    lines = text.split("\r\n")
    assert max(len(line) for line in lines) <= 1023
    continued = "".join("_" if line.endswith(" _") else "." for line in lines)
    assert "_" * 25 not in continued
    assert text.count("Application.MacroOptions") == len(functions())


def test_an_add_in_asks_for_the_active_workbook() -> None:
    assert "ThisWorkbook" not in module_text(add_in=True)
    assert "ActiveWorkbook" in module_text(add_in=True)
