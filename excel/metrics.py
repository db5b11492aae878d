"""METRIC in cells: every distinct measure and period is computed once for all the selections that ask for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from engine.metrics.measure import find, measure
from excel.answers import Cell, Values
from excel.arguments import Given
from excel.figures import scope
from excel.host import Host
from excel.ranges import fit
from model.errors import Unanswerable, WrongArgument


def metric_cells(host: Host, name: Given[str], date: Given[dt.date], customer: Given[str], first: Given[Any]) -> Values:
    """A value or an error for every cell."""
    given: list[Given[Any]] = [name, date, customer, first]
    shape = fit(g.shape for g in given)
    codes = [np.broadcast_to(g.codes, shape) for g in given]
    cells: list[list[Cell]] = [[None] * shape[1] for _ in range(shape[0])]
    questions: dict[tuple[Any, ...], dict[Any, list[tuple[int, int]]]] = {}
    for i in range(shape[0]):
        for j in range(shape[1]):
            asked = [g.values[code[i, j]] for g, code in zip(given, codes, strict=True)]
            error = next((value for value in asked if isinstance(value, Unanswerable)), None)
            if error is not None:
                cells[i][j] = error
            else:
                called, on, who, since = asked
                questions.setdefault((called, on, since), {}).setdefault(who, []).append((i, j))
    for question, customers in questions.items():
        for place, value in _answered(host, question, customers):
            cells[place[0]][place[1]] = value
    return Values(cells)


def _answered(
    host: Host, question: tuple[str, dt.date, dt.date | None], customers: dict[str, list[tuple[int, int]]]
) -> list[tuple[tuple[int, int], Cell]]:
    name, date, first = question
    found: dict[str, Cell] = {}
    scopes = {}
    for who in customers:
        try:
            find(name)
            if first is not None and first > date:
                raise WrongArgument(f"the period from {first} to {date} ends before it begins: exchange from and date")
            scopes[who] = scope(host.ledger(None), who)
        except Unanswerable as error:
            found[who] = error
    if scopes:
        measured = measure(host.ledger(None), name, list(scopes.values()), date, first, host.inputs())
        found |= {who: each.value for who, each in zip(scopes, measured, strict=True)}
    return [(place, found[who]) for who, places in customers.items() for place in places]
