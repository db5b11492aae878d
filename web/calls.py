"""The calls of a request, read from its body: a list of [name, argument, …] and how they are meant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MOST_CALLS = 5_000
MOST_CELLS = 250_000
"""Results of all the ranges of one request together."""

BODY: dict[str, Any] = {
    "type": "object",
    "required": ["calls"],
    "additionalProperties": False,
    "properties": {
        "calls": {
            "type": "array",
            "maxItems": MOST_CALLS,
            "description": "Each a list that begins with a function's name, its arguments after it: values, or "
            "ranges as rows of cells. Dates are ISO text or serial numbers.",
            "items": {"type": "array", "minItems": 1, "prefixItems": [{"type": "string"}], "items": {}},
            "examples": [[["BACKLOG", "Acme Ltd", "2026-01-31"]]],
        },
        "form": {
            "enum": ["text", "sheet"],
            "default": "text",
            "description": "text: amounts as decimal strings. sheet: cells as a spreadsheet holds them, amounts as "
            'numbers, dates as {"date": …}, tables with their headings as first row.',
        },
        "date1904": {"type": "boolean", "default": False, "description": "Serial numbers are of the 1904 system."},
    },
}


EXPLAINED: dict[str, Any] = {
    "type": "object",
    "required": ["call"],
    "additionalProperties": False,
    "properties": {
        "call": {**BODY["properties"]["calls"]["items"], "description": "One call, with single values as arguments."},
        "date1904": BODY["properties"]["date1904"],
    },
}


class Unreadable(ValueError):
    """A body that asks nothing. `status`: the HTTP status that says so."""

    def __init__(self, reason: str, status: int = 422) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Asked:
    """What a request asks."""

    calls: list[Any]
    sheet: bool
    date1904: bool


def read(body: bytes) -> Asked:
    """Reads a body of the form BODY. Raises Unreadable; what is wrong with one call is told in its own answer."""
    asked = _object(body, BODY)
    if not isinstance(asked.get("calls"), list):
        raise Unreadable('the body must be {"calls": [[NAME, ARGUMENT, …], …]}')
    form, date1904 = asked.get("form", "text"), asked.get("date1904", False)
    if form not in ("text", "sheet") or not isinstance(date1904, bool):
        raise Unreadable('form is "text" or "sheet", date1904 true or false')
    calls = asked["calls"]
    if len(calls) > MOST_CALLS:
        raise Unreadable(f"{len(calls)} calls are more than {MOST_CALLS}: send them in parts", 413)
    cells = sum(_results(call) for call in calls)
    if cells > MOST_CELLS:
        raise Unreadable(f"the ranges ask for {cells} cells, more than {MOST_CELLS}: send them in parts", 413)
    return Asked(calls, form == "sheet", date1904)


def read_call(body: bytes) -> tuple[Any, bool]:
    """The call of a body of the form EXPLAINED, and whether its serial numbers are of the 1904 system."""
    asked = _object(body, EXPLAINED)
    call, date1904 = asked.get("call"), asked.get("date1904", False)
    if not isinstance(call, list) or not isinstance(date1904, bool):
        raise Unreadable('the body must be {"call": [NAME, ARGUMENT, …]}')
    return call, date1904


def _object(body: bytes, schema: dict[str, Any]) -> dict[str, Any]:
    try:
        asked = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is no JSON: {str(error)[:200]}", 400) from None
    if not isinstance(asked, dict):
        raise Unreadable("the body must be a JSON object")
    if unknown := sorted(set(asked) - set(schema["properties"])):
        raise Unreadable(f"unknown {unknown[0][:60]!r}: known are {', '.join(schema['properties'])}")
    return asked


def _results(call: Any) -> int:
    """How many cells the ranges of a call give together, at most."""
    rows = columns = 1
    for argument in call[1:] if isinstance(call, list) else ():
        if isinstance(argument, list) and argument:
            nested = isinstance(argument[0], list)
            rows = max(rows, len(argument) if nested else 1)
            columns = max(columns, len(argument[0]) if nested else len(argument))
    return rows * columns


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
