"""Random records of several systems, with few different keys so that everything meets.

Rows are plain records with their `source`, by table. References may point into another system, or at nothing.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from model.records import TABLES

Rows = dict[str, list[dict[str, Any]]]
SYSTEMS = ("crm", "billing", "books")
BEGIN = dt.date(2026, 1, 1)
OWN = {"customers": "customer_id", "contracts": "contract_id", "contract_lines": "line_id", "invoices": "invoice_id"}
"""The tables that others refer to, each with its id."""
_LETTERS = {"customers": "c", "contracts": "k", "contract_lines": "l", "invoices": "i"}
_NAMES = ("Acme Ltd", "ACME Limited", "Acme Robotics", "Borealis Inc", "Boréalis", "Zeta GmbH", "Müller & Søhne")
_KEYS = {"tax_id": ("DE 1", "de1", "FR2", "GB3"), "domain": ("acme.test", "www.Acme.test", "b.test", "c.test", "gmail.com"),
         "region": ("EMEA", "US"), "segment": ("A", "B")}  # fmt: skip


class Records:
    """The `rows` that systems tell now, and what another might be. `size`: how many different ids a table has in a system."""

    def __init__(self, chance: random.Random, size: int) -> None:
        self.chance, self.size = chance, size
        self.rows: Rows = {name: [] for name in TABLES}

    def new(self, table: str, system: str) -> dict[str, Any]:
        """A record as a system might tell it."""
        chance, key = self.chance, TABLES[table].key[0]
        if table not in OWN:
            own = f"{table[:2]}{system[0]}{chance.randint(1, 4 * self.size)}"
        elif chance.random() < 0.3:
            own = f"{chance.randint(1, self.size)}"  # as other systems call theirs
        else:
            own = f"{_LETTERS[table]}{system[0]}{chance.randint(1, self.size)}"
        return {"source": system, key: own, **MAKE[table](self, system)}

    def living(self, table: str, system: str = "") -> list[dict[str, Any]]:
        """The records of a table (of one system) that something may happen to."""
        wanted = (system,) if system else SYSTEMS
        return [row for row in self.rows[table] if not row.get("quiet") and row["source"] in wanted]

    def ids(self, table: str, system: str = "") -> list[str]:
        """Their ids."""
        return [row[OWN[table]] for row in self.living(table, system)]

    def ref(self, table: str, system: str, share: float = 1.0) -> str:
        """An id of the system's own records, seldom of another's or of nothing."""
        if self.chance.random() > share:
            return ""
        if self.chance.random() < 0.97:
            return self.chance.choice(self.ids(table, system) or ["1"])
        return self.chance.choice([*self.ids(table), "none"])

    def pick(self, values: Iterable[Any], share: float = 0.5) -> Any:
        """One of the values, or blank."""
        return self.chance.choice(list(values)) if self.chance.random() < share else ""

    def day(self, least: int = 0) -> dt.date:
        return BEGIN + dt.timedelta(self.chance.randint(least, least + 120))


def _customer(some: Records, system: str) -> dict[str, Any]:
    named = f"{some.chance.choice(SYSTEMS)}:{some.chance.choice(['1', 'cc1', 'cb2'])}"
    shared = some.pick([*some.ids("customers"), named, "X-9"], 0.35)
    return {
        "name": some.chance.choice(_NAMES),
        "shared_id": shared,
        "parent_id": some.ref("customers", system, 0.2),
        **{name: some.pick(values, 0.35) for name, values in _KEYS.items()},
    }


def _contract(some: Records, system: str) -> dict[str, Any]:
    return {
        "customer_id": some.ref("customers", system),
        "currency": some.chance.choice(("USD", "USD", "EUR")),
        "status": some.chance.choice(("signed", "active", "signed", "draft", "cancelled")),
        "signed_on": some.pick((BEGIN, some.day()), 0.9),
        "start_on": some.pick((some.day(),), 0.5),
        "end_on": some.pick((some.day(200),), 0.5),
        "number": some.pick(("N1", "N2")),
        "deal_id": some.pick(["D1", "D2", *some.ids("contracts")], 0.4),
    }


def _line(some: Records, system: str) -> dict[str, Any]:
    return {
        "contract_id": some.ref("contracts", system),
        "amount": Decimal(some.chance.choice((1000, 1000, 1050, 700))),
        "currency": "USD",
        "start_on": some.pick((BEGIN, some.day())),
        "end_on": some.pick((some.day(200),)),
        "recognition": some.pick(("usage", "point_in_time"), 0.3),
    }


def _invoice(some: Records, system: str) -> dict[str, Any]:
    return {
        "customer_id": some.ref("customers", system),
        "issued_on": some.day(),
        "due_on": some.pick((some.day(30),)),
        "currency": "USD",
        "status": some.chance.choice(("open", "open", "paid", "draft")),
        "contract_id": some.ref("contracts", system, 0.6),
        "number": some.pick(["INV-1", "inv-1", "INV-2", *some.ids("invoices")], 0.8),
    }


def _amendment(some: Records, system: str) -> dict[str, Any]:
    return {
        "contract_id": some.ref("contracts", system),
        "signed_on": some.day(),
        "effective_on": some.day(),
        "currency": "USD",
        "kind": some.chance.choice(("add_line", "change_line", "remove_line", "extend", "renew", "terminate")),
        "line_id": some.ref("contract_lines", system, 0.7),
        "new_line_id": some.chance.choice(
            ["n1", "n2", "n3", "n4", f"n{system}1", f"n{system}2", *some.ids("contract_lines")]
        ),
        "amount": Decimal(some.chance.choice((1000, 500))),
        "start_on": some.pick((some.day(),)),
        "end_on": some.pick((some.day(300),)),
    }


def _estimate(some: Records, system: str) -> dict[str, Any]:
    return {
        "contract_id": some.ref("contracts", system),
        "line_id": some.ref("contract_lines", system, 0.5),
        "on": some.day(),
        "amount": Decimal(5),
        "currency": "USD",
    }


def _delivery(some: Records, system: str) -> dict[str, Any]:
    return {
        "line_id": some.ref("contract_lines", system),
        "on": some.day(),
        "measure": "percent",
        "value": Decimal("0.4"),
    }


def _invoice_line(some: Records, system: str) -> dict[str, Any]:
    return {
        "invoice_id": some.ref("invoices", system),
        "line_id": some.ref("contract_lines", system, 0.7),
        "currency": "USD",
        "amount": Decimal(some.chance.choice((100, 100, 50))),
        "tax": some.chance.choice(("", Decimal(7))),
    }


def _credit(some: Records, system: str) -> dict[str, Any]:
    return {
        "customer_id": some.ref("customers", system),
        "invoice_id": some.ref("invoices", system, 0.8),
        "issued_on": some.day(),
        "line_id": some.ref("contract_lines", system, 0.5),
        "amount": Decimal(5),
        "currency": "USD",
        "reason": "billing_correction",
    }


def _payment(some: Records, system: str) -> dict[str, Any]:
    return {
        "customer_id": some.ref("customers", system),
        "invoice_id": some.ref("invoices", system, 0.8),
        "received_on": some.day(),
        "amount": Decimal(40),
        "currency": "USD",
        "kind": some.chance.choice(("payment", "payment", "refund")),
    }


MAKE: dict[str, Callable[[Records, str], dict[str, Any]]] = {
    "customers": _customer, "contracts": _contract, "contract_lines": _line, "invoices": _invoice, "amendments": _amendment,
    "estimates": _estimate, "deliveries": _delivery, "invoice_lines": _invoice_line, "credit_notes": _credit, "payments": _payment,
}  # fmt: skip
