"""The books while they are written: what each promise is worth so far, and what moved it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray, pick
from engine.grouped import running, starts
from engine.held import Held
from engine.methods import LINE, MANUAL, USAGE
from engine.progress import key_of
from engine.versions import Versions
from model.records import NO_DAY


@dataclass
class Entries:
    """Movements of commitment: `amount` minor units on `day` for `obligation`, named by `movement`."""

    obligation: list[IntArray] = field(default_factory=list)
    day: list[IntArray] = field(default_factory=list)
    amount: list[IntArray] = field(default_factory=list)
    movement: list[IntArray] = field(default_factory=list)
    cause: list[IntArray] = field(default_factory=list)
    raw_id: list[IntArray] = field(default_factory=list)

    def add(self, obligation: IntArray, day: IntArray, amount: IntArray, movement: IntArray | int, cause: IntArray,
            raw_id: IntArray) -> None:  # fmt: skip
        """Keeps the movements that are not zero."""
        rows = np.flatnonzero(amount)
        for name, values in (("obligation", obligation), ("day", day), ("amount", amount), ("movement", movement),
                             ("cause", cause), ("raw_id", raw_id)):  # fmt: skip
            given = np.broadcast_to(values, amount.shape)
            getattr(self, name).append(
                (given if rows.size == amount.size else given[rows]).astype(np.int64, copy=False)
            )

    def to_date(self, obligation: IntArray, day: IntArray) -> IntArray:
        """What was committed to each obligation by the end of each day."""
        asked = np.zeros(int(max(part.max(initial=-1) for part in (obligation, *self.obligation))) + 1, bool)
        asked[obligation] = True
        mine = [np.flatnonzero(asked[part]) for part in self.obligation]
        moved, on, amount = (
            np.concatenate([np.zeros(0, np.int64), *(part[rows] for part, rows in zip(column, mine, strict=True))])
            for column in (self.obligation, self.day, self.amount)
        )
        order = np.lexsort((on, moved))
        moved, on, total = moved[order], on[order], running(amount[order], moved[order])
        place = np.searchsorted(key_of(moved, on), key_of(obligation, day), "right") - 1
        return np.where(pick(moved, place, -1) == obligation, pick(total, place, 0), 0)

    def columns(self) -> dict[str, IntArray]:
        """All movements as columns."""
        names = ("obligation", "day", "amount", "movement", "cause", "raw_id")
        return {name: self._column(name) for name in names}

    def _column(self, name: str) -> IntArray:
        return np.concatenate([np.zeros(0, np.int64), *getattr(self, name)])


@dataclass
class Books:
    """What changes as events are taken: the versions, the commitment, and what each obligation is worth now.

    `worth`: allocated price (minor units); `weight`: how later changes of price are spread, as far as the promise was kept
    (`kept` ÷ `kept_of`, of what it was worth when it was removed), and `past`, by the same measure, for what had been delivered
    of it before what remained was shared anew; `shared`: what of each contract's price was spread by weight so far;
    `removed`: scope taken out,
    signed first on `removed_on`; `ended`, `ended_turn`: the day and the turn in which the last removal was signed;
    `settling`: scope whose removal, signed on `settles_from` or before, no credit note has put on paper yet; `discount`:
    the amount of a discount line; `apart`: contracts of their own (25-12); `held`: what was billed or paid; `freed`: what
    credits of the day `freed_on` took of it, by contract; `notes`: what of a price is variable; `of`: the obligations of a
    contract, as slices of `members`.
    """

    versions: Versions
    entries: Entries
    worth: IntArray
    weight: IntArray
    past: IntArray
    shared: IntArray
    kept: IntArray
    kept_of: IntArray
    removed: IntArray
    removed_on: IntArray
    ended: IntArray
    ended_turn: IntArray
    settling: IntArray
    settles_from: IntArray
    discount: IntArray
    apart: BoolArray
    held: Held
    freed: IntArray
    freed_on: IntArray
    notes: Entries
    members: IntArray
    offsets: IntArray

    @classmethod
    def begin(cls, versions: Versions, entries: Entries, worth: IntArray, weight: IntArray, shared: IntArray, apart: BoolArray,
              held: Held, members: IntArray, offsets: IntArray) -> Books:  # fmt: skip
        """Books in which nothing has happened yet."""
        none, promises = np.zeros(worth.size, np.int64), versions.progress.promises
        free = np.zeros(offsets.size - 1, np.int64)
        discount = np.where(promises.discount & (promises.kind == LINE), promises.stated, 0)
        return cls(versions, entries, worth, weight, np.zeros_like(weight), shared, none + 1, none + 1, none.copy(), none + NO_DAY,
                   none + NO_DAY, none - 1, none.copy(), none + NO_DAY, discount, apart, held, free, free + NO_DAY, Entries(), members,
                   offsets)  # fmt: skip

    def of(self, contracts: IntArray, day: IntArray | None = None) -> tuple[IntArray, IntArray]:
        """The obligations of those contracts (in force by each day), and for each the position of its contract."""
        counts = self.offsets[contracts + 1] - self.offsets[contracts]
        which = np.repeat(np.arange(contracts.size), counts)
        place = np.arange(which.size) - np.repeat(np.r_[0, np.cumsum(counts)[:-1]], counts)
        lines = self.members[self.offsets[contracts][which] + place]
        live = self.versions.current[lines] >= 0
        if day is not None:
            live &= self.versions.progress.promises.since[lines] <= day[which]
        return lines[live], which[live]

    def shares(self, lines: IntArray, which: IntArray) -> Any:
        """How a change of the price of all is spread, in whole numbers: what was delivered before a sharing anew, and what of
        the rest remains; of what was removed only what was delivered counts.

        `lines`: those of each contract (`which`), adjacent.
        """
        past, weight, kept, of = self.past[lines], self.weight[lines], self.kept[lines], self.kept_of[lines]
        if (kept == of).all():
            return past, weight
        past, exact = past.astype(object), weight.astype(object)
        for low, high in itertools.pairwise([*starts(which).tolist(), lines.size]):
            whole = math.lcm(*of[low:high].tolist())
            past[low:high] *= whole
            exact[low:high] *= [
                p * whole // q for p, q in zip(kept[low:high].tolist(), of[low:high].tolist(), strict=True)
            ]
        return past, exact

    def weigh(self, lines: IntArray, past: Any, weight: Any) -> None:
        """States both anew, in whole numbers of any size."""
        if self.weight.dtype != object and max([0, *past, *weight]) >= 2**62:
            self.past, self.weight = self.past.astype(object), self.weight.astype(object)
        self.past[lines], self.weight[lines] = past, weight

    def by_amount(self, lines: IntArray) -> BoolArray:
        """Whether promises are earned by amounts, used or scheduled, instead of by a share of their price."""
        return np.isin(self.versions.progress.promises.method[lines], (USAGE, MANUAL))

    def owed(self, lines: IntArray, day: IntArray) -> IntArray:
        """What promises are worth, counting use beyond a minimum by the end of each day."""
        usage = np.flatnonzero(self.versions.progress.promises.method[lines] == USAGE)
        worth = self.worth[lines]
        used = self.versions.progress.proof.at(lines[usage], day[usage])
        worth[usage] = np.maximum(worth[usage], used - self.versions.conceded[self.versions.current[lines[usage]]])
        return worth

    def deferred(self, contract: IntArray, day: IntArray) -> IntArray:
        """What a credit of each day finds deferred in its contract (45-2): all that is billed or paid by then, less what
        earlier credits of the day took and what was earned by the eve, as the terms stand now.
        """
        lines, which = self.of(contract)
        earned = np.where(self.freed_on[contract] == day, self.freed[contract], 0)
        np.add.at(earned, which, self.versions.recognized(self.versions.current[lines], day[which] - 1))
        return np.maximum(self.held.at(contract, day) - earned, 0)

    def free(self, contract: IntArray, day: IntArray, amount: IntArray) -> None:
        """Notes that a credit of each day took so much of what its contract holds."""
        before = np.where(self.freed_on[contract] == day, self.freed[contract], 0)
        self.freed[contract], self.freed_on[contract] = before + amount, day
