"""The figures: what was contracted, recognized, billed, deferred and is still backlog, at any day, for any selection.

Balances are computed per contract and then summed, never netted across contracts (ASC 606-10-45-1); every figure is a sum
of whole minor units. One evaluation answers a whole table of selections by days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from engine import kinds as r
from engine.arithmetic import IntArray, bounded
from engine.currency import Rates
from engine.kinds import BOOKED, CANCELLATION, COMMITMENT, corrected
from engine.ledger import Ledger
from engine.planned import disclosed, due, limited, scheduled, within_notice
from engine.slices import Slice
from engine.views import as_seen
from model.errors import Unanswerable, WrongArgument


@dataclass(frozen=True)
class Scope:
    """Which promises a question is about: positions of customers, products, contracts; None is all of them."""

    customers: IntArray | None = None
    products: IntArray | None = None
    contracts: IntArray | None = None


@dataclass
class Answers:
    """`minor`: int64, a row a scope and a column a day; `currency` of each row; `errors` by (row, column)."""

    minor: IntArray
    currency: list[str]
    errors: dict[tuple[int, int], Unanswerable] = field(default_factory=dict)


def _contracted(part: Slice, days: IntArray, **_: Any) -> IntArray:
    total = part.entries(COMMITMENT, days)
    rows, notice = limited(part.ledger, part.contracts)
    if rows.size:
        # Nothing is promised beyond what a notice given today would leave (606-10-25-3).
        some = part.some(rows)
        total[rows] = some.recognized(days) + within_notice(some, days, notice)
    return total


def _recognized(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return part.recognized(days)


def _backlog(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return _contracted(part, days) - part.recognized(days)


def _billed(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return part.entries((r.BILLED, r.CREDITED), days)


def _collected(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return part.entries((r.CASH, r.ON_ACCOUNT), days)


def _deferred(part: Slice, days: IntArray, *, part_: str = "total", basis: str = "", **_: Any) -> IntArray:
    basis = basis or part.ledger.policy.deferred_basis
    if basis == "paid":
        held = part.entries((r.CASH, r.CASH_TAX), days, {r.CASH_TAX: -1})
    else:
        held = part.entries((r.BILLED, r.CREDITED), days)
    balance = np.maximum(held - part.recognized(days), 0)
    if part_ == "total":
        return balance
    current = np.minimum(balance, np.maximum(scheduled(part, days, 12), 0))
    return current if part_ == "current" else balance - current


def _unbilled(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return np.maximum(part.recognized(days) - part.entries((r.BILLED, r.CREDITED), days), 0)


_OWED = (r.BILLED, r.CREDITED, r.TAX, r.TAX_CREDITED, r.CASH, r.ON_ACCOUNT, r.WRITTEN_OFF)
_OWED_SIGN = {r.CASH: -1, r.ON_ACCOUNT: -1, r.WRITTEN_OFF: -1}
BUCKETS: Mapping[str, tuple[int, int]] = {
    "current": (-(2**40), 0), "1-30": (1, 30), "31-60": (31, 60), "61-90": (61, 90), "90+": (91, 2**40),
}  # fmt: skip


def _receivable(part: Slice, days: IntArray, *, bucket: str = "total", **_: Any) -> IntArray:
    if bucket == "total":
        return part.entries(_OWED, days, _OWED_SIGN)
    low, high = BUCKETS[bucket]
    rows, at = part.rows(part.ledger.entry_bounds)
    table = part.ledger.entries
    keep = np.isin(table["kind"][rows], _OWED)
    rows, at = rows[keep], at[keep]
    sign = np.where(np.isin(table["kind"][rows], list(_OWED_SIGN)), -1, 1)
    invoice, day, amount = table["invoice"][rows], table["day"][rows], table["amount"][rows] * sign
    # What is on no invoice (cash on account) has no due date and is never late.
    due = np.where(invoice >= 0, np.r_[part.ledger.invoices["due_on"], 0][invoice], 2**30)
    out = np.zeros((part.contracts.size, days.size), np.int64)
    for n, asked in enumerate(days):
        late = asked - due
        on = (day <= asked) & (late >= low) & (late <= high)
        np.add.at(out[:, n], at[on], amount[on])
    return out


def _rpo(part: Slice, days: IntArray, *, months: int | None = None, **_: Any) -> IntArray:
    return disclosed(part, days, months)


def _due(part: Slice, days: IntArray, *, months: int | None = None, **_: Any) -> IntArray:
    return due(part, days, months)


def _bookings(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return part.entries((*BOOKED, *corrected(BOOKED)), days)


def _cancellations(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return -part.entries((CANCELLATION, *corrected([CANCELLATION])), days)


Measure = Callable[..., IntArray]
MEASURES: Mapping[str, Measure] = {
    "contracted": as_seen(_contracted), "recognized": _recognized, "backlog": as_seen(_backlog), "billed": _billed,
    "collected": _collected, "deferred": as_seen(_deferred), "unbilled": _unbilled, "receivable": _receivable,
    "rpo": as_seen(_rpo), "bookings": _bookings, "cancellations": _cancellations,
    "due": as_seen(_due),
}  # fmt: skip
FLOWS = frozenset({"recognized", "billed", "collected", "bookings", "cancellations"})
_WORDS = {"part": ("total", "current", "noncurrent"), "basis": ("", "billed", "paid"), "bucket": ("total", *BUCKETS)}


def answer(ledger: Ledger, measure: str, scopes: Sequence[Scope], days: IntArray, *, since: IntArray | None = None,
           currency: str = "", **options: Any) -> Answers:  # fmt: skip
    """The measure for every scope (rows) at every day (columns), in one evaluation.

    `days`: day numbers; flows (recognized, billed, collected, bookings, cancellations) are of the days since[j]..days[j],
    both included, from the beginning without `since`. `currency`: blank is the one that the contracts of a scope share,
    else the reporting currency. `options`: part, basis, bucket, months.
    """
    for name, allowed in _WORDS.items():
        if options.get(name, "") not in ("", *allowed):
            raise WrongArgument(f"{options[name]!r} is no {name}; it is one of: {', '.join(w for w in allowed if w)}")
    if options.get("part") == "noncurrent":
        # The two parts sum to the whole in every currency: noncurrent is what the current part leaves.
        whole, current = (answer(ledger, measure, scopes, days, since=since, currency=currency, **{**options, "part": part})
                          for part in ("total", "current"))  # fmt: skip
        return Answers(whole.minor - current.minor, whole.currency, {**whole.errors, **current.errors})
    options = {("part_" if k == "part" else k): v for k, v in options.items() if v not in ("", None)}
    days = np.asarray(days, np.int64)
    points = days if since is None else np.r_[days, np.asarray(since, np.int64) - 1]
    result = Answers(np.zeros((len(scopes), days.size), np.int64), [""] * len(scopes))
    groups: dict[bytes, list[int]] = {}
    for n, scope in enumerate(scopes):
        groups.setdefault(b"" if scope.products is None else b"p" + scope.products.tobytes(), []).append(n)
    for members in groups.values():
        chosen = [contracts_of(ledger, scopes[n]) for n in members]
        union = np.unique(np.concatenate(chosen)) if len(chosen) > 1 else chosen[0]
        part = Slice.make(ledger, union, scopes[members[0]].products)
        measured = partial(MEASURES[measure], **options)
        asked = _Asked(
            part, scopes[members[0]].products, measured, days, since, measure in FLOWS, measured(part, points)
        )
        for n, contracts in zip(members, chosen, strict=True):
            rows = np.arange(union.size) if contracts.size == union.size else np.searchsorted(union, contracts)
            _place(result, n, asked, rows, currency)
    return result


def contracts_of(ledger: Ledger, scope: Scope) -> IntArray:
    """The contracts a scope holds, in order."""
    if scope.customers is None and scope.contracts is None:
        return np.arange(len(ledger.contracts["id"]))
    contracts = ledger.contract_slice(scope.customers) if scope.customers is not None else scope.contracts
    assert contracts is not None  # noqa: S101 - one of the two is given
    return (
        contracts if scope.contracts is None or scope.customers is None else np.intersect1d(contracts, scope.contracts)
    )


@dataclass
class _Asked:
    """A question as it is worked on: the rows it needs, what is measured when, and the figures in their own currencies."""

    part: Slice
    products: IntArray | None
    measure: Measure
    days: IntArray
    since: IntArray | None
    flow: bool
    figures: IntArray
    _converted: dict[tuple[str, str], tuple[IntArray, dict[int, Unanswerable]]] = field(default_factory=dict)

    @property
    def currency(self) -> Any:
        """The currency of each contract."""
        return np.asarray(self.part.ledger.contracts["currency"])[self.part.contracts]

    def own(self) -> IntArray:
        """The figures of the asked days, or of the days between since and days."""
        count = self.days.size
        return self.figures[:, :count] - (self.figures[:, count:] if self.since is not None else 0)

    def converted(self, source: str, target: str) -> tuple[IntArray, dict[int, Unanswerable]]:
        """All contracts of one currency in another (other rows 0), and the columns that have no rate."""
        if (source, target) not in self._converted:
            rows = np.flatnonzero(self.currency == source)
            some, spans = self.part.some(rows), self.own()
            out, errors = np.zeros(spans.shape, np.int64), {}
            rates = Rates.of(self.part.ledger)
            for n, day in enumerate(self.days.tolist()):
                if not self.figures[rows, n].any():
                    continue  # nothing was ever there: no rate is needed
                try:
                    if self.flow:
                        out[rows, n] = rates.converted_flow(
                            partial(self.measure, some), source, target, self._first(n), day
                        )
                    else:
                        out[rows, n] = rates.convert(spans[rows, n], source, target, day)
                except Unanswerable as error:
                    errors[n] = error
            self._converted[source, target] = (out, errors)
        return self._converted[source, target]

    def _first(self, column: int) -> int:
        """The first day of a flow; without one, the first day anything happened."""
        if self.since is not None:
            return int(self.since[column])
        ledger = self.part.ledger
        days = [table[name] for table, name in ((ledger.entries, "day"), (ledger.segments, "from_day"))]
        return min((int(values.min()) for values in days if values.size), default=int(self.days[column]))


def _place(result: Answers, row: int, asked: _Asked, rows: IntArray, currency: str) -> None:
    """One scope's figures, summed over its contracts and converted where the question asks for one currency."""
    own = asked.currency[rows]
    kinds = sorted(set(own.tolist()))
    target = currency or (kinds[0] if len(kinds) == 1 else asked.part.ledger.reporting)
    result.currency[row] = target
    for kind in kinds:
        mine = rows[own == kind] if len(kinds) > 1 else rows
        if kind == target:
            own_figures = asked.own()[mine]
            for column in range(own_figures.shape[1]):
                bounded(own_figures[:, column])
            result.minor[row] += own_figures.sum(axis=0)
            continue
        amounts, errors = asked.converted(kind, target)
        result.minor[row] += amounts[mine].sum(axis=0)
        for column, error in errors.items():
            if asked.figures[mine, column].any():
                result.errors[row, column] = error
