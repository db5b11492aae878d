"""Answers at the edge: decimals as text, the nearest double in a cell."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excel.answers import Amounts, Table, Values, numbers, plain
from excel.presentation import as_json
from model.errors import Unanswerable
from model.money import Money

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Money(1_100_000, "USD"), "11000.00"),
        (Money(-5, "USD"), "-0.05"),
        (Money(8333, "JPY"), "8333"),
        (Money(0, "KWD"), "0.000"),
        (Money(2**63 - 1, "USD"), "92233720368547758.07"),
        (dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC), "2026-01-31T12:00:00Z"),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (Decimal("1E+3"), "1000"),
        ("text", "text"),
        (None, None),
    ],
)
def test_json_writes_amounts_as_decimal_text(cell: object, expected: object) -> None:
    assert plain(cell) == expected  # type: ignore[arg-type]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.sampled_from(sorted(DIGITS)))
def test_a_cell_holds_the_double_nearest_to_the_decimal(units: list[int], code: str) -> None:
    amounts = Amounts(np.array([units], np.int64), np.full((1, len(units)), code, object))
    assert numbers(amounts) == [[float(Decimal(unit).scaleb(-DIGITS[code])) for unit in units]]


def test_the_forms_of_json() -> None:
    one = Amounts(np.array([[1_100_000]]), np.array([["USD"]], object))
    assert as_json(one) == {"value": "11000.00"}
    two = Amounts(np.array([[1, 2]]), np.array([["USD", "JPY"]], object), {(0, 1): Unanswerable("no rate")})
    assert as_json(two) == {"rows": [["0.01", {"error": "no rate"}]]}
    assert as_json(Table(("customer", "backlog"), [("Acme", Money(1, "USD"))])) == {
        "columns": ["customer", "backlog"],
        "rows": [["Acme", "0.01"]],
    }
    with pytest.raises(Unanswerable, match="never read"):
        as_json(Values([[Unanswerable("never read")]]))
