"""Rows of a sheet as records: what a header names, what a cell means, and what a person reads when it means nothing.

The readers of tabular_csv and tabular_xlsx hand over `SheetRow`s, text throughout; here the cells become the values of
model.records. Nothing is guessed: a cell that cannot be read is a problem that names file, row, column and remedy.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

from connectors.kit.connector import Item, Row
from model.errors import RecordRejected
from model.money import INT64_MAX, exponent, parse_amount, parse_decimal
from model.periods import parse_day, parse_month
from model.records import Column, Kind, Table, record_id

MAX_CELL = 100_000  # characters: three times what a spreadsheet cell can hold
_LONGEST = 60  # characters of anything that is not free text: no date or amount comes near it
_WHOLE = re.compile(r"[+-]?\d+\Z")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class SheetRow(NamedTuple):
    """One row as a spreadsheet numbers it (the header is row 1), every cell as text.

    `problem`: the row as a whole cannot be read; `cells` is then what could be, its last cell perhaps cut.
    `doubts`: by cell index, why a cell's value cannot be trusted (an error value, a formula never calculated).
    """

    number: int
    cells: Sequence[str]
    problem: RecordRejected | None = None
    doubts: Mapping[int, RecordRejected] = {}


def _day(text: str) -> dt.date:
    if len(text) > _LONGEST:
        raise RecordRejected(
            f"{text[:20]!r}… ({len(text):,} characters) is too long for a date", remedy="Correct the cell"
        )
    return parse_day(text)


def _flag(text: str) -> bool:
    try:
        return _FLAGS[text.casefold()]
    except KeyError:
        raise RecordRejected(f"{text!r} is neither yes nor no", remedy="Write true or false") from None


def _whole(text: str) -> int:
    if not _WHOLE.match(text):
        raise RecordRejected(f"{text!r} is no whole number", remedy="Write digits only, such as 30")
    if abs(number := int(text)) > INT64_MAX:
        raise RecordRejected(f"{text} is beyond any count", remedy="Correct the number")
    return number


def _month(text: str) -> str:
    """A month; a spreadsheet that turned 2026-10 into the first of October meant the month."""
    if len(text) == 10 and text.endswith("-01"):
        text = text[:7]
    parse_month(text)
    return text


def _currency(text: str) -> str:
    exponent(text)
    return text


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.DATE: lru_cache(4096)(_day),
    Kind.MONEY: parse_amount,
    Kind.DECIMAL: parse_decimal,
    Kind.INTEGER: _whole,
    Kind.FLAG: _flag,
    Kind.MONTH: _month,
    Kind.CURRENCY: _currency,
}


def reader(column: Column) -> Callable[[str], Any]:
    """What reads a column's cells that are not blank; RecordRejected says what a cell should have been.

    >>> from model.records import TABLES
    >>> reader(TABLES["contracts"].column("evergreen"))("Yes")
    True
    """
    if column.kind is Kind.TEXT:
        return str
    read = partial(_choice, column) if column.kind is Kind.CHOICE else _READERS[column.kind]
    if column.kind is Kind.DATE:
        return read  # days repeat: this reader remembers them, and bounds its text itself

    def bounded(text: str) -> Any:
        if len(text) > _LONGEST:
            reason = f"{text[:20]!r}… ({len(text):,} characters) is too long for this column"
            raise RecordRejected(reason, remedy="Correct the cell")
        return read(text)

    return bounded


def _choice(column: Column, text: str) -> str:
    word = text.casefold()
    if word in column.choices:
        return word
    near = difflib.get_close_matches(word, column.choices, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise RecordRejected(
        f"{text!r} is not a {column.name} we know", remedy=f"{hint}Write one of: {', '.join(column.choices)}"
    )


@dataclass(frozen=True)
class Header:
    """The columns of one sheet: the table they fill and, cell by cell, the name as written and what it means.

    `typed`: a program has kept its numbers as numbers; nobody has written them.
    """

    table: Table
    names: tuple[str, ...]
    columns: tuple[Column | None, ...]
    typed: bool = False

    @cached_property
    def _plan(self) -> list[tuple[int, str, bool, Callable[[str], Any]]]:
        """Where each column we know stands, whether a row needs it, and what reads it."""
        known = [(at, column) for at, column in enumerate(self.columns) if column is not None]
        return [(at, column.name, column.required, self._reader(column)) for at, column in known]

    def _reader(self, column: Column) -> Callable[[str], Any]:
        read = reader(column)
        return (lambda text: Decimal(read(text))) if self.typed and column.kind is Kind.MONEY else read

    @cached_property
    def _defaults(self) -> dict[str, str]:
        return {column.name: column.default for column in self.table.columns if column.default}

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The columns without which a row has no id."""
        return tuple(name for name in self.table.key if self.table.column(name).required)

    def payload(self, cells: Sequence[str]) -> dict[str, str]:
        """The row in the file's own words, columns we do not know included; cells beyond the header by their place."""
        names = [*self.names, *(f"column {at + 1}" for at in range(len(self.names), len(cells)))]
        return dict(zip(names, cells, strict=False))

    def values(self, row: SheetRow, place: str) -> tuple[dict[str, Any], list[RecordRejected]]:
        """What the cells mean, by column, and what is wrong with those that mean nothing."""
        values: dict[str, Any] = dict(self._defaults)
        problems = []
        cells, doubts = row.cells, row.doubts
        for at, name, required, read in self._plan:
            try:
                if at in doubts:
                    raise doubts[at]
                if text := cells[at].strip() if at < len(cells) else "":
                    values[name] = read(text)
                elif required:
                    raise RecordRejected("nothing is given", remedy="Fill it in: every row needs it")
            except RecordRejected as error:
                problems.append(RecordRejected(error.reason, place=place, column=name, remedy=error.remedy))
        return values, problems


def read_header(table: Table, row: SheetRow, label: str) -> Header:
    """What the header row names. A column that is missing or named twice is a problem of the whole file."""
    names = tuple(cell.strip() or f"column {at + 1}" for at, cell in enumerate(row.cells))
    known = {column.name: column for column in table.columns}
    spelled = [name.casefold() for name in names]
    if twice := sorted({name for name, key in zip(names, spelled, strict=True) if spelled.count(key) > 1}):
        raise RecordRejected(
            f"the header names {' and '.join(twice)} more than once", place=label, remedy="Rename or remove one of them"
        )
    missing = [column.name for column in table.columns if column.required and column.name not in spelled]
    if missing:
        raise _missing(table, missing, names, label)
    columns = tuple(known.get(key) for key in spelled)
    return Header(table, names, columns, label.casefold().endswith(".parquet"))


# Where decimals have a comma, Excel writes semicolons in every CSV; a workbook keeps numbers and dates as such.
_COMMAS = (
    'Save it as "CSV UTF-8 (comma delimited)"; where Excel writes semicolons even so, save the tables as sheets of one '
    ".xlsx and name that as path"
)


def _missing(table: Table, missing: list[str], names: tuple[str, ...], label: str) -> RecordRejected:
    """The refusal of a header without its required columns, with the nearest way to mend it."""
    what = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"
    for sign, word in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and sign in names[0]:
            reason = f"the header has no {what}: its cells are separated by {word}"
            return RecordRejected(reason, place=label, remedy=_COMMAS)
    known = {column.name for column in table.columns}
    others = {name.casefold(): name for name in names if name.casefold() not in known}
    near = [f"{others[got]} to {want}" for want in missing for got in difflib.get_close_matches(want, others, 1, 0.75)]
    remedy = f"Rename {', '.join(near)}" if near else "Row 1 must name the columns: add what is missing"
    found = ", ".join(names[:20])[:300]
    return RecordRejected(f"the header has no {what} (it reads: {found})", place=label, remedy=remedy)


def read_row(header: Header, row: SheetRow, label: str) -> Item | None:
    """The row as an item keyed by its record's id, or None for a row of blanks.

    A row whose id cannot be read is keyed by its place, `contracts.csv:7`.
    """
    if not row.problem and not row.doubts and not any(cell.strip() for cell in row.cells):
        return None
    place = f"{label} row {row.number}"
    problem = row.problem or _miscounted(header, row)
    sound = row if problem is None else SheetRow(row.number, row.cells[: _sound_cells(row, header)], None, row.doubts)
    values, problems = header.values(sound, place)
    if problem is not None:
        problems = [RecordRejected(problem.reason, place=place, column=problem.column, remedy=problem.remedy)]
    named = all(name in values for name in header.needed)
    key = record_id(header.table, values) if named else f"{label}:{row.number}"
    rows = () if problems else (Row(header.table.name, values),)
    return Item(key, header.payload(row.cells), rows, place, problems=tuple(problems))


def _sound_cells(row: SheetRow, header: Header) -> int:
    """How many cells of a broken row can still be believed when its id is looked for: not the one it breaks in."""
    return max(len(row.cells) - 1, 0) if row.problem else min(len(row.cells), len(header.names))


def _miscounted(header: Header, row: SheetRow) -> RecordRejected | None:
    """What is wrong with the number of cells; blank cells beyond the header are nothing."""
    want, have = len(header.names), len(row.cells)
    if have < want:
        remedy = "Fill it up with commas; if a text holds a line break, check its quotes"
    elif have > want and any(cell.strip() for cell in row.cells[want:]):
        remedy = "Put quotes around a text or amount that holds a comma"
    else:
        return None
    cells = "cell" if have == 1 else "cells"
    return RecordRejected(f"the row has {have} {cells} where the header has {want}", remedy=remedy)
