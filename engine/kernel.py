"""The kernel that every figure goes through: what rows of promises come to at any days.

A figure is a formula over two tables: entries of some kinds (what was signed, billed, paid) and revenue by the closed form
of its segments. Two modules give the same whole numbers: engine.plain in numpy, and engine.compiled where numba is
installed and the questions so far are worth loading it.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import plain
from engine.arithmetic import IntArray
from engine.clocks import DAY, MONTH, THIRTY, coordinate
from engine.grouped import distinct

if TYPE_CHECKING:
    from engine.ledger import Ledger

_KINDS = 32
_WORTH_LOADING = 20_000_000  # cells the plain kernel works out in the time it takes to load the compiled one


@dataclass
class Choice:
    """How questions are answered; the figures are the same.

    `compiled`: always (True), never (False), or where it pays (None). `threads`: how many share a question, if each then
    has `worth_a_thread` cells (segments × days). `asked`: cells so far.
    """

    compiled: bool | None = None
    threads: int = os.cpu_count() or 1
    worth_a_thread: int = 2_000_000
    asked: int = 0


CHOICE = Choice()


@dataclass(frozen=True)
class Formula:
    """A figure: entries of the kinds `plus` less those of the kinds `minus`, plus `revenue` (1, 0 or −1) times revenue.

    `floor`: what a contract comes to is never below zero (a balance that is the other side's is another figure).
    """

    plus: tuple[int, ...] = ()
    minus: tuple[int, ...] = ()
    revenue: int = 0
    floor: bool = False

    @cached_property
    def weights(self) -> IntArray:
        """1, −1 or 0 for every kind of entry."""
        weights = np.zeros(_KINDS, np.int64)
        weights[list(self.plus)], weights[list(self.minus)] = 1, -1
        return weights


@dataclass(frozen=True)
class Blocks:
    """What rows are made of: row r of the units rows[r] up to rows[r + 1], unit u of the stretches units[u] up to
    units[u + 1], a stretch of adjacent segments and entries. A formula with a floor has it for each unit."""

    rows: IntArray
    units: IntArray
    segment_low: IntArray
    segment_high: IntArray
    entry_low: IntArray
    entry_high: IntArray

    def __len__(self) -> int:
        return self.rows.size - 1

    @cached_property
    def segments(self) -> int:
        """How many segments all rows have."""
        return int((self.segment_high - self.segment_low).sum())

    @cached_property
    def whole(self) -> Blocks:
        """The same with one unit a row: for formulas without a floor."""
        return dataclasses.replace(self, rows=np.arange(self.rows.size), units=self.units[self.rows])


def grid(ledger: Ledger, blocks: Blocks, formula: Formula, days: IntArray, since: IntArray | None = None) -> IntArray:
    """The formula for every row at every day, or over the days since[j]..days[j]; minor units."""
    blocks = blocks if formula.floor else blocks.whole
    # Before anything happened and after everything did, one day is as good as another.
    points = np.clip(days if since is None else np.r_[days, since - 1], ledger.span[0] - 1, ledger.span[1])
    asked, place = distinct(points)
    last, before = place[: days.size], (np.full(days.size, -1) if since is None else place[days.size :])
    work = asked.size * (blocks.segments + len(blocks))
    if fast := _fast(ledger, work):
        out = np.empty((len(blocks), days.size), np.int64)
        table = np.repeat(np.arange(asked.size + 1), np.r_[1, np.diff(asked), 1])
        readings = np.array([coordinate(clock, asked) for clock in (DAY, MONTH, THIRTY)], np.float64)
        given = (*_columns(ledger, blocks, formula), asked, table, readings, last, before)
        if _shared(lambda begin, end: fast.grid(*given, begin, end, out), blocks, work):
            return out
    totals = np.c_[plain.grid(ledger, blocks, formula, asked), np.zeros(len(blocks), np.int64)]
    return totals[:, last] - totals[:, before]


def cells(ledger: Ledger, blocks: Blocks, formula: Formula, at: IntArray, day: IntArray) -> IntArray:
    """The formula for row at[c] at the end of day[c], for every cell c; minor units."""
    work = at.size * blocks.segments // max(len(blocks), 1)
    if fast := _fast(ledger, work):
        # What lies close together is read together; a single cell is quicker without being put in order.
        order = np.argsort(at) if at.size > 1 else None
        asked = (at, day) if order is None else (at[order], day[order])
        figures = np.empty(at.size, np.int64)
        if fast.cells(*_columns(ledger, blocks, formula), *asked, figures):
            if order is None:
                return figures
            out = np.empty_like(figures)
            out[order] = figures
            return out
    return plain.cells(ledger, blocks, formula, at, day)


def _columns(ledger: Ledger, blocks: Blocks, formula: Formula) -> tuple[Any, ...]:
    return (*ledger.lines_and_entries, blocks.rows, blocks.units, blocks.segment_low, blocks.segment_high, blocks.entry_low,
            blocks.entry_high, formula.weights, formula.revenue, formula.floor)  # fmt: skip


def _fast(ledger: Ledger, work: int) -> Any:
    """The compiled kernel, if it is to answer."""
    if CHOICE.compiled is False or not ledger.within_64_bits:
        return None
    CHOICE.asked += work
    return _load() if CHOICE.compiled or CHOICE.asked >= _WORTH_LOADING else None


@cache
def _load() -> Any:
    if importlib.util.find_spec("numba") is None:
        return None
    from engine import compiled

    return compiled


def _shared(work_out: Callable[[int, int], bool], blocks: Blocks, work: int) -> bool:
    """Divides the rows over threads, by how many segments they have."""
    parts = min(CHOICE.threads, work // CHOICE.worth_a_thread)
    if parts < 2:
        return work_out(0, len(blocks))
    before = np.r_[0, np.cumsum(blocks.segment_high - blocks.segment_low)][blocks.units[blocks.rows]]
    cuts = np.searchsorted(before, np.linspace(0, before[-1], parts + 1)[1:-1].astype(np.int64))
    bounds = [0, *cuts.tolist(), len(blocks)]
    return all(_pool(CHOICE.threads).map(work_out, bounds[:-1], bounds[1:]))


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, "kernel")
