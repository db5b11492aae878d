"""Facts as columns: how normalized records stand in memory between store and engine.

One pandas frame a table of model.records, with its stored column names. Missing values are sentinels, so that every
column keeps a plain dtype: text "" (object), dates NO_DAY and whole numbers NO_AMOUNT (int64; dates are day numbers
since 1970-01-01), money NO_AMOUNT (int64 minor units), decimals None (object), flags False (bool).
Every frame also has `source` (the connector's name), `record_id`, `raw_id` (int64, 0 for none) and `known_on`
(day number on which this version became known); contracts have `cancelled_on` (the day the status first arrived).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from model.money import Money, to_minor
from model.periods import day_number
from model.records import NO_AMOUNT, NO_DAY, TABLES, Kind, Table, record_id

EXTRA = ("source", "record_id", "raw_id", "known_on")

__all__ = ["EXTRA", "NO_AMOUNT", "NO_DAY", "Facts", "column_values", "empty_facts", "frame"]

Facts = Mapping[str, pd.DataFrame]


def frame(name: str, records: Iterable[Mapping[str, Any]], source: str = "test", known_on: int = 0) -> pd.DataFrame:
    """A facts frame from records of model.records; money may be Money, or a Decimal beside the row's `currency`.

    For tests and small inputs: the store reads whole columns instead.
    """
    table = TABLES[name]
    rows = list(records)
    columns: dict[str, Any] = {
        "source": [r.get("source", source) for r in rows],
        "record_id": [record_id(table, r) for r in rows],
        "raw_id": np.array([r.get("raw_id", 0) for r in rows], np.int64),
        "known_on": np.array([r.get("known_on", known_on) for r in rows], np.int64),
    }
    for column in table.columns:
        columns[column.stored] = column_values(column.kind, [_plain(column.kind, r, column.name) for r in rows])
    if table.has_money and "currency" not in columns:
        columns["currency"] = [_currency(table, r) for r in rows]
    if name == "contracts":
        columns["cancelled_on"] = np.array([r.get("cancelled_on", NO_DAY) for r in rows], np.int64)
    return pd.DataFrame(columns)


def column_values(kind: Kind, values: Sequence[Any]) -> Any:
    """A column from plain values (None = missing): days and minor units are int already."""
    if kind is Kind.DATE:
        return np.array([NO_DAY if v is None else v for v in values], np.int64)
    if kind in (Kind.MONEY, Kind.INTEGER):
        return np.array([NO_AMOUNT if v is None else v for v in values], np.int64)
    if kind is Kind.FLAG:
        return np.array([bool(v) for v in values], bool)
    if kind is Kind.DECIMAL:
        return np.array([*values, None], object)[:-1]
    return np.array([*("" if v is None else v for v in values), None], object)[:-1]


def empty_facts() -> dict[str, pd.DataFrame]:
    """Every table, without a row."""
    return {name: frame(name, ()) for name in TABLES}


def _plain(kind: Kind, record: Mapping[str, Any], name: str) -> Any:
    value = record.get(name)
    if value is None or value == "":
        return None
    if kind is Kind.DATE:
        return day_number(value)
    if kind is Kind.MONEY:
        return to_minor(value, record["currency"]) if isinstance(value, Decimal) else value.minor
    return value


def _currency(table: Table, record: Mapping[str, Any]) -> str:
    for column in table.columns:
        value = record.get(column.name)
        if column.kind is Kind.MONEY and isinstance(value, Money):
            return value.currency
    return str(record.get("currency", ""))
