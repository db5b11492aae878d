"""The events that amendments are: changed, removed and extended lines, terminations, pooled additions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.events import (
    AS_STATED,
    CATCHING_UP,
    CHANGE,
    POOL,
    PROSPECTIVELY,
    REMOVE,
    REPRICE,
    TERMINATE,
    Causes,
    nothing,
    table,
)
from engine.ids import numbers_of
from engine.kinds import ADDITION, AMENDMENT, CANCELLATION, RENEWAL
from engine.methods import IS_TIME, LINE, UNITS
from engine.parties import Parties
from engine.promises import Promises
from engine.stated import priced, scaled, signing_order
from model.frames import Facts
from model.records import NO_AMOUNT, NO_DAY

_KINDS = {
    "change_line": CHANGE,
    "extend": CHANGE,
    "remove_line": REMOVE,
    "terminate": TERMINATE,
    "add_line": POOL,
    "renew": POOL,
}
_TREATMENTS = {"prospective": PROSPECTIVELY, "catch_up": CATCHING_UP, "separate_contract": AS_STATED}
_TOLD = ("amendment_id", "contract_id", "kind", "line_id", "new_line_id", "signed_on", "effective_on", "start_on", "end_on",
         "amount_minor", "quantity", "expected_cost_minor", "treatment", "raw_id")  # fmt: skip


def amendments(facts: Facts, who: Parties, promises: Promises, scale: int, causes: Causes) -> pd.DataFrame:
    """The events that amendments are: changed, removed and extended lines, terminations, pooled additions."""
    if facts["amendments"].empty:
        return nothing()
    rows = _rows(facts["amendments"], who, promises, causes)
    method = pick(promises.method, rows["line"].to_numpy(np.int64), -1)
    kind = numbers_of(rows["kind"].to_numpy(object), _KINDS)
    # What reprices a contract asks each of its lines.
    by_rule = np.where(IS_TIME[method] | (method == UNITS) | (kind == POOL), PROSPECTIVELY, CATCHING_UP)
    stated = numbers_of(rows["treatment"].to_numpy(object), _TREATMENTS, -1)
    goes, renewal = np.isin(kind, (REMOVE, TERMINATE)), (rows["kind"] == "renew").to_numpy()
    amount = rows["amount_minor"].to_numpy(np.int64)
    block = table(
        contract=rows["contract"], kind=kind, line=np.where(kind == TERMINATE, -1, rows["line"]), signed=rows["signed_on"],
        effective=rows["effective_on"], start=np.where(kind == CHANGE, rows["start_on"], NO_DAY),
        end=np.where(kind == POOL, NO_DAY, rows["end_on"]),
        quantity=scaled(rows["quantity"].to_numpy(object), scale), cost=rows["expected_cost_minor"],
        treatment=np.where(stated < 0, by_rule, stated), cause=rows["cause"], raw_id=rows["raw_id"], order=rows["place"],
        turn=rows["turn"],
        movement=np.select([goes, renewal, kind == POOL], [CANCELLATION, RENEWAL, ADDITION], AMENDMENT),
    )  # fmt: skip
    delta, total = _differences(block, np.where(kind == CHANGE, amount, NO_AMOUNT), promises)
    block["delta"] = np.where(kind == POOL, amount, delta)
    discount = pick(promises.discount, block["line"].to_numpy(np.int64), False)
    block["total"] = np.where(discount, np.where(kind == REMOVE, 0, NO_AMOUNT), total)
    block["kind"] = np.where(discount, REPRICE, kind)
    block["movement"] = np.where(discount, AMENDMENT, block["movement"])
    # Each of its promises by its own method.
    block["treatment"] = np.where(discount & (stated < 0), AS_STATED, block["treatment"])
    # An amendment to a line that its contract does not have changes nothing; the store has it in quarantine.
    block = block[(block["line"] >= 0) | (block["kind"] == TERMINATE)]
    gone = _not_begun(block, promises)
    return pd.concat([block, gone], ignore_index=True) if len(gone) else block


def _rows(stated: pd.DataFrame, who: Parties, promises: Promises, causes: Causes) -> pd.DataFrame:
    """Amendments as they were signed, contract by contract, each line of one by itself; without what is a contract of its own.

    Columns out: those told of an amendment, contract, turn (of signature), place (in the facts), line, cause.
    """
    rows = priced(stated, who)[list(_TOLD)]
    contract, turn = who.contract_index(rows["contract_id"].to_numpy(object)), signing_order(rows)
    rows = rows.assign(contract=contract, turn=turn, place=np.arange(len(rows)))
    rows = rows.take(np.lexsort((turn, contract))).reset_index(drop=True)
    added = rows["kind"].isin(("add_line", "renew"))
    named = np.where(added, rows["new_line_id"], rows["line_id"])
    line = promises.of(named, rows["contract"].to_numpy(np.int64))
    rows = rows.assign(line=line, cause=causes.add([f"amendment {name}" for name in rows["amendment_id"]]))
    if added.any():
        rows = rows[~added | _pooled(rows, promises)]
    return _whole_contract(rows, promises).reset_index(drop=True)


def _not_begun(block: pd.DataFrame, promises: Promises) -> pd.DataFrame:
    """Terminations once more for each pooled addition that was agreed before and is to begin after: it goes as it begins."""
    ends, pools = block[block["kind"] == TERMINATE], block[block["kind"] == POOL]
    if ends.empty or pools.empty:
        return ends.iloc[:0]
    both = ends.drop(columns="line").merge(pools[["contract", "line", "turn"]], on="contract", suffixes=("", "_added"))
    begins = promises.since[both["line"].to_numpy(np.int64)]
    ended = np.maximum(both["signed"], both["effective"])
    both = both[(both["turn_added"] < both["turn"]) & (begins > ended)]
    return both.assign(kind=REMOVE)[block.columns]


def _pooled(rows: pd.DataFrame, promises: Promises) -> pd.Series:
    """Additions that are no contract of their own: not at their stand-alone price, or said to be so (606-10-25-12)."""
    line = promises.index(rows["new_line_id"].to_numpy())
    ssp = pick(promises.ssp, line, NO_AMOUNT)
    off_price = (ssp != NO_AMOUNT) & (ssp != rows["amount_minor"]) & (rows["kind"] == "add_line")
    stated = rows["treatment"].isin(("prospective", "catch_up")) & (rows["kind"] == "add_line")
    discount = pick(promises.discount, line, False)
    return (stated | discount | (rows["treatment"].eq("") & off_price)) & (rows["amount_minor"] != NO_AMOUNT)


def _whole_contract(rows: pd.DataFrame, promises: Promises) -> pd.DataFrame:
    """A change that names no line is one of the contract's only line; an extension is one of every line."""
    blank = rows["line_id"].eq("") & rows["kind"].isin(("change_line", "extend", "remove_line"))
    if not blank.any():
        return rows
    lines = pd.DataFrame({"contract": promises.contract, "every": np.arange(len(promises))})[promises.kind == LINE]
    several = rows[blank].merge(lines, on="contract")
    count = several.groupby("amendment_id")["every"].transform("size")
    several = several[(count == 1) | (several["kind"] == "extend")]
    several["line"] = several.pop("every")
    # The new total of a whole contract cannot be one line's: only its days are taken.
    several.loc[several.groupby("amendment_id")["line"].transform("size") > 1, "amount_minor"] = NO_AMOUNT
    return pd.concat([rows[~blank], several], ignore_index=True).sort_values(["contract", "turn"], ignore_index=True)


def _differences(block: pd.DataFrame, amount: Any, promises: Promises) -> tuple[IntArray, IntArray]:
    """New totals as differences from the total signed before (rows come in the order of signature)."""
    line, contract, kind = (block[name].to_numpy(np.int64) for name in ("line", "contract", "kind"))
    delta, total = np.zeros(len(block), np.int64), np.full(len(block), NO_AMOUNT, np.int64)
    rows = np.flatnonzero((amount != NO_AMOUNT) & (kind != REMOVE) & (kind != TERMINATE) & (line >= 0))
    rows = rows[np.argsort(line[rows], kind="stable")]
    value, first = amount[rows], np.r_[True, line[rows][1:] != line[rows][:-1]][: rows.size]
    delta[rows] = value - np.where(first, promises.stated[line[rows]], np.r_[0, value][:-1])
    # After a removal what is left is not what was signed before: then the total itself counts. (The last place of each is
    # that of what is unknown.)
    gone, ended = np.full(len(promises) + 1, len(block)), np.full(int(contract.max(initial=-1)) + 2, len(block))
    np.minimum.at(gone, line[kind == REMOVE], np.flatnonzero(kind == REMOVE))
    np.minimum.at(ended, contract[kind == TERMINATE], np.flatnonzero(kind == TERMINATE))
    after = rows[(rows > gone[line[rows]]) | (rows > ended[contract[rows]])]
    total[after] = amount[after]
    return delta, total
