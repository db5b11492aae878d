"""The finished obligations and contracts looked at for what cannot be right: each finding becomes an exception."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.exceptions import Findings
from engine.grouped import edges, starts
from engine.kinds import BILLED, CREDITED
from engine.methods import IS_TIME, UNALLOCATED, USAGE
from model.records import NO_DAY

Parts = Mapping[str, Mapping[str, Any]]
"""The finished tables of a ledger, column by column (engine.ledger)."""


def examine(parts: Parts, findings: Findings) -> None:
    """Looks at the finished obligations and contracts for what cannot be right."""
    entries, segments = parts["entries"], parts["segments"]
    count, own = len(parts["obligations"]["id"]), entries["kind"] < BILLED
    rows = slice(None) if own.all() else own
    contracted = _sums(entries["obligation"][rows], entries["amount"][rows], count)
    recognized = _sums(segments["obligation"], segments["closed"] - segments["opened"], count)
    _promises(parts, contracted, recognized, findings)
    _bills_without_contract(parts, findings)
    _bills_of_contracts(parts, contracted, recognized, findings)


def _promises(parts: Parts, contracted: IntArray, recognized: IntArray, findings: Findings) -> None:
    """More earned than promised, less than nothing left, or nothing delivered when all should be."""
    obligations = parts["obligations"]
    method, ends_on = obligations["method"], obligations["end_on"]
    evidence = (obligations["kind"] != UNALLOCATED) & (method >= 0) & ~IS_TIME[method]
    beyond = (recognized > contracted) & (contracted >= 0)
    negative = (contracted < 0) & (obligations["stated"] >= 0)
    late = evidence & (ends_on != NO_DAY) & (contracted > recognized)
    for rule, wrong, day, amount in (
        ("over_recognition", beyond, ends_on, recognized - contracted),
        ("negative_remainder", negative, _below_nothing(parts, negative), contracted),
        ("undelivered_after_end", late, ends_on + 1, contracted - recognized),
    ):
        found = np.flatnonzero(wrong)
        findings.add(rule, found, day[found], obligations["raw_id"][found], amount[found])


def _below_nothing(parts: Parts, negative: BoolArray) -> IntArray:
    """The day from which each of those promises is worth less than nothing, of what was agreed of it by then."""
    entries, day = parts["entries"], np.asarray(parts["obligations"]["booked_on"]).copy()
    rows = np.flatnonzero(negative[entries["obligation"]] & (entries["kind"] < BILLED))
    rows = rows[np.lexsort((entries["day"][rows], entries["obligation"][rows]))]
    whose, on, amount = (entries[name][rows] for name in ("obligation", "day", "amount"))
    for low, high in itertools.pairwise([*starts(whose).tolist(), rows.size]):
        worth = np.cumsum(amount[low:high])
        # What several entries of one day come to stands with the last of them.
        settled = np.flatnonzero((worth >= 0) & np.r_[on[low + 1 : high] != on[low : high - 1], True])
        day[whose[low]] = on[low + settled[-1] + 1 if settled.size else low]
    return day


def _bills_without_contract(parts: Parts, findings: Findings) -> None:
    """What was billed and belongs to no contract, from the first day of it on."""
    obligations, entries = parts["obligations"], parts["entries"]
    bills, count = np.flatnonzero(entries["kind"] == BILLED), len(obligations["id"])
    billed = _sums(entries["obligation"][bills], entries["amount"][bills], count)
    nobodys = parts["contracts"]["id"][obligations["contract"]] == ""
    alone = np.flatnonzero((obligations["kind"] == UNALLOCATED) & nobodys & (billed != 0))
    first = np.full(count, NO_DAY)
    np.maximum.at(first, entries["obligation"][bills], -entries["day"][bills])
    findings.add("billing_without_contract", alone, -first[alone], obligations["raw_id"][alone], billed[alone])


def _bills_of_contracts(parts: Parts, contracted: IntArray, recognized: IntArray, findings: Findings) -> None:
    """Contracts on which something is earned and nothing was ever billed, or more was billed than they are worth."""
    contracts, entries, of = parts["contracts"], parts["entries"], parts["obligations"]["contract"]
    count, committed = len(contracts["id"]), contracts["committed"] == 1
    papers = np.flatnonzero((entries["kind"] == BILLED) | (entries["kind"] == CREDITED))
    documented, bills = of[entries["obligation"][papers]], entries["kind"][papers] == BILLED
    whole, earned, documents, net, used = (
        _sums(place, values, count)
        for place, values in (
            (of, contracted), (of, recognized != 0), (documented, bills),
            (documented, entries["amount"][papers]), (of, parts["obligations"]["method"] == USAGE),
        )
    )  # fmt: skip
    unbilled = np.flatnonzero((documents == 0) & committed & (whole > 0) & (earned > 0))
    begun = np.maximum(contracts["signed_on"], _begun(parts["segments"], of, unbilled, count))
    findings.add_contracts("contract_without_billing", unbilled, begun[unbilled], contracts["raw_id"][unbilled])
    # What is used is contracted as it is told, and what has no end as time goes by: bills may come before.
    last = np.full(count, NO_DAY)
    np.maximum.at(last, documented[bills], entries["day"][papers[bills]])
    closed = committed & (contracts["evergreen"] == 0) & (used == 0)
    beyond = np.flatnonzero(closed & (net > whole) & (whole >= 0) & (contracts["id"] != ""))
    findings.add_contracts(
        "billed_beyond_contract", beyond, last[beyond], contracts["raw_id"][beyond], (net - whole)[beyond]
    )


def _begun(segments: Mapping[str, Any], of: IntArray, contracts: IntArray, count: int) -> IntArray:
    """The first day on which anything of those contracts is earned."""
    chosen = np.zeros(count, bool)
    chosen[contracts] = True
    rows = np.flatnonzero(chosen[of[segments["obligation"]]] & (segments["closed"] != segments["opened"]))
    first = np.full(count, -NO_DAY)
    np.minimum.at(first, of[segments["obligation"][rows]], segments["from_day"][rows])
    return np.where(chosen, first, NO_DAY)


def _sums(place: IntArray, values: IntArray, count: int) -> IntArray:
    """Sums of values by place (ascending)."""
    before = np.zeros(values.size + 1, np.int64)
    np.cumsum(values, out=before[1:])
    return np.diff(before[edges(place, count)])
