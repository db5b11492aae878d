"""Reading unchanged data again runs at least at the first run's rate, and memory is flat in the number of pages.

Invoices of two lines, made as they are asked for, through the whole of a pull.

    python bench/pull_again.py [RECORDS]
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from places import places

from connectors.kit.connector import Connector, Item, Page, Pull, Row
from store.connect import connect
from sync.run import pull

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAGE = 500
FEW, MANY = 20, 400


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


def twice(url: str, count: int) -> None:
    engine = connect(url)
    seconds = []
    for _ in range(2):
        begin = time.perf_counter()
        result = pull(engine, Invoices(count), now=NOW)
        seconds.append(time.perf_counter() - begin)
        assert result.error is None
    assert (result.counts["invoices"].unchanged, result.counts["invoices"].added) == (count, 0)
    first, second = (count * 3 / s for s in seconds)
    print(f"{count * 3:,} records, {engine.dialect.name}: {first:,.0f} a second; unchanged again {second:,.0f}; "
          f"ratio {second / first:.1f} (promised: at least 1)")  # fmt: skip
    engine.dispose()


def peak(url: str, pages: int) -> float:
    """The most memory (MiB) that a process of its own has needed to pull so many pages."""
    words = [sys.executable, __file__, "--peak", url, str(pages)]
    done = subprocess.run(words, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def main() -> None:
    if sys.argv[1:2] == ["--peak"]:
        import resource

        assert pull(connect(sys.argv[2]), Invoices(int(sys.argv[3]) * PAGE), now=NOW).error is None
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with places() as kinds:
        for place in kinds.values():
            twice(place("again"), count // 3)
        for name, place in kinds.items():
            few, many = peak(place("few"), FEW), peak(place("many"), MANY)
            print(f"peak memory, {name}: {FEW} pages of {PAGE} {few:.0f} MiB, {MANY} pages {many:.0f} MiB; "
                  f"ratio {many / few:.2f}, {(many - few) * 1024 * 1024 / (MANY - FEW) / PAGE:.0f} bytes an item")  # fmt: skip


if __name__ == "__main__":
    main()
