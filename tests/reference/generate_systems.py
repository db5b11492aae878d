"""Random companies that several systems tell of, and what a sync may bring them: records that come, go or are told otherwise,
and what else happens to a company between two syncs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from generate_records import BEGIN, MAKE, OWN, SYSTEMS, Records

from model.records import TABLES, record_id
from model.settings_blocks import CUSTOMER_KEYS

QUIET = 5  # customers of both systems that nothing happens to
_BELONGS = (
    ("contracts", "customer_id", "customers"), ("contract_lines", "contract_id", "contracts"),
    ("amendments", "contract_id", "contracts"), ("estimates", "contract_id", "contracts"),
    ("deliveries", "line_id", "contract_lines"), ("invoices", "customer_id", "customers"),
    ("invoice_lines", "invoice_id", "invoices"), ("credit_notes", "customer_id", "customers"), ("payments", "customer_id", "customers"),
)  # fmt: skip


@dataclass(frozen=True)
class Merged:
    """A system has merged a record of a table into another, or into one that it does not tell of."""

    source: str
    table: str
    old: str
    new: str


@dataclass(frozen=True)
class Decided:
    """A person's word on two records, each "source:id": same, apart, or undone."""

    kind: str
    left: str
    right: str
    word: str


@dataclass(frozen=True)
class Configured:
    """The block [matching] of the configuration from now on."""

    matching: str


@dataclass(frozen=True)
class Locked:
    """The next month is closed, or the last one that is closed is reopened."""

    closed: bool


Event = Merged | Decided | Configured | Locked


class Company(Records):
    """A company on the way through its syncs."""

    def __init__(self, chance: random.Random, size: int = 5) -> None:
        super().__init__(chance, size)
        self._heirs: dict[tuple[str, str], dict[str, str]] = {}
        self._quiet()
        for table in ("customers", "contracts", "contract_lines", "invoices", *MAKE):
            for system in SYSTEMS:
                for _ in range(chance.randint(1, size) if table in OWN or chance.random() < 0.7 else 0):
                    self._add(table, system)
        self._whole()

    def one_sync(self) -> None:
        """Some records come, go, or are told otherwise."""
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            table = self.chance.choice((*OWN, *OWN, *MAKE))
            mine, what = self.living(table), self.chance.random()
            if what < 0.3 or not mine:
                self._add(table, self.chance.choice(SYSTEMS))
            elif what < 0.45:
                self.rows[table].remove(self.chance.choice(mine))
            else:
                self._otherwise(table, self.chance.choice(mine))
        self._whole()

    def event(self) -> Event | None:
        """What else happens, if anything can."""
        return self.chance.choice((self._merged, self._decided, self._configured, self._locked))()

    def _merged(self) -> Merged | None:
        """One of a system's ids becomes another's: its record is gone, as a rule, and references follow or do not."""
        table, system = self.chance.choice(("customers", "customers", *OWN)), self.chance.choice(SYSTEMS)
        heirs = self._heirs.setdefault((system, table), {})
        ids = [own for own in self.ids(table, system) if own not in heirs and own not in heirs.values()]
        if not ids:
            return None
        old = self.chance.choice(ids)
        heirs[old] = new = self.chance.choice(
            [own for own in self.ids(table, system) if own not in heirs and own != old] or ["gone"]
        )
        if self.chance.random() < 0.9:
            self.rows[table] = [row for row in self.rows[table] if (row["source"], row[OWN[table]]) != (system, old)]
        if self.chance.random() < 0.5:
            for other, held in TABLES.items():
                for column in (each.name for each in held.columns if each.refers == table):
                    for row in self.living(other, system):
                        if row.get(column) == old:
                            row[column] = new
        self._whole()
        return Merged(system, table, old, new)

    def _decided(self) -> Decided | None:
        kind = self.chance.choice(("customers", "customers", "contracts", "invoices"))
        names = self._names(kind)
        if len(names) < 2:
            return None
        return Decided(kind, *self.chance.sample(names, 2), self.chance.choice(("same", "same", "apart", "undone")))

    def _configured(self) -> Configured:
        order = self.chance.sample(SYSTEMS, 3)
        keys = [key for key in CUSTOMER_KEYS if self.chance.random() < 0.8]
        text = (
            f"[matching]\nauthority = {order}\ncustomer_keys = {keys}\nsimilar_names = {self.chance.choice((0, 85))}\n"
        )
        for kind in ("customers", "contracts"):
            if len(names := self._names(kind)) > 1 and self.chance.random() < 0.7:
                one, other = self.chance.sample(names, 2)
                text += f'[matching.{kind}]\n"{one}" = "{other}"\n'
        return Configured(text)

    def _locked(self) -> Locked:
        return Locked(self.chance.random() < 0.7)

    def _names(self, kind: str) -> list[str]:
        return [f"{row['source']}:{row[OWN[kind]]}" for row in self.living(kind)]

    def _add(self, table: str, system: str) -> None:
        """A new record, unless its system has one of that id."""
        row = self.new(table, system)
        known = {(each["source"], record_id(TABLES[table], each)) for each in self.rows[table]}
        if (system, record_id(TABLES[table], row)) not in known:
            self.rows[table].append(row)

    def _otherwise(self, table: str, row: dict[str, Any]) -> None:
        """The record with one or two columns as another record of its kind might have them."""
        new = self.new(table, row["source"])
        columns = [name for name in new if name not in ("source", *TABLES[table].key)]
        changed = self.chance.sample(columns, min(len(columns), self.chance.choice((1, 2))))
        self.rows[table][self.rows[table].index(row)] = {**row, **{name: new[name] for name in changed}}

    def _whole(self) -> None:
        """Leaves out what belongs to a record that is not there, as a sync would set it aside."""
        for table, column, owner in _BELONGS:
            known = {row[OWN[owner]] for row in self.rows[owner]}
            self.rows[table] = [row for row in self.rows[table] if self._meant(row, column, owner) in known]

    def _meant(self, row: dict[str, Any], column: str, owner: str) -> str:
        """The id that a reference means at last: what was merged into another means that one."""
        heirs, own = self._heirs.get((row["source"], owner), {}), str(row[column])
        while own in heirs:
            own = heirs[own]
        return own

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
                                                    "amount": Decimal(1200 + n), "start_on": BEGIN, "end_on": self.day(300)})  # fmt: skip
