"""Two contracts that are one become one set of facts: the governing one's promises, the other's documents.

The governing contract's price and terms stand; what the other adds beyond it (usage, renewals after the order's end, an end
by termination) is kept, and its documents are read as the governing one's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from books.belonging import Belonging, places, renamed
from books.contracts import Match
from engine.arithmetic import BoolArray, IntArray, pick


def merge(tables: Mapping[str, pd.DataFrame], found: Sequence[Match], stated: Belonging) -> dict[str, pd.DataFrame]:
    """The facts with every matched pair as one contract (ids are unique over all sources by now).

    `stated`: which contract each line belongs to.
    """
    facts = dict(tables)
    if not found:
        return facts
    heads, lines, amended = facts["contracts"], facts["contract_lines"], facts["amendments"]
    ids = heads["contract_id"].to_numpy(object)
    kept, dropped = (np.array([match[side] for match in found], np.int64) for side in (0, 1))
    governing = np.full(len(ids), -1)
    governing[dropped] = kept
    governed, added = pick(governing, stated.of, -1), pick(governing, places(ids.tolist(), amended["contract_id"]), -1)
    last = np.maximum(stated.last("end_on"), heads["end_on"].to_numpy(np.int64))
    beyond = amended["kind"].isin(("renew", "add_line")).to_numpy() & (
        amended["start_on"].to_numpy(np.int64) > last[added]
    )
    drop_line = (governed >= 0) & (lines["recognition"].to_numpy(object) != "usage")
    drop_amendment = (added >= 0) & ~beyond & (amended["kind"].to_numpy(object) != "terminate")
    stand_in = _stand_ins(stated.of, lines, governed, drop_line, amended, added, drop_amendment)
    facts["contracts"] = heads.take(np.delete(np.arange(len(ids)), dropped)).reset_index(drop=True)
    facts["contract_lines"] = _of_governing(lines, ~drop_line, governed, ids)
    facts["amendments"] = _of_governing(amended, ~drop_amendment, added, ids)
    names = dict(zip(ids[dropped].tolist(), ids[kept].tolist(), strict=True))
    for name in ("invoices", "estimates"):
        facts[name] = renamed(facts[name], "contract_id", names)
    for name in ("invoice_lines", "credit_notes"):
        facts[name] = renamed(facts[name], "line_id", stand_in)
    for name in ("deliveries", "schedules", "estimates"):
        # Evidence on a promise that another one stands for would count against the other's own measure.
        gone = np.array([line in stand_in for line in facts[name]["line_id"].tolist()], bool)
        facts[name] = facts[name][~gone].reset_index(drop=True)
    return facts


def _of_governing(frame: pd.DataFrame, counts: BoolArray, governed: IntArray, ids: Any) -> pd.DataFrame:
    """The rows that count, each of the contract that governs it."""
    rows = np.flatnonzero(counts)
    frame, governed = frame.take(rows).reset_index(drop=True), governed[rows]
    theirs = np.flatnonzero(governed >= 0)
    if not theirs.size:
        return frame
    contracts = frame["contract_id"].to_numpy(object).copy()
    contracts[theirs] = ids[governed[theirs]]
    return frame.assign(contract_id=pd.Series(contracts, frame.index, object))


def _stand_ins(of: IntArray, lines: pd.DataFrame, governed: IntArray, dropped: BoolArray, amended: pd.DataFrame, added: IntArray,
               gone: BoolArray) -> dict[str, str]:  # fmt: skip
    """For each line that does not count, the governing contract's line its documents belong to: of the same product before
    others, of the same amount before others, and of those the first by id."""
    lost, new = np.flatnonzero(dropped), np.flatnonzero(gone & (amended["new_line_id"].to_numpy(object) != ""))

    def column(name: str, amendments: str = "") -> Any:
        return np.concatenate([lines[name].to_numpy()[lost], amended[amendments or name].to_numpy()[new]])

    asked = np.concatenate([governed[lost], added[new]])
    wanted = np.zeros(int(of.max(initial=-1)) + 2, bool)  # the last: what belongs to none
    wanted[asked[asked < wanted.size - 1]] = True
    own = np.flatnonzero(wanted[of])
    ids = lines["line_id"].to_numpy(object)[own]
    if not pd.Index(ids, dtype=object).is_monotonic_increasing:
        order = np.array(sorted(range(ids.size), key=ids.tolist().__getitem__), np.int64)
        own, ids = own[order], ids[order]
    products, different = pd.factorize(
        np.concatenate([lines["product_id"].to_numpy(object)[own], column("product_id")])
    )
    named = np.append(different != "", False)[products[own.size :]]
    amounts, _ = pd.factorize(np.concatenate([lines["amount_minor"].to_numpy(np.int64)[own], column("amount_minor")]))
    contracts = np.concatenate([of[own], asked])
    found = np.full(asked.size, -1)
    for by, where in (((products, amounts), named), ((products,), named), ((amounts,), True), ((), True)):
        rows = np.flatnonzero((found < 0) & where)
        if rows.size and own.size:
            found[rows] = _first((contracts, *by), own.size, rows)
    some = np.flatnonzero(found >= 0)
    return dict(zip(column("line_id", "new_line_id")[some].tolist(), ids[found[some]].tolist(), strict=True))


def _first(keys: Sequence[IntArray], own: int, rows: IntArray) -> IntArray:
    """For each of the rows that are asked about (after `own` others in the keys) the first own one with equal keys, -1 for
    none."""
    code = keys[0]
    for key in keys[1:]:
        code, _ = pd.factorize(code * (int(key.max()) + 1) + key)
    known, first = np.unique(code[:own], return_index=True)
    asked = code[own:][rows]
    at = np.minimum(np.searchsorted(known, asked), known.size - 1)
    return np.where(known[at] == asked, first[at], -1)
