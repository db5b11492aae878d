"""Targets and capacity, as measures divide by them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from engine.figures import Scope
from engine.metrics.inputs import Inputs
from engine.metrics.statement import measure_name
from model.errors import Unanswerable
from model.money import Money, round_minor
from model.periods import add_months

if TYPE_CHECKING:
    import pandas as pd


TARGETS = {
    "bookings": ("bookings",),
    "recognized": ("revenue", "recognized", "recognized_revenue"),
    "backlog": ("backlog",),
    "deferred": ("deferred", "deferred_revenue"),
}
"""What targets.csv may call the figures that have targets; `revenue` has more words, those of statements."""


def month_name(day: dt.date) -> str:
    """A month as the canonical files write it."""
    return f"{day.year:04d}-{day.month:02d}"


def yearly_target(inputs: Inputs, date: dt.date, reporting: str) -> tuple[str, Money] | None:
    """The revenue target of the twelve months after `date`, None where no target of revenue is set for any of them.

    Unanswerable if some of the months have one and others have none: a part of a year is no year.
    """
    months = [month_name(add_months(date.replace(day=1), n)) for n in range(1, 13)]
    rows = _targets(inputs, "recognized")
    rows = rows[rows["month"].isin(months)]
    if rows.empty:
        return None
    if missing := sorted(set(months) - set(rows["month"])):
        raise Unanswerable(
            f"the revenue target of {', '.join(missing)} is missing: add it to targets, for all twelve months"
        )
    return f"revenue target of {months[0]} to {months[-1]}", total(rows, reporting, "targets")


def has_target(inputs: Inputs, figure: str, scope: Scope) -> bool:
    """Whether any month has a target for a figure (of TARGETS). Targets are of the whole company: a part of it has none."""
    whole = scope.customers is scope.products is scope.contracts is None
    return whole and not _targets(inputs, figure).empty


def monthly_target(inputs: Inputs, figure: str, month: dt.date, reporting: str) -> Money | None:
    """What a figure is to be in the month of that day, or at its end; None where no target is set."""
    rows = _targets(inputs, figure)
    rows = rows[rows["month"].eq(month_name(month))]
    return None if rows.empty else total(rows, reporting, "targets")


def _targets(inputs: Inputs, figure: str) -> pd.DataFrame:
    rows = inputs.targets
    return rows[rows["measure"].map(measure_name).isin(TARGETS[figure])]


def monthly_capacity(inputs: Inputs, date: dt.date, reporting: str) -> tuple[str, Money]:
    """What can be delivered in a month, all families together: each family's of the month of `date`, else its latest before."""
    rows = inputs.capacity[inputs.capacity["month"] <= month_name(date)]
    if rows.empty:
        raise Unanswerable(f"no capacity is stated for {month_name(date)} or before: add it to capacity")
    latest = rows.sort_values("month", kind="stable").drop_duplicates("family", keep="last")
    return f"capacity of {latest['month'].max()}", total(latest, reporting, "capacity")


def total(rows: pd.DataFrame, reporting: str, file: str) -> Money:
    """The sum of planned amounts; a blank currency is the reporting one. Several currencies have no sum."""
    codes = sorted({code or reporting for code in rows["currency"]})
    if len(codes) > 1:
        raise Unanswerable(f"{file} are stated in {', '.join(codes)}: state them in one currency")
    return Money(sum(round_minor(amount, codes[0]) for amount in rows["amount"]), codes[0])
