"""The engine and the reference side by side: the same records, the same questions, the same figures."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from oracle import Oracle, Scope

from engine import figures
from engine.build import build
from engine.ledger import Ledger
from model.frames import empty_facts, frame
from model.periods import day_number
from model.policy import Policy
from model.records import TABLES

DAY = dt.timedelta(days=1)
EMPTY = empty_facts()
Records = Mapping[str, Sequence[Mapping[str, Any]]]


def effort(examples: int) -> settings:
    """How hard to look: few examples and always the same ones, or thousands with HYPOTHESIS_PROFILE=thorough."""
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    return settings(
        max_examples=3000 if thorough else examples,
        derandomize=not thorough,
        # A history that disagrees is told as it is; making it small is worth its minutes only in a thorough run.
        phases=tuple(Phase) if thorough else (Phase.explicit, Phase.generate),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def ledger_of(records: Records, policy: Policy) -> Ledger:
    """The engine's ledger of plain records."""
    return build({name: frame(name, records[name]) if records.get(name) else EMPTY[name] for name in TABLES}, policy)


@dataclass(frozen=True)
class Figure:
    """A figure both sides know: the engine's measure with its options, and the reference's way to it."""

    measure: str
    reference: Callable[[Oracle, Scope, dt.date], int]
    options: Mapping[str, Any]


def figure(measure: str, reference: Callable[..., int], **options: Any) -> Figure:
    return Figure(measure, lambda books, scope, day: reference(books, scope, day, **options), options)


def flow(measure: str, reference: Callable[..., int]) -> Figure:
    """A flow since the beginning."""
    return Figure(measure, lambda books, scope, day: reference(books, scope, None, day), {})


COMMITMENT = (
    figure("contracted", Oracle.contracted),
    figure("recognized", Oracle.recognized),
    figure("backlog", Oracle.backlog),
)
BALANCES = (
    figure("billed", Oracle.billed),
    figure("collected", Oracle.collected),
    figure("unbilled", Oracle.unbilled),
    figure("deferred", Oracle.deferred),
    figure("deferred", Oracle.deferred, basis="paid"),
)
RECEIVABLES = tuple(
    figure("receivable", Oracle.receivable, bucket=bucket)
    for bucket in ("total", "current", "1-30", "31-60", "61-90", "90+")
)
HORIZONS = (
    figure("rpo", Oracle.rpo),
    figure("rpo", Oracle.rpo, months=12),
    figure("rpo", Oracle.rpo, months=1),
    figure("deferred", Oracle.deferred, part="current"),
    figure("deferred", Oracle.deferred, part="noncurrent"),
    figure("deferred", Oracle.deferred, part="current", basis="paid"),
)
FLOWS = (flow("bookings", Oracle.bookings), flow("cancellations", Oracle.cancellations))


def interesting_days(records: Records, at_most: int = 90) -> list[dt.date]:
    """Every day that a record names, the days beside it, and a day in every month around; thinned to `at_most`."""
    named = {
        value
        for found in records.values()
        for record in found
        for value in record.values()
        if isinstance(value, dt.date) and value.year < 2100
    }
    days = {day + n * DAY for day in named for n in (-1, 0, 1)}
    first, last = min(days), max(days)
    days |= {first + n * DAY for n in range(-40, (last - first).days + 400, 29)}
    ordered = sorted(days)
    return ordered[:: max(1, -(-len(ordered) // at_most))]


def engine_figures(ledger: Ledger, asked: Figure, scope: figures.Scope, days: Iterable[dt.date]) -> list[int]:
    """The engine's answers for one scope on many days; an error is a failure."""
    numbers = np.array([day_number(day) for day in days], np.int64)
    answers = figures.answer(ledger, asked.measure, [scope], numbers, **asked.options)
    assert not answers.errors, answers.errors
    return [int(value) for value in answers.minor[0]]


def differences(records: Records, policy: Policy, asked: Sequence[Figure], at_most: int = 90) -> list[str]:
    """Every contract and every one-currency customer, every figure and day on which the two sides differ."""
    books, ledger = Oracle(records, policy), ledger_of(records, policy)
    days = interesting_days(records, at_most)
    found: list[str] = []
    for name, scope, theirs in scopes(records, ledger):
        for wanted in asked:
            got = engine_figures(ledger, wanted, theirs, days)
            for day, value in zip(days, got, strict=True):
                right = wanted.reference(books, scope, day)
                if value != right:
                    found.append(f"{name} {wanted.measure} {dict(wanted.options)} on {day}: {value}, reference {right}")
                    break
    return found


def scopes(records: Records, ledger: Ledger) -> list[tuple[str, Scope, figures.Scope]]:
    """Each contract, and each customer whose amounts are all in one currency."""
    found = []
    for r in records["contracts"]:
        key = r["contract_id"]
        found.append((key, Scope(contract_id=key), figures.Scope(contracts=ledger.find_contracts(key))))
    for r in records["customers"]:
        key = r["customer_id"]
        money = [x for name in ("contracts", "invoices", "payments", "credit_notes") for x in records.get(name, ())]
        currencies = {x["currency"] for x in money if x["customer_id"] == key}
        if len(currencies) == 1:
            found.append((key, Scope(customer_id=key), figures.Scope(customers=ledger.find_customers(key))))
    return found
