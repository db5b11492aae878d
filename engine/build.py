"""From facts to the ledger: allocation, recognition, modification and billing, in the order the standard has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from engine import events as happenings
from engine import kinds, renewals
from engine.agreed import agreed
from engine.allocate import allocate
from engine.amended import amendments
from engine.apart import apart
from engine.arithmetic import IntArray, edges, spread, starts
from engine.assemble import KEPT, assemble
from engine.books import Books, Entries
from engine.causes import in_order as in_order_of_contracts
from engine.closing import Closed, carry
from engine.copies import Start
from engine.examine import examine
from engine.exceptions import Findings
from engine.held import Held
from engine.ids import in_order, taken
from engine.ledger import Ledger
from engine.methods import ADDED, FEE, LINE
from engine.modify import apply
from engine.notice import by_notice
from engine.progress import Progress
from engine.promises import Parties, Promises, decimals, parties, promises
from engine.proof import prove
from engine.quality import inspect
from engine.receivables import Receivables
from engine.schedule import segments
from engine.settling import credited, expect_credits
from engine.usage import overage
from engine.versions import INCEPTION, SEPARATE, Versions
from model.frames import Facts
from model.policy import Policy
from model.records import NO_AMOUNT


def build(facts: Facts, policy: Policy, *, version: str = "test", known_at: dt.datetime | None = None,
          reporting: str = "USD", aliases: Mapping[str, str] | None = None,
          closed: Closed | None = None) -> Ledger:  # fmt: skip
    """The ledger of all facts under a policy.

    `facts`: frames of model.frames with ids unique over all sources. `version`, `known_at`, `reporting`: kept with the
    ledger. `aliases`: former or other ids of customers. `closed`: the books of the last close, which hold to its last day.
    Holds: backlog = (contracted − billed) + deferred − unbilled, for every customer and day; contracted − recognized of
    an obligation is 0 once it is delivered.
    """
    facts = renewals.told(in_order(facts))
    who = parties(facts)
    told = apart(facts, who, policy)
    facts = facts if told is facts else in_order(told)
    scale = max(9, decimals(facts["contract_lines"]["quantity"].to_numpy(object), facts["amendments"]["quantity"].to_numpy(object),
                            facts["deliveries"]["value"].to_numpy(object)))  # fmt: skip
    what, refused = promises(facts, who, policy, min(scale, 12)), facts["amendments"].iloc[:0]
    if not what.distinct:
        again = taken(facts)
        refused = facts["amendments"][again]
        facts = {**facts, "amendments": facts["amendments"][~again].reset_index(drop=True)}
        what = promises(facts, who, policy, min(scale, 12))
    money = Receivables(facts, who, what)
    findings = Findings(who, what)
    findings.taken(refused)
    progress = Progress(what, prove(facts, who, what, money, min(scale, 12), findings), policy.progress_decimals)
    findings.undated(np.flatnonzero(what.undated & ~what.discount & who.committed[what.contract]))
    causes = happenings.Causes()
    versions = Versions(progress, len(what), policy.rounding, room=len(facts["amendments"]))
    estimated, at_inception = happenings.estimates(facts, who, what, causes)
    amended = amendments(facts, who, what, min(scale, 12), causes)
    held = Held.make(money, policy.deferred_basis)
    books = _inception(facts, versions, who, what, at_inception, amended, held, findings)
    credits = credited(money.credits, amended, policy, causes)
    gone = happenings.cancelled(who, facts, causes)
    happened, start = happenings.ordered([amended, estimated, credits, gone], who, what), Start.of(books)
    expect_credits(happened, start, books)
    apply(happened, books)
    findings.progressed(versions)
    findings.remainders(versions)
    schedule, known = segments(versions), agreed(happened, start, books)
    overage(books, progress)
    findings.ended(gone, versions)
    versions.keep(KEPT)
    moved = (books.entries, books.notes)
    del amended, happened, start, books, held  # the ledger needs their room
    ledger = assemble(who, what, versions, schedule, known, moved, money, causes, findings)
    examine(ledger.parts, findings)
    inspect(facts, who, what, findings)
    moment = known_at or dt.datetime.fromtimestamp(0, dt.UTC)
    tables = ledger.tables(facts, aliases or {})
    now = in_order_of_contracts(by_notice(Ledger(version, moment, policy, reporting, views=(), path=None, **tables)))
    return carry(closed, now) if closed else now


def _inception(facts: Facts, versions: Versions, who: Parties, what: Promises, extra: IntArray, amended: pd.DataFrame,
               held: Held, findings: Findings) -> Books:  # fmt: skip
    """Contracts as they were signed, and the additions that are contracts of their own."""
    committed = who.committed[what.contract]
    rows = np.flatnonzero(committed & (what.kind == LINE))
    rows = rows[np.argsort(what.contract[rows], kind="stable")]
    variable = extra[what.contract[rows][starts(what.contract[rows])]]
    allocation = allocate(what, rows, variable)
    findings.impossible(rows[allocation.impossible])
    worth, weight = np.zeros(len(what), np.int64), np.zeros(len(what), allocation.weight.dtype)
    worth[rows], weight[rows] = allocation.price, allocation.weight
    nothing = np.zeros(rows.size, np.int64)
    versions.inception(rows, what.since[rows], worth[rows], INCEPTION, 0)
    pooled = amended.loc[amended["kind"] == happenings.POOL, "line"].to_numpy(np.int64)
    alone = np.flatnonzero(committed & np.isin(what.kind, (ADDED, FEE)) & (what.stated != NO_AMOUNT))
    alone = alone[~np.isin(alone, pooled) & ~what.discount[alone]]
    worth[alone] = what.stated[alone]  # and no weight: a change of the contract's price is none of theirs (32-43)
    versions.inception(alone, what.since[alone], worth[alone], SEPARATE, 0)
    entries = Entries()
    renewed = np.zeros(len(what) + 1, bool)
    renewed[
        what.index(facts["amendments"].loc[facts["amendments"]["kind"] == "renew", "new_line_id"].to_numpy(object))
    ] = True
    renewed = renewed[:-1]  # an unknown line is the last place
    movement = np.where(what.kind == LINE, kinds.BOOKING, np.where(renewed, kinds.RENEWAL, kinds.ADDITION))
    movement = np.where(what.kind == FEE, kinds.AMENDMENT, movement) if len(what) else np.zeros(0, np.int64)
    begun = np.r_[rows, alone]
    entries.add(
        begun, what.booked[begun], worth[begun], movement[begun], np.zeros(begun.size, np.int64), what.raw_id[begun]
    )
    order, offsets = np.argsort(what.contract, kind="stable"), edges(what.contract, len(who.contracts))
    apart = np.isin(np.arange(len(what)), alone)
    books = Books.begin(versions, entries, worth, weight, apart, held, order, offsets)
    if variable.any():
        expected = spread(variable, allocation.weight, what.contract[rows])
        books.notes.add(rows, what.booked[rows], expected, kinds.VARIABLE, nothing, what.raw_id[rows])
    return books
