"""How firm the backlog is: what cannot be cancelled, what is billed already, what is past its planned end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import IntArray
from engine.balances import Measure
from engine.figures import Scope, contracts_of
from engine.kinds import COMMITMENT
from engine.ledger import Ledger
from engine.methods import UNALLOCATED
from engine.planned import enforceable
from engine.slices import Slice
from model.periods import day_number
from model.records import NO_DAY


@dataclass(frozen=True)
class Firmness:
    """A row a contract, minor units of its own currency: `backlog`, and what of it is `firm` (a notice given on the day
    could not undo it, 606-10-25-3), `billed` (invoiced and not yet earned) and `overdue` (past its planned end, undelivered).
    """

    contracts: IntArray
    backlog: IntArray
    firm: IntArray
    billed: IntArray
    overdue: IntArray


def firmness(ledger: Ledger, scope: Scope, date: dt.date) -> Firmness:
    """The backlog of a scope at the end of a day. No part exceeds the backlog of its contract."""
    contracts, days = contracts_of(ledger, scope), np.array([day_number(date)])
    part = Slice.make(ledger, contracts, scope.products)
    backlog = Measure("backlog").figures(part, days)[:, 0]
    within = np.maximum(backlog, 0)
    firm = np.clip(enforceable(part, days)[:, 0], 0, within)
    billed = np.clip(Measure("deferred", basis="billed").figures(part, days)[:, 0], 0, within)
    return Firmness(contracts, backlog, firm, billed, np.minimum(_overdue(part, days), within))


def _overdue(part: Slice, days: IntArray) -> IntArray:
    """What is undelivered of promises whose planned end has passed, a row a contract."""
    table = part.ledger.obligations
    end, kind = (np.asarray(table[name])[part.obligations] for name in ("agreed_end_on", "kind"))
    late = (end != NO_DAY) & (end < days[0]) & (kind != UNALLOCATED)
    obligations, of = part.obligations[late], part.of[late]
    each = Slice(part.ledger, part.contracts[of], obligations, np.arange(obligations.size))
    left = (each.entries(COMMITMENT, days) - each.recognized(days))[:, 0]
    out = np.zeros(part.contracts.size, np.int64)
    np.add.at(out, of, np.maximum(left, 0))
    return out
