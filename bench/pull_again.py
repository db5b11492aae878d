"""Reading unchanged data again runs at least at the first run's rate, and memory is flat in the number of pages.

Invoices of two lines, made as they are asked for, through the whole of a pull.

    python -m bench.pull_again [INVOICES]
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.measure import Line, peak, ratio, table
from bench.places import TITLES, Place, places
from connectors.kit.connector import Connector, Item, Page, Pull, Row
from store.connect import connect
from sync.run import pull

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAGE = 500
FEW, MANY = 10, 100


class Invoices(Connector):
    """A customer, and invoices of two lines each."""

    kind, title = "invoices", "Invoices of two lines"

    def __init__(self, count: int) -> None:
        super().__init__("billing", {})
        self._count = count

    def objects(self) -> tuple[str, ...]:
        return ("customers", "invoices")

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        if name == "customers":
            yield Page([Item("C1", {"id": "C1"}, (Row("customers", {"customer_id": "C1", "name": "Acme"}),))])
            return
        for start in range(0, self._count, PAGE):
            yield Page([invoice(n) for n in range(start, min(start + PAGE, self._count))])


def invoice(n: int) -> Item:
    key, amount = f"in_{n:08}", Decimal(n % 9999) / 100
    head = {"invoice_id": key, "customer_id": "C1", "issued_on": dt.date(2026, 1, 31), "currency": "USD",
            "status": "open"}  # fmt: skip
    lines = [{"invoice_line_id": f"{key}_{side}", "invoice_id": key, "amount": amount} for side in (1, 2)]
    rows = [Row("invoices", head), *(Row("invoice_lines", line) for line in lines)]
    return Item(key, {"id": key, "total": str(amount), "lines": [str(amount)] * 2}, rows, key)


def lines(count: int = 20_000) -> list[Line]:
    """The rows of the table."""
    with places() as kinds:
        return [
            *(_twice(place("again"), name, count) for name, place in kinds.items()),
            *(_flat(place, name) for name, place in kinds.items()),
        ]


def _twice(url: str, name: str, count: int) -> Line:
    engine, taken = connect(url), []
    clock = time.process_time if name == "sqlite" else time.perf_counter  # a server's work is not ours to count
    for _ in range(2):
        begin = clock()
        result = pull(engine, Invoices(count), now=NOW)
        taken.append(clock() - begin)
        assert result.error is None
    assert (result.counts["invoices"].unchanged, result.counts["invoices"].added) == (count, 0)
    engine.dispose()
    first, second = (count * 3 / each for each in taken)
    what = f"{count * 3:,} records pulled again unchanged, {TITLES[name]}"
    words = f"{second:,.0f} a second: {second / first:.1f}× the first run's rate ({first:,.0f})"
    return Line(what, words, *ratio(second / first, least=1))


def _flat(place: Place, name: str) -> Line:
    few, many = _peak(place("few"), FEW), _peak(place("many"), MANY)
    what = f"Memory at the peak of a pull of {MANY} pages of {PAGE} invoices, {TITLES[name]}"
    apart = ", the file's cache apart" if name == "sqlite" else ""
    words = f"{many:.0f} MiB{apart}: {many / few:.2f}× that of {FEW} pages"
    return Line(what, words, "flat in the number of pages (at most 1.25×)", many <= 1.25 * few)


def _peak(url: str, pages: int) -> float:
    """The most memory (MiB) that a process of its own has needed to pull so many pages."""
    words = [sys.executable, "-m", "bench.pull_again", "--peak", url, str(pages)]
    done = subprocess.run(words, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _with_a_small_cache(connection: Any, _: object) -> None:
    """The cache of a file fills up to its 200 MB, whatever is read or written: it is left out."""
    connection.execute("PRAGMA cache_size=-4000")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        engine = connect(sys.argv[2])
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _with_a_small_cache)
            engine.dispose()  # those that are open already
        assert pull(engine, Invoices(int(sys.argv[3]) * PAGE), now=NOW).error is None
        print(peak())
    else:
        print(table(lines(*map(int, sys.argv[1:]))))
