"""The finished obligations and contracts looked at for what cannot be right: each finding becomes an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.arithmetic import IntArray, edges
from engine.exceptions import Findings
from engine.kinds import BILLED, CREDITED
from engine.methods import IS_TIME, UNALLOCATED, USAGE
from model.records import NO_DAY


def examine(parts: Mapping[str, Mapping[str, Any]], findings: Findings) -> None:
    """Looks at the finished obligations and contracts for what cannot be right."""
    obligations, contracts, entries, segments = (
        parts[name] for name in ("obligations", "contracts", "entries", "segments")
    )
    count = len(obligations["id"])
    of, method, own = obligations["contract"], obligations["method"], entries["kind"] < BILLED
    bills = entries["kind"] == BILLED
    contracted, billed = (_sums(entries["obligation"][rows], entries["amount"][rows], count)
                          for rows in (slice(None) if own.all() else own, bills))  # fmt: skip
    recognized = _sums(segments["obligation"], segments["closed"] - segments["opened"], count)
    evidence = (obligations["kind"] != UNALLOCATED) & (method >= 0) & ~IS_TIME[method]
    late = evidence & (obligations["end_on"] != NO_DAY) & (contracted > recognized)
    for rule, wrong, day, amount in (
        (
            "over_recognition",
            (recognized > contracted) & (contracted >= 0),
            obligations["end_on"],
            recognized - contracted,
        ),
        ("negative_remainder", (contracted < 0) & (obligations["stated"] >= 0), obligations["booked_on"], contracted),
        ("undelivered_after_end", late, obligations["end_on"] + 1, contracted - recognized),
    ):
        found = np.flatnonzero(wrong)
        findings.add(rule, found, day[found], obligations["raw_id"][found], amount[found])
    alone = np.flatnonzero((obligations["kind"] == UNALLOCATED) & (contracts["id"][of] == "") & (billed != 0))
    first = np.full(count, NO_DAY)
    np.maximum.at(first, entries["obligation"][bills], -entries["day"][bills])
    findings.add("billing_without_contract", alone, -first[alone], obligations["raw_id"][alone], billed[alone])
    papers = np.flatnonzero((entries["kind"] == BILLED) | (entries["kind"] == CREDITED))
    documented, billing = of[entries["obligation"][papers]], bills[papers]
    whole, earned, documents, net, used = (
        _sums(place, values, len(contracts["id"]))
        for place, values in (
            (of, contracted), (of, recognized != 0), (documented, billing),
            (documented, entries["amount"][papers]), (of, method == USAGE),
        )
    )  # fmt: skip
    unbilled = np.flatnonzero((documents == 0) & (contracts["committed"] == 1) & (whole > 0) & (earned > 0))
    begun = np.maximum(contracts["signed_on"], _begun(segments, of, unbilled, len(contracts["id"])))
    findings.add_contracts("contract_without_billing", unbilled, begun[unbilled], contracts["raw_id"][unbilled])
    # What is used is contracted as it is told, and what has no end as time goes by: bills may come before.
    last = np.full(len(contracts["id"]), NO_DAY)
    np.maximum.at(last, documented[billing], entries["day"][bills])
    closed = (contracts["committed"] == 1) & (contracts["evergreen"] == 0) & (used == 0)
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
