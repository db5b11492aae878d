"""The engine's frames as tables of plain values: money beside its currency, days as dates, names instead of numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.arisen import arisen
from excel.answers import Cell, Table
from excel.figures import scope
from excel.host import Host
from model.errors import WrongArgument
from model.money import Money
from model.periods import day_number, day_of
from model.records import NO_AMOUNT, NO_DAY

if TYPE_CHECKING:
    import pandas as pd

    from engine.ledger import Ledger

_DAYS = ("day", "period_start", "period_end")
_MOST_YEARS = 250
"""A longer schedule is a slip of the keyboard, 9029 for 2029, and would spill past the end of the sheet."""


def rollforward(ledger: Ledger, customer: str, first: dt.date | None, last: dt.date) -> Table:
    """Movements of backlog from `first` (None: the beginning) to `last`, both included."""
    from engine.movements import backlog_rollforward

    return table(backlog_rollforward(ledger, scope(ledger, customer), _begin(ledger, first, last), last))


def deferred(ledger: Ledger, customer: str, first: dt.date | None, last: dt.date) -> Table:
    """Movements of deferred revenue from `first` (None: the beginning) to `last`, both included."""
    from engine.deferred import deferred_rollforward

    begin = _begin(ledger, first, last)
    if first is None and ledger.begin is not None:  # money may come before the first signature
        begin = min(begin, day_of(ledger.begin))
    return table(deferred_rollforward(ledger, scope(ledger, customer), begin, last))


def schedule(host: Host, customer: str, first: dt.date | None, last: dt.date, by: str) -> Table:
    """Revenue by fiscal period from `first` (None: the beginning) to `last`, both included."""
    from engine.movements import revenue_schedule

    ledger = host.ledger(None)
    begin = _by_period(ledger, first, last)
    return table(revenue_schedule(ledger, scope(ledger, customer), begin, last, by, calendar=host.calendar))


def waterfall(host: Host, first: dt.date | None, last: dt.date) -> Table:
    """Months of booking down, fiscal months of recognition from `first` (None: the beginning) to `last` across."""
    from engine.cohorts import waterfall

    ledger = host.ledger(None)
    return table(waterfall(ledger, _by_period(ledger, first, last), last, calendar=host.calendar))


def breakdown(ledger: Ledger, dimension: str, day: dt.date) -> Table:
    """Backlog at `day` by one dimension."""
    from engine.movements import backlog_by

    return table(backlog_by(ledger, dimension, day))


def explanation(host: Host, customer: str, day: dt.date) -> Table:
    """A row per obligation behind a backlog figure, with the vendor's page of its source record where there is one."""
    from engine.explain import explain

    ledger = host.ledger(None)
    return table(_linked(host, explain(ledger, scope(ledger, customer), day)))


def customers(ledger: Ledger, pattern: str) -> Table:
    """The customers that a pattern names."""
    known = ledger.customers
    found = ledger.find_customers(pattern)
    columns = ("id", "name", "segment", "region")
    return _listed(("customer_id", *columns[1:]), [known[c][found] for c in columns])


def contracts(ledger: Ledger, customer: str, day: dt.date) -> Table:
    """The contracts of the customers that a text names, signed by `day`."""
    known = ledger.contracts
    on = day_number(day)
    chosen = (known["signed_on"] <= on) & (known["signed_on"] != NO_DAY) & (known["until"] >= on)
    if customer not in ("", "*"):
        chosen &= np.isin(known["customer"], ledger.find_customers(customer))
    found = np.flatnonzero(chosen)
    names = ("id", "number", "currency", "status", "signed_on", "start_on", "end_on", "sales_rep", "source")
    columns = [known[n][found] for n in names]
    columns.insert(2, ledger.customers["name"][known["customer"][found]])
    return _listed(("contract_id", "number", "customer", *names[2:]), columns)


def exceptions(host: Host, customer: str, day: dt.date) -> Table:
    """The exceptions of the customers that a text names, arisen by `day`; an undated one always counts."""
    ledger = host.ledger(None)
    frame = ledger.exceptions if customer in ("", "*") else ledger.exceptions_of(ledger.find_customers(customer))
    return table(_linked(host, arisen(frame, day)))


def _linked(host: Host, frame: pd.DataFrame) -> pd.DataFrame:
    """The vendor's page in place of the number of the source record."""
    links = host.links(frame["raw_id"].tolist())
    return frame.drop(columns="raw_id").assign(link=[links.get(raw_id, "") for raw_id in frame["raw_id"].tolist()])


def table(frame: pd.DataFrame) -> Table:
    """A frame of the engine as a table: `x_minor` with its `currency` becomes the amount `x`, day numbers dates."""
    currency = frame["currency"].tolist() if "currency" in frame else [""] * len(frame)
    names, columns = [], []
    for name in frame.columns:
        values = frame[name].tolist()
        if name.endswith("_minor"):
            names.append(name.removesuffix("_minor"))
            columns.append([_money(v, c) for v, c in zip(values, currency, strict=True)])
        else:
            names.append(str(name))
            columns.append([_reader(str(name))(v) for v in values])
    return Table(tuple(names), list(zip(*columns, strict=True)))


def _listed(names: Sequence[str], columns: Iterable[Any]) -> Table:
    read = [[_reader(name)(v) for v in column.tolist()] for name, column in zip(names, columns, strict=True)]
    return Table(tuple(names), list(zip(*read, strict=True)))


def _begin(ledger: Ledger, first: dt.date | None, last: dt.date) -> dt.date:
    """The first day of a period; a blank one is the day the first contract was signed."""
    if first is None:
        signed = ledger.contracts["signed_on"]
        signed = signed[signed != NO_DAY]
        return min(day_of(int(signed.min())), last) if len(signed) else last
    if first > last:
        raise WrongArgument(f"the period from {first} to {last} ends before it begins: exchange from and to")
    return first


def _by_period(ledger: Ledger, first: dt.date | None, last: dt.date) -> dt.date:
    """The first day of a table by period; one that spans centuries is refused."""
    begin = _begin(ledger, first, last)
    if last.year - begin.year > _MOST_YEARS or last.year == dt.MAXYEAR:
        raise WrongArgument(f"a schedule from {begin} to {last} is longer than any contract: check the years")
    return begin


def _money(minor: int, currency: str) -> Cell:
    return None if minor == NO_AMOUNT else Money(int(minor), currency)


def _reader(name: str) -> Callable[[Any], Cell]:
    return _day if name in _DAYS or name.endswith("_on") else _other


def _day(value: Any) -> Cell:
    if value is None or isinstance(value, dt.date):
        return value
    return None if value == NO_DAY else day_of(value)


def _other(value: Any) -> Cell:
    if value is None or isinstance(value, str | Decimal):
        return value
    return int(value)
