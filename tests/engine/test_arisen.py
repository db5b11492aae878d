"""Exceptions by a day: what only a plan will show later is not one yet; one without a day always is."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from engine.arisen import arisen, how_many
from model.periods import day_number
from model.records import NO_DAY

LAST = dt.date(2026, 10, 31)
DAYS = [day_number(LAST), day_number(LAST) + 1, NO_DAY]


def test_what_arises_after_the_day_is_not_shown() -> None:
    assert list(arisen(pd.DataFrame({"day": DAYS}), LAST)["day"]) == [DAYS[0], NO_DAY]


def test_the_count_says_by_which_day_and_what_is_later() -> None:
    ledger: Any = SimpleNamespace(exceptions_table={"day": np.array(DAYS)})
    assert how_many(ledger, LAST) == "2 exceptions by 2026-10-31, 1 more arises later"
    assert how_many(ledger, dt.date(2026, 1, 1)) == "1 exception by 2026-01-01, 2 more arise later"
    assert how_many(ledger, dt.date(2026, 11, 1)) == "3 exceptions by 2026-11-01"
