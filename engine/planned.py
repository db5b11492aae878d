"""What is still to come, and when: the schedule of unsatisfied promises (ASC 606-10-50-13 to -15).

Time-based promises have their schedule. Promises earned by evidence have none beyond what is known: what remains is
expected evenly up to the end of their service period (shares, cost, units), or on that day (deliveries, usage); what is
overdue or has no end is due at once.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from engine.arithmetic import BoolArray, IntArray, prorate
from engine.clocks import FOREVER, month_first, month_of
from engine.kinds import COMMITMENT, VARIABLE
from engine.lines import LINE_COLUMNS, evaluate, explode
from engine.methods import IS_TIME, LINE, MILESTONE, PERCENT, UNITS
from model.periods import add_months, day_number, day_of
from model.records import NO_AMOUNT, NO_DAY

if TYPE_CHECKING:
    from engine.ledger import Ledger
    from engine.slices import Slice

_EVER = day_number(dt.date.max)


def later(days: IntArray, months: int) -> IntArray:
    """Each day so many months on, ends of months staying ends of months."""
    return np.array([day_number(add_months(day_of(int(day)), months)) for day in days], np.int64)


def scheduled(part: Slice, days: IntArray, months: int | None) -> IntArray:
    """What of each contract is still to be recognized after each day, within so many months of it (None: ever).

    Before a contract is signed, what it will say when it is: cash held in advance has a schedule too.
    """
    return due_by(part, days, None if months is None else later(days, months), unsigned=True)


def enforceable(part: Slice, days: IntArray, months: int | None = None) -> IntArray:
    """The same of what is signed and what a notice given on the day could not undo (606-10-25-3)."""
    notice = np.asarray(part.ledger.contracts["notice_days"])[part.contracts]
    ceiling = None if months is None else later(days, months)
    out = np.zeros((part.contracts.size, days.size), np.int64)
    free, bound = np.flatnonzero(notice == NO_AMOUNT), np.flatnonzero(notice != NO_AMOUNT)
    if free.size:
        out[free] = due_by(part.some(free), days, ceiling)
    if bound.size:
        out[bound] = within_notice(part.some(bound), days, notice[bound], ceiling)
    return out


def disclosed(part: Slice, days: IntArray, months: int | None = None) -> IntArray:
    """Remaining performance obligations: enforceable, less what the elected expedients exempt (606-10-50-13 to -14A)."""
    elected = part.ledger.policy.rpo_expedients
    if "one_year" in elected:
        keep = ~_short(part)
        part = type(part)(part.ledger, part.contracts, part.obligations[keep], part.of[keep])
    if "unallocated_variable" not in elected:
        return enforceable(part, days, months)
    contract = np.asarray(part.ledger.obligations["contract"])[part.obligations]
    each = type(part)(part.ledger, contract, part.obligations, np.arange(part.obligations.size))
    rest = enforceable(each, days, months)
    price, variable = each.entries(COMMITMENT, days), each.entries((VARIABLE,), days)
    # Of what remains of a promise, the share of its price that depends on events is left out (50-14A(b)).
    rest -= prorate(rest, np.where(price > 0, np.clip(variable, 0, price), 0), np.where(price > 0, price, 1))
    out = np.zeros((part.contracts.size, days.size), np.int64)
    np.add.at(out, part.of, rest)
    return out


def due(part: Slice, days: IntArray, months: int | None = None) -> IntArray:
    """What of the backlog at the end of each day is expected to be recognized within so many months of it, per contract.

    Contracts of which only a notice period counts as backlog are due within it.
    """
    return _due(part, days, None if months is None else later(days, months))


def told(part: Slice, days: IntArray, until: IntArray) -> IntArray:
    """What of the backlog at the end of each day is to be recognized after it and by until[j], per contract, as far as the
    schedule agreed that day tells: a promise earned by evidence that is not there has no day, and is not in it.
    """
    return _due(part, days, until, expected=False)


def ahead(part: Slice, day: int, months: int | None) -> IntArray:
    """The same at the end of one day, within 1, 2 … so many months of it: a column a month (None: one, without limit)."""
    if months is None:
        return _due(part, np.array([day]), None)
    ends = [later(np.array([day]), n) for n in range(1, months + 1)]
    return _due(part, np.full(months, day), np.concatenate([np.zeros(0, np.int64), *ends]))


def _due(part: Slice, days: IntArray, ceiling: IntArray | None, *, expected: bool = True) -> IntArray:
    out = due_by(part, days, ceiling, expected=expected)
    rows, notice = limited(part.ledger, part.contracts)
    if rows.size:
        out[rows] = within_notice(part.some(rows), days, notice, ceiling)
    return out


def limited(ledger: Ledger, contracts: IntArray) -> tuple[IntArray, IntArray]:
    """Those of the contracts of which no more counts than a notice would leave (606-10-25-3), and their notice in days."""
    table = ledger.contracts
    some = np.asarray(table["evergreen"])[contracts] == 1
    if ledger.policy.termination == "enforceable":
        some = np.ones(contracts.size, bool)
    notice = np.asarray(table["notice_days"])[contracts]
    rows = np.flatnonzero(some & (notice != NO_AMOUNT))
    return rows, notice[rows]


def within_notice(part: Slice, days: IntArray, notice: IntArray, ceiling: IntArray | None = None) -> IntArray:
    """What is recognized between each day and the end of a notice given on it, per contract (606-10-25-3)."""
    out = np.zeros((part.contracts.size, days.size), np.int64)
    for span in np.unique(notice):
        rows = np.flatnonzero(notice == span)
        limit = days + int(span)
        out[rows] = due_by(part.some(rows), days, limit if ceiling is None else np.minimum(limit, ceiling))
    return out


def due_by(
    part: Slice, days: IntArray, limit: IntArray | None, *, unsigned: bool = False, expected: bool = True
) -> IntArray:
    """Recognition after each day up to its limit (None: ever), a row a contract: by the schedule as agreed that day, and
    (if `expected`) of what evidence has not yet earned.
    """
    if limit is None:
        return part.entries(COMMITMENT, days) - part.recognized(days)
    each = part.each(part.ledger, part.obligations)
    done = each.recognized(days)
    left = each.entries(COMMITMENT, days) - done
    if unsigned:
        signed = _signed(part)
        left = np.where(days[None, :] < signed[:, None], _promised(each, signed)[:, None], left)
    to_come = as_agreed(each, days, limit) - done
    method = part.ledger.obligations["method"][part.obligations]
    proven = np.flatnonzero((method >= 0) & ~IS_TIME[method])
    if expected and proven.size:
        to_come[proven] += _expected(each.some(proven), days, limit, left[proven] + done[proven])
    # Nothing is scheduled of a promise that is not booked yet, nor more than is left of it.
    out = np.zeros((part.contracts.size, days.size), np.int64)
    np.add.at(out, part.of, np.clip(to_come, np.minimum(left, 0), np.maximum(left, 0)))
    return out


def _promised(each: Slice, on: IntArray) -> IntArray:
    """What was committed for each obligation by the end of its own day."""
    rows, at = each.rows(each.ledger.bounds["entries"])
    entries = each.ledger.entries
    counts = np.isin(np.asarray(entries["kind"])[rows], COMMITMENT) & (np.asarray(entries["day"])[rows] <= on[at])
    total = np.zeros(on.size, np.int64)
    np.add.at(total, at[counts], np.asarray(entries["amount"])[rows[counts]])
    return total


def _signed(part: Slice) -> IntArray:
    """When the contract of each obligation was signed."""
    ledger = part.ledger
    return np.asarray(ledger.contracts["signed_on"])[np.asarray(ledger.obligations["contract"])[part.obligations]]


def as_agreed(each: Slice, days: IntArray, until: IntArray) -> IntArray:
    """Revenue to date at `until[j]` by what was agreed at the end of days[j] ≤ until[j]; a row an obligation."""
    ledger = each.ledger
    schedule = each.recognized(until)
    stretch, at = each.rows(ledger.bounds["stretches"])
    held = _held(each, stretch, days)
    some = held.any(axis=1)
    stretch, at, held = stretch[some], at[some], held[some]
    if not stretch.size:
        return schedule
    rows, of = explode(ledger.bounds["plans"][stretch], ledger.bounds["plans"][stretch + 1] - 1)
    plans = {name: ledger.plans[name][rows] for name in LINE_COLUMNS}
    ahead = np.zeros(held.shape, np.int64)
    np.add.at(ahead, of, evaluate(plans, until) - evaluate(plans, days))
    place, day = np.nonzero(held)
    schedule[at[place], day] = each.recognized(days)[at[place], day] + ahead[place, day]
    return schedule


def _held(each: Slice, stretch: IntArray, days: IntArray) -> BoolArray:
    """Which stretch holds on which day."""
    table = each.ledger.stretches
    first, last = np.asarray(table["from_day"])[stretch, None], np.asarray(table["to_day"])[stretch, None]
    return np.asarray((first <= days) & (days <= last))


def _expected(each: Slice, days: IntArray, limit: IntArray, contracted: IntArray) -> IntArray:
    """Of promises earned by evidence, a row each: the share of what no evidence is known for that is due by the limit."""
    left = contracted - as_agreed(each, days, np.full(days.size, _EVER))
    end = _agreed_end(each, days)
    last = _begun(each)[:, None]
    method = np.asarray(each.ledger.obligations["method"])[each.obligations]
    even = np.isin(method, (PERCENT, MILESTONE, UNITS))[:, None] & (end > last)
    span = np.where(even, end - last, 1)
    # Evenly from the last evidence to the end of service; at once on that day otherwise, or now where there is none.
    reached = np.where(even, limit - last, limit >= end)
    return prorate(left, np.clip(reached, 0, span), span)


def _agreed_end(each: Slice, days: IntArray) -> IntArray:
    """The last day of service as agreed by each day, a row an obligation; long past where there is none."""
    table = each.ledger.stretches
    end = np.repeat(np.asarray(each.ledger.obligations["agreed_end_on"])[each.obligations][:, None], days.size, axis=1)
    stretch, at = each.rows(each.ledger.bounds["stretches"])
    place, day = np.nonzero(_held(each, stretch, days))
    end[at[place], day] = np.asarray(table["end_on"])[stretch[place]]
    return end


def _begun(each: Slice) -> IntArray:
    """The day from which what remains is expected evenly: the last evidence, else the eve of the service."""
    ledger, ob = each.ledger, each.obligations
    start, signed = np.asarray(ledger.obligations["start_on"])[ob], np.asarray(ledger.obligations["booked_on"])[ob]
    last = np.asarray(ledger.obligations["proven_on"])[ob]
    return np.where(last != NO_DAY, last, np.where(start != NO_DAY, start, signed) - 1)


def _short(part: Slice) -> BoolArray:
    """Which promises are of contracts originally agreed for a year or less (606-10-50-14(a)).

    A contract lasts from the first to the last day that it or its first lines state; what was added or renewed as a
    contract of its own has a duration of its own.
    """
    obligations, contracts, ob = part.ledger.obligations, part.ledger.contracts, part.obligations
    apart = np.asarray(obligations["apart"])[ob] == 1
    first = np.asarray(obligations["kind"])[ob] == LINE
    start, end = (np.asarray(obligations[name])[ob] for name in ("start_on", "end_on"))
    low = np.asarray(contracts["start_on"])[part.contracts]
    low, high = np.where(low == NO_DAY, FOREVER, low), np.array(np.asarray(contracts["end_on"])[part.contracts])
    # A line without an end, in a contract without one, may last for ever.
    endless = first & (end == NO_DAY) & (high[part.of] == NO_DAY)
    np.minimum.at(low, part.of[first], np.where(start == NO_DAY, FOREVER, start)[first])
    np.maximum.at(high, part.of[first], np.where(endless, FOREVER, end)[first])
    low, high = np.where(apart, start, low[part.of]), np.where(apart, end, high[part.of])
    known = (low != FOREVER) & (low != NO_DAY) & (high != NO_DAY) & (high != FOREVER)
    return known & (high < a_year_on(np.where(known, low, 0)))


def a_year_on(days: IntArray) -> IntArray:
    """The first day after a year that begins on each day; a leap day's year ends with February."""
    month = month_of(days)
    day = days - month_first(month)
    return month_first(month + 12) + day
