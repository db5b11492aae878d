"""Bookings and cancellations where no more than a notice period is committed.

A contract that goes on until somebody gives notice (evergreen, or by policy any that may be terminated) promises its
notice period at any time, not its stated price: that much is booked when it is signed, beside what is earned by then, and
that much is lost when it is cancelled at once. What lies beyond is set apart as an entry of its own, so that the price keeps
its sum; the roll-forward has it in the line that rolls the notice on from day to day.

Source: ASC 606-10-25-3, 25-4 (the contract lasts as long as both sides are bound).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from engine.arithmetic import IntArray
from engine.kinds import BOOKED, CANCELLATION, NOTICE
from engine.ledger import Ledger
from engine.planned import due_by, limited
from engine.slices import Slice

_BASE = ("cause", "raw_id", "invoice")


def by_notice(ledger: Ledger) -> Ledger:
    """The ledger with bookings and cancellations of such contracts held to what a notice would leave.

    Holds: the commitment of every obligation on every day is what it was.
    """
    contracts, notice = limited(ledger, np.arange(len(ledger.contracts["id"])))
    part = Slice.make(ledger, contracts, None)
    each = Slice.each(ledger, part.obligations)
    rows, at = each.rows(ledger.bounds["entries"])
    table = {name: np.asarray(values) for name, values in ledger.entries.items()}
    keep = np.isin(table["kind"][rows], (*BOOKED, CANCELLATION))
    rows, at = rows[keep], at[keep]
    added: list[dict[str, IntArray]] = []
    for day in np.unique(table["day"][rows]):
        mine = table["day"][rows] == day
        for kinds in (BOOKED, (CANCELLATION,)):
            some = np.flatnonzero(mine & np.isin(table["kind"][rows], kinds))
            which, first, of = np.unique(at[some], return_index=True, return_inverse=True)
            stated = np.zeros(which.size, np.int64)
            np.add.at(stated, of, table["amount"][rows[some]])
            committed = (_booked if kinds == BOOKED else _lost)(
                each.some(which), int(day), notice[part.of[which]], stated
            )
            beyond = stated - committed
            sample = {name: values[rows[some[first]]] for name, values in table.items()}
            added += [{**sample, "amount": -beyond}, {**sample, "amount": beyond, "kind": np.full(which.size, NOTICE)}]
    if not added:
        return ledger
    merged = {name: np.concatenate([values, *(block[name] for block in added)]) for name, values in table.items()}
    order = np.lexsort((merged["kind"], merged["day"], merged["obligation"]))
    order = order[merged["amount"][order] != 0]
    return dataclasses.replace(ledger, entries={name: values[order] for name, values in merged.items()})


def _booked(each: Slice, day: int, notice: IntArray, _stated: IntArray) -> IntArray:
    """What is committed of each promise at the end of the day it is booked: what it has earned by then, and the notice."""
    return each.recognized(np.array([day]))[:, 0] + _by_notice(each, day, day, notice)


def _lost(each: Slice, day: int, notice: IntArray, stated: IntArray) -> IntArray:
    """What of the notice period as agreed the day before is no more committed, as a negative amount."""
    passed = due_by(each, np.array([day - 1]), np.array([day]))[:, 0]
    was = _by_notice(each, day - 1, day, notice) - passed
    return np.where(stated < 0, np.minimum(_by_notice(each, day, day, notice) - was, 0), 0)


def _by_notice(each: Slice, agreed: int, given: int, notice: IntArray) -> IntArray:
    """What is recognized of each promise after `agreed`, by the terms of then, to the end of a notice given on a day."""
    out = np.zeros(notice.size, np.int64)
    for span in np.unique(notice):
        rows = np.flatnonzero(notice == span)
        out[rows] = due_by(each.some(rows), np.array([agreed]), np.array([given + int(span)]))[:, 0]
    return out
