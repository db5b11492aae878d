"""Movements between two days: the backlog's roll-forward that ties, revenue by period, backlog by dimension.

Opening + movements = closing, to the minor unit, by construction: each movement is a sum of the same entries that the
balances are (ASC 606-10-50-8 to -10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.balances import Measure
from engine.figures import Scope, answer, contracts_of
from engine.flows import converted_flows
from engine.kinds import BOOKED, CANCELLATION, COMMITMENT, MOVEMENTS, NOTICE, NOTICE_PERIODS, corrected
from engine.ledger import Ledger
from engine.slices import Slice
from model.calendar import LENGTHS, MONTHS, Calendar
from model.dimensions import DIMENSIONS, NONE
from model.errors import WrongArgument
from model.periods import day_number

CORRECTIONS = "prior-period corrections"


def backlog_rollforward(
    ledger: Ledger, scope: Scope, first: dt.date, last: dt.date, currency: str = ""
) -> pd.DataFrame:
    """Opening backlog, what moved it in the days first..last, and closing backlog.

    Columns out: movement, amount_minor, currency. Rows: opening, each kind of commitment, notice periods (what the passing
    of time commits where no more than a notice period counts), prior-period corrections (what became known of closed
    periods after their close, commitment less revenue), recognized (without what corrects closed periods), exchange
    differences (where several currencies are read in one), closing.
    Holds: opening + movements = closing, and windows that follow one another add.
    """
    begin, end = day_number(first), day_number(last)
    days = np.array([begin - 1, end])
    balance = answer(ledger, "backlog", [scope], days, currency=currency)
    refuse(balance.errors)
    rows = [("opening", int(balance.minor[0, 0]))]
    part = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    flow = partial(moved, part, days, balance.currency[0])
    # What is booked is converted together, as BOOKINGS is, and each of its lines is what it adds: cents included.
    booked = [0, *(flow(entries_of(*BOOKED[: n + 1])) for n in range(len(BOOKED)))]
    for kind, name in enumerate(MOVEMENTS):
        rows.append((name, booked[kind + 1] - booked[kind] if kind in BOOKED else flow(entries_of(kind))))
    revenue = answer(ledger, "recognized", [scope], days[1:], since=np.array([begin]), currency=balance.currency[0])
    refuse(revenue.errors)
    rows.append((NOTICE_PERIODS, flow(_by_notice)))
    late = flow(Slice.corrected)
    rows.append((CORRECTIONS, flow(entries_of(*corrected(range(len(MOVEMENTS))))) - late))
    rows.append(("recognized", late - int(revenue.minor[0, 0])))
    closing = int(balance.minor[0, 1])
    # What is left between the parts at their rates and the balances at theirs is the exchange difference.
    rows.append(("exchange differences", closing - sum(amount for _, amount in rows)))
    rows.append(("closing", closing))
    return _table(rows, balance.currency[0])


def corrected_flows(ledger: Ledger, scope: Scope, first: dt.date, last: dt.date, currency: str) -> dict[str, int]:
    """What of the bookings, cancellations and revenue of the days first..last corrects closed periods: minor units in
    `currency`, each with the sign of its measure. The roll-forward has them in one line of their own.
    """
    part = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    flow = partial(moved, part, np.array([day_number(first) - 1, day_number(last)]), currency)
    return {
        "bookings": flow(entries_of(*corrected(BOOKED))),
        "cancellations": -flow(entries_of(*corrected([CANCELLATION]))),
        "recognized": flow(Slice.corrected),
    }


def revenue_schedule(
    ledger: Ledger, scope: Scope, first: dt.date, last: dt.date, by: str = "month", currency: str = "",
    calendar: Calendar = MONTHS,
) -> pd.DataFrame:  # fmt: skip
    """Revenue by month, quarter or year of the fiscal calendar in the days first..last, part periods included.

    Columns out: period_start, period_end (dates), recognized_minor, currency.
    """
    if by not in LENGTHS:
        raise WrongArgument(f"{by!r} is no period; it is one of: {', '.join(LENGTHS)}")
    starts, ends = zip(*calendar.periods(first, last, by), strict=True)
    days, since = (np.array([day_number(d) for d in dates], np.int64) for dates in (ends, starts))
    figures = answer(ledger, "recognized", [scope], days, since=since, currency=currency)
    refuse(figures.errors)
    return pd.DataFrame({"period_start": starts, "period_end": ends, "recognized_minor": figures.minor[0],
                         "currency": figures.currency[0]})  # fmt: skip


def backlog_by(
    ledger: Ledger, dimension: str, day: dt.date, currency: str = "", measure: str = "backlog"
) -> pd.DataFrame:
    """Backlog (or another balance) at the end of a day for each value of a dimension, largest first.

    Columns out: the dimension, `<measure>_minor`, currency. One currency throughout: the one asked for, else that all
    contracts share, else the reporting currency.
    """
    values = scopes_by(ledger, dimension)
    on = np.array([day_number(day)])
    target = currency or answer(ledger, measure, [Scope()], on).currency[0]
    figures = answer(
        ledger, measure, [scope for _, scope in values], on, currency="" if dimension == "currency" else target
    )
    refuse(figures.errors)
    rows = pd.DataFrame(
        {dimension: [word for word, _ in values], f"{measure}_minor": figures.minor[:, 0], "currency": figures.currency}
    )
    rows = rows[rows[f"{measure}_minor"] != 0]
    return rows.sort_values([f"{measure}_minor", dimension], ascending=[False, True], ignore_index=True)


def scopes_by(ledger: Ledger, dimension: str) -> list[tuple[str, Scope]]:
    """The values of one of DIMENSIONS with what each selects, together everything; what has none is under "(none)".

    A value is there once, but for customers: two may have one name.
    """
    if dimension not in DIMENSIONS:
        raise WrongArgument(f"{dimension!r} is no dimension; it is one of: {', '.join(DIMENSIONS)}")
    customers, contracts, products = ledger.customers, ledger.contracts, ledger.products
    if dimension == "customer":
        return [(str(name), Scope(customers=np.array([n]))) for n, name in enumerate(customers["name"])]
    if dimension in ("segment", "region"):
        return [(value, Scope(customers=rows)) for value, rows in _groups(customers[dimension]).items()]
    if dimension in ("sales_rep", "currency"):
        return [(value, Scope(contracts=rows)) for value, rows in _groups(contracts[dimension]).items()]
    found = _groups(products["name" if dimension == "product" else "family"])
    found[NONE] = np.r_[-1, found.get(NONE, [])].astype(
        np.int64
    )  # promises of no product, and products that say nothing
    return [(value, Scope(products=rows)) for value, rows in found.items()]


def _groups(values: Iterable[object]) -> dict[str, IntArray]:
    words: np.ndarray = np.array([*(str(value) or NONE for value in values), None], object)[:-1]
    return {str(word): np.flatnonzero(words == word) for word in sorted(set(words.tolist()))}


def moved(part: Slice, days: IntArray, target: str, upto: Callable[[Slice, IntArray], IntArray]) -> int:
    """What `upto` (running totals per contract) adds up to after days[0] up to days[1], each day at its own rate."""
    own = np.asarray(part.ledger.contracts["currency"])[part.contracts]
    total = 0
    for kind in sorted(set(own.tolist())):
        some = part.some(np.flatnonzero(own == kind))
        if kind == target:
            sums = upto(some, days).sum(axis=0)
            total += int(sums[1] - sums[0])
            continue
        flow, errors = converted_flows(some, upto, kind, target, [(int(days[0]) + 1, int(days[1]))])
        refuse(errors)
        total += int(flow.sum())
    return total


@cache
def entries_of(*kinds: int) -> Callable[[Slice, IntArray], IntArray]:
    """Entries of those kinds up to each day."""
    return lambda part, days: part.entries(kinds, days)


def _by_notice(part: Slice, days: IntArray) -> IntArray:
    """What counts of backlog beyond the other movements: notice periods roll on from day to day, by no document."""
    whole = Measure("backlog").figures(part, days) + part.recognized(days)
    return whole - part.entries(COMMITMENT, days) + part.entries((NOTICE, *corrected([NOTICE])), days)


def refuse(errors: Mapping[Any, Exception]) -> None:
    """Raises the first error of an answer: a table has no cells that could carry them."""
    for error in errors.values():
        raise error


def _table(rows: list[tuple[str, int]], currency: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["movement", "amount_minor"]).assign(currency=currency)
