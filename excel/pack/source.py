"""The month a pack is about, and the figures it asks of the ledger: Decimals at last, or the error a cell shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from excel.pack.sheet import Content, Formula
from excel.patch.values import CellError
from model.calendar import MONTHS, Calendar
from model.money import to_decimal
from model.periods import day_number, parse_month
from model.thresholds import Thresholds

Amount = Decimal | CellError
TREND_MONTHS = 13
SCHEDULE_MONTHS = 24
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Group:
    """Contracts shown in one currency: all that convert into the reporting currency, or one that does not.

    `contracts`: their indexes, None where they are all there are; then every total is a live formula.
    `suffix` keeps names of blocks apart; `word` is the currency as a formula's argument; `converted` is how many
    other currencies are converted into this one.
    """

    currency: str
    contracts: npt.NDArray[np.int64] | None
    suffix: str = ""
    converted: int = 0

    @property
    def word(self) -> str:
        """The currency argument of a formula of this group."""
        return f'"{self.currency}"' if self.suffix else "reporting_currency"

    def total(self, text: str, value: Amount) -> Content:
        """A figure over all contracts of the group: a formula where the functions can ask for exactly these."""
        return Formula(text, value) if self.contracts is None else value


@dataclass(frozen=True)
class Month:
    """What every sheet is drawn from: the ledger, the days the pack speaks of, and who it is for.

    `inputs`, `limits` and `signals_off`: what is stated and configured beside the ledger, for measures and signals.
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

    @property
    def title(self) -> str:
        """What the month is called, such as October 2026."""
        return f"{parse_month(self.calendar.month(self.last).name)[0]:%B %Y}"

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
    def trend(self) -> list[tuple[dt.date, dt.date]]:
        """First and last day of each of the last thirteen months, the pack's own included."""
        return [self._month(n) for n in range(1 - TREND_MONTHS, 1)]

    @property
    def ahead(self) -> list[tuple[dt.date, dt.date]]:
        """First and last day of each of the twenty-four months that follow."""
        return [self._month(n) for n in range(1, SCHEDULE_MONTHS + 1)]

    def _month(self, number: int) -> tuple[dt.date, dt.date]:
        return self.calendar.month(self.last, number)

    def scope(self, group: Group, **limits: npt.NDArray[np.int64]) -> Scope:
        """A scope within a group: `customers=`, `products=` or `contracts=` narrow it."""
        if group.contracts is not None:
            asked = limits.get("contracts")
            limits["contracts"] = group.contracts if asked is None else np.intersect1d(asked, group.contracts)
        return Scope(**limits)

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
        asked = [self.scope(group)] if scopes is None else list(scopes)
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
        key = (group.suffix, measure, day, since, tuple(sorted(options.items())))
        if key not in self.known:
            starts = None if since is None else [since]
            self.known[key] = self.ask(group, measure, [day], since=starts, **options)[0][0]
        return self.known[key]


def groups_of(ledger: Ledger, reporting: str, days: Sequence[dt.date]) -> tuple[Group, ...]:
    """The contracts by the currency they can be shown in: first the reporting currency with all that convert to it."""
    currencies = np.asarray(ledger.contracts["currency"])
    alone = [
        c for c in sorted(set(currencies.tolist())) if c != reporting and not _converts(ledger, c, reporting, days)
    ]
    others = len(set(currencies.tolist()) - {reporting, *alone})
    if not alone:
        return (Group(reporting, None, converted=others),)
    together = np.flatnonzero(~np.isin(currencies, alone)).astype(np.int64)
    found = [Group(reporting, together, converted=others)] if len(together) else []
    for currency in alone:
        only = len(alone) == 1 and not found
        found.append(
            Group(
                currency,
                None if only else np.flatnonzero(currencies == currency).astype(np.int64),
                f"_{currency.lower()}",
            )
        )
    return tuple(found)


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
    """A quotient to ten digits; `#N/A` where there is nothing to divide by, never zero."""
    top, bottom = plus(over), plus(under)
    if isinstance(top, CellError) or isinstance(bottom, CellError):
        return CellError("#N/A")
    return (top / bottom).quantize(Decimal("1e-10")) if bottom else CellError("#N/A")


def _converts(ledger: Ledger, currency: str, reporting: str, days: Sequence[dt.date]) -> bool:
    scope = Scope(contracts=np.flatnonzero(np.asarray(ledger.contracts["currency"]) == currency).astype(np.int64))
    return not any(
        answer(ledger, measure, [scope], _days(days), currency=reporting).errors
        for measure in ("backlog", "recognized")
    )


def _days(days: Sequence[dt.date]) -> npt.NDArray[np.int64]:
    return np.array([day_number(day) for day in days], np.int64)
