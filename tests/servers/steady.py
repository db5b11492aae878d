"""A connector that goes on from its cursor, 50 records a page, and a pull of it, for tests that kill it."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Connector, Item, Page, Pull, Row
from store.connect import connect
from sync.run import pull


def said(records: int) -> dict[str, list[dict[str, Any]]]:
    """So many records. The lines come before their contracts, so that the cuts fall among waiting records too."""
    day, many = dt.date, records * 2 // 5
    term = {"signed_on": day(2026, 1, 1), "start_on": day(2026, 1, 1), "end_on": day(2026, 12, 31)}
    return {
        "customers": [{"customer_id": f"C{n}", "name": f"Customer {n}"} for n in range(many // 2)],
        "contract_lines": [
            {"line_id": f"L{n}", "contract_id": f"K{n % many}", "amount": Decimal(n)} for n in range(many)
        ],
        "contracts": [
            {
                "contract_id": f"K{n}",
                "customer_id": f"C{n % (many // 2)}",
                "status": "signed",
                "currency": "USD",
                **term,
            }
            for n in range(many)
        ],
    }


class Steady(Connector):
    """The connector. `records`: how many there are."""

    kind, title = "steady", "Goes on from its cursor"

    def __init__(self, records: int) -> None:
        super().__init__("steady", {})
        self._said = said(records)

    def objects(self) -> tuple[str, ...]:
        """The tables."""
        return tuple(self._said)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The pages from the cursor on."""
        rows = self._said[name]
        for start in range((ask.cursor or {"n": 0})["n"], len(rows), 50):
            page = rows[start : start + 50]
            items = [Item(next(iter(row.values())), {"n": start}, (Row(name, row),)) for row in page]
            yield Page(items, cursor={"n": start + 50})


def pull_all(url: str, records: int) -> None:
    """Pulls it into a store; the process ends with the error, if there is one."""
    sys.exit(pull(connect(url), Steady(records), now=dt.datetime(2026, 11, 1, tzinfo=dt.UTC)).error)
