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
from engine.arithmetic import IntArray, prorate
from engine.clocks import coordinate
from engine.currency import Rates
from engine.kinds import BOOKED, CANCELLATION, COMMITMENT
from engine.ledger import Ledger
from engine.planned import scheduled, within_notice
from model.errors import Unanswerable, WrongArgument
from model.records import NO_AMOUNT

_CHUNK = 4_000_000  # cells of segments × days held at once


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


@dataclass
class Slice:
    """The rows of a ledger that some contracts need: positions of contracts, and of each obligation its place among them."""

    ledger: Ledger
    contracts: IntArray
    obligations: IntArray
    of: IntArray

    @classmethod
    def make(cls, ledger: Ledger, contracts: IntArray, products: IntArray | None) -> Slice:
        """The obligations of those contracts (of those products only)."""
        low, high = ledger.obligation_bounds[contracts], ledger.obligation_bounds[contracts + 1]
        obligations, of = _ranges(low, high)
        if products is not None:
            keep = np.isin(ledger.obligations["product"][obligations], products)
            obligations, of = obligations[keep], of[keep]
        return cls(ledger, contracts, obligations, of)

    def some(self, rows: IntArray) -> Slice:
        """The slice of some of its contracts, by their place in it."""
        place = np.full(self.contracts.size, -1)
        place[rows] = np.arange(rows.size)
        keep = place[self.of] >= 0
        return Slice(self.ledger, self.contracts[rows], self.obligations[keep], place[self.of[keep]])

    def entries(self, kinds: Sequence[int], days: IntArray, sign: Mapping[int, int] | None = None) -> IntArray:
        """Sums of entries of those kinds up to each day, per contract."""
        rows, at = self.rows(self.ledger.entry_bounds)
        table = self.ledger.entries
        kind = table["kind"][rows]
        keep = np.isin(kind, kinds)
        rows, at, kind = rows[keep], at[keep], kind[keep]
        amount = table["amount"][rows]
        if sign:
            amount = amount * np.array([sign.get(int(k), 1) for k in range(int(max(kinds)) + 1)])[kind]
        return self.sums(at, table["day"][rows], amount, days)

    def sums(self, at: IntArray, day: IntArray, amount: IntArray, days: IntArray) -> IntArray:
        """Amounts on days as running totals at the asked days (in any order), per contract."""
        order = np.argsort(days, kind="stable")
        ranks = np.searchsorted(days[order], day)
        out = np.zeros((self.contracts.size, days.size + 1), np.int64)
        np.add.at(out, (at, ranks), amount)
        totals = np.cumsum(out[:, :-1], axis=1)
        back = np.empty_like(totals)
        back[:, order] = totals
        return back

    def movements(self, kinds: Sequence[int], contracts: IntArray, days: IntArray) -> list[tuple[int, int]]:
        """(day, amount) of the entries of those kinds after days[0] up to days[1], for some of its contracts."""
        rows, at = self.rows(self.ledger.entry_bounds)
        table = self.ledger.entries
        day = table["day"][rows]
        keep = np.isin(table["kind"][rows], kinds) & np.isin(at, contracts) & (day > days[0]) & (day <= days[1])
        return list(zip(day[keep].tolist(), table["amount"][rows][keep].tolist(), strict=True))

    def recognized(self, days: IntArray) -> IntArray:
        """Revenue to date at the end of each day, per contract."""
        rows, at = self.rows(self.ledger.segment_bounds)
        out = np.zeros((self.contracts.size, days.size), np.int64)
        step = max(1, _CHUNK // max(days.size, 1))
        readings = {clock: coordinate(clock, days) for clock in (0, 1, 2)} if rows.size > 64 else {}
        for begin in range(0, rows.size, step):
            part = {n: self.ledger.segments[n][rows[begin : begin + step]] for n in _SEGMENT}
            np.add.at(out, at[begin : begin + step], evaluate(part, days, readings))
        return out

    def rows(self, bounds: IntArray) -> tuple[IntArray, IntArray]:
        """Rows of a table by the bounds of its obligations, and for each the place of its contract."""
        rows, at = _ranges(bounds[self.obligations], bounds[self.obligations + 1])
        return rows, self.of[at]


_SEGMENT = ("amount", "clock", "a", "b", "length", "from_day", "to_day")


def evaluate(lines: Mapping[str, IntArray], days: IntArray, readings: Mapping[int, IntArray] | None = None) -> IntArray:
    """What each line adds by the end of each day: minor units, a row a line and a column a day."""
    shape = (lines["amount"].size, days.size)
    done = np.empty(shape, np.int64)
    before = np.empty(shape[0], np.int64)
    closing = np.empty(shape[0], np.int64)
    for clock in np.unique(lines["clock"]):
        rows = lines["clock"] == clock
        reading = readings[int(clock)] if readings else coordinate(int(clock), days)
        done[rows] = reading[None, :]
        before[rows] = coordinate(int(clock), lines["from_day"][rows] - 1)
        closing[rows] = coordinate(int(clock), lines["to_day"][rows])
    cut = np.minimum(done, closing[:, None])
    units = np.clip(lines["a"][:, None] * cut + lines["b"][:, None], 0, lines["length"][:, None])
    start = np.clip(lines["a"] * before + lines["b"], 0, lines["length"])
    amount, length = lines["amount"][:, None], lines["length"][:, None]
    value = prorate(amount, units, length) - prorate(lines["amount"], start, lines["length"])[:, None]
    return np.where(days[None, :] >= lines["from_day"][:, None], value, 0)


def _ranges(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """All positions of the ranges, one after the other, and which range each is of."""
    count = high - low
    which = np.repeat(np.arange(low.size), count)
    before = np.cumsum(count) - count
    return low[which] + np.arange(which.size) - before[which], which


def _contracted(part: Slice, days: IntArray, **_: Any) -> IntArray:
    total = part.entries(COMMITMENT, days)
    contracts = part.ledger.contracts
    notice = np.asarray(contracts["notice_days"])[part.contracts]
    evergreen = (np.asarray(contracts["evergreen"])[part.contracts] == 1) & (notice != NO_AMOUNT)
    if evergreen.any():
        # Without an end nothing is promised beyond what a notice given today would leave (606-10-25-3).
        rows = np.flatnonzero(evergreen)
        some = part.some(rows)
        total[rows] = some.recognized(days) + within_notice(some, days, notice[rows])
    return total


def _recognized(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return part.recognized(days)


def _backlog(part: Slice, days: IntArray, **_: Any) -> IntArray:
    total = _contracted(part, days) - part.recognized(days)
    if part.ledger.policy.termination == "enforceable":
        return scheduled(part, days, None)
    return total


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
    due = np.where(invoice >= 0, np.r_[part.ledger.invoices["due_on"], 0][invoice], day)
    out = np.zeros((part.contracts.size, days.size), np.int64)
    for n, asked in enumerate(days):
        late = asked - due
        on = (day <= asked) & (late >= low) & (late <= high)
        np.add.at(out[:, n], at[on], amount[on])
    return out


def _rpo(part: Slice, days: IntArray, *, months: int | None = None, **_: Any) -> IntArray:
    return scheduled(part, days, months, disclosed=True)


def _bookings(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return part.entries(BOOKED, days)


def _cancellations(part: Slice, days: IntArray, **_: Any) -> IntArray:
    return -part.entries((CANCELLATION,), days)


Measure = Callable[..., IntArray]
MEASURES: Mapping[str, Measure] = {
    "contracted": _contracted, "recognized": _recognized, "backlog": _backlog, "billed": _billed, "collected": _collected,
    "deferred": _deferred, "unbilled": _unbilled, "receivable": _receivable, "rpo": _rpo, "bookings": _bookings,
    "cancellations": _cancellations,
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
        asked = _Asked(part, scopes[members[0]].products, measured, days, since, measure in FLOWS)
        figures = measured(part, points)
        for n, contracts in zip(members, chosen, strict=True):
            rows = (
                figures
                if contracts is union or contracts.size == union.size
                else figures[np.searchsorted(union, contracts)]
            )
            _place(result, n, asked, contracts, rows, currency)
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


def _place(result: Answers, row: int, asked: _Asked, contracts: IntArray, figures: IntArray, currency: str) -> None:
    """One scope's figures, summed per currency and converted where the question asks for one currency."""
    own = asked.part.ledger.contracts["currency"][contracts] if contracts.size else np.zeros(0, object)
    kinds = sorted(set(own.tolist()))
    rates = Rates.of(asked.part.ledger)
    target = currency or (kinds[0] if len(kinds) == 1 else rates.reporting)
    result.currency[row] = target
    count = asked.days.size
    for kind in kinds:
        mine = figures[own == kind] if len(kinds) > 1 else figures
        spans = mine[:, :count] - (mine[:, count:] if asked.since is not None else 0)
        if kind == target:
            result.minor[row] += spans.sum(axis=0)
            continue
        # A column without amounts needs no rate; its flow may still come from between the asked days.
        for n in [n for n in range(count) if mine[:, n].any()]:
            try:
                if asked.flow:
                    some = Slice.make(asked.part.ledger, contracts[own == kind], asked.products)
                    value = rates.converted_flow(
                        partial(asked.measure, some), kind, target, asked.first(n), int(asked.days[n])
                    )
                else:
                    value = rates.convert(spans[:, n], kind, target, int(asked.days[n]))
                result.minor[row, n] += int(value.sum())
            except Unanswerable as error:
                result.errors[row, n] = error


@dataclass(frozen=True)
class _Asked:
    """A question as it is worked on: the rows it needs, and what is measured when."""

    part: Slice
    products: IntArray | None
    measure: Measure
    days: IntArray
    since: IntArray | None
    flow: bool

    def first(self, column: int) -> int:
        """The first day of a flow; without one, the first day anything happened."""
        if self.since is not None:
            return int(self.since[column])
        days = [
            table[name] for table, name in ((self.part.ledger.entries, "day"), (self.part.ledger.segments, "from_day"))
        ]
        return min((int(values.min()) for values in days if values.size), default=int(self.days[column]))
