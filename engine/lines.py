"""Rounded straight lines: the closed form of every schedule.

A line is a window on a straight line over a clock. With C the clock's reading at the end of day x,

    f(x) = round(amount × clamp(a × C + b, 0, length) ÷ length)

and what it adds to revenue by the end of day d is f(min(d, to)) − f(from − 1), for d ≥ from. Both sides of every cut
stand on the same rounded line, so any split of time sums to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.arithmetic import IntArray, narrow, product, prorate
from engine.clocks import DAY, coordinate, coordinates, month_first, month_of, pieces

Lines = dict[str, IntArray]
LINE_COLUMNS = ("amount", "clock", "a", "b", "length", "from_day", "to_day")
# What the line had earned before its first day and by the end of its last; kept beside it, so that they are worked out once.
ENDS = ("opened", "closed")


def straight(start: IntArray, end: IntArray, clock: IntArray, half: IntArray, price: IntArray, before_p: IntArray,
             before_q: IntArray) -> Lines:  # fmt: skip
    """Lines that earn each `price` over what remains of its term after before_p ÷ before_q units; `row` tells whose.

    Terms of which nothing remains have no line.
    """
    parts = pieces(start, end, clock, half)
    if half.any() or parts.row.size > start.size:
        p, q, amount, total = (values[parts.row] for values in (before_p, before_q, price, parts.total))
        length, a, b = product(parts.d, product(q, total) - p), q * parts.a, product(q, parts.b) - product(parts.d, p)
    else:  # a piece a term: all of a, d are 1
        p, a, amount = before_p, before_q, price
        length, b = product(a, parts.total) - p, product(a, parts.b) - p
    lines = {
        "row": parts.row, "amount": amount, "clock": parts.clock, "a": a, "b": narrow(b, "a schedule"),
        "length": narrow(length, "a schedule"), "from_day": parts.first, "to_day": parts.last,
    }  # fmt: skip
    some = lines["length"] > 0
    return lines if some.all() else take(lines, np.flatnonzero(some))


def take(lines: Mapping[str, IntArray], rows: IntArray) -> Lines:
    """Those lines."""
    return {name: values[rows] for name, values in lines.items()}


def monthly(lines: Lines, opening: IntArray) -> Lines:
    """Each calendar month rounded alone, the last taking what is left (policy `last_period`).

    `opening`: the first day each row's terms speak of; months before it have nothing. Lines come sorted by row.
    """
    month, of = explode(month_of(lines["from_day"]), month_of(lines["to_day"]))
    cut = take(lines, of)
    cut["from_day"] = np.maximum(np.maximum(cut["from_day"], month_first(month)), opening[cut["row"]])
    cut["to_day"] = np.minimum(cut["to_day"], month_first(month + 1) - 1)
    cut = take(cut, np.flatnonzero(cut["from_day"] <= cut["to_day"]))
    done = np.maximum(progressed(cut, cut["from_day"] - 1), 0)
    share = progressed(cut, cut["to_day"]) - done
    amount = prorate(cut["amount"], share, cut["length"])
    if amount.size:
        first = np.flatnonzero(np.r_[True, cut["row"][1:] != cut["row"][:-1]])
        last = np.r_[first[1:], amount.size] - 1
        sums = np.add.reduceat(amount, first)
        amount[last] += cut["amount"][last] - sums
    return {**cut, "amount": amount, "b": cut["b"] - done, "length": np.maximum(share, 1)}


def explode(first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
    """Every whole number from first to last of each row, and the row it belongs to."""
    count = np.maximum(last - first + 1, 0)
    of = np.repeat(np.arange(first.size), count)
    return first[of] + np.arange(of.size) - np.repeat(
        np.r_[0, np.cumsum(count)[:-1]].astype(np.int64)[: first.size], count
    ), of


def progressed(lines: Mapping[str, IntArray], day: IntArray) -> IntArray:
    """a × C + b at the end of each line's day."""
    return lines["a"] * coordinates(lines["clock"], day) + lines["b"]


def value(lines: Mapping[str, IntArray], day: IntArray) -> IntArray:
    """f(x) of each line at the end of its own day."""
    return prorate(lines["amount"], np.clip(progressed(lines, day), 0, lines["length"]), lines["length"])


def to_date(lines: Mapping[str, IntArray], day: IntArray) -> IntArray:
    """What each line adds by the end of its own day."""
    begun = day >= lines["from_day"]
    return np.where(begun, value(lines, np.minimum(day, lines["to_day"])) - value(lines, lines["from_day"] - 1), 0)


def evaluate(lines: Mapping[str, IntArray], days: IntArray) -> IntArray:
    """What each line adds by the end of each day: a row a line and a column a day."""
    done = np.empty((lines["amount"].size, days.size), np.int64)
    for clock in np.unique(lines["clock"]):
        done[lines["clock"] == clock] = coordinate(int(clock), days)
    closing = coordinates(lines["clock"], lines["to_day"])
    column = {name: lines[name][:, None] for name in LINE_COLUMNS}
    units = np.clip(column["a"] * np.minimum(done, closing[:, None]) + column["b"], 0, column["length"])
    earned = prorate(column["amount"], units, column["length"])
    return np.where(days >= column["from_day"], earned - value(lines, lines["from_day"] - 1)[:, None], 0)


def with_ends(lines: Mapping[str, IntArray]) -> Lines:
    """The lines with their ENDS."""
    return {**lines, "opened": value(lines, lines["from_day"] - 1), "closed": value(lines, lines["to_day"])}


def on_day(day: IntArray, amount: IntArray) -> Lines:
    """Amounts earned whole on single days."""
    ones = np.ones(day.size, np.int64)
    return {"row": np.arange(day.size), "amount": amount, "clock": ones * DAY, "a": ones, "b": 1 - day, "length": ones,
            "from_day": day, "to_day": day}  # fmt: skip
