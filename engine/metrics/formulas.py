"""The measures by name: what each divides by what, over which days.

A blank `first` is the beginning, as everywhere, except where a measure has days of its own; each says so. Every amount
of one ratio is in one currency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.ledger import Ledger
from engine.metrics.credit import Uncredited
from engine.metrics.inputs import Inputs
from engine.metrics.planning import monthly_capacity, yearly_target
from engine.metrics.statement import measure_name, stated
from engine.metrics.terms import Costed, Figure, Moved, Stated, Term
from model.errors import Unanswerable
from model.periods import add_months, day_of, month_end
from model.records import NO_DAY


@dataclass(frozen=True)
class Asked:
    """A measure's question but for the selection: the day, the first day if one was given, whether of the whole company."""

    ledger: Ledger
    inputs: Inputs
    date: dt.date
    first: dt.date | None
    whole: bool


@dataclass(frozen=True)
class Plan:
    """value = factor × sum(above) ÷ sum(below); without `below` it is an amount. `currency`: of all terms, blank = free."""

    above: tuple[Term, ...]
    below: tuple[Term, ...] = ()
    factor: Fraction = Fraction(1)
    currency: str = ""


@dataclass(frozen=True)
class Metric:
    """A measure: its `formula` and the days it stands on, in words, and the `plan` of one question."""

    name: str
    formula: str
    days: str
    plan: Callable[[Asked], Plan]


def _recognition_rate(asked: Asked) -> Plan:
    if asked.first is None:
        return Plan((Figure("recognized", asked.date, flow=True),), (Figure("contracted", asked.date),))
    return Plan((Figure("recognized", asked.date, asked.first, flow=True),), (Figure("backlog", _eve(asked.first)),))


def _book_to_bill(asked: Asked) -> Plan:
    flows = [Figure(name, asked.date, asked.first, flow=True) for name in ("bookings", "cancellations", "recognized")]
    return Plan((flows[0], _less(flows[1])), (flows[2],))


def _backlog_growth(asked: Asked) -> Plan:
    opening = _eve(asked.first) if asked.first else add_months(asked.date, -12)
    before = Figure("backlog", opening)
    return Plan((Figure("backlog", asked.date), _less(before)), (before,))


def _burn_down_months(asked: Asked) -> Plan:
    first = asked.first or add_months(asked.date, -3) + dt.timedelta(1)
    months = _months(first, asked.date) if asked.first else Fraction(3)
    return Plan((Figure("backlog", asked.date),), (Figure("recognized", asked.date, first, flow=True),), months)


def _coverage(asked: Asked) -> Plan:
    due = Figure("due", asked.date, options={"months": 12}, name="backlog due within 12 months")
    if asked.whole and (target := yearly_target(asked.inputs, asked.date, asked.ledger.reporting)):
        label, money = target
        return Plan((due,), (Stated(label, money),), currency=money.currency)
    year_ago = add_months(asked.date, -12) + dt.timedelta(1)
    return Plan((due,), (Figure("recognized", asked.date, year_ago, flow=True),))


def _months_to_deliver(asked: Asked) -> Plan:
    label, money = monthly_capacity(asked.inputs, asked.date, asked.ledger.reporting)
    return Plan((Figure("backlog", asked.date),), (Stated(label, money),), currency=money.currency)


def _gross_margin(asked: Asked) -> Plan:
    names = {measure_name(text) for text in asked.inputs.financials["measure"]}
    if asked.whole and "cogs" in names:
        revenue, cogs = _stated(asked, "revenue", "cogs", period=True)
        return Plan((revenue, _less(cogs)), (revenue,))
    return _backlog_margin(asked)


def _backlog_margin(asked: Asked) -> Plan:
    backlog = Costed("backlog", asked.date, asked.inputs)
    return Plan((backlog, _less(Costed("cost", asked.date, asked.inputs))), (backlog,))


def _incentive_credit(asked: Asked) -> Plan:
    rate = asked.inputs.incentive_rate
    if rate is None:
        raise Unanswerable("no rate of the incentive is agreed: set incentive_rate under [sales] in the configuration")
    apart: tuple[str, ...] = ("exchange differences", "estimate changes")
    if asked.inputs.incentive_on == "commitment":
        apart = (*apart, "recognized")
    first = asked.first or _first_day(asked)
    kept = Uncredited(first, asked.date, asked.inputs.incentive_on)
    return Plan((Moved(first, asked.date, apart), kept), factor=Fraction(rate))


def _ratio(above: str, below: str, *, less_above: str = "", less_below: str = "") -> Callable[[Asked], Plan]:
    """A ratio of the statements: above (less another) over below (less another), all of one period end."""

    def plan(asked: Asked) -> Plan:
        names = [name for name in (above, less_above, below, less_below) if name]
        found = dict(zip(names, _stated(asked, *names), strict=True))
        over = (found[above], *([_less(found[less_above])] if less_above else []))
        under = (found[below], *([_less(found[less_below])] if less_below else []))
        return Plan(over, under)

    return plan


def _stated(asked: Asked, *names: str, period: bool = False) -> list[Stated]:
    if not asked.whole:
        raise Unanswerable("it is a measure of the whole company: leave the customer blank")
    first = asked.first if period else None
    found = stated(asked.inputs.financials, names, asked.date, first, asked.ledger.reporting)
    return [Stated(label, money) for label, money in found]


def _less(term: Figure | Stated | Costed) -> Term:
    return replace(term, sign=-1)


def _eve(day: dt.date) -> dt.date:
    return day - dt.timedelta(1)


def _first_day(asked: Asked) -> dt.date:
    """The day the first contract was signed, from which nothing can have moved before."""
    signed = asked.ledger.contracts["signed_on"]
    signed = signed[signed != NO_DAY]
    return min(day_of(int(signed.min())), asked.date) if len(signed) else asked.date


def _months(first: dt.date, last: dt.date) -> Fraction:
    """How many months the days first..last are: whole ones count 1, parts by their days."""
    total, day = Fraction(0), first
    while day <= last:
        end = month_end(day)
        upto = min(end, last)
        total += Fraction((upto - day).days + 1, end.day)
        day = end + dt.timedelta(1)
    return total


_SINCE = "of the days from..date; a blank from = since the beginning"
_AT = "at the last period end by the date"
METRICS: Mapping[str, Metric] = {
    each.name: each
    for each in (
        Metric("recognition_rate", "recognized ÷ contracted; with from: revenue ÷ opening backlog",
               "cumulative at the date; with from, of the days from..date over the backlog on the eve of from", _recognition_rate),
        Metric("book_to_bill", "(bookings − cancellations) ÷ revenue", _SINCE, _book_to_bill),
        Metric("backlog_growth", "(backlog − opening backlog) ÷ opening backlog",
               "from the eve of from to the date; a blank from = over twelve months", _backlog_growth),
        Metric("burn_down_months", "backlog ÷ mean revenue of the last three months",
               "at the date; with from, the mean month of the days from..date", _burn_down_months),
        Metric("coverage", "backlog due in 12 months ÷ revenue target of these months, else ÷ revenue of the last twelve",
               "at the date; targets are of the whole company, so a customer is measured by its own revenue", _coverage),
        Metric("months_to_deliver", "backlog ÷ capacity a month", "at the date, by the latest capacity stated by then",
               _months_to_deliver),
        Metric("operating_cash_flow_ratio", "operating cash flow ÷ (total assets − current liabilities)", _AT,
               _ratio("operating_cash_flow", "total_assets", less_below="current_liabilities")),
        Metric("current_ratio", "current assets ÷ current liabilities", _AT, _ratio("current_assets", "current_liabilities")),
        Metric("quick_ratio", "(current assets − inventory) ÷ current liabilities", _AT,
               _ratio("current_assets", "current_liabilities", less_above="inventory")),
        Metric("gross_margin", "(revenue − COGS) ÷ revenue; of a customer, or where no COGS is stated: as backlog_margin",
               "of the last period stated by the date; with from, of the periods that end in from..date", _gross_margin),
        Metric("backlog_margin", "(backlog − its expected cost) ÷ backlog, of the lines whose cost is known", "at the date",
               _backlog_margin),
        Metric("debt_to_equity", "total liabilities ÷ equity", _AT, _ratio("total_liabilities", "equity")),
        Metric("solvency", "total assets ÷ total liabilities", _AT, _ratio("total_assets", "total_liabilities")),
        Metric("incentive_credit", "rate × (change of backlog, without exchange differences and estimate changes, + what left uncredited)",
               _SINCE,
               _incentive_credit),
    )
}  # fmt: skip
