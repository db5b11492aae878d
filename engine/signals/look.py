"""All rules looked at on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container

from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.signals.looked import Look
from engine.signals.rules import RULES
from engine.signals.signal import Signal, Unchecked
from model.errors import Unanswerable
from model.thresholds import Thresholds


def signals(
    ledger: Ledger, inputs: Inputs, date: dt.date, limits: Thresholds, off: Container[str] = ()
) -> tuple[list[Signal], list[Unchecked]]:
    """The signals of a day, and the rules that could not be checked with their reasons; rules that are `off` are left out."""
    found: list[Signal] = []
    unchecked: list[Unchecked] = []
    look = Look(ledger, inputs, date, limits)
    for rule, check in RULES.items():
        if rule in off:
            continue
        try:
            found += list(check(look))
        except Unanswerable as error:
            unchecked.append(Unchecked(rule, str(error)))
    return found, unchecked
