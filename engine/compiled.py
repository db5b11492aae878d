"""The kernel, compiled: the same figures as the plain one of engine.kernel, many times as fast.

Loaded by engine.kernel where numba is installed. A function answers False where a number does not fit into 64 bits; the
plain kernel then answers, in Python integers. Loops are written so that they become vector code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, float64, int64, njit, types, uintp

from engine.clocks import DAY, MONTH, MONTH_PARTS

_WHOLE = 2.0**53  # whole numbers up to it are exact as float64
_EXACT = 2.0**51
_WIDE = 2.0**62

_column = types.Array(int64, 1, "C", readonly=True)
_SEGMENTS = (_column,) * 9
_ENTRIES = (_column,) * 3
_BLOCKS = (_column,) * 6
_FORMULA = (_column, int64, boolean)


def _compiled(signature: Any = None) -> Any:
    # A segment has a length, so nothing is divided by 0; without Python's check for it loops become vector code.
    return njit(signature, cache=True, nogil=True, error_model="numpy")


@_compiled()
def reading(clock: int, day: int) -> int:
    """engine.clocks.coordinate of one day."""
    if clock == DAY:
        return day
    # The civil calendar with years that begin in March, so that a leap day is the last of its year.
    since = day + 719_468
    era = since // 146_097
    of_era = since - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    first = (153 * march + 2) // 5
    date = of_year - first + 1
    length = (153 * (march + 1) + 2) // 5 - first
    if march == 11:
        ends = year + 1
        length = 29 if ends % 4 == 0 and (ends % 100 != 0 or ends % 400 == 0) else 28
    month = (era * 400 + year - 1970) * 12 + march + 2
    if clock == MONTH:
        return month * MONTH_PARTS + date * (MONTH_PARTS // length)
    return month * 30 + (30 if date == length else min(date, 30))


@_compiled()
def earned(amount: int, clock: int, a: int, b: int, length: int, day: int) -> int:
    """f(x) of engine.lines at the end of a day: amount × units ÷ length, half away from zero."""
    units = min(max(a * reading(clock, day) + b, 0), length)
    whole = (2 * abs(amount) * units + length) // (2 * length)
    return whole if amount >= 0 else -whole


@_compiled()
def place(table: Any, first: int, day: int) -> int:
    """Which of the asked days is the first that is not before `day`; `table` tells it for each day from `first` on."""
    return uintp(table[uintp(min(max(day - first, 0), table.size - 1))])


@_compiled(boolean(*_SEGMENTS, *_ENTRIES, *_BLOCKS, *_FORMULA, _column, _column, types.Array(float64, 2, "C", readonly=True),
                   _column, _column, int64, int64, types.Array(int64, 2, "C")))  # fmt: skip
def grid(amount, clock, a, b, length, from_day, to_day, opened, closed, on, moved, kind, rows, units, segment_low,
         segment_high, entry_low, entry_high, weight, revenue, floor, days, table, readings, last, before, begin, end,
         out):  # fmt: skip
    """Figures of the rows begin..end at every day: out[row, c] is what stands at days[last[c]] less that at days[before[c]].

    A segment is worked out on the days it runs on; before them it adds nothing, and after them its whole in one step.
    """
    count = days.size
    share, wide, any_wide = np.zeros(count), np.zeros(count, np.int64), False
    step, total = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    any_entries = weight.any()
    adjacent = True
    for c in range(last.size):
        adjacent &= last[c] == c + 1 and before[c] == c
    for row in range(begin, end):
        total[:] = 0
        for unit in range(rows[row], rows[row + 1]):
            for stretch in range(units[unit], units[unit + 1]):
                low, high = (segment_low[stretch], segment_high[stretch]) if revenue != 0 else (0, 0)
                for s in range(uintp(low), uintp(high)):
                    first, after = place(table, days[0], from_day[s]), place(table, days[0], to_day[s])
                    if first == count:
                        continue
                    step[first] -= revenue * opened[s]
                    step[after] += revenue * closed[s]
                    size, whole, rate, origin = float(revenue * amount[s]), float(length[s]), float(a[s]), float(b[s])
                    bound = 2.0 * abs(size) * whole + whole
                    if bound < _EXACT and whole + abs(origin) < _WHOLE:
                        # round(amount × units ÷ length) by the inverse of the length: a quarter of a unit's share lifts
                        # halves off their tie, and as much again is more than the two roundings below 2^51 can miss.
                        own, inverse, tie = readings[clock[s]], 1.0 / (2.0 * whole), np.copysign(0.5, size)
                        for n in range(first, after):
                            done = min(max(rate * own[n] + origin, 0.0), whole)
                            share[n] += np.rint((2.0 * size * done + tie) * inverse)
                    elif bound < _WIDE:
                        any_wide = True
                        for n in range(first, after):
                            wide[n] += revenue * earned(amount[s], clock[s], a[s], b[s], length[s], days[n])
                    else:
                        return False
                low, high = (entry_low[stretch], entry_high[stretch]) if any_entries else (0, 0)
                for e in range(uintp(low), uintp(high)):
                    step[place(table, days[0], on[e])] += weight[uintp(kind[e])] * moved[e]
            running = 0
            for n in range(uintp(count)):
                running += step[n]
                step[n] = running
            if any_wide:
                step[:count] += wide
                wide[:] = 0
            if floor:
                for n in range(uintp(count)):
                    total[n + uintp(1)] += max(step[n] + int(share[n]), 0)
            else:
                for n in range(uintp(count)):
                    total[n + uintp(1)] += step[n] + int(share[n])
            step[:] = 0
            share[:] = 0.0
        if adjacent:
            for c in range(uintp(last.size)):
                out[row, c] = total[c + uintp(2)] - total[c + uintp(1)]
        else:
            for c in range(uintp(last.size)):
                out[row, c] = total[uintp(last[c] + 1)] - total[uintp(before[c] + 1)]
    return True


@_compiled(boolean(*_SEGMENTS, *_ENTRIES, *_BLOCKS, *_FORMULA, _column, _column, types.Array(int64, 1, "C")))
def cells(amount, clock, a, b, length, from_day, to_day, opened, closed, on, moved, kind, rows, units, segment_low,
          segment_high, entry_low, entry_high, weight, revenue, floor, at, day, out):  # fmt: skip
    """Figures of single cells: out[c] is what row at[c] comes to at day[c]."""
    any_entries = weight.any()
    for cell in range(at.size):
        total, asked = 0, day[cell]
        for unit in range(rows[at[cell]], rows[at[cell] + 1]):
            figure = 0
            for stretch in range(units[unit], units[unit + 1]):
                low, high = (segment_low[stretch], segment_high[stretch]) if revenue != 0 else (0, 0)
                for s in range(uintp(low), uintp(high)):
                    if asked >= to_day[s]:
                        figure += revenue * (closed[s] - opened[s])
                    elif asked >= from_day[s]:
                        if 2.0 * abs(float(amount[s])) * length[s] + length[s] >= _WIDE:
                            return False
                        figure += revenue * (earned(amount[s], clock[s], a[s], b[s], length[s], asked) - opened[s])
                low, high = (entry_low[stretch], entry_high[stretch]) if any_entries else (0, 0)
                for e in range(uintp(low), uintp(high)):
                    if on[e] <= asked:
                        figure += weight[uintp(kind[e])] * moved[e]
            total += max(figure, 0) if floor else figure
        out[cell] = total
    return True
