"""Columns are read at least four times as fast as pandas.read_sql brings the same frame, with an equal result.

python bench/columns.py [LINES]
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from places import RUNS, median, places

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


def measured(url: str, lines: int) -> None:
    engine = connect(url)
    filled(engine, lines)
    columns.LARGE = dict.fromkeys(columns.LARGE, 0)
    ours, theirs = facts(engine)[NAME], by_pandas(engine)
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)
    del ours, theirs
    arrow = median(lambda: facts(engine))
    columns.LARGE = dict.fromkeys(columns.LARGE, 10**12)
    plain = median(lambda: facts(engine))
    bare, same = median(lambda: pd.read_sql(QUERY, engine)), median(lambda: by_pandas(engine))
    print(f"{lines:,} lines, {engine.dialect.name}; medians of {RUNS} runs, equal frames")
    print(f"all facts: through ADBC {arrow:.2f} s, through the driver {plain:.2f} s")
    print(f"pandas.read_sql {bare:.2f} s, made into the same frame {same:.2f} s; "
          f"ratios {bare / arrow:.1f} and {same / arrow:.1f} (promised: at least 4)")  # fmt: skip
    engine.dispose()


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with places() as kinds:
        for place in kinds.values():
            measured(place("columns"), lines)


if __name__ == "__main__":
    main()
