"""Calls of our functions, gathered over a whole workbook and answered together: many cells in one evaluation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from excel.answers import Answer as CatalogueAnswer
from excel.answers import Cell, Table
from excel.catalogue import Function, find
from excel.host import Host
from excel.patch.values import LONGEST_TEXT, CellError, serial
from excel.refresh.context import Answer, Grid, Waiting
from excel.refresh.sheets import Scalar
from model.errors import Unanswerable
from model.money import Money, to_decimal

Key: TypeAlias = tuple[object, ...]
_AT_ONCE = 100_000


@dataclass(frozen=True)
class Asked:
    """One call as it was asked: the function and its arguments, single values or ranges."""

    name: str
    arguments: tuple[Answer, ...]


@dataclass
class Questions:
    """The calls of a workbook and their answers. `reasons` tells of each error why; `count` how many were asked."""

    host: Host
    date1904: bool
    reasons: dict[Key, str] = field(default_factory=dict)
    _answers: dict[Key, Answer] = field(default_factory=dict)
    _waiting: dict[Key, Asked] = field(default_factory=dict)

    def ask(self, name: str, arguments: Sequence[Answer]) -> Answer:
        """The answer to a call; Waiting where it is asked for only now."""
        asked = Asked(name, tuple(arguments))
        key = key_of(asked)
        if key in self._answers:
            return self._answers[key]
        self._waiting.setdefault(key, asked)
        raise Waiting(key)

    def answer(self, key: Key) -> Answer:
        """The answer to a call that was asked before; Waiting where it is not there yet."""
        if key not in self._answers:
            raise Waiting(key)
        return self._answers[key]

    @property
    def count(self) -> int:
        """How many different calls were answered."""
        return len(self._answers)

    def settle(self) -> bool:
        """Answers everything asked so far; whether there was anything. Errors of the books themselves are raised."""
        groups: dict[tuple[str, int], list[Key]] = {}
        for key, asked in self._waiting.items():
            function = find(asked.name)
            alone = function.returns == "table" or any(isinstance(a, list) for a in asked.arguments)
            if alone or not asked.arguments or len(asked.arguments) > len(function.parameters):
                self._alone(function, key, asked)
            else:
                groups.setdefault((asked.name, len(asked.arguments)), []).append(key)
        for (name, _), keys in groups.items():
            for start in range(0, len(keys), _AT_ONCE):
                self._together(find(name), keys[start : start + _AT_ONCE])
        found = bool(self._waiting)
        self._waiting.clear()
        return found

    def _together(self, function: Function, keys: Sequence[Key]) -> None:
        """Calls of single values: each argument becomes a column."""
        columns = zip(*(self._waiting[key].arguments for key in keys), strict=True)
        given = [[[value] for value in column] for column in columns]
        try:
            answer = function.answer(given, self.host, date1904=self.date1904)
        except Unanswerable:  # one of them spoils the call as a whole: each gets its own answer
            for key in keys:
                self._alone(function, key, self._waiting[key])
            return
        for key, row in zip(keys, answer.rows(), strict=True):
            self._answers[key] = self._cell(key, row[0])

    def _alone(self, function: Function, key: Key, asked: Asked) -> None:
        try:
            answer = function.answer(list(asked.arguments), self.host, date1904=self.date1904)
        except Unanswerable as error:
            self._answers[key] = self._cell(key, error)
        else:
            self._answers[key] = self._laid(key, answer)

    def _laid(self, key: Key, answer: CatalogueAnswer) -> Answer:
        headings: Grid = [list(answer.columns)] if isinstance(answer, Table) else []
        rows = headings + [[self._cell(key, cell) for cell in row] for row in answer.rows()]
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows

    def _cell(self, key: Key, cell: Cell) -> Scalar:
        """A value of an answer as a cell holds it: money as the decimal it is, days as the workbook counts them."""
        if isinstance(cell, Money):
            return to_decimal(*cell)
        if isinstance(cell, Unanswerable):
            self.reasons.setdefault(key, str(cell))
            return CellError(cell.excel)
        if isinstance(cell, dt.date):
            try:
                return serial(cell, self.date1904)
            except ValueError as error:
                self.reasons.setdefault(key, str(error))
                return CellError("#NUM!")
        if isinstance(cell, int) and not isinstance(cell, bool):
            return Decimal(cell)
        if isinstance(cell, str):
            return cell[:LONGEST_TEXT]
        return "" if cell is None else cell


def key_of(asked: Asked) -> Key:
    """What makes two calls the same: True, 1 and "1" are different arguments."""
    return (asked.name, *(_frozen(argument) for argument in asked.arguments))


def _frozen(argument: Answer) -> object:
    if isinstance(argument, list):
        return tuple(tuple(_typed(row)) for row in argument)
    return next(_typed([argument]))


def _typed(values: Iterable[Scalar]) -> Iterator[tuple[type, Scalar]]:
    return iter([(type(value), value) for value in values])
