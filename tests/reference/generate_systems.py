"""Random companies that several systems tell of, with few different keys so that everything meets, and what a sync may bring.

Rows are plain records with their `source`, by table. References may point into another system, or at nothing.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from model.records import TABLES, record_id

Rows = dict[str, list[dict[str, Any]]]
SYSTEMS = ("crm", "billing", "books")
BEGIN = dt.date(2026, 1, 1)
QUIET = 5  # customers of both systems that nothing happens to
_NAMES = ("Acme Ltd", "ACME Limited", "Acme Robotics", "Borealis Inc", "Boréalis", "Zeta GmbH", "Müller & Søhne")
_KEYS = {"tax_id": ("DE 1", "de1", "FR2", "GB3"), "domain": ("acme.test", "www.Acme.test", "b.test", "c.test", "gmail.com"),
         "region": ("EMEA", "US"), "segment": ("A", "B")}  # fmt: skip
_IDS = {"customers": "c", "contracts": "k", "contract_lines": "l", "invoices": "i"}
_OWN = {"customers": "customer_id", "contracts": "contract_id", "contract_lines": "line_id", "invoices": "invoice_id"}


_BELONGS = (
    ("contracts", "customer_id", "customers"), ("contract_lines", "contract_id", "contracts"),
    ("amendments", "contract_id", "contracts"), ("estimates", "contract_id", "contracts"),
    ("deliveries", "line_id", "contract_lines"), ("invoices", "customer_id", "customers"),
    ("invoice_lines", "invoice_id", "invoices"), ("credit_notes", "customer_id", "customers"), ("payments", "customer_id", "customers"),
)  # fmt: skip


class Company:
    """A company on the way through its syncs: `rows` as its systems tell them now."""

    def __init__(self, chance: random.Random, size: int = 5) -> None:
        self.chance, self.size = chance, size
        self.rows: Rows = {name: [] for name in TABLES}
        self._quiet()
        for table in ("customers", "contracts", "contract_lines", "invoices", *_MAKE):
            for system in SYSTEMS:
                for _ in range(chance.randint(1, size) if table in _OWN or chance.random() < 0.7 else 0):
                    self.add(table, system)
        self._whole()

    def one_sync(self) -> None:
        """Some records come, go, or are told otherwise."""
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            table = self.chance.choice(("customers", "contracts", "contract_lines", "invoices", *_OWN, *_MAKE))
            mine = [row for row in self.rows[table] if not row["source"].startswith("_") and not row.get("quiet")]
            what = self.chance.random()
            if what < 0.3 or not mine:
                self.add(table, self.chance.choice(SYSTEMS))
            elif what < 0.45:
                self.rows[table].remove(self.chance.choice(mine))
            else:
                self._otherwise(table, self.chance.choice(mine))
        self._whole()

    def add(self, table: str, system: str) -> None:
        """A new record, unless its system has one of that id."""
        row = {"source": system, **(self._keyed(table, system) if table in _OWN else self._other(table, system))}
        known = {(each["source"], record_id(TABLES[table], each)) for each in self.rows[table]}
        if (system, record_id(TABLES[table], row)) not in known:
            self.rows[table].append(row)

    def _whole(self) -> None:
        """Leaves out what belongs to a record that is not there, as a sync would set it aside."""
        for table, column, owner in _BELONGS:
            known = {row[_OWN[owner]] for row in self.rows[owner]}
            self.rows[table] = [row for row in self.rows[table] if row[column] in known]

    def _quiet(self) -> None:
        for n in range(QUIET):
            for system in SYSTEMS[:2]:
                own, head = f"{system[0]}q{n}", {"source": system, "quiet": True}
                self.rows["customers"].append(
                    {**head, "customer_id": own, "name": f"Quiet {n}", "domain": f"q{n}.test"}
                )
                self.rows["contracts"].append({**head, "contract_id": f"{own}K", "customer_id": own, "status": "signed",
                                               "currency": "USD", "signed_on": BEGIN, "start_on": BEGIN})  # fmt: skip
                self.rows["contract_lines"].append({**head, "line_id": f"{own}L", "contract_id": f"{own}K", "currency": "USD",
                                                    "amount": Decimal(1200 + n), "start_on": BEGIN, "end_on": self._day(300)})  # fmt: skip

    def _otherwise(self, table: str, row: dict[str, Any]) -> None:
        """The record with one or two columns as another record of its kind might have them."""
        system = row["source"]
        new = self._keyed(table, system) if table in _OWN else self._other(table, system)
        columns = [name for name in new if name not in TABLES[table].key]
        at = self.rows[table].index(row)
        changed = {
            name: new[name] for name in self.chance.sample(columns, min(len(columns), self.chance.choice((1, 2))))
        }
        self.rows[table][at] = {**row, **changed}

    def _keyed(self, table: str, system: str) -> dict[str, Any]:
        chance, pick = self.chance, self._pick
        own = (
            f"{chance.randint(1, self.size)}"
            if chance.random() < 0.3
            else f"{_IDS[table]}{system[0]}{chance.randint(1, self.size)}"
        )
        if table == "customers":
            shared = pick(
                [*self._ids("customers"), f"{chance.choice(SYSTEMS)}:{chance.choice(['1', 'cc1', 'cb2'])}", "X-9"], 0.35
            )
            return {
                "customer_id": own,
                "name": chance.choice(_NAMES),
                "shared_id": shared,
                **{name: pick(values, 0.35) for name, values in _KEYS.items()},
            }
        if table == "contracts":
            return {
                "contract_id": own,
                "customer_id": self._ref("customers", system),
                "currency": chance.choice(("USD", "USD", "EUR")),
                "status": chance.choice(("signed", "active", "signed", "draft", "cancelled")),
                "signed_on": pick((BEGIN, self._day()), 0.9),
                "start_on": pick((self._day(),), 0.5),
                "end_on": pick((self._day(200),), 0.5),
                "number": pick(("N1", "N2")),
                "deal_id": pick(["D1", "D2", *self._ids("contracts")], 0.4),
            }
        if table == "contract_lines":
            return {
                "line_id": own,
                "contract_id": self._ref("contracts", system),
                "amount": Decimal(chance.choice((1000, 1000, 1050, 700))),
                "currency": "USD",
                "start_on": pick((BEGIN, self._day())),
                "end_on": pick((self._day(200),)),
                "recognition": pick(("usage", "point_in_time"), 0.3),
            }
        return {
            "invoice_id": own,
            "customer_id": self._ref("customers", system),
            "issued_on": self._day(),
            "due_on": pick((self._day(30),)),
            "currency": "USD",
            "status": chance.choice(("open", "open", "paid", "draft")),
            "contract_id": self._ref("contracts", system, 0.6),
            "number": pick(["INV-1", "inv-1", "INV-2", *self._ids("invoices")], 0.8),
        }

    def _other(self, table: str, system: str) -> dict[str, Any]:
        row = dict(_MAKE[table](self, system))
        own = {
            "amendments": "amendment_id",
            "estimates": "estimate_id",
            "deliveries": "delivery_id",
            "invoice_lines": "invoice_line_id",
            "credit_notes": "credit_note_id",
            "payments": "payment_id",
        }.get(table)
        return {own: f"{table[:2]}{system[0]}{self.chance.randint(1, 4 * self.size)}", **row} if own else row

    def _ids(self, table: str) -> list[str]:
        return [row[_OWN[table]] for row in self.rows[table] if not row.get("quiet")]

    def _ref(self, table: str, system: str, share: float = 1.0) -> str:
        """An id of the system's own records, seldom of another's or of nothing."""
        if self.chance.random() > share:
            return ""
        mine = [row[_OWN[table]] for row in self.rows[table] if row["source"] == system and not row.get("quiet")]
        return (
            self.chance.choice(mine or ["1"])
            if self.chance.random() < 0.97
            else self.chance.choice([*self._ids(table), "none"])
        )

    def _pick(self, values: Any, share: float = 0.5) -> Any:
        return self.chance.choice(list(values)) if self.chance.random() < share else ""

    def _day(self, least: int = 0) -> dt.date:
        return BEGIN + dt.timedelta(self.chance.randint(least, least + 120))


_MAKE: dict[str, Any] = {
    "amendments": lambda c, s: {
        "contract_id": c._ref("contracts", s),
        "signed_on": c._day(),
        "effective_on": c._day(),
        "currency": "USD",
        "kind": c.chance.choice(("add_line", "change_line", "remove_line", "extend", "renew", "terminate")),
        "line_id": c._ref("contract_lines", s, 0.7),
        "new_line_id": c.chance.choice(["n1", "n2", "n3", "n4", f"n{s}1", f"n{s}2", *c._ids("contract_lines")]),
        "amount": Decimal(c.chance.choice((1000, 500))),
        "start_on": c._pick((c._day(),)),
        "end_on": c._pick((c._day(300),)),
    },
    "estimates": lambda c, s: {
        "contract_id": c._ref("contracts", s),
        "line_id": c._ref("contract_lines", s, 0.5),
        "on": c._day(),
        "amount": Decimal(5),
        "currency": "USD",
    },
    "deliveries": lambda c, s: {
        "line_id": c._ref("contract_lines", s),
        "on": c._day(),
        "measure": "percent",
        "value": Decimal("0.4"),
    },
    "invoice_lines": lambda c, s: {
        "invoice_id": c._ref("invoices", s),
        "line_id": c._ref("contract_lines", s, 0.7),
        "currency": "USD",
        "amount": Decimal(c.chance.choice((100, 100, 50))),
        "tax": c.chance.choice(("", Decimal(7))),
    },
    "credit_notes": lambda c, s: {
        "customer_id": c._ref("customers", s),
        "invoice_id": c._ref("invoices", s, 0.8),
        "issued_on": c._day(),
        "line_id": c._ref("contract_lines", s, 0.5),
        "amount": Decimal(5),
        "currency": "USD",
        "reason": "billing_correction",
    },
    "payments": lambda c, s: {
        "customer_id": c._ref("customers", s),
        "invoice_id": c._ref("invoices", s, 0.8),
        "received_on": c._day(),
        "amount": Decimal(40),
        "currency": "USD",
        "kind": c.chance.choice(("payment", "payment", "refund")),
    },
}
