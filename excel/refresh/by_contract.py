"""What new facts brought to an answer, contract by contract: those that differ between two ledgers, each with its cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from engine.compare import ContractChange, causes, changed_contracts
from engine.ledger import Ledger
from excel.answers import Amounts, plain
from excel.catalogue import find
from excel.host import Host
from excel.refresh.asking import Asked
from excel.refresh.context import Answer
from excel.refresh.hosts import AsOf
from model.errors import Unanswerable

_MOST = 200_000
"""Figures asked for single contracts in one explanation; beyond them changes are told without their contracts."""


@dataclass
class ByContract:
    """The contracts that differ between two ledgers, asked on a day. `date1904`: the calendar of the workbook that asks."""

    before: Ledger
    after: Ledger
    host: Host
    today: dt.date
    date1904: bool
    _asked: int = 0

    @cached_property
    def changed(self) -> list[str]:
        """The contracts that differ, by id."""
        return [] if self.before is self.after else changed_contracts(self.before, self.after)

    @cached_property
    def causes(self) -> Mapping[str, ContractChange]:
        """What changed each of them."""
        return causes(self.before, self.after, self.changed)

    def parts(self, asked: Asked) -> dict[str, Decimal] | None:
        """By how much each contract changed an answer; None where it is not asked by contract, or too much is asked."""
        function = find(asked.name)
        names = [parameter.name for parameter in function.parameters]
        single = not any(isinstance(argument, list) for argument in asked.arguments)
        if function.returns != "money" or "contract" not in names or not single or not self.changed:
            return None
        padded = [*asked.arguments, *[None] * (len(names) - len(asked.arguments))]
        at, customer = names.index("contract"), padded[names.index("customer")]
        among = self._among(str(customer or ""), str(padded[at] or ""))
        self._asked += len(among)
        currency = self._currency(asked.name, padded)
        if self._asked > _MOST or currency is None:
            return None
        padded[names.index("currency")] = currency
        padded[at] = [[name] for name in among]
        before, after = (self._each(asked.name, padded, ledger) for ledger in (self.before, self.after))
        return {name: b - a for name, a, b in zip(among, before, after, strict=True) if a != b}

    def _among(self, customer: str, contract: str) -> list[str]:
        """The changed contracts of a selection, in either of the ledgers."""
        found: set[str] = set()
        for ledger in (self.before, self.after):
            with suppress(Unanswerable):  # of a customer that one of them does not know
                chosen = set(ledger.contract_slice(ledger.find_customers(customer)).tolist())
                if contract.strip() not in ("", "*"):
                    chosen &= set(ledger.find_contracts(contract).tolist())
                found |= {str(ledger.contracts["id"][position]) for position in chosen}
        return [name for name in self.changed if name in found]

    def _each(self, name: str, arguments: Sequence[Answer], ledger: Ledger) -> list[Decimal]:
        """An answer for each contract of a column; one that the ledger does not know is 0."""
        rows = self._amounts(name, arguments, ledger).rows()
        return [Decimal(0) if isinstance(row[0], Unanswerable) else Decimal(str(plain(row[0]))) for row in rows]

    def _currency(self, name: str, arguments: Sequence[Answer]) -> str | None:
        """The currency in which a call is answered on both ledgers; None where it is not the same."""
        found: set[str] = set()
        for ledger in (self.before, self.after):
            with suppress(Unanswerable):
                found |= {str(code) for code in self._amounts(name, arguments, ledger).currency.ravel() if code}
        return found.pop() if len(found) == 1 else None

    def _amounts(self, name: str, arguments: Sequence[Answer], ledger: Ledger) -> Amounts:
        """The answer of a function of money on one of the ledgers."""
        answer = find(name).answer(list(arguments), AsOf(self.host, self.today, ledger), date1904=self.date1904)
        assert isinstance(answer, Amounts)  # noqa: S101  only functions of money are asked
        return answer
