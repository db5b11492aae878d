"""Capacity: how long it takes to deliver the backlog of each family, where it gets tight, and which promises will be late.

Capacity is what can be delivered in a month, from the month after the date on; the last month stated goes on for ever.
Promises that need delivery (all but service by time) are taken by their planned end, the earliest first.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.figures import Scope
from engine.kinds import COMMITMENT
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.metrics.planning import month_name, total
from engine.reports.delays import by_evidence, families
from engine.reports.forward import currency_of, forward, in_currency
from engine.slices import Slice
from model.errors import Unanswerable
from model.periods import add_months, day_number, day_of, month_end
from model.records import NO_DAY

_HORIZON = 600


def by_family(ledger: Ledger, inputs: Inputs, date: dt.date) -> pd.DataFrame:
    """Backlog of each family against its capacity; the tightest first.

    Columns out: family, backlog_minor, capacity_minor (of the next month), months_to_deliver (Decimal), tight_on (date:
    the end of the first month by which more is due than can be delivered, None: never), currency.
    """
    from engine.metrics.measure import ratio

    target, names = currency_of(ledger, Scope(), date), families(ledger)
    products = np.asarray(ledger.obligations["product"])
    rows = []
    for name in _stated(inputs):
        mine = np.unique(products[names == name])
        coming = forward(ledger, Scope(products=mine), date, 60)
        left = int(in_currency(ledger, coming.contracts, coming.left[:, None], target, date).sum())
        due = in_currency(ledger, coming.contracts, coming.due, target, date).sum(axis=0)
        room = capacities(inputs, name, date, target, ledger.reporting, 60)
        tight = next((n for n in range(60) if int(due[n + 1]) > sum(room[: n + 1])), None)
        months = _needed(left, capacities(inputs, name, date, target, ledger.reporting, _HORIZON))
        rows.append((name, left, room[0], None if months is None else ratio(months),
                     None if tight is None else add_months(date, tight + 1)))  # fmt: skip
    rows.sort(key=lambda row: (row[3] is not None, -(row[3] or 0)))
    columns = ["family", "backlog_minor", "capacity_minor", "months_to_deliver", "tight_on"]
    return pd.DataFrame(rows, columns=columns).assign(currency=target)


def late_promises(ledger: Ledger, inputs: Inputs, date: dt.date) -> pd.DataFrame:
    """Promises that capacity will not deliver by their planned end, and whom to tell, the latest first.

    Columns out: customer, contract, line, family, planned_on, expected_on (dates), months_late, backlog_minor, currency.
    """
    table, contracts, names = ledger.obligations, ledger.contracts, families(ledger)
    rows = []
    for name in _stated(inputs):
        mine = np.flatnonzero((names == name) & by_evidence(ledger))
        for place, left, planned, ready in _late(ledger, inputs, name, mine, date):
            of = int(table["contract"][place])
            months = None if ready is None else 12 * (ready.year - planned.year) + ready.month - planned.month
            rows.append((
                str(ledger.customers["name"][contracts["customer"][of]]), str(contracts["id"][of]), str(table["id"][place]),
                name, planned, ready, months, left, str(contracts["currency"][of]),
            ))  # fmt: skip
    rows.sort(key=lambda row: (row[6] is not None, -(row[6] or 0), row[0], row[2]))
    columns = ["customer", "contract", "line", "family", "planned_on", "expected_on", "months_late", "backlog_minor",
               "currency"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _late(
    ledger: Ledger, inputs: Inputs, family: str, ob: IntArray, date: dt.date
) -> Iterator[tuple[int, int, dt.date, dt.date | None]]:
    """Of a family's promises `ob`, delivered in the order of their planned ends, those that come too late, with what is left of
    each, its planned end, and the end of the month in which it will be delivered (None: never)."""
    table, on = ledger.obligations, np.array([day_number(date)])
    contract, end = np.asarray(table["contract"])[ob], np.asarray(table["agreed_end_on"])[ob]
    each = Slice(ledger, contract, ob, np.arange(ob.size))
    left = (each.entries(COMMITMENT, on) - each.recognized(on))[:, 0]
    target = currency_of(ledger, Scope(), date)
    load = in_currency(ledger, contract, left[:, None], target, date)[:, 0]
    room = capacities(inputs, family, date, target, ledger.reporting, _HORIZON)
    order, done = np.lexsort((ob, np.where(end == NO_DAY, 2**40, end))), 0
    for place in order[load[order] > 0].tolist():
        done += int(load[place])
        if int(end[place]) == NO_DAY:
            continue
        months, planned, ready = _needed(done, room), day_of(int(end[place])), None
        if months is not None:
            ready = month_end(add_months(date.replace(day=1), -(-months.numerator // months.denominator)))
        if ready is None or ready > month_end(planned):
            yield int(ob[place]), int(left[place]), planned, ready


def capacities(inputs: Inputs, family: str, date: dt.date, currency: str, reporting: str, months: int) -> list[int]:
    """What can be delivered of a family in each of the months after a day, minor units of `currency`."""
    rows = inputs.capacity[inputs.capacity["family"] == family]
    stated: dict[str, int] = {}
    for month, part in rows.groupby("month"):
        money = total(part, reporting, "capacity")
        if money.currency != currency:
            raise Unanswerable(f"capacity is stated in {money.currency}, backlog in {currency}: state it in {currency}")
        stated[str(month)] = money.minor
    known = sorted(stated)
    places = [bisect_right(known, month_name(add_months(date.replace(day=1), n))) for n in range(1, months + 1)]
    return [stated[known[place - 1]] if place else 0 for place in places]


def _stated(inputs: Inputs) -> list[str]:
    names = sorted(set(inputs.capacity["family"]))
    if not names:
        raise Unanswerable("no capacity is stated: add it to capacity, by month and family")
    return [str(name) for name in names]


def _needed(load: int, room: list[int]) -> Fraction | None:
    """How many months it takes to deliver an amount; None: never."""
    done = 0
    for n, each in enumerate(room):
        if done + each >= load:
            return n + (Fraction(load - done, each) if each else Fraction(0))
        done += each
    return None
