"""What the rules look at: balances, flows and movers of a day, what is late, and how amounts are said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from engine.arithmetic import IntArray
from engine.each import each_contract
from engine.explain import Counted, counted
from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.metrics.measure import ratio
from engine.reports.forward import in_currency
from model.money import to_decimal
from model.periods import add_months, day_number
from model.records import NO_DAY
from model.thresholds import Thresholds

_TOLD = 20
"""Records named in a signal at most, the largest first."""


@dataclass(frozen=True)
class Look:
    """What a rule looks at."""

    ledger: Ledger
    inputs: Inputs
    date: dt.date
    limits: Thresholds

    def before(self, months: int) -> dt.date:
        """So many months before the date."""
        return add_months(self.date, -months)

    def balance(self, scopes: list[Scope], days: list[dt.date]) -> tuple[Any, str]:
        """Backlog of the scopes (rows) at those days, in one currency."""
        everything = answer(self.ledger, "backlog", [Scope()], np.array([day_number(self.date)]))
        currency = str(everything.currency[0])
        found = answer(self.ledger, "backlog", scopes, np.array([day_number(d) for d in days]), currency=currency)
        for error in found.errors.values():
            raise error
        return found.minor, currency

    def flow(self, measure: str, spans: list[tuple[dt.date, dt.date]]) -> tuple[Any, str]:
        """A flow over spans after a first day up to a last one, in the company's one currency."""
        _, currency = self.balance([Scope()], [self.date])
        days, since = np.array([day_number(b) for _, b in spans]), np.array([day_number(a) + 1 for a, _ in spans])
        found = answer(self.ledger, measure, [Scope()], days, since=since, currency=currency)
        for error in found.errors.values():
            raise error
        return found.minor, currency

    @cached_property
    def late(self) -> tuple[Counted, IntArray]:
        """The promises that count, and the places among them of those that are past their planned end and not delivered."""
        found = counted(self.ledger, Scope(), self.date)
        ends = np.asarray(self.ledger.obligations["agreed_end_on"])[found.obligations]
        limit = day_number(self.date) - self.limits.overdue_days
        return found, np.flatnonzero((found.backlog > 0) & (ends > NO_DAY) & (ends < limit))

    def movers(self, measure: str, days: list[dt.date], weights: tuple[int, ...]) -> tuple[str, ...]:
        """The contracts by what a figure (flows: since the beginning) at those days, each with its weight, comes to: the
        largest first, in the company's one currency."""
        everyone, on = np.arange(len(self.ledger.contracts["id"])), np.array([day_number(day) for day in days])
        moved = each_contract(self.ledger, measure, everyone, on) @ np.array(weights, np.int64)
        some = np.flatnonzero(moved > 0)
        _, currency = self.balance([Scope()], [self.date])
        amounts = in_currency(self.ledger, some, moved[some][:, None], currency, self.date)[:, 0]
        return largest(np.asarray(self.ledger.contracts["id"])[some], amounts)


def late_names(look: Look, scope: Scope | None = None) -> tuple[str, ...]:
    """Contract and line of those that are late, the most undelivered first."""
    late, rows = look.late
    if scope is not None:
        product = np.asarray(look.ledger.obligations["product"])[late.obligations[rows]]
        rows = rows[np.isin(product, np.asarray(scope.products))]
    ledger = look.ledger
    return tuple(
        f"{ledger.contracts['id'][late.contracts[n]]} {ledger.obligations['id'][late.obligations[n]]}"
        for n in rows[np.argsort(-late.backlog[rows], kind="stable")][:_TOLD].tolist()
    )


def late_shares(look: Look, families: Mapping[str, Scope]) -> dict[str, Fraction]:
    """Of each family with late promises the share of its backlog that is late."""
    backlog, _ = look.balance(list(families.values()), [look.date])
    late, rows = look.late
    product = np.asarray(look.ledger.obligations["product"])[late.obligations[rows]]
    found = {}
    for (family, scope), whole in zip(families.items(), backlog[:, 0].tolist(), strict=True):
        # In the contracts' own currencies, for a share: one family is sold in few.
        left = int(late.backlog[rows][np.isin(product, np.asarray(scope.products))].sum())
        if whole > 0 and left:
            found[family] = Fraction(left, whole)
    return found


def largest(names: Any, amounts: Any) -> tuple[str, ...]:
    """Names by their amounts, the largest first; those of nothing or less are left out."""
    order = sorted(range(len(names)), key=lambda n: -int(amounts[n]))
    return tuple(dict.fromkeys(str(names[n]) for n in order if int(amounts[n]) > 0))[:_TOLD]


def percent(share: Fraction) -> str:
    """A share in words, to a tenth of a per cent."""
    return f"{ratio(Fraction(round(share * 1000), 10))} %"


def said(minor: int, currency: str) -> str:
    """An amount in words."""
    return f"{to_decimal(minor, currency)} {currency}"
