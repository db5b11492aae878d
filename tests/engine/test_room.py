"""Room for a column is an array like any other, of any size."""

from __future__ import annotations

import numpy as np
import pytest

from engine.room import room, rows_of


@pytest.mark.parametrize("count", [0, 3, 2**19, 2**20 + 1])
def test_what_is_written_is_read(count: int) -> None:
    one, other = room(count), room(count)
    one[:], other[:] = np.arange(count), -1
    assert one.dtype == np.int64
    assert np.array_equal(one, np.arange(count))
    assert (other == -1).all()


def test_values_are_taken_at_rows() -> None:
    rows = np.arange(700_000)[::-1].copy()
    numbers, words, flags = np.arange(700_000), np.array(["a", "b"] * 350_000, object), rows % 3 == 0
    for values in (numbers, words, flags):
        assert np.array_equal(rows_of(values, rows), values[rows])
