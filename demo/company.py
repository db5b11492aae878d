"""The sample company: 300 customers, 900 contracts and some 8,000 invoices over four years, made from one seed.

The same seed gives the same company to the byte, on any day and any machine: its calendar is fixed (demo.calendar).
Where its facts live:

- subscriptions that were sold stand in the CRM (the deal) and in billing (the subscription): the same contract twice;
- subscriptions bought on the web stand in billing alone;
- projects stand in the CRM and in the books, agreements in the books alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.billing import write_billing
from demo.calendar import LAST
from demo.clients import Client, make_clients
from demo.crm import write_crm
from demo.deals import Deal, make_deals
from demo.journal import write_books
from demo.ledger_rows import Rows

SEED = 606


@dataclass(frozen=True)
class Company:
    """Everything about it: the plan (`clients`, `deals`) and what each system holds (`crm`, `billing`, `books`)."""

    seed: int
    clients: Sequence[Client]
    deals: Sequence[Deal]
    crm: dict[str, Any]
    billing: dict[str, list[dict[str, Any]]]
    books: Rows

    def write_files(self, folder: Path) -> None:
        """The books as canonical CSV files."""
        self.books.write(folder)

    def committed(self, day: dt.date = LAST) -> dict[str, tuple[str, int]]:
        """Committed price at the end of a day in minor units, by the id each contract has in its governing system.

        Only contracts whose price follows from the records by plain sums; see `Deal.exact`.
        """
        return {
            governing_id(deal): (deal.currency, deal.committed(day))
            for deal in self.deals
            if deal.exact and deal.signed_on <= day
        }

    def counts(self) -> dict[str, int]:
        """How many customers, contracts and invoices there are, each counted once."""
        return {
            "customers": len(self.clients),
            "contracts": len(self.deals),
            "invoices": len(self.books["invoices"]) + len(self.billing["invoices"]),
            **{f"{kind} contracts": count for kind, count in Counter(deal.kind for deal in self.deals).items()},
        }


def governing_id(deal: Deal) -> str:
    """The contract's id where its terms are kept: the books before the CRM, the CRM before billing."""
    if deal.kind in ("project", "enterprise"):
        return deal.key
    return deal.crm_id if deal.in_crm else f"sub_{deal.number:014d}"


def make_company(seed: int = SEED, percent: int = 100) -> Company:
    """The company of a seed, made in about a second; `percent` makes a smaller one, for tests."""
    clients = make_clients(seed, percent)
    deals = make_deals(seed, clients, percent)
    # In this order: what happens in the books and in billing changes what a deal has come to.
    books = write_books(seed, clients, deals)
    crm = write_crm(seed, clients, deals)
    billing = write_billing(seed, clients, deals)
    return Company(seed, clients, deals, crm, billing, books)
