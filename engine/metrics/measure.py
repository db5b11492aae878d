"""Measures computed: for every selection the value, or the reason why there is none, and the amounts it is made of."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from engine.figures import Scope
from engine.ledger import Ledger
from engine.metrics.formulas import METRICS, Asked, Metric, Plan
from engine.metrics.inputs import Inputs
from engine.metrics.terms import Found, Term
from model.errors import Unanswerable, WrongArgument
from model.money import Money, to_decimal

DIGITS = 6
"""Decimals of a ratio, rounded half away from zero."""


@dataclass(frozen=True)
class Measured:
    """A measure of one selection: `value` a ratio (Decimal) or an amount (Money), or an error with its reason.

    `terms`: each amount with its label, its sign and whether it stands above or below the line.
    """

    value: Decimal | Money | Unanswerable
    terms: tuple[tuple[str, int, str, Found], ...] = ()
    factor: Fraction = Fraction(1)


def find(name: str) -> Metric:
    """The measure of that name, in any case; WrongArgument lists those there are."""
    wanted = "_".join(name.casefold().replace("-", " ").replace("_", " ").split())
    if wanted in METRICS:
        return METRICS[wanted]
    near = difflib.get_close_matches(wanted[:60], METRICS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise WrongArgument(f"there is no measure {name[:60]!r}: {hint}known are {', '.join(METRICS)}")


def measure(
    ledger: Ledger, name: str, scopes: Sequence[Scope], date: dt.date, first: dt.date | None, inputs: Inputs
) -> list[Measured]:
    """The measure for every scope, at `date` and from `first` (None: blank).

    A scope without customers, products and contracts is the whole company, which alone has statements and targets.
    """
    metric = find(name)
    out: list[Measured] = [Measured(Unanswerable(metric.name))] * len(scopes)
    for whole in (True, False):
        places = [
            n
            for n, scope in enumerate(scopes)
            if (scope.customers is scope.products is scope.contracts is None) == whole
        ]
        if not places:
            continue
        try:
            plan = metric.plan(Asked(ledger, inputs, date, first, whole))
        except Unanswerable as error:
            found = [Measured(_named(metric, error))] * len(places)
        else:
            found = _computed(ledger, metric, plan, [scopes[n] for n in places])
        for place, measured in zip(places, found, strict=True):
            out[place] = measured
    return out


def _computed(ledger: Ledger, metric: Metric, plan: Plan, scopes: Sequence[Scope]) -> list[Measured]:
    terms: list[tuple[str, Term]] = [*(("above", t) for t in plan.above), *(("below", t) for t in plan.below)]
    asked: dict[str, list[Found]] = {}
    for _, term in terms:
        if term.label not in asked:  # what stands above and below the line is asked for once
            asked[term.label] = term.amounts(ledger, scopes, plan.currency)
    return [
        _value(metric, plan, tuple((term.label, term.sign, side, asked[term.label][n]) for side, term in terms))
        for n in range(len(scopes))
    ]


def _value(metric: Metric, plan: Plan, terms: tuple[tuple[str, int, str, Found], ...]) -> Measured:
    for _, _, _, found in terms:
        if isinstance(found, Unanswerable):
            return Measured(_named(metric, found), terms)
    amounts = [(side, sign * found.minor, found.currency) for _, sign, side, found in terms if isinstance(found, Money)]
    currencies = sorted({currency for _, _, currency in amounts})
    if len(currencies) > 1:
        reason = Unanswerable(f"amounts in {' and '.join(currencies)} have no ratio: state them in one currency")
        return Measured(_named(metric, reason), terms)
    above = sum(minor for side, minor, _ in amounts if side == "above")
    if not plan.below:
        return Measured(Money(_rounded(above * plan.factor), currencies[0]), terms, plan.factor)
    below = sum(minor for side, minor, _ in amounts if side == "below")
    if below == 0:
        what = " and ".join(label for label, _, side, _ in terms if side == "below")
        return Measured(_named(metric, Unanswerable(f"there is nothing to divide by: {what} is 0")), terms, plan.factor)
    return Measured(ratio(above * plan.factor / below), terms, plan.factor)


def ratio(value: Fraction) -> Decimal:
    """A ratio as a decimal of DIGITS places, without trailing zeros.

    >>> ratio(Fraction(1, 3)), ratio(Fraction(22, 2)), ratio(Fraction(-1, 8))
    (Decimal('0.333333'), Decimal('11'), Decimal('-0.125'))
    """
    found = Decimal(_rounded(value * 10**DIGITS)).scaleb(-DIGITS).normalize()
    return found.quantize(Decimal(1), ROUND_HALF_UP) if found == found.to_integral_value() else found


def _rounded(value: Fraction) -> int:
    """To the nearest whole, half away from zero."""
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return size if value >= 0 else -size


def _named(metric: Metric, error: Unanswerable) -> Unanswerable:
    return type(error)(f"{metric.name}: {error}")


def explained(name: str, measured: Measured) -> list[tuple[str, str, str]]:
    """The measure as rows of text: what it is, an amount, and its currency; formula first, then inputs, then the value."""
    metric = find(name)
    rows = [(f"{metric.name} = {metric.formula}", "", ""), (f"days: {metric.days}", "", "")]
    for label, sign, side, found in measured.terms:
        amount, currency = (
            ("", str(found)) if isinstance(found, Unanswerable) else (str(to_decimal(*found)), found.currency)
        )
        rows.append((f"{'÷ ' if side == 'below' else '− ' if sign < 0 else '+ '}{label}", amount, currency))
    if measured.factor != 1:
        rows.append(("× ", str(ratio(measured.factor)), ""))
    value = measured.value
    if isinstance(value, Money):
        rows.append(("=", str(to_decimal(*value)), value.currency))
    else:
        rows.append(("=", str(value), ""))
    return rows
