"""Many calls at once: equal ones are answered once, and calls of one function become one evaluation of a column.

What a workbook asks for in one recalculation, a file of calls or a request of the server: 2,000 single cells cost little
more than a range of 2,000. Each answer is the one its call would have had alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from excel.answers import Amounts, Answer, Table, Values
from excel.catalogue import Function, find
from excel.host import Host, TimeIsUp
from model.errors import BacklogError, RetryLater, Unanswerable, WrongArgument

Result = Answer | BacklogError
"""An answer, or why there is none."""

_log = logging.getLogger("backlog.functions")


class Unforeseen(BacklogError):
    """A call failed in a way that was not foreseen; the log has the details."""


@dataclass
class _Group:
    """Calls that are evaluated together: each distinct list of arguments with the places that asked for it."""

    function: Function
    asked: list[list[Any]] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)


def answers(
    calls: Sequence[object],
    host: Host,
    *,
    date1904: bool = False,
    goes_on: Callable[[], bool] = lambda: True,
) -> list[Result]:
    """Answers calls, each a list [name, argument, …], in their order.

    `date1904`: serial numbers are of the 1904 date system. `goes_on` is asked before each evaluation; once it says no,
    what is left is answered with TimeIsUp. A call that cannot be answered spoils no other.
    """
    results: list[Result] = [Unforeseen("not answered")] * len(calls)
    for group in _groups(calls, results):
        found: Sequence[Result]
        if not goes_on():
            found = [TimeIsUp()] * len(group.asked)
        elif len(group.asked) == 1:
            found = [_alone(group.function, group.asked[0], host, date1904)]
        else:
            found = _together(group, host, date1904)
        for result, places in zip(found, group.places, strict=True):
            for place in places:
                results[place] = result
    return results


def _groups(calls: Sequence[object], results: list[Result]) -> list[_Group]:
    """The calls by what can be evaluated together; one that is no call is answered at once."""
    groups: dict[Hashable, _Group] = {}
    numbers: dict[Hashable, tuple[_Group, int]] = {}
    names: dict[str, Function | BacklogError] = {}
    for place, call in enumerate(calls):
        try:
            function, arguments = _read(call, names)
        except BacklogError as error:
            results[place] = error
            continue
        same = (function.name, repr(arguments))
        if same in numbers:
            group, number = numbers[same]
            group.places[number].append(place)
            continue
        group = groups.setdefault(_together_with(function, arguments, same), _Group(function))
        numbers[same] = (group, len(group.asked))
        group.asked.append(arguments)
        group.places.append([place])
    return list(groups.values())


def _read(call: object, names: dict[str, Function | BacklogError]) -> tuple[Function, list[Any]]:
    if not isinstance(call, list | tuple) or not call or not isinstance(call[0], str):
        raise WrongArgument('a call is a list that begins with a name: ["BACKLOG", "Acme Ltd", "2026-01-31"]')
    name = call[0]
    if name not in names:
        try:
            names[name] = find(name)
        except BacklogError as error:
            names[name] = error
    function = names[name]
    if isinstance(function, BacklogError):
        raise function
    return function, list(call[1:])


def _together_with(function: Function, arguments: list[Any], alone: Hashable) -> Hashable:
    """Single cells of one function go together, as long as they stand on the same knowledge: it may be slow to fetch."""
    single = not any(isinstance(argument, list | tuple) for argument in arguments)
    if function.returns == "table" or not single or len(arguments) > len(function.parameters):
        return alone
    known = [repr(a) for a, p in zip(arguments, function.parameters, strict=False) if p.name == "known_at"]
    return (function.name, *known)


def _together(group: _Group, host: Host, date1904: bool) -> Sequence[Result]:
    """One evaluation for all: each argument a column of cells."""
    width = max(len(arguments) for arguments in group.asked)
    padded = [[*arguments, *[None] * (width - len(arguments))] for arguments in group.asked]
    columns = [[[cell] for cell in column] for column in zip(*padded, strict=True)]
    try:
        answer = group.function.answer(columns, host, date1904=date1904)
    except BacklogError as error:
        return [error] * len(group.asked)
    except Exception:  # noqa: BLE001 - one call may be at fault: alone, it spoils no other
        return [_alone(group.function, arguments, host, date1904) for arguments in group.asked]
    if isinstance(answer, Table):
        return [answer] * len(group.asked)
    if answer.shape[0] == 1:  # every argument was blank: one cell for all
        return [_only(answer)] * len(group.asked)
    errors = answer.failures()
    return [errors.get((row, 0)) or _row(answer, row) for row in range(answer.shape[0])]


def _alone(function: Function, arguments: list[Any], host: Host, date1904: bool) -> Result:
    try:
        return _only(function.answer(arguments, host, date1904=date1904))
    except BacklogError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a fault of ours in one call must not lose the others
        _log.exception("%s failed", function.name)
        return Unforeseen(
            f"this call failed in a way that was not foreseen; the details are in the log: {type(error).__name__}"
        )


def _only(answer: Answer) -> Result:
    """A single cell without an answer is its error."""
    if isinstance(answer, Table) or answer.shape != (1, 1):
        return answer
    return answer.failures().get((0, 0)) or answer


def _row(answer: Amounts | Values, row: int) -> Answer:
    if isinstance(answer, Amounts):
        return Amounts(answer.minor[row : row + 1], answer.currency[row : row + 1])
    return Values([answer.cells[row]])


def excel_error(error: BacklogError) -> str:
    """What a cell shows for an error.

    >>> excel_error(Unanswerable("unknown customer")), excel_error(BacklogError("the store is gone"))
    ('#N/A', '#CONNECT!')
    """
    if isinstance(error, Unanswerable):
        return error.excel
    if isinstance(error, Unforeseen):
        return "#VALUE!"
    return "#BUSY!" if isinstance(error, RetryLater) else "#CONNECT!"
