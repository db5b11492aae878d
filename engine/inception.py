"""Contracts as they were signed, and the additions that are contracts of their own (ASC 606-10-25-1, 25-12, 32-28)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import kinds
from engine.allocate import allocate
from engine.arithmetic import BoolArray, IntArray
from engine.books import Books, Entries
from engine.exceptions import Findings
from engine.grouped import edges, spread, starts
from engine.held import Held
from engine.methods import ADDED, FEE, LINE
from engine.parties import Parties
from engine.promises import Promises
from engine.versions import INCEPTION, SEPARATE, Versions
from model.frames import Facts
from model.records import NO_AMOUNT


@dataclass(frozen=True)
class Signed:
    """How promises begin, a row each; `variable` a row a contract.

    `within`: signed with its contract; `alone`: added as a contract of its own (one that is neither comes by an event);
    `movement`: what its booking is called in the roll-forward; `variable`: the estimate for a whole contract that held when
    it was signed.
    """

    within: BoolArray
    alone: BoolArray
    movement: IntArray
    variable: IntArray

    @classmethod
    def of(cls, facts: Facts, who: Parties, what: Promises, variable: IntArray, pooled: IntArray) -> Signed:
        """`pooled`: promises that an event adds to what remains of their contract."""
        committed = who.committed[what.contract]
        joins = np.zeros(len(what), bool)
        joins[pooled] = True
        alone = committed & ((what.kind == ADDED) | (what.kind == FEE)) & (what.stated != NO_AMOUNT)
        renewed = np.zeros(len(what) + 1, bool)  # an unknown line is the last place
        amended = facts["amendments"]
        renewed[what.index(amended.loc[amended["kind"] == "renew", "new_line_id"].to_numpy(object))] = True
        added = np.where(renewed[:-1], kinds.RENEWAL, kinds.ADDITION)
        movement = np.select([what.kind == LINE, what.kind == FEE], [kinds.BOOKING, kinds.AMENDMENT], added)
        return cls(committed & (what.kind == LINE), alone & ~joins & ~what.discount, movement, variable)

    def some(self, lines: slice, contracts: slice) -> Signed:
        """The same of some contracts and their promises."""
        return Signed(self.within[lines], self.alone[lines], self.movement[lines], self.variable[contracts])


def begin(signed: Signed, versions: Versions, held: Held, findings: Findings) -> Books:
    """The books of the day of signature: prices allocated, every promise booked."""
    what = versions.progress.promises
    rows, alone = np.flatnonzero(signed.within), np.flatnonzero(signed.alone)
    mine = what.contract[rows][starts(what.contract[rows])]
    variable = signed.variable[mine]
    allocation = allocate(what, rows, variable)
    findings.impossible(rows[allocation.impossible])
    worth, weight = np.zeros(len(what), np.int64), np.zeros(len(what), allocation.weight.dtype)
    worth[rows], weight[rows] = allocation.price, allocation.weight
    shared = np.zeros(signed.variable.size, np.int64)
    shared[mine] = allocation.shared
    versions.inception(rows, what.since[rows], worth[rows], INCEPTION, 0)
    worth[alone] = what.stated[alone]  # and no weight: a change of the contract's price is none of theirs (32-43)
    versions.inception(alone, what.since[alone], worth[alone], SEPARATE, 0)
    entries, begun = Entries(), np.r_[rows, alone]
    nothing = np.zeros(begun.size, np.int64)
    entries.add(begun, what.booked[begun], worth[begun], signed.movement[begun], nothing, what.raw_id[begun])
    books = Books.begin(versions, entries, worth, weight, shared, signed.alone, held, np.arange(len(what)),
                        edges(what.contract, signed.variable.size))  # fmt: skip
    if variable.any():
        expected = spread(variable, allocation.weight, what.contract[rows])
        books.notes.add(rows, what.booked[rows], expected, kinds.VARIABLE, nothing[: rows.size], what.raw_id[rows])
    return books
