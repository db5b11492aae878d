"""The same matrix by the tools one would reach for: every segment repeated for each month it touches, then grouped.

All work in whole cents and give exactly the kernel's figures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bench.company import ENDS, SINCE
from engine.ledger import Ledger

SQL = """
with long as (select *, unnest(range(first, last + 1)) as month from segments)
select customer, month, sum(sign(amount)::bigint * (
    (2 * abs(amount) * (least(months.ends, to_day) - start + 1) + days) // (2 * days)
  - (2 * abs(amount) * (greatest(months.since, from_day) - start) + days) // (2 * days)))::bigint as revenue
from long join months using (month) group by customer, month
"""


def segments(ledger: Ledger) -> pd.DataFrame:
    """The ledger's segments, which are all by day here, as a flat table with the first and last month each touches."""
    table = ledger.segments
    assert not np.any(table["clock"])
    assert np.all(table["a"] == 1)
    frame = pd.DataFrame({name: np.array(table[name]) for name in ("amount", "from_day", "to_day")})
    contract = ledger.obligations["contract"][table["obligation"]]
    frame["customer"] = ledger.contracts["customer"][contract]
    frame["start"], frame["days"] = 1 - table["b"], table["length"]
    frame["first"] = np.searchsorted(ENDS, frame["from_day"])
    frame["last"] = np.minimum(np.searchsorted(ENDS, frame["to_day"]), ENDS.size - 1)
    return frame[(frame["to_day"] >= SINCE[0]) & (frame["from_day"] <= ENDS[-1])].reset_index(drop=True)


def by_explode(table: pd.DataFrame) -> Callable[[], Any]:
    """The script as it is written: a period for every month of every line, explode, groupby."""

    def run() -> pd.Series:
        long = table.drop(columns=["first", "last"])
        for name in ("start", "from_day", "to_day"):
            long[name] = pd.to_datetime(long[name], unit="D")
        long["month"] = [
            pd.period_range(first, last, freq="M") for first, last in zip(long["from_day"], long["to_day"], strict=True)
        ]
        long = long.explode("month", ignore_index=True)
        months = pd.PeriodIndex(long["month"])
        upto = (np.minimum(months.end_time.normalize(), long["to_day"]) - long["start"]).dt.days + 1
        before = (np.maximum(months.start_time, long["from_day"]) - long["start"]).dt.days
        _round(long, upto, before)
        long["month"] = months.year * 12 + months.month - 12 * 2022 - 1
        inside = long[(long["month"] >= 0) & (long["month"] < ENDS.size)]
        return inside.groupby(["customer", "month"])["revenue"].sum()

    return run


def by_repeat(table: pd.DataFrame) -> Callable[[], Any]:
    """The same by someone who knows pandas well: whole days, repeat, groupby."""

    def run() -> pd.Series:
        count = table["last"] - table["first"] + 1
        long = table.loc[table.index.repeat(count)]
        long["month"] = long["first"] + long.groupby(level=0).cumcount()
        upto = np.minimum(ENDS[long["month"]], long["to_day"]) - long["start"] + 1
        before = np.maximum(SINCE[long["month"]], long["from_day"]) - long["start"]
        _round(long, upto, before)
        return long.groupby(["customer", "month"])["revenue"].sum()

    return run


def _round(long: pd.DataFrame, upto: pd.Series, before: pd.Series) -> None:
    size, days = long["amount"].abs(), long["days"]
    part = (2 * size * upto + days) // (2 * days) - (2 * size * before + days) // (2 * days)
    long["revenue"] = np.sign(long["amount"]) * part


def by_duckdb(table: pd.DataFrame) -> Callable[[], Any]:
    """SQL over tables in memory, on all cores."""
    import duckdb

    connection = duckdb.connect()
    months = pd.DataFrame({"month": np.arange(ENDS.size), "since": SINCE, "ends": ENDS})
    for name, frame in (("segments", table), ("months", months)):
        connection.register("given", frame)
        connection.execute(f"create table {name} as select * from given")  # noqa: S608 - two fixed names
    return lambda: connection.execute(SQL).fetchnumpy()


def by_polars(table: pd.DataFrame) -> Callable[[], Any]:
    """A lazy query with the streaming engine, on all cores."""
    import polars as pl

    frame = pl.DataFrame({name: table[name].to_numpy() for name in table.columns})
    months = pl.DataFrame({"month": np.arange(ENDS.size), "since": SINCE, "ends": ENDS}).lazy()
    size, days = pl.col("amount").abs(), pl.col("days")
    upto = pl.min_horizontal("ends", "to_day") - pl.col("start") + 1
    before = pl.max_horizontal("since", "from_day") - pl.col("start")
    part = (2 * size * upto + days) // (2 * days) - (2 * size * before + days) // (2 * days)
    query = (
        frame.lazy()
        .with_columns(month=pl.int_ranges("first", pl.col("last") + 1))
        .explode("month")
        .join(months, on="month")
        .group_by("customer", "month")
        .agg(revenue=(pl.col("amount").sign() * part).sum())
    )
    return lambda: query.collect(engine="streaming")
