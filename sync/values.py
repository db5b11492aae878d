"""Values of one record, checked by kind and turned into what the store holds.

Connectors hand over Python values (model.records says which); here a wrong one is refused with its reason, whatever
connector it came from. Money is left for sync.settle, which knows its currency.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from model.errors import RecordRejected
from model.money import INT64_MAX, exponent
from model.periods import parse_month
from model.records import TABLES, Column, Kind, Table
from store.schema import stored_columns

MAX_TEXT = 100_000
"""Characters a text may have: three times what a cell of a spreadsheet can hold."""

_NOTHING = ("nothing is given", "Fill it in: every record of this kind needs it")


class Plan(NamedTuple):
    """How the rows of one table are read; made once from model.records.

    `key`: the name of the key where it is one column, else None. `readings`: by column, its place in the stored row and
    what turns a value into what is stored (None for money, which is settled later); `blank`: a row of defaults;
    `position`: places by stored name; `references`: columns that point at another table; `lends`: what the table's rows
    lend to those that point at them.
    """

    table: Table
    key: str | None
    blank: tuple[Any, ...]
    readings: Mapping[str, tuple[int, Callable[[Any], Any] | None]]
    required: tuple[tuple[str, int], ...]
    position: Mapping[str, int]
    keys: tuple[int, ...]
    references: tuple[tuple[str, int, str], ...]
    money: tuple[tuple[str, int], ...]
    pointed_at: bool


def read_values(plan: Plan, values: Mapping[str, Any]) -> tuple[list[Any], list[RecordRejected]]:
    """A row as stored, money as it was given and a borrowed currency missing; and everything that is wrong with it."""
    out = list(plan.blank)
    problems: list[RecordRejected] = []
    readings = plan.readings
    for name, value in values.items():
        if value is None or value == "" or (reading := readings.get(name)) is None:
            continue
        position, convert = reading
        try:
            out[position] = value if convert is None else convert(value)
        except RecordRejected as error:
            problems.append(RecordRejected(error.reason, column=name, remedy=error.remedy))
    for name, position in plan.required:
        if out[position] is None and not any(problem.column == name for problem in problems):
            problems.append(RecordRejected(_NOTHING[0], column=name, remedy=_NOTHING[1]))
    return out, problems


def _wrong(value: object, wanted: str) -> RecordRejected:
    return RecordRejected(f"{str(value)[:60]!r} is no {wanted}", remedy=f"The connector must hand over a {wanted}")


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _wrong(value, "text")
    if len(value) > MAX_TEXT:
        raise RecordRejected(f"the text has {len(value):,} characters", remedy=f"Shorten it to {MAX_TEXT:,}")
    if "\x00" in value:
        raise RecordRejected("the text holds a NUL character", remedy="Remove it at the source")
    return value


def _date(value: Any) -> str:
    if type(value) is not dt.date:
        raise _wrong(value, "date")
    return value.isoformat()


def _decimal(value: Any) -> str:
    if type(value) is int:
        return str(value)
    if type(value) is not Decimal or not value.is_finite():
        raise _wrong(value, "exact decimal")
    return format(value, "f")


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise _wrong(value, "whole number")
    if abs(value) > INT64_MAX:
        raise RecordRejected(f"{value} is beyond what a store can hold", remedy="Correct the number")
    return value


def _flag(value: Any) -> int:
    if type(value) is not bool:
        raise _wrong(value, "yes or no")
    return int(value)


def _month(value: Any) -> str:
    parse_month(read := _text(value))
    return read


def _currency(value: Any) -> str:
    exponent(read := _text(value))
    return read


def _choice(column: Column) -> Callable[[Any], str]:
    allowed = frozenset(column.choices)

    def read(value: Any) -> str:
        if value in allowed:
            return str(value)
        near = difflib.get_close_matches(str(value)[:60], column.choices, 1)
        hint = f"Did you mean {near[0]}? " if near else ""
        known = ", ".join(column.choices)
        raise RecordRejected(f"{str(value)[:60]!r} is no {column.name}", remedy=f"{hint}Use one of: {known}")

    return read


_CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text, Kind.DATE: _date, Kind.DECIMAL: _decimal, Kind.INTEGER: _whole, Kind.FLAG: _flag,
    Kind.MONTH: _month, Kind.CURRENCY: _currency,
}  # fmt: skip


def _converter(column: Column) -> Callable[[Any], Any] | None:
    if column.kind is Kind.CHOICE:
        return _choice(column)
    return None if column.kind is Kind.MONEY else _CONVERT[column.kind]


def _plan(table: Table) -> Plan:
    names = stored_columns(table)
    position = {name: at for at, name in enumerate(names)}
    at = {column.name: position[column.stored] for column in table.columns}
    defaults = {column.stored: column.default for column in table.columns if column.default}
    return Plan(
        table,
        table.key[0] if len(table.key) == 1 else None,
        tuple(defaults.get(name) for name in names),
        {column.name: (at[column.name], _converter(column)) for column in table.columns},
        tuple(
            (column.name, at[column.name])
            for column in table.columns
            # A currency that is not given may still be that of the row's amounts.
            if column.required and not (column.name == "currency" and table.has_money)
        ),
        position,
        tuple(at[name] for name in table.key),
        tuple(
            (column.name, at[column.name], column.refers)
            for column in table.columns
            if column.refers and not column.loosely
        ),
        tuple((column.name, at[column.name]) for column in table.columns if column.kind is Kind.MONEY),
        any(column.refers == table.name for other in TABLES.values() for column in other.columns)
        or table.name == "amendments",
    )


PLANS: Mapping[str, Plan] = {name: _plan(table) for name, table in TABLES.items()}
RANK: Mapping[str, int] = {name: rank for rank, name in enumerate(TABLES)}
"""The order in which a table's parents come before it."""
