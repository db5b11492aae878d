"""Ranges and how they fit together."""

import numpy as np
import pytest

from excel.ranges import SHEET_COLUMNS, SHEET_ROWS, cells, fit
from excel.remote import trimmed
from model.errors import WrongArgument


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("Acme", [["Acme"]]),
        (None, [[None]]),
        (["a", "b"], [["a", "b"]]),
        ((("a",), ("b",)), [["a"], ["b"]]),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.float64(2.0), [[2.0]]),
    ],
)
def test_a_value_or_rows_of_values_are_cells(value: object, rows: list[list[object]]) -> None:
    assert cells(value) == rows


@pytest.mark.parametrize("value", [[], [[]], [["a", "b"], ["c"]], ["a", ["b"]]])
def test_what_is_no_rectangle_is_refused(value: object) -> None:
    with pytest.raises(WrongArgument):
        cells(value)


def test_a_whole_column_counts_as_far_as_it_is_filled() -> None:
    column = [["Acme Ltd"], [None], ["Beta KK"], *([[None]] * (SHEET_ROWS - 3))]
    assert cells(column) == [["Acme Ltd"], [None], ["Beta KK"]]
    assert trimmed([column]) == [[["Acme Ltd"], [None], ["Beta KK"]]]
    assert cells([["Acme Ltd", *[""] * (SHEET_COLUMNS - 1)]]) == [["Acme Ltd"]]
    assert cells([[None]] * SHEET_ROWS) == [[None]]


@pytest.mark.parametrize(
    ("shapes", "shape"),
    [
        ([(1, 1)], (1, 1)),
        ([(200, 1), (1, 12)], (200, 12)),
        ([(3, 2), (3, 2), (1, 1)], (3, 2)),
        ([(3, 2), (1, 2)], (3, 2)),
    ],
)
def test_shapes_combine_as_in_a_sheet(shapes: list[tuple[int, int]], shape: tuple[int, int]) -> None:
    assert fit(shapes) == shape


@pytest.mark.parametrize("shapes", [[(3, 1), (4, 1)], [(2, 2), (2, 3)], [(1_048_576, 1), (1, 16_384)]])
def test_shapes_that_do_not_fit_are_refused(shapes: list[tuple[int, int]]) -> None:
    with pytest.raises(WrongArgument):
        fit(shapes)
