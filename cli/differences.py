"""What a dry run would change, told before it is applied: records field by field, and the figures that move."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import screen
from model.errors import BacklogError
from model.money import to_decimal

if TYPE_CHECKING:
    import sqlalchemy as sa

    from books.ledgers import Books
    from store.differences import Difference

_FIGURES = ("BACKLOG", "CONTRACTED", "BILLED", "DEFERRED", "RECEIVABLE")
_ENOUGH = 20


def tell(books: Books, tried: sa.Engine, run_id: int, now: dt.datetime, *, every: bool) -> None:
    """Tells what a run on the copy `tried` has changed, at most twenty records a table unless `every` is asked for."""
    from store.differences import differences

    for table, found in groupby(differences(books.engine, tried, run_id), lambda each: each.table):
        left = 0
        for number, each in enumerate(found):
            if every or number < _ENOUGH:
                screen.say(_line(each))
            else:
                left += 1
        if left:
            screen.say(f"  … {left} more in {table}: --all")
    for line in _moved(books, tried, now):
        screen.say(line)


def _line(each: Difference) -> str:
    sign = "+" if each.before is None else "-" if each.after is None else "~"
    row = each.after or each.before or {}
    told = each.fields if each.before is not None and each.after is not None else {n: (None, v) for n, v in row.items()}
    shown = [f"{_name(name)} {_change(name, change, row)}" for name, change in told.items() if change != (None, None)]
    return f"{sign} {each.source} {each.table} {each.record_id}: {', '.join(shown)}"


def _change(name: str, change: tuple[Any, Any], row: Mapping[str, Any]) -> str:
    before, after = (_value(name, value, row) for value in change)
    return after if change[0] is None else f"{before} → {after}"


def _name(column: str) -> str:
    return column.removesuffix("_minor")


def _value(name: str, value: Any, row: Mapping[str, Any]) -> str:
    if value is None:
        return "nothing"
    return f"{to_decimal(value, row['currency']):,}" if name.endswith("_minor") else str(value)


def _moved(books: Books, tried: sa.Engine, now: dt.datetime) -> Iterator[str]:
    """The totals of today before and after, where they differ; one that cannot be answered says why."""
    from books.ledgers import Books as AnyBooks

    with tempfile.TemporaryDirectory(prefix="backlog-", ignore_cleanup_errors=True) as folder:
        after = _totals(AnyBooks.over(books.settings, tried, Path(folder) / "tried"), now)
        before = _totals(AnyBooks.over(books.settings, books.engine, Path(folder) / "now"), now)
    for name in _FIGURES:
        if before[name] != after[name]:
            yield f"{name} of all customers today: {before[name]} → {after[name]}"


def _totals(books: Books, now: dt.datetime) -> dict[str, str]:
    from excel.catalogue import call
    from excel.host import BooksHost
    from excel.presentation import as_json

    host = BooksHost(books.settings, books, lambda: now, hold=dt.timedelta(1))
    found = {}
    for name in _FIGURES:
        try:
            found[name] = str(as_json(call(name, ["*"], host))["value"])
        except BacklogError as error:
            found[name] = f"no answer ({error})"
    return found
