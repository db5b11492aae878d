"""The revenue schedule as segments: every version of every promise, cut to the days it was in force.

A segment is a rounded line (engine.lines) of one version of one obligation. Where one version gives way to another,
the difference between them is a segment of one day: the catch-up (ASC 606-10-25-13(b), 32-43).
"""

from __future__ import annotations

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.clocks import FOREVER
from engine.lines import Lines, explode, on_day, take
from engine.methods import ADDED, IS_TIME
from engine.progress import Evidence, key_of
from engine.versions import Versions

COLUMNS = ("obligation", "amount", "clock", "a", "b", "length", "from_day", "to_day", "version", "raw_id")
Segments = Lines


def segments(versions: Versions) -> Segments:
    """All segments, those of one kind together."""
    until, previous = _one_after_another(versions)
    time = IS_TIME[versions.progress.promises.method[versions.obligation]]
    parts = [
        _catch_ups(versions, previous, time),
        _lines(versions, np.flatnonzero(time), until),
        _proven(versions, np.flatnonzero(~time), until),
        _at_once(versions, until),
    ]
    kept = [_held(part) for part in parts]
    return {name: np.concatenate([part[name] for part in kept]) for name in COLUMNS}


def reaching_back(versions: Versions, end: int) -> Lines:
    """What versions that come into force after a day say of revenue up to it, beyond what those before them said: of changes
    that count from a day up to it, and of lines that are added.

    Columns out: version, amount (minor units). Each is part of the catch-up of the day on which its version comes into force.
    """
    _, previous = _one_after_another(versions)
    added = (previous < 0) & (versions.progress.promises.kind[versions.obligation] == ADDED)
    rows = np.flatnonzero((versions.since > end) & (added | (previous >= 0) & (versions.effective <= end)))
    day = np.full(rows.size, end)
    had = np.zeros(rows.size, np.int64)
    follows = np.flatnonzero(previous[rows] >= 0)
    had[follows] = versions.recognized(previous[rows[follows]], day[follows])
    amount = versions.recognized(rows, day) - had
    return take({"version": rows, "amount": amount}, np.flatnonzero(amount))


def _one_after_another(versions: Versions) -> tuple[IntArray, IntArray]:
    """The last day each version is in force, and the version it follows (-1: none)."""
    order = np.argsort(versions.obligation, kind="stable")
    follows = versions.obligation[order][1:] == versions.obligation[order][:-1]
    until = np.full(versions.size, FOREVER)
    until[order[:-1]] = np.where(follows, versions.since[order[1:]] - 1, FOREVER)
    previous = np.full(versions.size, -1)
    previous[order[1:]] = np.where(follows, order[:-1], -1)
    return until, previous


def _held(part: Segments) -> Segments:
    """Those that earn anything on any day."""
    some = (part["amount"] != 0) & (part["from_day"] <= part["to_day"])
    return part if some.all() else take(part, np.flatnonzero(some))


def points(
    versions: Versions, rows: IntArray, day: IntArray, amount: IntArray, raw_id: IntArray | None = None
) -> Segments:
    """Amounts earned on single days."""
    raw = versions.raw_id[rows] if raw_id is None else raw_id
    return {**on_day(day, amount), "obligation": versions.obligation[rows], "version": rows, "raw_id": raw}


def _catch_ups(versions: Versions, previous: IntArray, time: BoolArray) -> Segments:
    """The difference between a version and the one before it, on the day it comes into force."""
    # A first version whose service had not begun by then has earned nothing before it.
    rows = np.flatnonzero((previous >= 0) | ~time | (versions.start < versions.since))
    day_before = versions.since[rows] - 1
    had = np.zeros(rows.size, np.int64)
    follows = np.flatnonzero(previous[rows] >= 0)
    had[follows] = versions.recognized(previous[rows[follows]], day_before[follows])
    return points(versions, rows, versions.since[rows], versions.recognized(rows, day_before) - had)


def _at_once(versions: Versions, until: IntArray) -> Segments:
    """Versions that find nothing left to do as they begin: their price is earned on their first day."""
    rows = np.flatnonzero((versions.viewed == versions.since) & (until >= versions.since))
    rows = rows[versions.exhausted(rows)]
    return points(versions, rows, versions.since[rows], versions.price[rows])


def _lines(versions: Versions, rows: IntArray, until: IntArray) -> Segments:
    """Straight lines over service time, from the day the version is in force until the next one is."""
    lines = versions.lines(rows[~versions.exhausted(rows)])
    of = lines.pop("row")
    return {
        **lines, "obligation": versions.obligation[of], "version": of, "raw_id": versions.raw_id[of],
        "from_day": np.maximum(lines["from_day"], versions.since[of]), "to_day": np.minimum(lines["to_day"], until[of]),
    }  # fmt: skip


def _proven(versions: Versions, rows: IntArray, until: IntArray) -> Segments:
    """What evidence earned: at each day with evidence, the difference it made under the version in force."""
    proof = versions.progress.proof
    rows = rows[~versions.exhausted(rows)]
    low = _place(proof, versions.obligation[rows], versions.since[rows] - 1)
    high = _place(proof, versions.obligation[rows], until[rows])
    rows, low, high = (c[high > low] for c in (rows, low, high))
    place, of = explode(low, high - 1)
    of = rows[of]
    day = proof.day[place]
    opening = _opens(of)
    earlier = np.where(opening, versions.since[of] - 1, proof.day[place - 1] if place.size else day)
    amount = versions.recognized(of, day) - versions.recognized(of, earlier)
    return points(versions, of, day, amount, proof.raw_id[place])


def _opens(of: IntArray) -> IntArray:
    return np.r_[True, of[1:] != of[:-1]][: of.size]


def _place(proof: Evidence, obligation: IntArray, day: IntArray) -> IntArray:
    """How many rows of evidence lie at or before each obligation's day, in the order of the evidence."""
    return np.searchsorted(proof.key, key_of(obligation, day), "right")
