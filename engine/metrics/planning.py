"""Targets and capacity, as measures divide by them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from engine.metrics.inputs import Inputs
from engine.metrics.statement import measure_name
from model.errors import Unanswerable
from model.money import Money, round_minor
from model.periods import add_months

if TYPE_CHECKING:
    import pandas as pd


def month_name(day: dt.date) -> str:
    """A month as the canonical files write it."""
    return f"{day.year:04d}-{day.month:02d}"


def yearly_target(inputs: Inputs, date: dt.date, reporting: str) -> tuple[str, Money] | None:
    """The revenue target of the twelve months after `date`, None where no target of revenue is set for any of them.

    Unanswerable if some of the months have one and others have none: a part of a year is no year.
    """
    months = [month_name(add_months(date.replace(day=1), n)) for n in range(1, 13)]
    rows = inputs.targets
    rows = rows[rows["measure"].map(measure_name).eq("revenue") & rows["month"].isin(months)]
    if rows.empty:
        return None
    if missing := sorted(set(months) - set(rows["month"])):
        raise Unanswerable(
            f"the revenue target of {', '.join(missing)} is missing: add it to targets, for all twelve months"
        )
    return f"revenue target of {months[0]} to {months[-1]}", total(rows, reporting, "targets")


def monthly_capacity(inputs: Inputs, date: dt.date, reporting: str) -> tuple[str, Money]:
    """What can be delivered in a month, all families together: of the month of `date`, else of the latest one before."""
    rows = inputs.capacity[inputs.capacity["month"] <= month_name(date)]
    if rows.empty:
        raise Unanswerable(f"no capacity is stated for {month_name(date)} or before: add it to capacity")
    month = rows["month"].max()
    return f"capacity of {month}", total(rows[rows["month"] == month], reporting, "capacity")


def total(rows: pd.DataFrame, reporting: str, file: str) -> Money:
    """The sum of planned amounts; a blank currency is the reporting one. Several currencies have no sum."""
    codes = sorted({code or reporting for code in rows["currency"]})
    if len(codes) > 1:
        raise Unanswerable(f"{file} are stated in {', '.join(codes)}: state them in one currency")
    return Money(sum(round_minor(amount, codes[0]) for amount in rows["amount"]), codes[0])
