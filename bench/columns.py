"""Columns are read at least four times as fast as pandas.read_sql brings the same frame, with an equal result.

python -m bench.columns [LINES]
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from bench.measure import Line, ratio, table, told
from bench.places import TITLES, of_server, places, spent
from model.frames import NO_AMOUNT, NO_DAY
from model.records import TABLES, Kind
from store import columns
from store.connect import connect
from store.read import facts
from store.schema import stored_columns
from store.write import page_transaction

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAGE = 10_000
NAME = "invoice_lines"
COLUMNS = ("source", "record_id", "raw_id", "known_from", *stored_columns(TABLES[NAME]))
QUERY = f"SELECT {', '.join(COLUMNS)} FROM {NAME} WHERE known_to IS NULL ORDER BY record_id, source"  # noqa: S608


def filled(engine: sa.Engine, lines: int) -> None:
    for start in range(0, lines, PAGE):
        with page_transaction(engine, 1, NOW) as writer:
            for n in range(start, min(start + PAGE, lines)):
                key, day = f"il_{n:09}", f"2026-{n % 12 + 1:02}-01"
                row = (key, f"in_{n // 2:08}", n * 7 % 10**6, f"si_{n % 5000}", f"Service of month {n % 12}",
                       None if n % 3 else n, day, day, "USD")  # fmt: skip
                writer.open_version("billing", NAME, "lines", key, key, n, f"{n:032x}", row)


def by_pandas(engine: sa.Engine) -> pd.DataFrame:
    """What store.read.facts answers, made from what pandas.read_sql brings."""
    frame = pd.read_sql(QUERY, engine)
    frame.insert(3, "known_on", _days(frame.pop("known_from").str[:10]))
    kinds = {column.stored: column.kind for column in TABLES[NAME].columns}
    for column in frame.columns:
        kind = kinds.get(column, Kind.TEXT)
        if kind is Kind.DATE:
            frame[column] = _days(frame[column])
        elif kind in (Kind.MONEY, Kind.INTEGER):
            frame[column] = frame[column].astype("Int64").fillna(NO_AMOUNT).astype(np.int64)
        elif frame[column].dtype.kind not in "iu":
            frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    return frame


def _days(texts: Any) -> Any:
    days = pd.to_datetime(texts).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), NO_DAY, days.astype(np.int64))


def lines(count: int = 1_000_000) -> list[Line]:
    """The rows of the table."""
    with places() as kinds:
        return [line for place in kinds.values() for line in _measured(place("columns"), count)]


def _measured(url: str, count: int) -> list[Line]:
    engine, kept = connect(url), columns.LARGE
    filled(engine, count)
    try:
        columns.LARGE = dict.fromkeys(kept, 0)
        pd.testing.assert_frame_equal(facts(engine)[NAME], by_pandas(engine), check_dtype=False)
        ours, theirs = spent(lambda: facts(engine), lambda: pd.read_sql(QUERY, engine), server=of_server(engine))
    finally:
        columns.LARGE = kept
    name, cores = TITLES[engine.dialect.name], min(2, os.cpu_count() or 1)
    engine.dispose()
    by_clock = theirs.clock / ours.clock
    ideal = theirs.processor / (ours.processor / cores)
    of_both = "" if name == "SQLite" else ", the server's with it,"
    return [
        Line(f"All columns of {count:,} lines, {name}, by the clock",
             f"{told(ours.clock)}: {by_clock:.1f}× the rate of pandas.read_sql ({told(theirs.clock)})", *ratio(by_clock, least=4)),
        Line(f"the same, processor time{of_both} shared out over the cores",
             f"{told(ours.processor)} over {cores} cores: {ideal:.1f}× the rate of pandas.read_sql ({told(theirs.processor)})",
             *ratio(ideal, least=4)),
    ]  # fmt: skip


if __name__ == "__main__":
    print(table(lines(*map(int, sys.argv[1:]))))
