"""The terms of a measure: labelled amounts of the ledger or of a statement, one for each selection that is asked about."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from engine.arithmetic import prorate
from engine.figures import Scope, answer, contracts_of
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.slices import Slice
from model.errors import Unanswerable
from model.money import Money
from model.periods import day_number
from model.records import NO_AMOUNT

Found = Money | Unanswerable
_FEW = 3
"""So many parts of the books are read one by one; of more, all lines are."""
# Several measures and signals ask for the costs of all lines at one day; the last answer is kept.
_WHOLE: weakref.WeakKeyDictionary[Ledger, tuple[Inputs, dt.date, Any]] = weakref.WeakKeyDictionary()
_PLACED: weakref.WeakKeyDictionary[Ledger, tuple[Inputs, Any, Any, Any]] = weakref.WeakKeyDictionary()


class Term(Protocol):
    """An amount with its `label` and `sign` within a sum."""

    @property
    def label(self) -> str:
        """What it is, with its day or days."""

    @property
    def sign(self) -> int:
        """1 or -1."""

    def amounts(self, ledger: Ledger, scopes: Sequence[Scope], currency: str) -> list[Found]:
        """The amount for each scope, in `currency` (blank: as the engine's figures choose it)."""


@dataclass(frozen=True)
class Figure:
    """A figure of the engine at the end of `last`, or of the days first..last."""

    measure: str
    last: dt.date
    first: dt.date | None = None
    sign: int = 1
    flow: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def label(self) -> str:
        """What it is."""
        if not self.flow:
            return f"{self.name or self.measure} at {self.last}"
        return f"{self.name or self.measure} {f'from {self.first} ' if self.first else ''}to {self.last}"

    def amounts(self, ledger: Ledger, scopes: Sequence[Scope], currency: str) -> list[Found]:
        """See Term."""
        since = None if self.first is None else np.array([day_number(self.first)])
        on = np.array([day_number(self.last)])
        found = answer(ledger, self.measure, scopes, on, since=since, currency=currency, **self.options)
        return [
            found.errors.get((row, 0)) or Money(int(found.minor[row, 0]), str(found.currency[row]))
            for row in range(len(scopes))
        ]


@dataclass(frozen=True)
class Stated:
    """An amount that does not depend on the selection."""

    label: str
    money: Money
    sign: int = 1

    def amounts(self, ledger: Ledger, scopes: Sequence[Scope], currency: str) -> list[Found]:
        """See Term."""
        return [self.money] * len(scopes)


@dataclass(frozen=True)
class Moved:
    """What of the roll-forward of the days first..last counts: all movements but the `without`."""

    first: dt.date
    last: dt.date
    without: tuple[str, ...]
    sign: int = 1

    @property
    def label(self) -> str:
        """What it is."""
        return f"change of backlog from {self.first} to {self.last}, without {', '.join(self.without)}"

    def amounts(self, ledger: Ledger, scopes: Sequence[Scope], currency: str) -> list[Found]:
        """See Term."""
        return [self._one(ledger, scope, currency) for scope in scopes]

    def _one(self, ledger: Ledger, scope: Scope, currency: str) -> Found:
        from engine.movements import backlog_rollforward  # pandas takes half a second to load, and few measures need it

        try:
            rows = backlog_rollforward(ledger, scope, self.first, self.last, currency)
        except Unanswerable as error:
            return error
        counted = rows[~rows["movement"].isin(("opening", "closing", *self.without))]
        return Money(int(counted["amount_minor"].sum()), str(rows["currency"].iloc[0]))


@dataclass(frozen=True)
class Costed:
    """Backlog of the lines whose cost is known (`what` = "backlog"), or what they are still expected to cost ("cost").

    The cost of what remains is the line's expected cost in proportion to its price that remains.
    """

    what: str
    last: dt.date
    inputs: Inputs
    sign: int = 1

    @property
    def label(self) -> str:
        """What it is."""
        if self.what == "cost":
            return f"expected cost of that backlog at {self.last}"
        return f"backlog of lines with a known cost at {self.last}"

    def amounts(self, ledger: Ledger, scopes: Sequence[Scope], currency: str) -> list[Found]:
        """See Term."""
        # Of many parts, all lines are read once and told apart after.
        whole = with_costs(ledger, Scope(), self.last, self.inputs) if len(scopes) > _FEW else None
        return [self._one(ledger, scope, currency, whole) for scope in scopes]

    def _one(self, ledger: Ledger, scope: Scope, currency: str, whole: Any = None) -> Found:
        from engine.currency import Rates

        if whole is None:
            rows = with_costs(ledger, scope, self.last, self.inputs)
        else:
            own = Slice.make(ledger, contracts_of(ledger, scope), scope.products).obligations
            rows = whole[np.isin(whole["obligation"], own)]
        totals = rows.groupby("currency")[f"{self.what}_minor"].sum()
        codes = [str(code) for code in totals.index]
        target = currency or (codes[0] if len(codes) == 1 else ledger.reporting)
        try:
            rates, on = Rates.of(ledger), day_number(self.last)
            parts = [rates.convert(np.array([int(totals[code])]), code, target, on)[0] for code in codes]
        except Unanswerable as error:
            return error
        return Money(int(sum(int(part) for part in parts)), target)


def with_costs(ledger: Ledger, scope: Scope, day: dt.date, inputs: Inputs) -> Any:
    """The lines that count at the end of a day and whose cost is known.

    Columns out: obligation (its place in the ledger), contract (its id), currency, backlog_minor, cost_minor (of what remains),
    total_cost_minor.
    """
    if any(part is not None for part in (scope.customers, scope.products, scope.contracts)):
        return _with_costs(ledger, scope, day, inputs)
    last = _WHOLE.get(ledger)
    if last is None or last[0] is not inputs or last[1] != day:
        last = _WHOLE[ledger] = (inputs, day, _with_costs(ledger, scope, day, inputs))
    return last[2].copy()


def _with_costs(ledger: Ledger, scope: Scope, day: dt.date, inputs: Inputs) -> Any:
    import pandas as pd

    from engine.explain import counted

    found = counted(ledger, scope, day)
    total = _costs(ledger, inputs, day_number(day))[found.obligations]
    rows = np.flatnonzero((total != NO_AMOUNT) & (found.stated > 0))
    contract, total, backlog = found.contracts[rows], total[rows], found.backlog[rows]
    return pd.DataFrame({
        "obligation": found.obligations[rows], "contract": np.asarray(ledger.contracts["id"])[contract],
        "currency": np.asarray(ledger.contracts["currency"])[contract], "backlog_minor": backlog,
        "cost_minor": prorate(total, backlog, found.stated[rows]), "total_cost_minor": total,
    })  # fmt: skip


def _costs(ledger: Ledger, inputs: Inputs, day: int) -> Any:
    """What every obligation is expected to cost as a whole by what was known on a day; of several costs the latest counts."""
    last = _PLACED.get(ledger)
    if last is None or last[0] is not inputs:
        last = _PLACED[ledger] = (inputs, *_placed(ledger, inputs))
    _, place, on, cost = last
    known = (place >= 0) & (on <= day)
    out = np.full(len(ledger.obligations["id"]), NO_AMOUNT)
    order = np.flatnonzero(known)[np.argsort(on[known], kind="stable")]
    out[place[order]] = cost[order]
    return out


def _placed(ledger: Ledger, inputs: Inputs) -> tuple[Any, Any, Any]:
    """Of each stated cost the obligation it is of (-1: none), its day and its amount."""
    costs = inputs.costs()
    wanted = set(zip(costs["source"], costs["line_id"], strict=True))
    places: dict[tuple[str, str], int] = {}
    if wanted:
        sources = np.asarray(ledger.contracts["source"])[np.asarray(ledger.obligations["contract"])].tolist()
        for place, (source, name) in enumerate(zip(sources, ledger.obligations["id"], strict=True)):
            key = (source, name.removeprefix(f"{source}:"))
            if key in wanted:
                places[key] = place
    found = [places.get(key, -1) for key in zip(costs["source"], costs["line_id"], strict=True)]
    return np.array(found, np.int64), costs["on"].to_numpy(np.int64), costs["cost_minor"].to_numpy(np.int64)
