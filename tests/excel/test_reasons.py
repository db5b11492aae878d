"""Why a cell shows an error."""

from excel import reasons
from excel.reasons import reason, remember
from model.errors import Unanswerable


def test_the_latest_reason_of_a_cell_is_told() -> None:
    remember("Sheet1!$A$1", "BACKLOG", {(0, 0): Unanswerable("unknown customer 'X'")})
    remember("Sheet1!$A$1", "BACKLOG", {(0, 0): Unanswerable("unknown customer 'Y'")})
    assert reason("Sheet1!$A$1") == "BACKLOG: unknown customer 'Y'"


def test_equal_reasons_of_a_range_are_told_once_and_many_are_cut() -> None:
    same = Unanswerable("no rate")
    remember("Sheet1!$B$1", "RPO", {(1, 0): same, (2, 0): same, (2, 3): Unanswerable("other")})
    assert reason("Sheet1!$B$1").splitlines() == [
        "RPO, row 2 column 1 of its range and 1 more: no rate",
        "RPO, row 3 column 4 of its range: other",
    ]
    remember("Sheet1!$B$2", "RPO", {(n, 0): Unanswerable(f"reason {n}") for n in range(30)})
    assert reason("Sheet1!$B$2").splitlines()[-1] == "and 18 more reasons"


def test_the_oldest_are_forgotten() -> None:
    for n in range(reasons._KEPT + 5):
        remember(f"cell {n}", "RPO", {(0, 0): Unanswerable("x")})
    assert len(reasons._reasons) == reasons._KEPT
    assert reason("cell 0").startswith("No error")
