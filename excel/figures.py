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
from engine.figures import Scope, answer

from excel.answers import Amounts, Place
from excel.arguments import Given
from excel.host import Host
from excel.ranges import fit
from model.errors import Unanswerable, WrongArgument
from model.periods import day_number

if TYPE_CHECKING:
    from engine.ledger import Ledger

Codes = npt.NDArray[np.intp]
Text = Given[str]
_GRID_SLACK = 20_000
"""Figures the engine may compute beyond those asked for, before a question is put day by day instead."""


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

    @property
    def given(self) -> list[Given[Any]]:
        """Every argument."""
        period = [self.first] if self.first is not None else []
        selection: list[Given[Any]] = [self.customer, self.product, self.contract]
        return [*selection, *period, self.last, *self.options.values(), self.currency, self.known_at]


def amounts(host: Host, question: Question) -> Amounts:
    """Answers every cell of the question."""
    shape = fit(g.shape for g in question.given)
    sheet = _Sheet(np.zeros(shape, np.int64), np.full(shape, "", object))
    for given in question.given:
        sheet.refuse(given)
    _refuse_backward(question, sheet)
    places = np.argwhere(~sheet.refused)
    if len(places):
        setting = [question.currency, question.known_at, *question.options.values()]
        for group in _groups(_combined(setting, shape, places)):
            _fill(host, question, sheet, places[group])
    return Amounts(sheet.minor, sheet.currency, sheet.errors)


def scope(ledger: Ledger, customer: str = "", product: str = "", contract: str = "") -> Scope:
    """The part of the ledger that three selections name; a blank one or * is everything."""
    return Scope(
        customers=None if customer in ("", "*") else ledger.find_customers(customer),
        products=None if product in ("", "*") else ledger.find_products(product),
        contracts=None if contract in ("", "*") else ledger.find_contracts(contract),
    )


class _Sheet:
    """The cells being filled."""

    def __init__(self, minor: npt.NDArray[np.int64], currency: npt.NDArray[np.object_]) -> None:
        self.minor, self.currency = minor, currency
        self.refused = np.zeros(minor.shape, bool)
        self.errors: dict[Place, Unanswerable] = {}

    def refuse(self, given: Given[Any]) -> None:
        """Marks the cells whose argument is an error; the first argument's error stays."""
        wrong = np.array([isinstance(value, Unanswerable) for value in given.values], bool)
        if wrong.any():
            codes = np.broadcast_to(given.codes, self.minor.shape)
            here = wrong[codes] & ~self.refused
            self.put(np.argwhere(here), [given.values[c] for c in codes[here].tolist()])

    def put(self, places: npt.NDArray[np.intp], errors: Sequence[Any]) -> None:
        """Marks places as unanswerable, each with its error."""
        for (i, j), error in zip(places.tolist(), errors, strict=True):
            self.errors[i, j] = error
            self.refused[i, j] = True


def _refuse_backward(question: Question, sheet: _Sheet) -> None:
    if question.first is None:
        return
    places = np.argwhere(~sheet.refused)
    for group in _groups(_combined([question.first, question.last], sheet.minor.shape, places)):
        at = places[group[0]]
        first, last = _value(question.first, sheet, at), _value(question.last, sheet, at)
        if first is not None and first > last:
            error = WrongArgument(f"the period from {first} to {last} ends before it begins: exchange from and to")
            sheet.put(places[group], [error] * len(group))


def _fill(host: Host, question: Question, sheet: _Sheet, places: npt.NDArray[np.intp]) -> None:
    """Answers cells that share currency, knowledge and options."""
    at = places[0]
    try:
        ledger = host.ledger(_value(question.known_at, sheet, at))
    except Unanswerable as error:
        sheet.put(places, [error] * len(places))
        return
    who = _combined([question.customer, question.product, question.contract], sheet.minor.shape, places)
    when = _combined([question.last, *([question.first] if question.first else [])], sheet.minor.shape, places)
    scopes, known = _scopes(ledger, question, sheet, places, who)
    places, who, when = places[known], scopes.codes[known], when[known]
    if not len(places):
        return
    currency = _value(question.currency, sheet, at)
    options = {name: _value(given, sheet, at) for name, given in question.options.items()}
    spread = len(scopes.found) * (int(when.max()) + 1) > 4 * len(places) + _GRID_SLACK
    for batch in _groups(when) if spread else [np.arange(len(places))]:
        used, row = np.unique(who[batch], return_inverse=True)
        _, start, column = np.unique(when[batch], return_index=True, return_inverse=True)
        heads = places[batch[start]]
        since = _since(question.first, sheet, heads)
        days = _days(question.last, sheet, heads)
        asked = [scopes.found[u] for u in used.tolist()]
        try:
            answers = answer(ledger, question.measure, asked, days, since=since, currency=currency, **options)
        except Unanswerable as error:
            sheet.put(places[batch], [error] * len(batch))
            continue
        _lay(sheet, places[batch], answers, row, column)


def _lay(sheet: _Sheet, places: npt.NDArray[np.intp], answers: Any, row: Codes, column: Codes) -> None:
    rows, columns = places[:, 0], places[:, 1]
    sheet.minor[rows, columns] = answers.minor[row, column]
    sheet.currency[rows, columns] = np.array(answers.currency, object)[row]
    if answers.errors:
        found = [answers.errors.get(key) for key in zip(row.tolist(), column.tolist(), strict=True)]
        wrong = [n for n, error in enumerate(found) if error is not None]
        sheet.put(places[wrong], [found[n] for n in wrong])


@dataclass(frozen=True)
class _Scopes:
    found: list[Scope]
    codes: Codes


def _scopes(
    ledger: Ledger, question: Question, sheet: _Sheet, places: npt.NDArray[np.intp], who: Codes
) -> tuple[_Scopes, npt.NDArray[np.bool_]]:
    """The selections of the cells, each found once; cells whose selection is unknown are refused."""
    found: list[Scope] = []
    renumbered = np.full(len(places), -1, np.intp)
    for group in _groups(who):
        at = places[group[0]]
        names = [_value(given, sheet, at) for given in (question.customer, question.product, question.contract)]
        try:
            found.append(scope(ledger, *names))
        except Unanswerable as error:
            sheet.put(places[group], [error] * len(group))
            continue
        renumbered[group] = len(found) - 1
    return _Scopes(found, renumbered), renumbered >= 0


def _value(given: Given[Any], sheet: _Sheet, at: npt.NDArray[np.intp]) -> Any:
    return given.values[np.broadcast_to(given.codes, sheet.minor.shape)[at[0], at[1]]]


def _since(
    first: Given[dt.date | None] | None, sheet: _Sheet, places: npt.NDArray[np.intp]
) -> npt.NDArray[np.int64] | None:
    return None if first is None or all(value is None for value in first.values) else _days(first, sheet, places)


def _days(given: Given[Any], sheet: _Sheet, places: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    codes = np.broadcast_to(given.codes, sheet.minor.shape)[places[:, 0], places[:, 1]]
    # A blank `from` is the beginning: no fact is older than the calendar of a workbook.
    return np.array([day_number(given.values[c] or dt.date(1, 1, 1)) for c in codes.tolist()], np.int64)


def _combined(given: Sequence[Given[Any]], shape: tuple[int, int], places: npt.NDArray[np.intp]) -> Codes:
    """One number a place: equal where all these arguments are equal, from 0 on without gaps."""
    key = np.zeros(len(places), np.intp)
    for one in given:
        codes = np.broadcast_to(one.codes, shape)[places[:, 0], places[:, 1]]
        if len(one.values) > 1:
            _, key = np.unique(key * len(one.values) + codes, return_inverse=True)
    return key


def _groups(codes: Codes) -> list[Codes]:
    """The positions of each code, in the order of the codes."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
