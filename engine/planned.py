"""What is still to come, and when: the schedule of unsatisfied promises (ASC 606-10-50-13 to -15).

Time-based promises have their schedule. Promises earned by evidence have none beyond what is known: what remains is
expected evenly up to the end of their service period (shares, cost, units), or on that day (deliveries, usage); what is
overdue or has no end is due at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.kinds import COMMITMENT
from engine.methods import IS_TIME, MILESTONE, PERCENT, UNITS, USAGE
from model.periods import add_months, day_number, day_of
from model.records import NO_AMOUNT, NO_DAY

if TYPE_CHECKING:
    from engine.slices import Slice


def later(days: IntArray, months: int) -> IntArray:
    """Each day so many months on, ends of months staying ends of months."""
    return np.array([day_number(add_months(day_of(int(day)), months)) for day in days], np.int64)


def scheduled(part: Slice, days: IntArray, months: int | None, *, disclosed: bool = False) -> IntArray:
    """What of each contract is still to be recognized after each day, within so many months of it (None: ever).

    `disclosed`: leave out what a notice could undo and what the elected expedients exempt (606-10-50-14, -14A).
    """
    contracts, policy = part.ledger.contracts, part.ledger.policy
    notice = np.asarray(contracts["notice_days"])[part.contracts]
    out = np.zeros((part.contracts.size, days.size), np.int64)
    free = np.flatnonzero(notice == NO_AMOUNT)
    bound = (
        np.flatnonzero(notice != NO_AMOUNT)
        if disclosed or policy.termination == "enforceable"
        else np.zeros(0, np.int64)
    )
    if not bound.size:
        free = np.arange(part.contracts.size)
    if free.size:
        out[free] = _within(part.some(free), days, None if months is None else later(days, months))
    if bound.size:
        ceiling = None if months is None else later(days, months)
        out[bound] = within_notice(part.some(bound), days, notice[bound], ceiling)
    if disclosed and "one_year" in policy.rpo_expedients:
        start, end = _term(part)
        short = (end != NO_DAY) & (end < later(np.maximum(start, -(10**6)), 12))
        out[short] = 0
    return out


def within_notice(part: Slice, days: IntArray, notice: IntArray, ceiling: IntArray | None = None) -> IntArray:
    """What is recognized between each day and the end of a notice given on it, per contract (606-10-25-3)."""
    out = np.zeros((part.contracts.size, days.size), np.int64)
    for span in np.unique(notice):
        rows = np.flatnonzero(notice == span)
        limit = days + int(span)
        out[rows] = _within(part.some(rows), days, limit if ceiling is None else np.minimum(limit, ceiling))
    return out


def _within(part: Slice, days: IntArray, limit: IntArray | None) -> IntArray:
    """Recognition after each day up to its limit: by the schedule, and of what evidence has not yet earned."""
    backlog = part.entries(COMMITMENT, days) - part.recognized(days)
    if limit is None:
        return backlog
    ledger = part.ledger
    method = ledger.obligations["method"][part.obligations]
    by_evidence = (method >= 0) & ~IS_TIME[method]
    time = part.obligations[~by_evidence]
    each = type(part)(ledger, np.arange(time.size), time, np.arange(time.size))
    both = each.recognized(np.r_[days, limit])
    left = each.entries(COMMITMENT, days) - both[:, : days.size]
    # Nothing is scheduled of a promise that is not booked yet, nor more than is left of it.
    to_come = np.clip(both[:, days.size :] - both[:, : days.size], np.minimum(left, 0), np.maximum(left, 0))
    due = np.zeros((part.contracts.size, days.size), np.int64)
    np.add.at(due, part.of[~by_evidence], to_come)
    proven = part.obligations[by_evidence]
    if proven.size:
        some = type(part)(ledger, np.arange(proven.size), proven, np.arange(proven.size))
        np.add.at(due, part.of[by_evidence], _expected(some, days, limit))
    return due


def _expected(each: Slice, days: IntArray, limit: IntArray) -> IntArray:
    """Of promises earned by evidence, a row each: what is known to come, and its share of what is not."""
    obligations, ob = each.ledger.obligations, each.obligations
    both = each.recognized(np.r_[days, limit, 2**20])
    at_day, at_limit, in_all = both[:, : days.size], both[:, days.size : -1], both[:, -1:]
    left = each.entries(COMMITMENT, days) - at_day
    to_come = left - (in_all - at_day)
    to_come = np.where(np.sign(to_come) == np.sign(left), to_come, 0)
    begin, end = np.asarray(obligations["start_on"])[ob], np.asarray(obligations["end_on"])[ob]
    last = np.maximum(_last_evidence(each), begin - 1)
    even = np.isin(np.asarray(obligations["method"])[ob], (PERCENT, MILESTONE, UNITS, USAGE)) & (end != NO_DAY)
    span = np.where(even, np.maximum(end - last, 1), 1)[:, None]
    # Evenly up to the end of service; at once on that day otherwise, or now where there is none or it has passed.
    reached = np.where(even[:, None], limit[None, :] - last[:, None], limit[None, :] >= end[:, None])
    planned = prorate(to_come, np.clip(reached, 0, span), np.broadcast_to(span, to_come.shape))
    return np.clip(at_limit - at_day + planned, np.minimum(left, 0), np.maximum(left, 0))


def _last_evidence(each: Slice) -> IntArray:
    """The last day with evidence of each promise; a change of terms is none, though it may change what was earned."""
    ledger = each.ledger
    rows, at = each.rows(ledger.segment_bounds)
    version = ledger.segments["version"][rows]
    since, rule = ledger.versions["since"][version], ledger.versions["rule"][version]
    proven = ~((ledger.segments["from_day"][rows] == since) & (rule > 1))
    last = np.full(each.contracts.size, NO_DAY)
    np.maximum.at(last, at[proven], ledger.segments["to_day"][rows][proven])
    return last


def _term(part: Slice) -> tuple[IntArray, IntArray]:
    """First and last day of service of each contract, over its lines."""
    start = np.full(part.contracts.size, 2**40)
    end = np.full(part.contracts.size, NO_DAY)
    obligations = part.ledger.obligations
    given = obligations["end_on"][part.obligations] != NO_DAY
    np.minimum.at(start, part.of[given], obligations["start_on"][part.obligations][given])
    np.maximum.at(end, part.of[given], obligations["end_on"][part.obligations][given])
    return start, end
