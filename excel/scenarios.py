"""SCENARIO in cells: a figure under a configured stress scenario."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from excel.answers import Cell, Values
from excel.arguments import Given
from excel.figures import scope
from excel.host import Host
from excel.ranges import fit
from excel.values import quoted
from model.errors import Unanswerable, WrongArgument
from model.money import Money

if TYPE_CHECKING:
    from engine.scenario.overlay import Scenario


def scenario_cells(
    host: Host, name: Given[str], function: Given[str], customer: Given[str], date: Given[dt.date]
) -> Values:
    """The shocked figure or an error for every cell; what is asked twice is computed once."""
    given: list[Given[Any]] = [name, function, customer, date]
    shape = fit(g.shape for g in given)
    codes = [np.broadcast_to(g.codes, shape).ravel().tolist() for g in given]
    known: dict[tuple[int, ...], Cell] = {}
    cells: list[Cell] = []
    for key in zip(*codes, strict=True):
        if key not in known:
            known[key] = _cell(host, [g.values[code] for g, code in zip(given, key, strict=True)])
        cells.append(known[key])
    return Values([cells[row * shape[1] : (row + 1) * shape[1]] for row in range(shape[0])])


def named(scenarios: Mapping[str, Scenario], name: str) -> Scenario:
    """The scenario of that name, in any case; an unknown one is refused with those there are."""
    by_word = {known.casefold(): scenario for known, scenario in scenarios.items()}
    if name.casefold() in by_word:
        return by_word[name.casefold()]
    if not scenarios:
        raise WrongArgument(f"there is no scenario {quoted(name)}: none is configured, add [scenarios.NAME]")
    near = difflib.get_close_matches(name.casefold(), by_word, 1)
    hint = f"did you mean {by_word[near[0]].name}? " if near else ""
    raise WrongArgument(f"there is no scenario {quoted(name)}: {hint}configured are {', '.join(scenarios)}")


def _cell(host: Host, asked: list[Any]) -> Cell:
    from engine.scenario.shocked import shocked

    error = next((value for value in asked if isinstance(value, Unanswerable)), None)
    if error is not None:
        return error
    name, function, customer, date = asked
    try:
        scenario, ledger = named(host.inputs().scenarios, name), host.ledger(None)
        found = shocked(ledger, scenario, function, scope(ledger, customer), date)
    except Unanswerable as refused:
        return refused
    return Money(found.shocked, found.currency)
