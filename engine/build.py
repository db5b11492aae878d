"""From facts to the ledger: allocation, recognition, modification and billing, in the order the standard has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from engine import events as happenings
from engine.allocate import allocate
from engine.arithmetic import IntArray, running
from engine.assemble import assemble
from engine.exceptions import Findings, examine
from engine.ledger import Ledger
from engine.modify import Books, Entries, apply
from engine.progress import Progress, evidence
from engine.promises import (
    ADDED,
    FEE,
    LINE,
    MANUAL,
    MILESTONE,
    PERCENT,
    POINT,
    UNITS,
    USAGE,
    Parties,
    Promises,
    decimals,
    parties,
    promises,
    scaled,
)
from engine.receivables import Receivables
from engine.schedule import segments
from engine.versions import INCEPTION, SEPARATE, Versions
from model.frames import NO_AMOUNT, NO_DAY, Facts
from model.money import round_minor
from model.policy import Policy

_EVIDENCE = {
    "delivered": POINT,
    "milestone": MILESTONE,
    "percent": PERCENT,
    "cost": PERCENT,
    "units": UNITS,
    "usage": USAGE,
}


def build(facts: Facts, policy: Policy, *, version: str = "test", known_at: dt.datetime | None = None,
          reporting: str = "USD", aliases: Mapping[str, str] | None = None) -> Ledger:  # fmt: skip
    """The ledger of all facts under a policy.

    `facts`: frames of model.frames with ids unique over all sources. `version`, `known_at`, `reporting`: kept with the
    ledger. `aliases`: former or other ids of customers.
    Holds: backlog = (contracted − billed) + deferred − unbilled, for every customer and day; contracted − recognized of
    an obligation is 0 once it is delivered.
    """
    who = parties(facts)
    scale = max(9, decimals(facts["contract_lines"]["quantity"].to_numpy(object), facts["amendments"]["quantity"].to_numpy(object),
                            facts["deliveries"]["value"].to_numpy(object)))  # fmt: skip
    what = promises(facts, who, policy, min(scale, 12))
    money = Receivables(facts, who, what)
    findings = Findings(who, what)
    progress = _progress(facts, who, what, money, policy, min(scale, 12), findings)
    causes = happenings.Causes()
    versions = Versions(progress, len(what), policy.rounding)
    estimated, at_inception = happenings.estimates(facts, who, what, causes)
    amended = happenings.amendments(facts, who, what, min(scale, 12), causes)
    books = _inception(facts, versions, who, what, at_inception, amended, findings)
    credited = money.credits
    credit_kind = happenings.PRICE if policy.credit_notes == "catch_up" else happenings.DEFER
    credits = happenings.table(
        contract=credited["contract"], line=credited["line"], kind=np.full(len(credited), credit_kind), signed=credited["day"],
        effective=credited["day"], delta=-credited["amount"], cancels=credited["cancels"].astype(np.int64),
        movement=np.where(credited["cancels"], happenings.CANCELLATION, happenings.CONCESSION), raw_id=credited["raw_id"],
        cause=causes.add([f"credit note {name}" for name in credited["name"]]), order=credited["name"],
    )  # fmt: skip
    gone = happenings.cancelled(who, facts, causes)
    apply(happenings.ordered([amended, estimated, credits, gone], who), books)
    _overage(books.entries, progress, who, what)
    ledger = assemble(facts, who, what, versions, segments(versions), books, money, causes, findings)
    examine(ledger, findings)
    return Ledger(
        version, known_at or dt.datetime.now(dt.UTC), policy, reporting, **ledger.tables(facts, aliases or {})
    )


def _progress(facts: Facts, who: Parties, what: Promises, money: Receivables, policy: Policy, scale: int,
              findings: Findings) -> Progress:  # fmt: skip
    rows = facts["deliveries"].sort_values(["on", "delivery_id"], ignore_index=True)
    line = what.index(rows["line_id"].to_numpy(object))
    wanted = rows["measure"].map(_EVIDENCE).to_numpy(np.int64) if len(rows) else np.zeros(0, np.int64)
    known = np.flatnonzero((line >= 0) & (what.method[line] == wanted)) if len(rows) else np.zeros(0, np.int64)
    findings.stray_deliveries(rows, line, wanted)
    rows, line = rows.iloc[known], line[known]
    cost = (rows["measure"] == "cost").to_numpy()
    by_cost = np.zeros(len(what), bool)
    by_cost[line[cost]] = True
    keep = ~((rows["measure"] == "percent").to_numpy() & by_cost[line])  # cost incurred outweighs a stated percentage
    rows, line, cost = rows[keep], line[keep], cost[keep]
    value = scaled(rows["value"].to_numpy(object), scale)
    money_rows = np.flatnonzero(cost | (rows["measure"] == "usage").to_numpy())
    currency = who.contracts["currency"].to_numpy(object)[what.contract[line]]
    for row in money_rows:
        value[row] = round_minor(rows["value"].iloc[row], currency[row])
    shares = rows["measure"].isin(("delivered", "milestone", "percent")).to_numpy()
    value[shares] //= 10 ** (scale - 9)
    parts = [
        (
            line,
            rows["on"].to_numpy(np.int64),
            value,
            (rows["measure"] == "percent").to_numpy(),
            rows["raw_id"].to_numpy(np.int64),
        )
    ]
    plan = facts["schedules"]
    planned = what.index(plan["line_id"].to_numpy(object))
    on = np.flatnonzero((planned >= 0) & (what.method[planned] == MANUAL)) if len(plan) else np.zeros(0, np.int64)
    parts.append(
        _rows(
            planned[on],
            plan["on"].to_numpy(np.int64)[on],
            plan["amount_minor"].to_numpy(np.int64)[on],
            plan["raw_id"].to_numpy(np.int64)[on],
        )
    )
    used = np.unique(line[(rows["measure"] == "usage").to_numpy()])
    bills = money.lines
    own = bills["final"].to_numpy(bool) & (bills["home"].to_numpy(np.int64) == bills["line"].to_numpy(np.int64))
    own &= (
        (what.method[bills["line"].to_numpy(np.int64)] == USAGE) & ~np.isin(bills["line"], used) if len(what) else False
    )
    parts.append(_rows(*(bills[n].to_numpy(np.int64)[own] for n in ("line", "day", "amount_minor", "raw_id"))))
    columns = [np.concatenate([part[n] for part in parts]) for n in range(5)]
    shortfall = _shortfall(what, columns[0], columns[1], columns[2])
    columns = [np.concatenate([column, part]) for column, part in zip(columns, shortfall, strict=True)]
    proof = evidence(columns[0], columns[1], columns[2], columns[3].astype(bool), columns[4], by_cost)
    # What is used after the end comes out of what the minimum already paid for.
    late = (what.method[proof.obligation] == USAGE) & (what.stated[proof.obligation] > 0)
    late &= proof.day > what.end[proof.obligation]
    unused = np.zeros(len(what), np.int64)
    np.add.at(unused, shortfall[0], shortfall[2])
    least = what.stated[proof.obligation]
    proof.done[late] = np.maximum(proof.done - unused[proof.obligation], least)[late]
    return Progress(what, proof, policy.progress_decimals)


def _rows(line: IntArray, day: IntArray, value: IntArray, raw_id: IntArray) -> tuple[IntArray, ...]:
    return line, day, value, np.zeros(line.size, bool), raw_id


def _shortfall(what: Promises, line: IntArray, day: IntArray, value: IntArray) -> tuple[IntArray, ...]:
    """What a minimum commitment leaves unused is earned at its end (606-10-55-46 to -48, breakage)."""
    rows = np.flatnonzero((what.method == USAGE) & (what.stated > 0) & (what.end != NO_DAY))
    used = np.zeros(len(what), np.int64)
    within = day <= what.end[line]
    np.add.at(used, line[within], value[within])
    rest = np.maximum(what.stated[rows] - used[rows], 0)
    rows, rest = rows[rest > 0], rest[rest > 0]
    return _rows(rows, what.end[rows], rest, what.raw_id[rows])


def _overage(entries: Entries, progress: Progress, who: Parties, what: Promises) -> None:
    """Usage beyond what was committed is contracted as it is used, so that it is never backlog."""
    proof = progress.proof
    usage = np.flatnonzero((what.method[proof.obligation] == USAGE) & who.committed[what.contract[proof.obligation]])
    ob = proof.obligation[usage]
    beyond = np.maximum(proof.done[usage] - np.maximum(what.stated[ob], 0), 0)
    change = np.diff(np.r_[0, beyond]) if usage.size else beyond
    opens = np.r_[True, ob[1:] != ob[:-1]][: ob.size]
    change = np.where(opens, beyond, change)
    day = np.maximum(proof.day[usage], what.since[ob])
    entries.add(ob, day, change, happenings.USED, np.zeros(ob.size, np.int64), proof.raw_id[usage])


def _inception(facts: Facts, versions: Versions, who: Parties, what: Promises, extra: IntArray, amended: happenings.pd.DataFrame,
               findings: Findings) -> Books:  # fmt: skip
    """Contracts as they were signed, and the additions that are contracts of their own."""
    committed = who.committed[what.contract]
    rows = np.flatnonzero(committed & (what.kind == LINE))
    rows = rows[np.argsort(what.contract[rows], kind="stable")]
    present = np.unique(what.contract[rows])
    allocation = allocate(what, rows, extra[present])
    findings.impossible(rows[allocation.impossible])
    worth, weight = np.zeros(len(what), np.int64), np.zeros(len(what), np.int64)
    worth[rows], weight[rows] = allocation.price, np.array(allocation.weight, np.int64)
    nothing = np.zeros(rows.size, np.int64)
    versions.inception(rows, what.since[rows], worth[rows], nothing + INCEPTION, nothing)
    pooled = amended.loc[amended["kind"] == happenings.POOL, "line"].to_numpy(np.int64)
    alone = np.flatnonzero(committed & np.isin(what.kind, (ADDED, FEE)) & (what.stated != NO_AMOUNT))
    alone = alone[~np.isin(alone, pooled)]
    worth[alone] = what.stated[alone]
    weight[alone] = np.where(what.kind[alone] == FEE, 0, np.maximum(what.stated[alone], 0))
    versions.inception(
        alone, what.since[alone], worth[alone], np.full(alone.size, SEPARATE), np.zeros(alone.size, np.int64)
    )
    entries = Entries()
    renewed = set(facts["amendments"].loc[facts["amendments"]["kind"] == "renew", "new_line_id"])
    movement = np.where(
        what.kind == LINE,
        happenings.BOOKING,
        np.where([name in renewed for name in what.line_id], happenings.RENEWAL, happenings.ADDITION),
    )
    movement = np.where(what.kind == FEE, happenings.AMENDMENT, movement) if len(what) else np.zeros(0, np.int64)
    begun = np.r_[rows, alone]
    entries.add(
        begun, what.booked[begun], worth[begun], movement[begun], np.zeros(begun.size, np.int64), what.raw_id[begun]
    )
    order = np.argsort(what.contract, kind="stable")
    offsets = np.searchsorted(what.contract[order], np.arange(len(who.contracts) + 1))
    return Books(versions, entries, worth, weight, np.zeros(len(what), np.int64), order, offsets)


__all__ = ["build", "running"]
