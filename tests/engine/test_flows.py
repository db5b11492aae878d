"""Flows in another currency against the plain sum of every day's flow at its rate, in fractions."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from compare import effort, ledger_of
from generate import histories
from hypothesis import given
from hypothesis import strategies as st

from engine import flows
from engine.figures import Scope, answer
from model.money import exponent
from model.periods import day_number
from model.policy import Policy

FROM = dt.date(2023, 6, 1)
DAYS = [FROM + dt.timedelta(days=n) for n in range(0, 900, 9)]
VALUES = [Decimal(10_000 + 7919 * n % 1_000) / 10_000 for n in range(len(DAYS))]
RATES = [
    {"on": on, "from_currency": source, "to_currency": "USD", "rate": rate * part, "kind": "spot"}
    for source, part in (("EUR", Decimal("1.1")), ("JPY", Decimal("0.007")), ("KWD", Decimal("3.25")))
    for on, rate in zip(DAYS, VALUES, strict=True)
]


@pytest.mark.parametrize("target", ["USD", "EUR"])  # stated rates, and those turned round
@effort(4)
@given(histories(), st.lists(st.dates(dt.date(2024, 1, 1), dt.date(2025, 6, 30)), min_size=2, max_size=4, unique=True))
def test_flows_are_the_differences_of_exact_running_totals(
    target: str, records: dict[str, list[dict[str, Any]]], drawn: list[dt.date]
) -> None:
    ledger = ledger_of({**records, "fx_rates": RATES}, Policy())
    every = np.arange(day_number(FROM) - 1, day_number(dt.date(2025, 7, 1)))
    points = sorted(day_number(day) for day in drawn)
    for r in records["contracts"]:
        scope = Scope(contracts=ledger.find_contracts(r["contract_id"]))
        own = answer(ledger, "recognized", [scope], every, currency=r["currency"]).minor[0]
        if own[0] or r["currency"] == target:
            continue  # it began before there were rates, or needs none
        running, exact = {int(every[0]): 0}, Fraction()
        for day, flow in zip(every[1:].tolist(), np.diff(own).tolist(), strict=True):
            exact += flow * rate(day, r["currency"], target)
            running[day] = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
        for low, high in itertools.pairwise(points):
            for many in (False, True):  # also as of many contracts: some at a time, and kept for the next question
                with pytest.MonkeyPatch.context() as patch:
                    if many:
                        patch.setattr(flows, "_AT_ONCE", 0)
                        patch.setattr(flows, "_FEW", -1)
                    found = answer(
                        ledger, "recognized", [scope], np.array([high]), since=np.array([low + 1]), currency=target
                    )
                assert found.minor[0, 0] == running[high] - running[low], (r["contract_id"], low, high)


def rate(day: int, source: str, target: str) -> Fraction:
    """Minor units of `target` for one of `source`, by the last stated rate."""
    nth = max(n for n, on in enumerate(DAYS) if day_number(on) <= day)
    in_dollars = {"USD": Fraction(1)} | {
        each["from_currency"]: Fraction(each["rate"]) for each in RATES if each["on"] == DAYS[nth]
    }
    scale = Fraction(10) ** (exponent(target) - exponent(source))
    return in_dollars[source] / in_dollars[target] * scale
