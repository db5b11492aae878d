"""Which exceptions have arisen by a day: the one count of them that every command, page and sheet shows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from model.periods import day_number

if TYPE_CHECKING:
    import pandas as pd

    from engine.ledger import Ledger


def arisen(exceptions: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Those of a ledger's exceptions that have arisen by the end of a day, and those without a day; not what is planned to
    be late after it."""
    return exceptions[exceptions["day"] <= day_number(day)]


def how_many(ledger: Ledger, day: dt.date) -> str:
    """How many exceptions have arisen by the end of a day, in words, with how many the ledger has that arise later."""
    days = np.asarray(ledger.exceptions_table["day"])
    count = int((days <= day_number(day)).sum())
    rest = days.size - count
    later = f", {rest} more arise{'s' if rest == 1 else ''} later" if rest else ""
    return f"{so_many(count, 'exception')} by {day}{later}"


def so_many(count: int, thing: str) -> str:
    """A number of things in words.

    >>> so_many(1, "exception"), so_many(2, "exception")
    ('1 exception', '2 exceptions')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
