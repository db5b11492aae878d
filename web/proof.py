"""The proof of a cell: what its call asked, the obligations behind it, and the records of the source systems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from engine.explain import by_size, explain
from excel.answers import plain, single
from excel.arguments import Reading
from excel.catalogue import Function, find
from excel.figures import scope
from excel.host import BooksHost
from excel.tables import table
from model.errors import Unanswerable, WrongArgument
from model.money import Money
from model.periods import day_number
from store.schema import RAW
from web.desk import Desk

MOST_ROWS = 200
_WHO = ("customer", "product", "contract")


def proof(desk: Desk, call: object, date1904: bool) -> dict[str, Any]:
    """The proof of one call [name, argument, …] of single values. Raises Unanswerable where it asks nothing.

    The largest obligations come first, MOST_ROWS at most; `total` counts all of them. `value` is the answer with its
    `currency` (blank: it is no money), `error` why there is none; neither stands there for a table.
    """
    if not isinstance(call, list) or not call or not isinstance(call[0], str):
        raise WrongArgument("a call is a list that begins with a name")
    function, host = find(call[0]), desk.host.as_of_now()
    given = _given(function, call[1:], host, date1904)
    day = given.get("date") or given.get("to") or host.today
    ledger = host.ledger(given.get("known_at"))
    chosen = scope(ledger, *(str(given.get(name) or "") for name in _WHO))
    frame = explain(ledger, chosen, day)
    total = len(frame)
    frame = frame.iloc[by_size(ledger, frame, day_number(day))[:MOST_ROWS]]
    numbers = frame["raw_id"].tolist()
    rows = table(frame.drop(columns="raw_id"))
    records = _records(desk, numbers)
    return {
        "function": function.name,
        "description": function.description,
        "arguments": {p.name: plain(given.get(p.name)) for p in function.parameters},
        **_answered(function, call[1:], host, date1904),
        "day": day.isoformat(),
        "total": total,
        "rows": [
            {**dict(zip(rows.columns, map(plain, row), strict=True)), "record": records.get(number)}
            for row, number in zip(rows.rows(), numbers, strict=True)
        ],
    }


def _answered(function: Function, arguments: list[Any], host: BooksHost, date1904: bool) -> dict[str, Any]:
    """The cell itself, for one that holds one value."""
    if function.returns == "table":
        return {}
    cell = single(function.answer(arguments, host, date1904=date1904))
    if isinstance(cell, Unanswerable):
        return {"error": str(cell), "excel": cell.excel}
    return {"value": plain(cell), "currency": cell.currency if isinstance(cell, Money) else ""}


def _given(function: Function, arguments: list[Any], host: BooksHost, date1904: bool) -> dict[str, Any]:
    """Each argument as it was read; a blank date is the day that it means."""
    if len(arguments) > len(function.parameters):
        raise WrongArgument(f"{len(arguments)} arguments are more than {function.signature} takes")
    reading = Reading(host.today, host.zone, date1904)
    padded = [*arguments, *[None] * (len(function.parameters) - len(arguments))]
    found: dict[str, Any] = {}
    for parameter, value in zip(function.parameters, padded, strict=True):
        found[parameter.name] = parameter.argument.give(parameter.name, value, reading).one()
    for name in ("date", "to"):
        if isinstance(found.get(name), dt.datetime):
            found[name] = found[name].date()
    return found


def _records(desk: Desk, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The source records by their numbers, without what their vendor said."""
    wanted = sorted({int(number) for number in numbers if number})
    query = sa.select(RAW.c.id, RAW.c.source, RAW.c.object, RAW.c.key, RAW.c.place, RAW.c.link, RAW.c.known_from)
    with desk.books.engine.connect() as connection:
        rows = connection.execute(query.where(RAW.c.id.in_(wanted))).all()
    return {
        row.id: {
            "number": row.id, "source": row.source, "object": row.object, "key": row.key, "place": row.place,
            "link": row.link, "read_at": row.known_from,
        }
        for row in rows
    }  # fmt: skip
