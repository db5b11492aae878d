"""How service time is counted: each convention is a scale on which progress is even.

A straight line over days, over months with part months by day, or over months of thirty days is one straight line on
a different clock. A clock maps a day to a whole number (its coordinate at the end of that day), and the conventions
that give a part month a whole or half share are up to three straight pieces, so that every schedule has a closed form:

    units done at the end of day x = (a × clock(x) + b) ÷ d        on the piece that holds x

Source: ASC 606-10-25-31, 606-10-55-20 (time elapsed as the measure of progress); conventions as in the canonical files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arithmetic import BoolArray, IntArray

DAY, MONTH, THIRTY = 0, 1, 2
FOREVER = 2**40
"""A day number after every day."""
METHOD_CLOCKS = {
    "straight_line_daily": DAY,
    "straight_line_monthly": MONTH,
    "straight_line_30_360": THIRTY,
    "straight_line_full_months": MONTH,
    "straight_line_half_month": MONTH,
}
# A month in parts that 28, 29, 30 and 31 all divide, so that a part month by day is a whole number of parts.
MONTH_PARTS = 28 * 15 * 29 * 31


def month_of(days: IntArray) -> IntArray:
    """Months since January 1970 of each day number."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_first(months: IntArray) -> IntArray:
    """The day number of the first day of each month."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def coordinate(clock: int, days: IntArray) -> IntArray:
    """The clock's reading at the end of each day.

    DAY counts days; MONTH counts parts of months, each day an equal part of its own month; THIRTY counts days of
    thirty-day months, where the 31st adds nothing (but as the first day of a term, see from_a_31st) and the last of
    February closes its month.
    """
    if clock == DAY:
        return days
    month = month_of(days)
    first = month_first(month)
    length = month_first(month + 1) - first
    day = days - first + 1
    if clock == MONTH:
        return month * MONTH_PARTS + day * (MONTH_PARTS // length)
    return month * 30 + np.where(day == length, 30, np.minimum(day, 30))


def coordinates(clocks: IntArray, days: IntArray) -> IntArray:
    """Each row's own clock at its own day."""
    reading = np.array(days, np.int64)
    for clock in (MONTH, THIRTY):
        rows = clocks == clock
        if rows.any():
            reading[rows] = coordinate(clock, reading[rows])
    return reading


@dataclass
class Pieces:
    """Straight pieces of service terms, a row each, sorted by term.

    `row`: the term; `first`, `last`: the days it holds; `clock`, `a`, `b`, `d`: as above; on `last` of the final
    piece the units done are the term's `total` (kept a term).
    """

    row: IntArray
    first: IntArray
    last: IntArray
    clock: IntArray
    a: IntArray
    b: IntArray
    d: IntArray
    total: IntArray


def pieces(start: IntArray, end: IntArray, clock: IntArray, half: IntArray) -> Pieces:
    """The straight pieces of each term from `start` to `end`, both days of service.

    `half`: 0 plain, 1 started months count whole and the last is cut, 2 part months at either end count half.
    """
    single = from_a_31st(start, end, clock)
    half = np.where(single, 3, half) if single.any() else half
    if not half.any():
        before, ones = coordinates(clock, start - 1), np.ones_like(start)
        return Pieces(np.arange(start.size), start, end, clock, ones, -before, ones, coordinates(clock, end) - before)
    plain = np.flatnonzero(half == 0)
    before = coordinates(clock[plain], start[plain] - 1)
    parts = [
        (plain, start[plain], end[plain], clock[plain], np.ones_like(plain), -before, np.ones_like(plain)),
        *_whole_months(start, end, np.flatnonzero(half == 1)),
        *_half_months(start, end, np.flatnonzero(half == 2)),
        *_day_by_itself(start, end, np.flatnonzero(half == 3)),
    ]
    columns = [np.concatenate([part[n] for part in parts]) for n in range(7)]
    order = np.lexsort((columns[1], columns[0]))
    row, first, last, clocks, a, b, d = (column[order] for column in columns)
    total = np.zeros(start.size, np.int64)
    final = np.r_[row[1:] != row[:-1], True] if row.size else np.zeros(0, bool)
    total[row[final]] = (a * coordinates(clocks, last) + b)[final] // d[final]
    return Pieces(row, first, last, clocks, a, b, d, total)


def from_a_31st(start: IntArray, end: IntArray, clock: IntArray) -> BoolArray:
    """Terms of thirty-day months whose first day is a 31st: the day counts, although the 31st of other months adds none."""
    rows = clock == THIRTY
    if rows.any():
        rows[rows] = (coordinate(THIRTY, start[rows]) == coordinate(THIRTY, start[rows] - 1)) & (
            end[rows] > start[rows]
        )
    return rows


Part = tuple[IntArray, IntArray, IntArray, IntArray, IntArray, IntArray, IntArray]


def _whole_months(start: IntArray, end: IntArray, rows: IntArray) -> list[Part]:
    first_month = month_of(start[rows])
    count = np.maximum(month_of(end[rows] + 1) - first_month, 1)
    opening_last = np.minimum(month_first(first_month + 1) - 1, end[rows])
    opening = _by_day(rows, start[rows], opening_last, np.full(rows.size, MONTH_PARTS), np.zeros(rows.size, np.int64))
    later = count > 1
    return [
        opening,
        _by_month(rows[later], first_month[later] + 1, count[later] - 1, np.full(later.sum(), MONTH_PARTS)),
    ]


def _half_months(start: IntArray, end: IntArray, rows: IntArray) -> list[Part]:
    half = MONTH_PARTS // 2
    first_month, last_month = month_of(start[rows]), month_of(end[rows])
    opens_whole = start[rows] == month_first(first_month)
    closes_whole = end[rows] + 1 == month_first(last_month + 1)
    single = first_month == last_month
    # Whole months from the clock; the part month before them and after them by their own days of service.
    from_month = first_month + ~opens_whole
    count = np.where(single & ~(opens_whole & closes_whole), 0, last_month - from_month + closes_whole)
    opening = ~opens_whole | (single & ~closes_whole)
    opening_last = np.minimum(month_first(first_month + 1) - 1, end[rows])
    given = np.where(opening, half, 0)
    closing = ~closes_whole & ~single
    parts = [
        _by_day(
            rows[opening],
            start[rows][opening],
            opening_last[opening],
            given[opening],
            np.zeros(opening.sum(), np.int64),
        ),
        _by_month(rows[count > 0], from_month[count > 0], count[count > 0], given[count > 0]),
    ]
    done = given + count * MONTH_PARTS
    last_first = month_first(last_month[closing])
    parts.append(_by_day(rows[closing], last_first, end[rows][closing], np.full(closing.sum(), half), done[closing]))
    return parts


def _day_by_itself(start: IntArray, end: IntArray, rows: IntArray) -> list[Part]:
    """The first day as one day, and what follows on the clock of thirty-day months."""
    first, ones = start[rows], np.ones(rows.size, np.int64)
    thirty = np.full(rows.size, THIRTY)
    return [
        _by_day(rows, first, first, ones, ones - 1),
        (rows, first + 1, end[rows], thirty, ones, ones - coordinate(THIRTY, first), ones),
    ]


def _by_day(rows: IntArray, first: IntArray, last: IntArray, share: IntArray, done: IntArray) -> Part:
    """`share` parts earned evenly over the days first..last, after `done` parts."""
    days = last - first + 1
    return rows, first, last, np.full(rows.size, DAY), share, days * done - share * (first - 1), days


def _by_month(rows: IntArray, month: IntArray, count: IntArray, done: IntArray) -> Part:
    """`count` whole months from `month`, after `done` parts."""
    first, last = month_first(month), month_first(month + count) - 1
    ones = np.ones(rows.size, np.int64)
    return rows, first, last, np.full(rows.size, MONTH), ones, done - month * MONTH_PARTS, ones
