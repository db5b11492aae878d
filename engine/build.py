"""From facts to the ledger: allocation, recognition, modification and billing, in the order the standard has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from engine import events as happenings
from engine import renewals
from engine.amended import amendments
from engine.apart import apart
from engine.assemble import assemble
from engine.causes import in_order as in_order_of_contracts
from engine.closing import Closed, carry
from engine.examine import examine
from engine.exceptions import Findings
from engine.held import Held
from engine.ids import in_order, line_ids_taken
from engine.inception import Signed
from engine.late import past_contract
from engine.ledger import Ledger
from engine.notice import by_notice
from engine.parties import parties
from engine.progress import Progress
from engine.promises import promises
from engine.proof import prove
from engine.quality import inspect
from engine.receivables import receivables
from engine.settling import credited
from engine.stated import decimals
from engine.written import BLOCK, History, write
from model.frames import Facts
from model.policy import Policy


def build(facts: Facts, policy: Policy, *, version: str = "test", known_at: dt.datetime | None = None,
          reporting: str = "USD", aliases: Mapping[str, str] | None = None,
          closed: Closed | None = None, block: int = BLOCK) -> Ledger:  # fmt: skip
    """The ledger of all facts under a policy.

    `facts`: frames of model.frames with ids unique over all sources. `version`, `known_at`, `reporting`: kept with the
    ledger. `aliases`: former or other ids of customers. `closed`: the books of the last close, which hold to its last day.
    `block`: how many promises are worked on at a time (engine.written), which changes nothing in the ledger.
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
        again = line_ids_taken(facts)
        refused = facts["amendments"][again]
        facts = {**facts, "amendments": facts["amendments"][~again].reset_index(drop=True)}
        what = promises(facts, who, policy, min(scale, 12))
    money = receivables(facts, who, what)
    findings = Findings(who, what)
    findings.line_ids_taken(refused)
    progress = Progress(what, prove(facts, who, what, money, min(scale, 12), findings), policy.progress_decimals)
    findings.undated(np.flatnonzero(what.undated & ~what.discount & who.committed[what.contract]))
    causes = happenings.Causes()
    estimated, at_inception = happenings.estimates(facts, who, what, causes)
    amended = amendments(facts, who, what, min(scale, 12), causes)
    credits = credited(money.credits, amended, policy, causes)
    gone = happenings.cancelled(who, facts, causes)
    pooled = amended.loc[amended["kind"] == happenings.POOL, "line"].to_numpy(np.int64)
    history = History(
        progress, Signed.of(facts, who, what, at_inception, pooled),
        happenings.ordered([amended, estimated, credits, gone], who, what), Held.make(money, policy.deferred_basis),
        policy.rounding, closed.end if closed else None,
    )  # fmt: skip
    del amended, estimated, credits  # the books need their room
    written = write(history, findings, block)
    findings.ended(gone, written.versions["cause"])
    past_contract(findings, who, progress, written.versions, written.segments)
    ledger = assemble(who, what, progress.proof, written, money, causes, findings)
    examine(ledger.parts, findings)
    inspect(facts, who, what, money, findings)
    moment = known_at or dt.datetime.fromtimestamp(0, dt.UTC)
    tables = ledger.tables(facts, aliases or {})
    now = in_order_of_contracts(by_notice(Ledger(version, moment, policy, reporting, views=(), path=None, **tables)))
    return carry(closed, now, written.reaching_back) if closed else now
