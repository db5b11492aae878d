"""What was agreed by a day: the schedule as the parties knew it then, before what they agreed later.

A balance of a past day asks what was still to come (RPO within a horizon, the current part of deferred revenue), and that
is answered by the terms signed by then (ASC 606-10-50-13, 210-10-45): an amendment signed in March says nothing about
what was due in January. So every contract that was changed is written up once more for each stretch of days between two
signatures, from the events signed by its first. The last stretch needs no copy: it is the ledger itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arithmetic import IntArray, pick
from engine.books import Books
from engine.clocks import FOREVER
from engine.copies import Copies, Start
from engine.events import POOL, REMOVE, REPRICE, TERMINATE, Events
from engine.grouped import starts
from engine.kinds import CANCELLATION
from engine.lines import LINE_COLUMNS, Lines, take
from engine.schedule import segments
from engine.settling import to_settle
from model.records import NO_DAY


@dataclass(frozen=True)
class Agreed:
    """`stretches`: obligation, from_day, to_day, end_on (the last day of service as agreed then); `plans`: rounded lines
    (engine.lines) with `stretch`, the row of the stretch they hold in."""

    stretches: Lines
    plans: Lines


_MOVES_OTHERS = (POOL, REMOVE, REPRICE, TERMINATE)
"""Events after which what was agreed before them may be worth something else."""


def agreed(events: Events, start: Start, books: Books) -> Agreed:
    """The schedules of every stretch but the last, for the obligations that an event touches.

    `events`: in the order in which they count; `books`: after all of them. Where a removal that is signed and not yet in
    force meets a later change, the commitment of the days between is set right in the books.
    """
    contract, first, last = _stretches(events)
    copies = Copies.make(contract, events, start.versions.progress.promises)
    if not copies.origin.size:
        return Agreed({n: np.zeros(0, np.int64) for n in ("obligation", "from_day", "to_day", "end_on")},
                      {n: np.zeros(0, np.int64) for n in (*LINE_COLUMNS, "stretch")})  # fmt: skip
    signed = lambda happened, copy: happened.signed <= first[copy]  # noqa: E731
    then = copies.write_up(events, start, signed, to_settle(copies, events, start, signed))
    known, opened, closed = then.versions, first[copies.copy], last[copies.copy]
    moved = np.isin(contract, events.contract[np.isin(events.kind, _MOVES_OTHERS)])[copies.copy]
    if moved.any():
        _commit_as_agreed(books, *(values[moved] for values in (then.worth, copies.origin, opened, closed)))
    schedule = segments(known)
    ahead = np.flatnonzero(schedule["to_day"] > opened[schedule["obligation"]])
    plans = {**take({n: schedule[n] for n in LINE_COLUMNS}, ahead), "stretch": schedule["obligation"][ahead]}
    end = pick(known.end, known.current, NO_DAY)
    return Agreed({"obligation": copies.origin, "from_day": opened, "to_day": closed, "end_on": end}, plans)


def _commit_as_agreed(books: Books, worth: IntArray, origin: IntArray, opened: IntArray, closed: IntArray) -> None:
    """Moves what a pending removal takes with it to the day on which that was agreed.

    A removal counts from its signature with what it will take then; what is agreed before it takes effect adds or lowers
    that on its own day.
    """
    promises = books.versions.progress.promises
    day = np.maximum(opened, promises.booked[origin])
    order = np.lexsort((day, origin))
    order = order[day[order] <= closed[order]]
    origin, day, closed = origin[order], day[order], closed[order]
    wrong = worth[order] - books.entries.to_date(origin, day)
    if not wrong.any():
        return
    final = np.r_[origin[1:] != origin[:-1], True]
    nothing = np.where(np.r_[True, final[:-1]], 0, np.r_[0, wrong[:-1]])
    version = books.versions.current[origin]
    cause, raw_id = books.versions.cause[version], books.versions.raw_id[version]
    books.entries.add(origin, day, wrong - nothing, CANCELLATION, cause, raw_id)
    books.entries.add(origin[final], closed[final] + 1, -wrong[final], CANCELLATION, cause[final], raw_id[final])


def _stretches(events: Events) -> tuple[IntArray, IntArray, IntArray]:
    """Contract, first and last day of each stretch of days that a signature ends."""
    changed = events.contract[starts(events.contract)]
    contract = np.r_[changed, events.contract]
    day = np.r_[np.full(changed.size, -FOREVER), events.signed]
    order = np.lexsort((day, contract))
    contract, day = contract[order], day[order]
    ended = np.flatnonzero((contract[1:] == contract[:-1]) & (day[1:] != day[:-1]))
    return contract[ended], day[ended], day[ended + 1] - 1
