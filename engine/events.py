"""What happens to contracts after they are signed, in one list: amendments, estimates, credits, cancellations.

Each event has the day it is signed (commitment changes) and the day from which it counts in the books: the later of its
signature and its effective day. Amended totals become differences in the order of signature, so that amendments that
take effect out of order still end at the total that was last signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.kinds import AMENDMENT, BOOKING, CANCELLATION, ESTIMATED
from engine.parties import Parties
from engine.promises import Promises
from model.frames import Facts
from model.records import NO_AMOUNT, NO_DAY

# What an event does. The order is that of events within a day.
POOL, CHANGE, REMOVE, TERMINATE, REPRICE, PRICE, DEFER = range(7)
AS_STATED, PROSPECTIVELY, CATCHING_UP = range(3)


@dataclass
class Events:
    """A row an event, sorted by contract and the order in which they count.

    `line`: the obligation, -1 for the whole contract; `delta`: minor units; `total`: the stated new total where the
    difference depends on what an earlier removal left (else NO_AMOUNT); `credit_cancels`: the credit settles scope that
    was already removed before it lowers the price; `promised`: the day on which the variable amount was first promised;
    `turn`: the place of an amendment in the order of signature.
    """

    contract: IntArray
    kind: IntArray
    line: IntArray
    signed: IntArray
    effective: IntArray
    since: IntArray
    delta: IntArray
    total: IntArray
    start: IntArray
    end: IntArray
    quantity: IntArray
    cost: IntArray
    treatment: IntArray
    movement: IntArray
    cancels: IntArray
    promised: IntArray
    turn: IntArray
    cause: IntArray
    raw_id: IntArray

    def __len__(self) -> int:
        return self.contract.size

    def take(self, rows: slice | IntArray) -> Events:
        """Those events (a slice: without a copy)."""
        return Events(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass
class Causes:
    """What brought a version or an entry about, by number: words a person reads, such as "amendment A-7"."""

    texts: list[str] = field(default_factory=lambda: ["contract"])

    def add(self, words: Sequence[str]) -> IntArray:
        """Numbers for those words."""
        first = len(self.texts)
        self.texts.extend(words)
        return np.arange(first, first + len(words), dtype=np.int64)


_LAST = 2**40  # after every amendment: whatever was signed that day comes first
_DEFAULTS: Mapping[str, int] = {
    "line": -1, "delta": 0, "total": NO_AMOUNT, "start": NO_DAY, "end": NO_DAY, "quantity": NO_AMOUNT, "cost": NO_AMOUNT, "treatment": 0,
    "cancels": 0, "promised": _LAST, "movement": AMENDMENT, "turn": 2**40,
}  # fmt: skip


def table(**columns: Any) -> pd.DataFrame:
    """A block of events; columns left out take their neutral value. `order` breaks ties within a day."""
    count = len(columns["contract"])
    given = {**{name: np.full(count, value) for name, value in _DEFAULTS.items()}, **columns}
    return pd.DataFrame(
        {name: np.broadcast_to(values, count).astype(np.int64, copy=False) for name, values in given.items()},
        copy=False,
    )


@cache
def nothing() -> pd.DataFrame:
    """A block without an event, one for all."""
    return table(contract=[], kind=[], signed=[], effective=[], raw_id=[], cause=[], order=[])


def ordered(blocks: Sequence[pd.DataFrame], who: Parties, promises: Promises) -> Events:
    """All events of committed contracts in the order in which they count: contract, day, kind, effective, signed, id."""
    blocks = [block for block in blocks if len(block)] or [nothing()]
    at = {name: np.concatenate([block[name].to_numpy(np.int64) for block in blocks]) for name in blocks[0]}
    kept = pick(who.committed, at["contract"], False)
    at = {name: values[kept] for name, values in at.items()}
    # Nothing of a promise counts before its contract is signed and the promise itself is booked and in force.
    booked, begun = (pick(days, at["line"], NO_DAY) for days in (promises.booked, promises.since))
    at["signed"] = np.maximum(np.maximum(at["signed"], pick(who.signed, at["contract"], NO_DAY)), booked)
    at["since"] = np.maximum(np.maximum(at["signed"], at["effective"]), begun)
    # What changes a line that is not in force yet waits for it, and comes after it.
    at["counts"] = np.where(at["kind"] == POOL, at["effective"], np.maximum(at["effective"], begun))
    # Changes to one contract on one day: what it was signed with, then amendments, estimates and credits.
    price, movement = at["kind"] >= PRICE, at["movement"]
    at["rank"] = np.select([~price, movement == BOOKING, movement == ESTIMATED], [1, 0, 2], 3)
    order = np.lexsort([at[name] for name in ("order", "signed", "counts", "rank", "since", "contract")])
    return Events(**{name: at[name][order] for name in Events.__dataclass_fields__})


def estimates(facts: Facts, who: Parties, promises: Promises, causes: Causes) -> tuple[pd.DataFrame, IntArray]:
    """Changes of the constrained estimate of variable consideration (606-10-32-5 to -14, -42 to -45).

    Returns the events, and for each contract the estimate for the whole of it that held when it was signed, which is
    part of the price allocated at inception.
    """
    rows = facts["estimates"]
    at_inception = np.zeros(len(who.contracts), np.int64)
    if rows.empty:
        return nothing(), at_inception
    contract = who.contract_index(rows["contract_id"].to_numpy(object))
    line = promises.of(rows["line_id"].to_numpy(object), contract)
    rows = rows.assign(contract=contract, line=line, place=np.arange(len(rows)))
    rows = rows[(contract >= 0) & ((rows["line"] >= 0) | (rows["line_id"] == ""))]
    rows = rows.sort_values(["contract", "line", "on", "place"], ignore_index=True)
    before = rows.groupby(["contract", "line"])["amount_minor"].shift(fill_value=0)
    rows = rows.assign(
        delta=rows["amount_minor"] - before, cause=causes.add([f"estimate {e}" for e in rows["estimate_id"]])
    )
    signed = who.signed[rows["contract"].to_numpy(np.int64)]
    early = ((rows["on"] <= signed) & (rows["line"] < 0)).to_numpy()
    np.add.at(at_inception, rows["contract"].to_numpy(np.int64)[early], rows["delta"].to_numpy(np.int64)[early])
    rows = rows[~early]
    # What is promised for a whole contract was from the start, whenever it is first estimated.
    promised = np.where(rows["line"] < 0, NO_DAY, rows.groupby(["contract", "line"])["on"].transform("min"))
    first = (rows["on"] <= who.signed[rows["contract"].to_numpy(np.int64)]).to_numpy()
    block = table(contract=rows["contract"], kind=np.full(len(rows), PRICE), line=rows["line"], signed=rows["on"], promised=promised,
                  effective=rows["on"], delta=rows["delta"], movement=np.where(first, BOOKING, ESTIMATED),
                  cause=rows["cause"], raw_id=rows["raw_id"], order=rows["place"])  # fmt: skip
    return block, at_inception


def cancelled(who: Parties, facts: Facts, causes: Causes) -> pd.DataFrame:
    """Contracts whose status says cancelled without an amendment that ends them: what is undelivered leaves then."""
    contracts = who.contracts
    if not (contracts["status"] == "cancelled").any():
        return nothing()
    ended = facts["amendments"].loc[facts["amendments"]["kind"] == "terminate", "contract_id"]
    gone = contracts[(contracts["status"] == "cancelled") & ~contracts["contract_id"].isin(ended)]
    gone = gone[gone["cancelled_on"] != NO_DAY]
    return table(contract=gone.index.to_numpy(np.int64), kind=np.full(len(gone), TERMINATE), signed=gone["cancelled_on"],
                 effective=gone["cancelled_on"], movement=np.full(len(gone), CANCELLATION), raw_id=gone["raw_id"],
                 cause=causes.add([f"status of {c}" for c in gone["contract_id"]]), order=_LAST)  # fmt: skip
