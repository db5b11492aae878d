"""Single figures: one at a time, and a column of cells scattered over customers and days."""

from __future__ import annotations

import numpy as np

from bench.company import ENDS
from bench.measure import Line, medians, most, told
from engine.figures import Rows, answer, answer_cells
from engine.kernel import CHOICE
from engine.ledger import Ledger
from engine.points import Points

_ONE, _MANY = 20_000, 50_000


def lines(ledger: Ledger) -> list[Line]:
    """The rows of the table; before them, that all give what the matrix gives."""
    CHOICE.compiled = True
    random = np.random.default_rng(606)
    rows = Rows.customers(ledger)
    at, month = random.integers(0, len(rows), _MANY), random.integers(0, ENDS.size, _MANY)
    expected = answer(ledger, "backlog", rows, ENDS).minor[at, month]
    days = ENDS[month]
    backlog = Points(ledger, "backlog")
    single = list(zip(at[:_ONE].tolist(), days[:_ONE].tolist(), strict=True))
    assert [backlog(customer, day) for customer, day in single] == expected[:_ONE].tolist()
    assert np.array_equal(answer_cells(ledger, "backlog", rows, at, days).minor[:, 0], expected)
    times = medians({
        "one": lambda: [backlog(customer, day) for customer, day in single],
        "many": lambda: answer_cells(ledger, "backlog", rows, at, days),
    })  # fmt: skip
    one, many = times["one"] / _ONE, times["many"] / _MANY
    return [
        Line("One backlog of one customer on one day", told(one), *most(one, 10e-6, "10 µs")),
        Line(f"{_MANY:,} backlogs of customers and days in one question", f"{told(many)} a cell", *most(many, 1e-6, "1 µs a cell")),
    ]  # fmt: skip
