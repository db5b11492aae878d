"""What each contract was billed, or has paid, by any day: against it stands what is deferred (ASC 606-10-45-2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.arithmetic import IntArray, pick
from engine.grouped import running
from engine.kinds import BILLED, CASH, CASH_TAX, CREDITED, ON_ACCOUNT
from engine.progress import key_of
from engine.receivables import Receivables


@dataclass(frozen=True)
class Held:
    """Running totals by contract and day, sorted by both. `of`: the contract that each number asked for stands for.

    A credit that lowers a price counts from the day after its own: what it finds held is what is there before it.
    """

    contract: IntArray
    day: IntArray
    total: IntArray
    of: IntArray

    @classmethod
    def make(cls, money: Receivables, basis: str) -> Held:
        """From all documents; `basis` "billed" or "paid" (cash less the tax in it)."""
        entries, homes = money.entries, money.homes
        kinds = (BILLED, CREDITED) if basis == "billed" else (CASH, CASH_TAX, ON_ACCOUNT)
        rows = np.flatnonzero(np.isin(entries["kind"], kinds) & (entries["home"] < homes.under_customer))
        kind, raw_id = entries["kind"][rows], entries["raw_id"][rows]
        lowers = (kind == CREDITED) & np.isin(raw_id, money.credits["raw_id"].to_numpy(np.int64))
        day = entries["day"][rows] + lowers
        amount = np.where(kind == CASH_TAX, -1, 1) * entries["amount"][rows]
        contract = homes.contract(entries["home"][rows])
        order = np.lexsort((day, contract))
        contract, day, amount = contract[order], day[order], amount[order]
        return cls(contract, day, running(amount, contract), np.arange(len(homes.who.contracts)))

    def copied(self, contract: IntArray) -> Held:
        """The same asked by the numbers of copies of those contracts."""
        return replace(self, of=self.of[contract])

    def at(self, number: IntArray, day: IntArray) -> IntArray:
        """What was held for each at the end of each day, before its own credits that lower a price, in minor units."""
        contract = self.of[number]
        place = np.searchsorted(key_of(self.contract, self.day), key_of(contract, day), "right") - 1
        return np.where(pick(self.contract, place, -1) == contract, pick(self.total, place, 0), 0)
