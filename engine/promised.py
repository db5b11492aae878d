"""What of a changed estimate belongs to what was delivered before its promise was changed (ASC 606-10-32-45(a)).

Variable consideration that was promised before a prospective change goes by the terms of before: the part of it that
belongs to what had been delivered by then is revenue at once, the rest is earned over what remained.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from engine.arithmetic import IntArray, prorate
from engine.versions import OWN, SHARED, Versions
from model.records import NO_DAY


def of_the_past(versions: Versions, rows: IntArray, change: IntArray, promised: IntArray) -> IntArray:
    """The part of each change (minor units) that is revenue at once.

    `rows`: the versions that it changes; `promised`: the day on which each amount was first promised, NO_DAY for that of a
    whole contract, of which a sharing anew has taken its part before (engine.blend).
    """
    past = np.zeros_like(change)
    last = np.where(promised == NO_DAY, OWN, SHARED)
    changed = np.flatnonzero(
        (versions.onward[rows] > 0) & (versions.onward[rows] <= last) & (promised < versions.viewed[rows])
    )
    for n in changed.tolist():
        left, row = Fraction(1), int(rows[n])
        while 0 < versions.onward[row] <= last[n] and promised[n] < versions.viewed[row]:
            day, row = int(versions.viewed[row]) - 1, int(versions.earlier[row])
            left *= 1 - done_of_rest(versions, row, day)
        share = 1 - left
        past[n] = prorate(
            change[n : n + 1], np.array([share.numerator], object), np.array([share.denominator], object)
        )[0]
    return past


def done_of_rest(versions: Versions, row: int, day: int) -> Fraction:
    """What is done by the end of a day of what remained when a version's terms began; of nothing all."""
    one = np.array([row])
    done = versions.progress.at(versions.terms(one), np.array([day]))
    p, q, total = (int(values[0]) for values in (done.p, done.q, done.total))
    before_p, before_q = int(versions.before_p[row]), int(versions.before_q[row])
    remained = before_q * total - before_p
    return max(Fraction(p * before_q - before_p * q, q * remained), Fraction(0)) if remained > 0 else Fraction(1)
