"""Usage beyond what was committed: contracted as it is used, so that it is never backlog (ASC 606-10-55-18)."""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray, pick
from engine.books import Books
from engine.kinds import USED
from engine.methods import USAGE
from engine.progress import Progress, key_of


def overage(books: Books, progress: Progress) -> None:
    """Adds to the commitment of usage promises what their use comes to beyond it, on the day it does.

    Holds: contracted at any day is the larger of what was committed and of what was used, less what credits conceded.
    """
    usage = progress.promises.method == USAGE
    if not (usage & (books.versions.current >= 0)).any():
        return
    committed = books.entries.columns()
    mine = usage[committed["obligation"]]
    ob, day = _days(books, progress, committed["obligation"][mine], committed["day"][mine])
    fixed = books.entries.to_date(ob, day)
    version = _in_force(books, ob, day)
    versions = books.versions
    closed = versions.before_q[version] == 0
    used = progress.proof.at(ob, np.where(closed, np.minimum(day, versions.viewed[version] - 1), day))
    beyond = np.where(version >= 0, np.maximum(used - versions.conceded[version] - fixed, 0), 0)
    first = np.r_[True, ob[1:] != ob[:-1]]
    change = np.diff(beyond, prepend=0)
    change[first] = beyond[first]
    proof, nothing = progress.proof, np.zeros_like(ob)
    place = np.searchsorted(proof.key, key_of(ob, day), "right") - 1
    books.entries.add(ob, day, change, USED, nothing, pick(proof.raw_id, place, 0))


def _days(books: Books, progress: Progress, moved: IntArray, moved_on: IntArray) -> tuple[IntArray, IntArray]:
    """Every day on which a usage promise's use, commitment or terms change, sorted by promise and day."""
    versions, proof = books.versions, progress.proof
    own = progress.promises.method[versions.obligation] == USAGE
    used = (progress.promises.method[proof.obligation] == USAGE) & (versions.current[proof.obligation] >= 0)
    ob = np.r_[versions.obligation[own], proof.obligation[used], moved]
    since = progress.promises.since
    day = np.maximum(np.r_[versions.since[own], proof.day[used], moved_on], since[ob])
    order = np.lexsort((day, ob))
    ob, day = ob[order], day[order]
    new = np.r_[True, (ob[1:] != ob[:-1]) | (day[1:] != day[:-1])]
    return ob[new], day[new]


def _in_force(books: Books, ob: IntArray, day: IntArray) -> IntArray:
    """The version of each promise in force on each day, -1 before the first."""
    versions = books.versions
    order = np.argsort(versions.obligation, kind="stable")
    key = key_of(versions.obligation[order], versions.since[order])
    place = np.searchsorted(key, key_of(ob, day), "right") - 1
    found = (place >= 0) & (versions.obligation[order[place]] == ob)
    return np.where(found, order[place], -1)
