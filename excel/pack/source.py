"""The month a pack is about, and the figures it asks of the ledger: Decimals at last, or the error a cell shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.metrics.measure import Measured
from excel.pack.beside import Beside
from excel.pack.cohorts_cut import Cut
from excel.pack.groups import Entry, Group
from excel.pack.sheet import Content, Formula, Sheet
from excel.patch.values import CellError
from model.calendar import MONTHS, Calendar
from model.errors import Unanswerable
from model.money import Money, to_decimal
from model.periods import day_number
from model.thresholds import Thresholds

Amount = Decimal | CellError
NOTHING = Decimal(0)
# As a refresh divides, so that the first one changes nothing.
_EXACT, _CELL = Context(prec=34, rounding=ROUND_HALF_EVEN), Context(prec=17)


@dataclass(frozen=True)
class Options:
    """What a template says of one sheet. `months`: how many it shows; `rows`: how many lines of a list at most (0 = all);
    `bands`: the months that bound time bands; `by`: the dimension it is broken down by ("" = none).
    """

    months: int = 0
    rows: int = 0
    bands: tuple[int, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Month:
    """What every sheet is drawn from: the ledger, the days the pack speaks of, and who it is for.

    `inputs`, `limits` and `signals_off`: what is stated and configured beside the ledger, for measures and signals.
    `options`: what the template says of the sheet being made; `beside`: closes and differences between systems;
    `made`: the sheets made so far, by kind and part; `cuts`: booking cohorts, by group and months;
    `entries`: all customers of a group as lines of a list.
    """

    ledger: Ledger
    freshness: Mapping[str, dt.datetime]
    company: str
    first: dt.date
    last: dt.date
    currency: str
    groups: tuple[Group, ...]
    calendar: Calendar = MONTHS
    known: dict[tuple[Any, ...], Amount] = field(default_factory=dict, compare=False)
    inputs: Inputs = field(default_factory=Inputs.none)
    limits: Thresholds = field(default_factory=Thresholds)
    signals_off: Sequence[str] = ()
    options: Options = field(default_factory=Options)
    beside: Beside = field(default_factory=Beside)
    made: dict[tuple[str, str], Sheet] = field(default_factory=dict, compare=False)
    cuts: dict[tuple[str, int], Cut] = field(default_factory=dict, compare=False)
    entries: dict[str, list[Entry]] = field(default_factory=dict, compare=False)

    @property
    def title(self) -> str:
        """What the month is called, such as October 2026."""
        return self.calendar.month(self.last).title

    @property
    def year_start(self) -> dt.date:
        """The first day of the fiscal year."""
        return self.calendar.year(self.last)[0].first

    @property
    def prior_month(self) -> dt.date:
        """The last day before the period."""
        return self.first - dt.timedelta(days=1)

    @property
    def prior_year(self) -> dt.date:
        """The last day of the same month a year before."""
        return self.calendar.month(self.last, -12).last

    @property
    def trailing(self) -> dt.date:
        """The first of the twelve months that end with the period."""
        return self.prior_year + dt.timedelta(days=1)

    def back(self, months: int) -> list[tuple[dt.date, dt.date]]:
        """First and last day of each of the last so many months, the pack's own included."""
        return [self.calendar.month(self.last, n) for n in range(1 - months, 1)]

    def ahead(self, months: int) -> list[tuple[dt.date, dt.date]]:
        """First and last day of each of the so many months that follow."""
        return [self.calendar.month(self.last, n) for n in range(1, months + 1)]

    def ask(
        self,
        group: Group,
        measure: str,
        days: Sequence[dt.date],
        scopes: Sequence[Scope] | None = None,
        since: Sequence[dt.date] | None = None,
        **options: Any,
    ) -> list[list[Amount]]:
        """A measure for each scope (default: the whole group) and day, in the group's currency."""
        asked = [group.scope()] if scopes is None else list(scopes)
        if not asked or not days:
            return []
        found = answer(
            self.ledger, measure, asked, _days(days), since=None if since is None else _days(since),
            currency=group.currency, **options,
        )  # fmt: skip
        return [
            [
                CellError(getattr(found.errors[i, j], "excel", "#N/A"))
                if (i, j) in found.errors
                else to_decimal(int(found.minor[i, j]), found.currency[i])
                for j in range(len(days))
            ]
            for i in range(len(asked))
        ]

    def one(self, group: Group, measure: str, day: dt.date, since: dt.date | None = None, **options: Any) -> Amount:
        """A single figure of a whole group; several sheets ask for the same, so it is kept."""
        key = (group.totals, measure, day, since, tuple(sorted(options.items())))
        if key not in self.known:
            starts = None if since is None else [since]
            self.known[key] = self.ask(group, measure, [day], since=starts, **options)[0][0]
        return self.known[key]


def measured_cell(measured: Measured) -> Amount:
    """What a measure shows: its value, or the error where there is none."""
    value = measured.value
    if isinstance(value, Unanswerable):
        return CellError(value.excel)
    return to_decimal(*value) if isinstance(value, Money) else value


def plus(*amounts: Content) -> Amount:
    """The sum; an error among them is the sum, as in a spreadsheet."""
    total = NOTHING
    for amount in amounts:
        value = amount.value if isinstance(amount, Formula) else amount
        if isinstance(value, CellError):
            return value
        if isinstance(value, Decimal | int):
            total += value
    return total


def minus(left: Content, right: Content) -> Amount:
    """The difference, or the error either side is."""
    negative = plus(right)
    return negative if isinstance(negative, CellError) else plus(left, -negative)


def ratio(over: Content, under: Content) -> Amount:
    """A quotient with the digits a cell holds; `#N/A` where there is nothing to divide by, never zero."""
    top, bottom = plus(over), plus(under)
    if isinstance(top, CellError) or isinstance(bottom, CellError):
        return CellError("#N/A")
    return _CELL.plus(_EXACT.divide(top, bottom)) if bottom else CellError("#N/A")


def _days(days: Sequence[dt.date]) -> npt.NDArray[np.int64]:
    return np.array([day_number(day) for day in days], np.int64)
