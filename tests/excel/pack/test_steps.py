"""A bridge drawn: bars stand on nothing, changes hang between what was before and what is after."""

from __future__ import annotations

from decimal import Decimal

from excel.pack.sheet import Formula
from excel.pack.steps import Step, bridge_chart
from excel.patch.values import CellError

OPENING = Step("Opening", "a", Decimal(100), stands=True)


def drawn(*steps):
    """Step, where it is drawn from, up, down, of each row."""
    _, (table,) = bridge_chart("steps", "Bridge", "USD", steps)
    rows = []
    for row in table.rows:
        values = {key: cell.value for key, cell in row.cells.items() if isinstance(cell, Formula)}
        rows.append((row.cells["step"], *(values.get(key) for key in ("level", "base", "up", "down"))))
    return rows


def test_a_rise_stands_on_what_was_and_a_fall_hangs_from_it():
    rise, fall = Step("Bookings", "b", Decimal(40)), Step("Revenue", "c", Decimal(-60))
    closing = Step("Closing", "d", Decimal(80), stands=True)
    assert drawn(OPENING, rise, fall, closing) == [
        ("Opening", 100, None, None, None),
        ("Bookings", None, 100, 40, 0),
        ("Revenue", None, 80, 0, 60),
        ("Closing", 80, None, None, None),
    ]


def test_nothing_is_drawn_that_would_hang_below_nothing_or_is_not_known():
    assert bridge_chart("steps", "Bridge", "USD", (OPENING, Step("Revenue", "b", Decimal(-101)))) == ((), ())
    assert bridge_chart("steps", "Bridge", "USD", (OPENING, Step("Revenue", "b", CellError("#N/A")))) == ((), ())
