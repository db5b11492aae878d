"""A ledger brought up to date after a sync that touched one contract in a thousand, against one made whole: from the store
to the file that readers open, and both the same. Of a company of one system, and of one that two systems tell of.

python -m bench.updating [LINES]
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from bench import company
from bench.matching import told_once, told_twice
from bench.measure import Line, machine, table, told
from books.ledgers import Books
from engine.ledger import TABLES as COLUMNS
from engine.ledger import Ledger
from engine.saved import whole_of
from model.periods import day_of
from model.records import NO_AMOUNT, NO_DAY, TABLES, Kind
from model.settings import load
from store.schema import RECORDS, stored_columns
from store.write import page_transaction

_TOLD = ("customers", "contracts", "contract_lines", "amendments", "invoices", "invoice_lines")
_SHARE = 1000
_SMALLER = 5
_PAGE = 50_000
_TIMES = 3
_BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def lines(size: int) -> list[Line]:
    """The rows of the table: a company of one system, and a smaller one that two tell of."""
    smaller = size // _SMALLER
    twice = told_twice(told_once(smaller, named=True), named=True)
    after = "After a sync that touched 0.1 % of the contracts of {:,} lines{}, the ledger up to date and saved"
    return [
        _line(after.format(size, ""), company.facts(size), size),
        _line(after.format(smaller, ", which two systems tell with their invoices"), twice, smaller),
    ]


def _line(what: str, facts: dict[str, Any], size: int) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        books = books_in(Path(folder))
        fill(books.engine, facts)
        whole, first = _taken(books)
        updates = []
        for n in range(_TIMES):
            _touch(books.engine, size, n)
            taken, ledger = _taken(books)
            assert ledger.path is not None
            assert whole_of(ledger.path) == first.path
            updates.append(taken)
        again, anew = _taken(Books.over(books.settings, books.engine, Path(folder) / "apart"))
        _assert_same(ledger, anew)
        books.engine.dispose()
    update, whole = statistics.median(updates), min(whole, again)
    words = f"{told(update)}: {100 * update / whole:.1f} % of one made whole of the same store ({told(whole)})"
    return Line(what, words, "at most 5 % of a build", update <= 0.05 * whole)


def books_in(root: Path, blocks: str = "") -> Books:
    """Books over an empty store of their own, with more blocks at the end of their configuration."""
    (root / "config.toml").write_text(
        '[store]\nurl = "sqlite:///backlog.db"\n[connectors.crm]\nkind = "files"\npath = "import"\n' + blocks
    )
    return Books(load(root / "config.toml"))


def _taken(books: Books) -> tuple[float, Ledger]:
    begin = time.perf_counter()
    ledger = books.build()
    return time.perf_counter() - begin, ledger


def fill(engine: sa.Engine, facts: dict[str, Any]) -> None:
    """Tells a store all records, page by page."""
    for name in _TOLD:
        rows, sources = _rows(name, facts[name]), facts[name]["source"].tolist()
        for start in range(0, len(facts[name]), _PAGE):
            with page_transaction(engine, 1, _BEGIN) as writer:
                for n, (key, row) in zip(range(start, start + _PAGE), rows, strict=False):
                    writer.open_version(sources[n], name, name, key, key, n, f"{n:x}", row)


def _rows(name: str, frame: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Records as the store writes them, with their ids."""
    kinds = {column.stored: column.kind for column in TABLES[name].columns}
    columns = []
    for column in stored_columns(TABLES[name]):
        values, kind = frame[column].tolist(), kinds.get(column)
        if kind is Kind.DATE:
            days = {day: None if day == NO_DAY else day_of(day).isoformat() for day in set(values)}
            values = [days[day] for day in values]
        elif kind is Kind.FLAG:
            values = [int(value) for value in values]
        else:
            values = [None if value in ("", NO_AMOUNT) else value for value in values]
        columns.append(values)
    return zip(frame[TABLES[name].key[0]].tolist(), zip(*columns, strict=True), strict=True)


def _touch(engine: sa.Engine, size: int, turn: int) -> None:
    """A sync: a line of each of a thousandth of the contracts has another price."""
    random = np.random.default_rng(turn)
    c = RECORDS["contract_lines"].c
    keys = [f"L{n:07}" for n in random.choice(size // 5, size // 5 // _SHARE, replace=False).tolist()]
    names = stored_columns(TABLES["contract_lines"])
    with engine.connect() as connection:
        query = sa.select(c.version_id, *(c[name] for name in names)).where(c.known_to.is_(None), c.record_id.in_(keys))
        found = connection.execute(query).all()
    at = names.index("amount_minor")
    with page_transaction(engine, turn + 2, _BEGIN + dt.timedelta(turn + 1)) as writer:
        for version, *values in found:
            values[at] += 1_00
            key = values[names.index("line_id")]
            writer.close_version("contract_lines", version)
            writer.open_version("crm", "contract_lines", "contract_lines", key, key, 0, f"{turn}", tuple(values))


def _assert_same(one: Ledger, other: Ledger) -> None:
    for name in COLUMNS:
        for column in getattr(other, name).keys():  # noqa: SIM118 (read from a file)
            left, right = (np.asarray(getattr(ledger, name)[column]) for ledger in (one, other))
            assert np.array_equal(left, right), f"{name} {column} differs"


if __name__ == "__main__":
    print(machine())
    print(table(lines(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
