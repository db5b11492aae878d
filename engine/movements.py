"""Movements between two days: roll-forwards that tie, revenue by period, backlog by dimension, cohorts.

Opening + movements = closing, to the minor unit, by construction: each movement is a sum of the same entries that the
balances are (ASC 606-10-50-8 to -10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from engine import kinds as r
from engine.arithmetic import IntArray
from engine.currency import Rates
from engine.figures import MEASURES, Scope, answer, contracts_of
from engine.kinds import BOOKED, COMMITMENT, MOVEMENTS, corrected
from engine.ledger import Ledger
from engine.slices import Slice
from model.errors import WrongArgument
from model.periods import add_months, day_number, month_end

DIMENSIONS = ("customer", "product", "family", "segment", "region", "sales_rep", "currency")
CORRECTIONS = "prior-period corrections"
_STEP = {"month": 1, "quarter": 3, "year": 12}


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
    _refuse(balance.errors)
    rows = [("opening", int(balance.minor[0, 0]))]
    part = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    moved = partial(_moved, part, days, balance.currency[0])
    for kind, name in enumerate(MOVEMENTS):
        rows.append((name, moved(_entries(kind))))
    revenue = answer(ledger, "recognized", [scope], days[1:], since=np.array([begin]), currency=balance.currency[0])
    _refuse(revenue.errors)
    rows.append(("notice periods", moved(_by_notice)))
    late = moved(Slice.corrected)
    rows.append((CORRECTIONS, moved(_entries(*corrected(range(len(MOVEMENTS))))) - late))
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
    moved = partial(_moved, part, np.array([day_number(first) - 1, day_number(last)]), currency)
    return {
        "bookings": moved(_entries(*corrected(BOOKED))),
        "cancellations": -moved(_entries(*corrected([r.CANCELLATION]))),
        "recognized": moved(Slice.corrected),
    }


def deferred_rollforward(
    ledger: Ledger, scope: Scope, first: dt.date, last: dt.date, currency: str = ""
) -> pd.DataFrame:
    """Opening deferred revenue, what moved it in the days first..last, and closing, with its current part.

    Columns out: movement, amount_minor, currency. Recognized from deferred is what closes the equation: revenue that had
    been billed before it was earned (606-10-50-8(b)).
    """
    begin, end = day_number(first), day_number(last)
    days = np.array([begin - 1, end])
    balance = answer(ledger, "deferred", [scope], days, currency=currency)
    current = answer(ledger, "deferred", [scope], days, currency=balance.currency[0], part="current")
    _refuse({**balance.errors, **current.errors})
    part = Slice.make(ledger, contracts_of(ledger, scope), scope.products)
    rows = [("opening", int(balance.minor[0, 0]))]
    moved = partial(_moved, part, days, balance.currency[0])
    rows += [("billings", moved(_entries(r.BILLED))), ("credit notes", moved(_entries(r.CREDITED)))]
    closing = int(balance.minor[0, 1])
    rows.append(("recognized from deferred", closing - sum(amount for _, amount in rows)))
    rows += [("closing", closing), ("of which current", int(current.minor[0, 1])),
             ("of which noncurrent", closing - int(current.minor[0, 1]))]  # fmt: skip
    return _table(rows, balance.currency[0])


def revenue_schedule(
    ledger: Ledger, scope: Scope, first: dt.date, last: dt.date, by: str = "month", currency: str = ""
) -> pd.DataFrame:
    """Revenue by month, quarter or year of the days first..last, part periods at either end included.

    Columns out: period_start, period_end (dates), recognized_minor, currency.
    """
    if by not in _STEP:
        raise WrongArgument(f"{by!r} is no period; it is one of: {', '.join(_STEP)}")
    ends = []
    month = first.replace(day=1)
    month = month.replace(month=(month.month - 1) // _STEP[by] * _STEP[by] + 1)
    while month <= last:
        following = add_months(month, _STEP[by])
        ends.append(min(following - dt.timedelta(1), last))
        if following <= month:  # the calendar ends in the year 9999
            break
        month = following
    starts = [first, *(end + dt.timedelta(1) for end in ends[:-1])]
    days, since = (np.array([day_number(d) for d in dates], np.int64) for dates in (ends, starts))
    figures = answer(ledger, "recognized", [scope], days, since=since, currency=currency)
    _refuse(figures.errors)
    return pd.DataFrame({"period_start": starts, "period_end": ends, "recognized_minor": figures.minor[0],
                         "currency": figures.currency[0]})  # fmt: skip


def backlog_by(
    ledger: Ledger, dimension: str, day: dt.date, currency: str = "", measure: str = "backlog"
) -> pd.DataFrame:
    """Backlog (or another balance) at the end of a day for each value of a dimension, largest first.

    Columns out: the dimension, `<measure>_minor`, currency. One currency throughout: the one asked for, else that all
    contracts share, else the reporting currency.
    """
    scopes = scopes_by(ledger, dimension)
    on = np.array([day_number(day)])
    target = currency or answer(ledger, measure, [Scope()], on).currency[0]
    figures = answer(ledger, measure, list(scopes.values()), on, currency="" if dimension == "currency" else target)
    _refuse(figures.errors)
    rows = pd.DataFrame(
        {dimension: list(scopes), f"{measure}_minor": figures.minor[:, 0], "currency": figures.currency}
    )
    rows = rows[rows[f"{measure}_minor"] != 0]
    return rows.sort_values([f"{measure}_minor", dimension], ascending=[False, True], ignore_index=True)


def waterfall(ledger: Ledger, first: dt.date, last: dt.date, currency: str = "") -> pd.DataFrame:
    """Booking cohorts (months of signature) down, months of recognition across.

    Columns out: cohort (month end), period_end, recognized_minor, currency; for each cohort one row a month of
    first..last, and a row with period_end None for what remained at the end of `last`.
    """
    signed = np.asarray(ledger.contracts["signed_on"])
    month = signed.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    target = currency or answer(ledger, "backlog", [Scope()], np.array([day_number(last)])).currency[0]
    rows = []
    counted = (np.asarray(ledger.contracts["committed"]) == 1) & (signed <= day_number(last))
    for cohort in np.unique(month[counted]):
        scope = Scope(contracts=np.flatnonzero(counted & (month == cohort)))
        end = month_end(dt.date(1970 + int(cohort) // 12, int(cohort) % 12 + 1, 1))
        parts = revenue_schedule(ledger, scope, first, last, "month", target)
        rows += [(end, p, a) for p, a in zip(parts["period_end"], parts["recognized_minor"], strict=True)]
        left = answer(ledger, "backlog", [scope], np.array([day_number(last)]), currency=target)
        _refuse(left.errors)
        rows.append((end, None, int(left.minor[0, 0])))
    return pd.DataFrame(rows, columns=["cohort", "period_end", "recognized_minor"]).assign(currency=target)


def scopes_by(ledger: Ledger, dimension: str) -> dict[str, Scope]:
    """What each value of one of DIMENSIONS selects."""
    if dimension not in DIMENSIONS:
        raise WrongArgument(f"{dimension!r} is no dimension; it is one of: {', '.join(DIMENSIONS)}")
    customers, contracts, products = ledger.customers, ledger.contracts, ledger.products
    if dimension == "customer":
        return {str(name): Scope(customers=np.array([n])) for n, name in enumerate(customers["name"])}
    if dimension in ("segment", "region"):
        return {value: Scope(customers=rows) for value, rows in _groups(customers[dimension]).items()}
    if dimension in ("sales_rep", "currency"):
        return {value: Scope(contracts=rows) for value, rows in _groups(contracts[dimension]).items()}
    values = products["name" if dimension == "product" else "family"]
    found = {value: Scope(products=rows) for value, rows in _groups(values).items()}
    return {**found, "(none)": Scope(products=np.array([-1]))}


def _groups(values: Iterable[object]) -> dict[str, IntArray]:
    words: np.ndarray = np.array([*(str(value) or "(none)" for value in values), None], object)[:-1]
    return {str(word): np.flatnonzero(words == word) for word in sorted(set(words.tolist()))}


def _moved(part: Slice, days: IntArray, target: str, upto: Callable[[Slice, IntArray], IntArray]) -> int:
    """What `upto` adds up to after days[0] up to days[1], each day at its own rate."""
    own = np.asarray(part.ledger.contracts["currency"])[part.contracts]
    total = 0
    rates = Rates.of(part.ledger)
    for kind in sorted(set(own.tolist())):
        some = part.some(np.flatnonzero(own == kind))
        if kind == target:
            sums = upto(some, days).sum(axis=0)
            total += int(sums[1] - sums[0])
            continue
        moved = rates.converted_flow(partial(upto, some), kind, target, int(days[0]) + 1, int(days[1]))
        total += int(moved.sum())
    return total


def _entries(*kinds: int) -> Callable[[Slice, IntArray], IntArray]:
    """Entries of those kinds up to each day."""
    return lambda part, days: part.entries(kinds, days)


def _by_notice(part: Slice, days: IntArray) -> IntArray:
    """What counts of backlog beyond the entries: evergreen contracts are committed from day to day, by no document."""
    return MEASURES["backlog"](part, days) - part.entries(COMMITMENT, days) + part.recognized(days)


def _refuse(errors: Mapping[tuple[int, int], Exception]) -> None:
    for error in errors.values():
        raise error


def _table(rows: list[tuple[str, int]], currency: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["movement", "amount_minor"]).assign(currency=currency)
