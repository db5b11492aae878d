"""Figures in another currency than their contracts': every contract is converted by itself and then summed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from engine.arithmetic import BoolArray, IntArray, row_sums
from engine.balances import CONTRACTED, FLOWS, Measure
from engine.currency import Rates
from engine.flows import converted_flows
from engine.historic import at_historic_rates
from engine.scopes import Rows
from engine.slices import Slice
from model.errors import Unanswerable

Errors = dict[tuple[int, int], Unanswerable]


def converted(asked: Measure, rows: Rows, days: IntArray, since: IntArray | None,
              target: str) -> tuple[IntArray, Errors]:  # fmt: skip
    """The measure for every row at every day in minor units of `target`, and where a rate is missing."""
    ledger = rows.ledger
    union, place = np.unique(rows.contracts, return_inverse=True)
    part = Slice.make(ledger, union, rows.products)
    figures, spans = asked.per_contract(part, days, since)
    amounts, errors = np.zeros(spans.shape, np.int64), Errors()
    unrated: dict[tuple[int, int], Unanswerable] = {}
    codes, names = ledger.currencies
    rates, own = Rates.of(ledger), codes[union]
    row_of = np.repeat(np.arange(len(rows)), np.diff(rows.bounds))
    for code in np.unique(own).tolist():
        mine = np.flatnonzero(own == code)
        if names[code] == target:
            amounts[mine] = spans[mine]
            continue
        some = part.some(mine)
        flows, missing = amounts[:0], dict[int, Unanswerable]()
        if asked.name in FLOWS and figures[mine].any():
            firsts = np.full(days.size, ledger.span[0]) if since is None else since
            windows = list(zip(firsts.tolist(), days.tolist(), strict=True))
            flows, missing = converted_flows(some, _figures_of(asked), names[code], target, windows)
        for n, day in enumerate(days.tolist()):
            try:
                if not figures[mine, n].any():
                    rates.ask(names[code], target, day, flow=asked.name in FLOWS)
                elif n in missing:
                    raise missing[n]
                elif asked.name in FLOWS:
                    amounts[mine, n] = flows[:, n]
                elif asked.name == "deferred":
                    amounts[mine, n] = at_historic_rates(some, spans[mine, n], day, names[code], target)
                else:
                    amounts[mine, n] = rates.convert(spans[mine, n], names[code], target, day)
            except Unanswerable as error:
                unrated[code, n] = error
                wanting = (own == code) & (figures[:, n] != 0)
                errors |= {(row, n): error for row in np.unique(row_of[wanting[place]]).tolist()}
    if unrated:
        errors = _unheard(part.figure(CONTRACTED, days)[place] != 0, own[place], row_of, unrated) | errors
    return row_sums(amounts[place], rows.bounds), errors


@cache
def _figures_of(asked: Measure) -> Callable[[Slice, IntArray], IntArray]:
    """One function for each measure."""
    return asked.figures


def _unheard(
    counts: BoolArray, codes: IntArray, row_of: IntArray, unrated: dict[tuple[int, int], Unanswerable]
) -> Errors:
    """Where all that counts by a day is in currencies without a rate: nothing of it is no figure, not a silent nought.

    `counts`: of each row's contracts and each day, whether anything was contracted by then.
    """
    errors = Errors()
    for n in sorted({n for _, n in unrated}):
        missing = np.isin(codes, [code for code, m in unrated if m == n])
        heard = np.unique(row_of[counts[:, n] & ~missing])
        for code in (code for code, m in unrated if m == n):
            rows = np.setdiff1d(row_of[counts[:, n] & (codes == code)], heard)
            errors |= {(row, n): unrated[code, n] for row in rows.tolist()}
    return errors
