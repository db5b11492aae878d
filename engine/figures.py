"""The figures: any measure at any days, for one selection or a hundred thousand, in one evaluation.

Every figure is a sum of whole minor units over contracts, in the currency they share or converted into one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import kernel
from engine.arithmetic import BoolArray, IntArray
from engine.balances import BUCKETS, FLOWS, MEASURES, Measure
from engine.converted import converted
from engine.ledger import Ledger
from engine.scopes import Rows, Scope, contracts_of
from model.errors import Unanswerable

__all__ = ["BUCKETS", "FLOWS", "MEASURES", "Answers", "Rows", "Scope", "answer", "answer_cells", "contracts_of"]


@dataclass
class Answers:
    """`minor`: int64, a row a scope and a column a day; `currency`: text, of each row; `errors` by (row, column)."""

    minor: IntArray
    currency: NDArray[np.object_]
    errors: dict[tuple[int, int], Unanswerable] = field(default_factory=dict)

    @classmethod
    def blank(cls, rows: int, columns: int) -> Answers:
        """Rows to be filled."""
        return cls(np.zeros((rows, columns), np.int64), np.full(rows, "", object))

    def lay(self, numbers: IntArray, part: Answers, back: IntArray | slice = slice(None)) -> None:
        """Fills rows from another answer; `back`: which of its rows each of them is."""
        self.minor[numbers], self.currency[numbers] = part.minor[back], part.currency[back]
        if part.errors:
            of = np.arange(len(part.currency))[back]
            for (row, column), error in part.errors.items():
                self.errors |= {(number, column): error for number in numbers[of == row].tolist()}


def answer(ledger: Ledger, measure: str, scopes: Sequence[Scope] | Rows, days: IntArray, *, since: IntArray | None = None,
           currency: str = "", **options: Any) -> Answers:  # fmt: skip
    """The measure for every scope (rows) at every day (columns), in one evaluation.

    `days`: day numbers; flows (recognized, billed, collected, bookings, cancellations) are of the days since[j]..days[j],
    both included, from the beginning without `since`. `currency`: blank is the one that the contracts of a scope share,
    else the reporting currency. `options`: part, basis, bucket, months, until.
    """
    asked = Measure.of(measure, **options)
    if asked.part == "noncurrent":
        # The two parts sum to the whole in every currency: noncurrent is what the current part leaves.
        whole, current = (answer(ledger, measure, scopes, days, since=since, currency=currency, **{**options, "part": part})
                          for part in ("total", "current"))  # fmt: skip
        return Answers(whole.minor - current.minor, whole.currency, {**whole.errors, **current.errors})
    days, since = np.asarray(days, np.int64), None if since is None else np.asarray(since, np.int64)
    groups = list(_by_products(ledger, scopes))
    if len(groups) == 1:
        return _answer(asked, groups[0][1], days, since, currency)
    result = Answers.blank(len(scopes), days.size)
    for numbers, rows in groups:
        result.lay(numbers, _answer(asked, rows, days, since, currency))
    return result


def answer_cells(ledger: Ledger, measure: str, scopes: Sequence[Scope] | Rows, at: IntArray, days: IntArray, *,
                 since: IntArray | None = None, currency: str = "", **options: Any) -> Answers:  # fmt: skip
    """The measure for scope at[c] at days[c] (over since[c]..days[c]) for every cell c: a row a cell, one column.

    For cells that lie scattered over scopes and days; the rest as `answer`.
    """
    asked = Measure.of(measure, **options)
    result = Answers.blank(at.size, 1)
    for numbers, rows in _by_products(ledger, scopes):
        place = np.full(len(scopes), -1)
        place[numbers] = np.arange(numbers.size)
        mine = np.flatnonzero(place[at] >= 0)
        row, last, first = place[at[mine]], days[mine], None if since is None else since[mine]
        names, own = _currencies(rows, currency)
        if (formula := asked.in_kernel(rows)) and own.all():
            blocks = rows.blocks
            minor = kernel.cells(ledger, blocks, formula, row, last)
            if first is not None:
                minor -= kernel.cells(ledger, blocks, formula, row, first - 1)
            result.lay(mine, Answers(minor[:, None], names[row]))
            continue
        # What is not one formula in one currency is answered day by day.
        spans, of = np.unique(last if first is None else np.c_[last, first], axis=0, return_inverse=True)
        for n, span in enumerate(spans.reshape(len(spans), -1).tolist()):
            cells = np.flatnonzero(of.ravel() == n)
            used, back = np.unique(row[cells], return_inverse=True)
            part = answer(ledger, measure, rows.take(used), np.array(span[:1]), currency=currency,
                          since=None if first is None else np.array(span[1:]), **options)  # fmt: skip
            result.lay(mine[cells], part, back)
    return result


def _answer(asked: Measure, rows: Rows, days: IntArray, since: IntArray | None, currency: str) -> Answers:
    names, own = _currencies(rows, currency)
    if own.all():
        return Answers(asked.totals(rows, days, since), names)
    result = Answers.blank(len(rows), days.size)
    plain, others = np.flatnonzero(own), np.flatnonzero(~own)
    result.lay(plain, Answers(asked.totals(rows.take(plain), days, since), names[plain]))
    minor, errors = converted(asked, rows.take(others), days, since, currency or rows.ledger.reporting)
    result.lay(others, Answers(minor, names[others], errors))
    return result


def _currencies(rows: Rows, currency: str) -> tuple[NDArray[np.object_], BoolArray]:
    """The currency of each row's answer, and whether all its contracts are in that currency already."""
    _, names = rows.ledger.currencies
    if currency:
        code = names.index(currency) if currency in names else -3
        return np.full(len(rows), currency, object), (rows.currency == code) | (rows.currency == -2)
    # The last two: without a contract, and of several currencies.
    words = np.array([*names, rows.ledger.reporting, rows.ledger.reporting], object)
    return words[rows.currency], rows.currency != -1


def _by_products(ledger: Ledger, scopes: Sequence[Scope] | Rows) -> Iterator[tuple[IntArray, Rows]]:
    """The scopes as rows, those that name the same products together: their numbers and the rows."""
    if isinstance(scopes, Rows):
        yield np.arange(len(scopes)), scopes
        return
    groups: dict[bytes | None, list[int]] = {}
    for n, scope in enumerate(scopes):
        groups.setdefault(None if scope.products is None else scope.products.tobytes(), []).append(n)
    for members in groups.values():
        yield np.array(members, np.int64), Rows.of(ledger, [scopes[n] for n in members])
