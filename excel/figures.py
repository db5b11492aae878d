"""From arguments to the engine: one question of many cells becomes one evaluation.

The cells' distinct selections and days are what the engine is asked for, once for each combination of currency, state
of knowledge and options (a range of 200 customers by 12 days is one call); its answers are laid out in the shape of
the ranges. An error of an argument or of the engine stays with the cells it concerns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.figures import Answers, Scope, answer, answer_cells
from excel.answers import Amounts, Place
from excel.arguments import Given
from excel.host import Host
from excel.ranges import fit
from model.errors import Unanswerable, WrongArgument
from model.periods import day_number

if TYPE_CHECKING:
    from engine.ledger import Ledger

Codes = npt.NDArray[np.intp]
Places = tuple[Codes, Codes]
Text = Given[str]
_GRID_SLACK = 20_000
"""Figures the engine may compute beyond those asked for, before a question is put cell by cell instead."""


@dataclass(frozen=True)
class Question:
    """A measure asked for a selection, in cells: `last` is the day of a balance or the end of a period.

    `first`: the period's first day, for flows. `options`: the measure's own words (part, basis, bucket, months).
    """

    measure: str
    customer: Text
    product: Text
    contract: Text
    last: Given[dt.date]
    currency: Text
    known_at: Given[dt.datetime | None]
    first: Given[dt.date | None] | None = None
    options: dict[str, Given[Any]] = field(default_factory=dict)


def amounts(host: Host, question: Question) -> Amounts:
    """Answers every cell of the question."""
    who = _axis([question.customer, question.product, question.contract])
    when = _axis([question.last] if question.first is None else [question.last, question.first])
    how = _axis([question.currency, question.known_at, *question.options.values()])
    shape = fit(axis.codes.shape for axis in (who, when, how))
    sheet = _Sheet(np.zeros(shape, np.int64), np.full(shape, "", object), np.zeros(shape, bool))
    for axis in (who, _forward(when), how):
        sheet.refuse(axis)
    for code, (currency, known_at, *words) in enumerate(how.values):
        places = _places(~sheet.refused & (np.broadcast_to(how.codes, shape) == code))
        if len(places[0]):
            options = dict(zip(question.options, words, strict=True))
            try:
                ledger = host.ledger(known_at)
                _fill(sheet, places, who, when, _Engine(ledger, question, currency, options))
            except Unanswerable as error:
                sheet.put(places, [error] * len(places[0]))
    return Amounts(sheet.minor, sheet.currency, sheet.errors)


def scope(ledger: Ledger, customer: str = "", product: str = "", contract: str = "") -> Scope:
    """The part of the ledger that three selections name; a blank one or * is everything."""
    return Scope(
        customers=None if customer in ("", "*") else ledger.find_customers(customer),
        products=None if product in ("", "*") else ledger.find_products(product),
        contracts=None if contract in ("", "*") else ledger.find_contracts(contract),
    )


@dataclass(frozen=True)
class _Axis:
    """Arguments that vary together: `values` their distinct combinations, `codes` which of them stands where."""

    values: list[tuple[Any, ...]]
    codes: Codes


@dataclass(frozen=True)
class _Engine:
    """The engine with all that is the same for a group of cells."""

    ledger: Ledger
    question: Question
    currency: str
    options: dict[str, Any]

    def grid(self, scopes: list[Scope], periods: list[tuple[Any, ...]]) -> Answers:
        """Asks for every scope on every day, or over every period."""
        days, since = self._days(periods)
        return answer(
            self.ledger, self.question.measure, scopes, days, since=since, currency=self.currency, **self.options
        )

    def cells(self, scopes: list[Scope], row: Codes, periods: list[tuple[Any, ...]], column: Codes) -> Answers:
        """Asks for single cells: scope row[c] on day, or over period, column[c]."""
        days, since = self._days(periods)
        return answer_cells(self.ledger, self.question.measure, scopes, row, days[column], currency=self.currency,
                            since=None if since is None else since[column], **self.options)  # fmt: skip

    def _days(self, periods: list[tuple[Any, ...]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64] | None]:
        days = np.array([day_number(last) for last, *_ in periods], np.int64)
        if self.question.first is None or all(first is None for _, first in periods):
            return days, None
        # A blank `from` is the beginning: no fact is older than the calendar of a workbook.
        return days, np.array([day_number(first or dt.date(1, 1, 1)) for _, first in periods], np.int64)


@dataclass
class _Sheet:
    """The cells being filled."""

    minor: npt.NDArray[np.int64]
    currency: npt.NDArray[np.object_]
    refused: npt.NDArray[np.bool_]
    errors: dict[Place, Unanswerable] = field(default_factory=dict)

    def refuse(self, axis: _Axis) -> None:
        """Marks the cells of which an argument is an error; an error that stands there stays."""
        errors = [next((value for value in values if isinstance(value, Unanswerable)), None) for values in axis.values]
        wrong = np.array([error is not None for error in errors], bool)
        codes = np.broadcast_to(axis.codes, self.minor.shape)
        places = _places(~self.refused & wrong[codes])
        self.put(places, [error for code in codes[places].tolist() if (error := errors[code]) is not None])

    def put(self, places: Places, errors: Sequence[Unanswerable]) -> None:
        """Marks places as unanswerable, each with its error."""
        self.refused[places] = True
        self.errors.update(zip(zip(places[0].tolist(), places[1].tolist(), strict=True), errors, strict=True))


def _axis(given: Sequence[Given[Any]]) -> _Axis:
    shape = fit(g.shape for g in given)
    key = np.zeros(shape, np.intp)
    if all(len(g.values) == 1 for g in given):
        return _Axis([tuple(g.values[0] for g in given)], key)
    for one in given:
        if len(one.values) > 1:
            key = np.unique(key * len(one.values) + one.codes, return_inverse=True)[1].reshape(shape)
    _, start = np.unique(key, return_index=True)
    columns = [np.broadcast_to(g.codes, shape).ravel()[start].tolist() for g in given]
    values = [tuple(g.values[c] for g, c in zip(given, codes, strict=True)) for codes in zip(*columns, strict=True)]
    return _Axis(values, key)


def _forward(when: _Axis) -> _Axis:
    """The periods, with an error in place of those that end before they begin."""
    return _Axis([_checked(*period) for period in when.values], when.codes)


def _checked(last: Any, first: Any = None) -> tuple[Any, ...]:
    if isinstance(last, dt.date) and isinstance(first, dt.date) and first > last:
        return (WrongArgument(f"the period from {first} to {last} ends before it begins: exchange from and to"),)
    return (last, first)


def _fill(sheet: _Sheet, places: Places, who: _Axis, when: _Axis, engine: _Engine) -> None:
    """Answers cells that share currency, knowledge and options: in one call, unless they are scattered wide."""
    if not engine.ledger.size("customers"):
        # Not a silent 0: of nobody that is known, nothing can be said.
        known_at = engine.ledger.known_at
        raise Unanswerable(
            f"Nothing had been read by {known_at:%Y-%m-%d %H:%M} UTC. Ask as of a later moment; to read now: backlog sync"
        )
    selected = np.broadcast_to(who.codes, sheet.minor.shape)[places]
    dated = np.broadcast_to(when.codes, sheet.minor.shape)[places]
    scopes, unknown = _scopes(engine.ledger, [who.values[code] for code in _used(selected)])
    row = _numbered(selected)
    if unknown:
        wrong = np.isin(row, list(unknown))
        sheet.put(_at(places, wrong), [unknown[number] for number in row[wrong].tolist()])
        places, row, dated = _at(places, ~wrong), row[~wrong], dated[~wrong]
        row = _numbered(row)
    periods = [when.values[code] for code in _used(dated)]
    column = _numbered(dated)
    if not scopes:
        return
    if len(scopes) * len(periods) <= 4 * len(row) + _GRID_SLACK:
        _lay(sheet, places, engine.grid(scopes, periods), row, column)
    else:
        _lay(
            sheet, places, engine.cells(scopes, row, periods, column), np.arange(len(row)), np.zeros(len(row), np.intp)
        )


def _lay(sheet: _Sheet, places: Places, answers: Answers, row: Codes, column: Codes) -> None:
    sheet.minor[places] = answers.minor[row, column]
    sheet.currency[places] = np.array(answers.currency, object)[row]
    if answers.errors:
        found = [answers.errors.get(key) for key in zip(row.tolist(), column.tolist(), strict=True)]
        wrong = np.array([error is not None for error in found], bool)
        sheet.put(_at(places, wrong), [error for error in found if error is not None])


def _scopes(ledger: Ledger, names: list[tuple[str, str, str]]) -> tuple[list[Scope], dict[int, Unanswerable]]:
    """The selections that are known, in order, and the errors of the others by their number."""
    found: list[Scope] = []
    unknown: dict[int, Unanswerable] = {}
    for number, selection in enumerate(names):
        try:
            found.append(scope(ledger, *selection))
        except Unanswerable as error:
            unknown[number] = error
    return found, unknown


def _used(codes: Codes) -> list[int]:
    """The codes that occur, in order."""
    found: list[int] = np.flatnonzero(np.bincount(codes)).tolist() if len(codes) else []
    return found


def _numbered(codes: Codes) -> Codes:
    """The codes renumbered from 0 without gaps, in their order."""
    return (np.cumsum(np.bincount(codes) > 0) - 1)[codes] if len(codes) else codes


def _places(where: npt.NDArray[np.bool_]) -> Places:
    rows, columns = np.nonzero(where)
    return rows, columns


def _at(places: Places, where: npt.NDArray[np.bool_]) -> Places:
    return places[0][where], places[1][where]
