"""Canonical records as they are written to CSV, and the small exact arithmetic the generator needs."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from demo.deals import Promise
from model.money import EXPONENTS, to_decimal
from model.records import TABLES


def money(minor: int, currency: str) -> str:
    """An amount as the files write it: `12000.00`, and JPY without a point."""
    return str(to_decimal(minor, currency))


def in_minor(amount: object, currency: str) -> int:
    """Whole minor units of an amount as the files write it."""
    return int(Decimal(str(amount)).scaleb(EXPONENTS[currency]))


def shares_of(whole: int, weights: Sequence[int]) -> list[int]:
    """A whole split by weights into whole parts that sum to it: the running total is cut, never a part.

    >>> shares_of(100, [1, 1, 1])
    [33, 33, 34]
    """
    total, running, given, parts = sum(weights), 0, 0, []
    for weight in weights:
        running += weight
        parts.append(whole * running // total - given)
        given += parts[-1]
    return parts


def delivered_by_day(line: Promise, day: dt.date) -> int:
    """What of a daily straight-line is earned at the end of a day: the running total, rounded half away from zero."""
    if line.start_on is None or line.end_on is None:
        raise ValueError(f"line {line.key} has no term")
    days = (line.end_on - line.start_on).days + 1
    done = min(max((day - line.start_on).days + 1, 0), days)
    return (2 * line.minor * done + days) // (2 * days)


class Rows:
    """Canonical tables being filled; values are text, days, whole numbers or blank."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}

    def __getitem__(self, table: str) -> list[dict[str, object]]:
        """The rows of a table."""
        return self.tables[table]

    def add(self, table: str, **values: object) -> None:
        """One more row; a column that the table does not have is an error of the generator."""
        unknown = [name for name in values if name not in {column.name for column in TABLES[table].columns}]
        if unknown:
            raise KeyError(f"{table} has no column {unknown[0]}")
        self.tables[table].append(values)

    def expected_cost(self, line: Promise) -> int:
        """The cost a line was planned at, in minor units: its product's share of cost in the price."""
        return line.minor * line.product.unit_cost // line.product.price

    def write(self, folder: Path) -> None:
        """One CSV file a table that has rows: the table's columns, UTF-8, a comma, lines ended alike everywhere."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            columns = [column.name for column in TABLES[name].columns]
            used = [column for column in columns if any(row.get(column, "") != "" for row in rows)]
            if rows:
                with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, used, restval="", extrasaction="ignore", lineterminator="\n")
                    writer.writeheader()
                    writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)
