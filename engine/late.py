"""Evidence that comes too late: for what had been removed by then, or after the last day of its contract."""

from __future__ import annotations

import numpy as np

from engine.arithmetic import IntArray, pick
from engine.clocks import FOREVER
from engine.exceptions import Findings
from engine.grouped import starts
from engine.lines import Lines
from engine.methods import FEE, IS_TIME, USAGE
from engine.parties import Parties
from engine.progress import Evidence, Progress, key_of
from engine.versions import Versions
from model.records import NO_DAY

ARREARS_DAYS = 31
"""Use is told, or invoiced, in arrears: so long after the end of a contract it is still of its days."""


def after_removal(findings: Findings, versions: Versions) -> None:
    """Evidence of what was removed or terminated by then: it earns nothing, and someone has to say what it was (25-10).

    Amount: of usage, what is not earned.
    """
    proof, method = versions.progress.proof, versions.progress.promises.method[versions.progress.proof.obligation]
    last = versions.current[proof.obligation]
    gone = (last >= 0) & (pick(versions.before_q, last, 1) == 0)
    more = _added(proof)
    rows = np.flatnonzero(gone & (proof.day >= pick(versions.viewed, last, NO_DAY)) & (more != 0))
    _told(findings, "evidence_after_removal", proof, rows, np.where(method == USAGE, more, 0)[rows])


def past_contract(findings: Findings, who: Parties, progress: Progress, versions: Lines, steps: Lines) -> None:
    """Revenue that evidence earned after the last day of its contract, as agreed in the end. Amount: that revenue.

    A contract one promise of which has no end has no last day. `versions`, `steps`: the versions and segments as written.
    """
    what, proof, own = progress.promises, progress.proof, versions["obligation"]
    newest = np.flatnonzero(np.r_[own[1:] != own[:-1], np.ones(min(own.size, 1), bool)])
    booked, end = own[newest], versions["end"][newest]
    scope = ~what.discount[booked] & (what.kind[booked] != FEE)
    booked, end = booked[scope], np.where(end[scope] == NO_DAY, FOREVER, end[scope])
    last = np.full(len(who.contracts), NO_DAY)
    np.maximum.at(last, what.contract[booked], end)
    last[who.contracts["evergreen"].to_numpy(bool) | (last == NO_DAY)] = FOREVER
    until = np.where(
        IS_TIME[what.method], FOREVER, last[what.contract] + np.where(what.method == USAGE, ARREARS_DAYS, 0)
    )
    if not (until < FOREVER).any():
        return
    late = np.flatnonzero(steps["from_day"] > until[steps["obligation"]])
    late = late[np.argsort(key_of(steps["obligation"][late], steps["from_day"][late]), kind="stable")]
    key = key_of(steps["obligation"][late], steps["from_day"][late])
    place = np.searchsorted(proof.key, key)
    proven = pick(proof.key, np.where(place < proof.day.size, place, -1), -1) == key
    earned = steps["closed"][late] - steps["opened"][late]
    kept = np.flatnonzero(proven & (earned > 0))
    _told(findings, "revenue_past_contract", proof, place[kept], earned[kept])


def _added(proof: Evidence) -> IntArray:
    """What each day with evidence adds to the running total."""
    more = np.diff(proof.done, prepend=0)
    first = starts(proof.obligation)
    more[first] = proof.done[first]
    return more


def _told(findings: Findings, rule: str, proof: Evidence, rows: IntArray, amount: IntArray) -> None:
    """One exception a promise, of the first day, with the amounts of all of them. `rows`: of the evidence, ascending."""
    first = starts(proof.obligation[rows])
    if first.size:
        at = rows[first]
        findings.add(rule, proof.obligation[at], proof.day[at], proof.raw_id[at], np.add.reduceat(amount, first))
