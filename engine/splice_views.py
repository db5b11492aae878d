"""The views of closed periods (engine.views) in a ledger out of two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.arithmetic import IntArray
from engine.runs import Runs
from engine.splice import Splice
from engine.views import SEEN, View

if TYPE_CHECKING:
    from engine.ledger import Ledger


class _Seen(Splice):
    """The tables of a view out of those of two ledgers; what they share with the ledger is where that has it."""

    def __init__(self, sources: tuple[Ledger, Ledger], whose: list[int], contracts: Runs, above: Splice) -> None:
        super().__init__(sources, contracts, "contracts")
        self._whose, self._above = whose, above

    def moved(self, table: str, source: int) -> IntArray:
        """As in the ledger for what views do not have themselves."""
        return super().moved(table, source) if table in SEEN else self._above.moved(table, self._whose[source])


def spliced_views(made: Splice, ledger: Ledger) -> tuple[View, ...]:
    """The views of both sources as those of the spliced `ledger`; one that sees no contract is none."""
    days = sorted({view.to_day for source in made.sources for view in source.views})
    views = [_view(made, ledger, day) for day in days]
    return tuple(view for view in views if view.contract.size)


def _view(made: Splice, ledger: Ledger, day: int) -> View:
    found = [next((view for view in source.views if view.to_day == day), None) for source in made.sources]
    some = next(view for view in found if view is not None)
    # For a source without a view the other's stands in, of which no row is taken.
    views = [view or some for view in found]
    whose = [n if view is not None else 1 - n for n, view in enumerate(found)]
    runs = made.runs("contracts")
    held = np.array([view is not None for view in found])[runs.source]
    runs = Runs(runs.source[held], runs.low[held], runs.high[held])
    rows = _edges(runs, [view.contract for view in views], np.searchsorted)
    # The contracts that are known stand in the order of those that the view speaks of.
    known = [np.r_[0, np.cumsum(view.at >= 0)] for view in views]
    contracts = _edges(rows, known, lambda before, edge: before[edge])
    seen = _Seen((views[0].ledger, views[1].ledger), whose, contracts, made)
    contract = _columns(rows, [made.moved("contracts", whose[n])[view.contract] for n, view in enumerate(views)])
    at = _columns(rows, [seen.moved("contracts", n)[view.at] for n, view in enumerate(views)])
    places = [made.moved("obligations", whose[n])[view.obligation] for n, view in enumerate(views)]
    part = ledger.part(some.ledger.policy, {name: seen.table(name) for name in SEEN})
    part.has_indexes({"bounds": seen.bounds()})
    return View(day, part, contract, at, _columns(seen.runs("obligations"), places))


def _edges(runs: Runs, held: list[Any], find: Any) -> Runs:
    """Runs by the edges of other runs, which `find` looks up in what each source has."""
    low, high = np.zeros_like(runs.low), np.zeros_like(runs.high)
    for n in (0, 1):
        mine = runs.source == n
        low[mine], high[mine] = find(held[n], runs.low[mine]), find(held[n], runs.high[mine])
    return Runs(runs.source, low, high)


def _columns(runs: Runs, columns: list[IntArray]) -> IntArray:
    return np.concatenate([columns[0][:0], *(columns[n][low:high] for n, low, high in runs)])
