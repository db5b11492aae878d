"""The kernel in plain numpy: every stretch of segments and entries worked out on whole columns, exact at any size.

What engine.compiled must equal, and what answers where it does not: without numba, for small questions, and for amounts
beyond 64 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.arithmetic import IntArray, bounded, row_sums
from engine.lines import ENDS, LINE_COLUMNS, explode, take, to_date, value

if TYPE_CHECKING:
    from engine.kernel import Blocks, Formula
    from engine.ledger import Ledger

_AT_ONCE = 2**15  # segments worked on at once: their columns stay in the cache


def grid(ledger: Ledger, blocks: Blocks, formula: Formula, days: IntArray) -> IntArray:
    """Totals up to each day (ascending, each once), a row a row of the blocks.

    A segment is worked out on the days it runs on; before them it adds nothing, and after them its whole in one step.
    """
    units = blocks.units.size - 1
    unit = np.repeat(np.arange(units), np.diff(blocks.units))
    steps = np.zeros((units, days.size + 1), np.int64)
    rows, stretch = explode(blocks.entry_low, blocks.entry_high - 1)
    counted = np.flatnonzero(formula.weights[ledger.entries["kind"][rows]])
    rows, stretch = rows[counted], stretch[counted]
    amount = formula.weights[ledger.entries["kind"][rows]] * ledger.entries["amount"][rows]
    np.add.at(steps, (unit[stretch], np.searchsorted(days, ledger.entries["day"][rows])), bounded(amount))
    running = np.zeros((units, days.size), np.int64)
    if formula.revenue:
        rows, stretch = explode(blocks.segment_low, blocks.segment_high - 1)
        for begin in range(0, rows.size, _AT_ONCE):
            part, of = rows[begin : begin + _AT_ONCE], unit[stretch[begin : begin + _AT_ONCE]]
            segments = {name: ledger.segments[name][part] for name in (*LINE_COLUMNS, *ENDS)}
            first, after = (np.searchsorted(days, segments[name]) for name in ("from_day", "to_day"))
            np.add.at(steps, (of, first), -formula.revenue * segments["opened"])
            np.add.at(steps, (of, after), formula.revenue * segments["closed"])
            place, line = explode(first, after - 1)
            np.add.at(running, (of[line], place), formula.revenue * value(take(segments, line), days[place]))
    figures = np.cumsum(steps[:, :-1], axis=1) + running
    return row_sums(np.maximum(figures, 0) if formula.floor else figures, blocks.rows)


def cells(ledger: Ledger, blocks: Blocks, formula: Formula, at: IntArray, day: IntArray) -> IntArray:
    """Totals of row at[c] up to day[c], for every cell c, each segment worked out from scratch."""
    step = max(1, _AT_ONCE * len(blocks) // max(blocks.segments, 1))
    parts = [_cells(ledger, blocks, formula, at[n : n + step], day[n : n + step]) for n in range(0, at.size, step)]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _cells(ledger: Ledger, blocks: Blocks, formula: Formula, at: IntArray, day: IntArray) -> IntArray:
    unit, cell = explode(blocks.rows[at], blocks.rows[at + 1] - 1)
    stretch, of = explode(blocks.units[unit], blocks.units[unit + 1] - 1)
    figures = np.zeros(unit.size, np.int64)
    if formula.revenue:
        rows, which = explode(blocks.segment_low[stretch], blocks.segment_high[stretch] - 1)
        lines = {name: ledger.segments[name][rows] for name in LINE_COLUMNS}
        np.add.at(figures, of[which], formula.revenue * to_date(lines, day[cell[of[which]]]))
    rows, which = explode(blocks.entry_low[stretch], blocks.entry_high[stretch] - 1)
    counted = formula.weights[ledger.entries["kind"][rows]] * (ledger.entries["day"][rows] <= day[cell[of[which]]])
    np.add.at(figures, of[which], bounded(counted * ledger.entries["amount"][rows]))
    rows = np.searchsorted(cell, np.arange(at.size + 1))
    return row_sums(np.maximum(figures, 0) if formula.floor else figures, rows)
