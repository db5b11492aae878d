"""Scope that an amendment adds to a line as a contract of its own (ASC 606-10-25-12): what was agreed before stays as it was.

A line that is extended, or of which more units are promised, at the stand-alone price of what is added has two parts: the
first by its own terms and price, then the added one by its own. The facts are told so to the rest of the engine: such an
amendment is an added line, later amendments of the line speak of its newest part, and units are delivered first in,
first out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from engine.parties import Parties
from engine.stated import priced
from model.frames import Facts
from model.money import exponent
from model.policy import Policy
from model.records import NO_AMOUNT, NO_DAY, TIME_BASED

Row = dict[str, Any]
_CHANGES = ("change_line", "extend")


@dataclass
class _Part:
    """A part of a line as agreed so far: its last day, total and quantity; what a unit sells for alone (minor units).

    `start`: the first day of a part that was added over time; it is never cut to less than that day.
    """

    name: str
    end: int
    total: int
    quantity: Decimal | None
    unit_alone: Fraction | None = None
    start: int = NO_DAY


def apart(facts: Facts, who: Parties, policy: Policy) -> Facts:
    """The facts with every addition to a line that is a contract of its own as an added line.

    It is one where the amendment says so, or, where the amendment says nothing, if what is added is priced as it sells
    alone: at the `ssp` that the amendment states for it, or, of units, at what the line's units sell for alone.
    """
    amendments = priced(facts["amendments"], who)
    change, blank = amendments["kind"].isin(_CHANGES), amendments["treatment"].eq("")
    told_apart = change & (
        amendments["treatment"].eq("separate_contract") | blank & (amendments["ssp_minor"] != NO_AMOUNT)
    )
    more = change & blank & amendments["quantity"].notna()
    stated, counted = set(amendments.loc[told_apart, "line_id"]), set(amendments.loc[more, "line_id"])
    if not stated and not counted:
        return facts
    begun = [
        (line, part, method)
        for line, part, method in _begun(facts["contract_lines"], amendments, stated | counted, who, policy)
        if method == "units" or (method in TIME_BASED and part.end != NO_DAY and part.name in stated)
    ]
    named = amendments["line_id"].isin([part.name for _, part, _ in begun])
    named &= amendments["kind"].isin((*_CHANGES, "remove_line"))
    own: dict[str, list[Row]] = {}
    for row in amendments[named].to_dict("records"):
        own.setdefault(row["line_id"], []).append(row)  # type: ignore[arg-type]
    split: dict[str, list[_Part]] = {}
    rows: list[Row] = []
    for line, part, method in begun:
        parts = [part]
        rows += _told(own[part.name], parts, line, method)
        split |= {part.name: parts} if len(parts) > 1 else {}
    if not split:
        return facts
    changed = _with(amendments[~named], rows)
    return {**facts, "amendments": changed, "deliveries": _first_in_first_out(facts["deliveries"], split)}


def _with(frame: pd.DataFrame, rows: list[Row]) -> pd.DataFrame:
    """The frame with more rows of its own columns."""
    more = pd.DataFrame(rows, columns=frame.columns).astype(frame.dtypes.to_dict())
    return pd.concat([frame, more], ignore_index=True)


def _begun(
    lines: pd.DataFrame, amendments: pd.DataFrame, wanted: set[str], who: Parties, policy: Policy
) -> Iterator[tuple[Row, _Part, str]]:
    """Lines as they were first agreed, by a contract or by an amendment: the part each begins with, and its method."""
    added = amendments[amendments["kind"].isin(("add_line", "renew")) & amendments["new_line_id"].isin(wanted)]
    given = [lines[lines["line_id"].isin(wanted)], added.assign(line_id=added["new_line_id"])]
    ids = {name for frame in given for name in frame["contract_id"]}
    contracts = who.contracts[who.contracts["contract_id"].isin(ids)].set_index("contract_id").to_dict("index")
    products = who.products.set_index("product_id").to_dict("index")
    for line in (row for frame in given for row in frame.to_dict("records")):
        product, contract = products.get(line["product_id"]), contracts[line["contract_id"]]
        method = line["recognition"] or (product["recognition"] if product else "") or policy.recognition
        alone = None
        if line["ssp_minor"] != NO_AMOUNT and line["quantity"]:
            alone = Fraction(line["ssp_minor"]) / Fraction(line["quantity"])
        elif product and product["ssp"] is not None:
            alone = Fraction(product["ssp"]) * 10 ** exponent(contract["currency"])
        end = int(line["end_on"] if line["end_on"] != NO_DAY else contract["end_on"])
        if line["amount_minor"] != NO_AMOUNT:
            yield line, _Part(line["line_id"], end, line["amount_minor"], line["quantity"], alone), method  # type: ignore[misc]


def _told(rows: list[Row], parts: list[_Part], line: Row, method: str) -> list[Row]:
    """Amendments of a line in the order of signature: told of its newest part, with what they add made lines of its own."""
    told: list[Row] = []
    for row in sorted(rows, key=lambda r: (r["signed_on"], r["amendment_id"])):
        if row["kind"] == "remove_line":
            told += [{**row, "line_id": part.name} for part in parts]
        elif _separate(row, parts, method):
            told.append(_added(row, parts, line, method))
        else:
            told.append(_of_newest(row, parts))
    return told


def _separate(row: Row, parts: list[_Part], method: str) -> bool:
    """Whether an amendment adds scope that is a contract of its own."""
    newest, delta, more = parts[-1], _delta(row, parts), _more(row, parts)
    longer = row["end_on"] > newest.end
    if delta < 0 or newest.end > row["end_on"] != NO_DAY:
        return False  # less than before, or for a shorter time
    if method == "units" and (newest.quantity is None or more <= 0):
        return False
    if row["treatment"] == "separate_contract":
        return method == "units" or longer or row["effective_on"] <= newest.end
    if row["treatment"] or delta == 0:
        return False
    if row["ssp_minor"] != NO_AMOUNT:
        return (method == "units" or longer) and delta == row["ssp_minor"]
    return method == "units" and newest.unit_alone is not None and delta == Fraction(more) * newest.unit_alone


def _added(row: Row, parts: list[_Part], line: Row, method: str) -> Row:
    """The amendment as an added line; it begins where the line ended, or takes effect within its term."""
    newest, delta, more = parts[-1], _delta(row, parts), _more(row, parts)
    longer = row["end_on"] > newest.end
    name = f"{line['line_id']} + {row['amendment_id']}"
    start = newest.end + 1 if longer else row["effective_on"]
    part = _Part(name, max(row["end_on"], newest.end), delta, more, newest.unit_alone, start)
    parts.append(part)
    return {
        **row, "kind": "add_line", "line_id": "", "new_line_id": part.name, "product_id": line["product_id"],
        "description": row["description"] or line["description"], "amount_minor": delta, "recognition": method,
        "quantity": more if method == "units" else None, "unit_price": None, "treatment": "separate_contract",
        "start_on": start if method != "units" else line["start_on"], "end_on": part.end,
        "ssp_minor": NO_AMOUNT, "expected_cost_minor": NO_AMOUNT,
    }  # fmt: skip


def _of_newest(row: Row, parts: list[_Part]) -> Row:
    """An amendment of the line as one of its newest part: new totals without those of the parts before."""
    newest, delta, more = parts[-1], _delta(row, parts), _more(row, parts)
    newest.end = max(row["end_on"], newest.start) if row["end_on"] != NO_DAY else newest.end
    newest.total += delta
    told = {
        **row,
        "line_id": newest.name,
        "end_on": newest.end if row["end_on"] != NO_DAY else NO_DAY,
        "amount_minor": newest.total if row["amount_minor"] != NO_AMOUNT else NO_AMOUNT,
    }
    if row["quantity"] is not None:
        newest.quantity = (newest.quantity or Decimal(0)) + more
        told["quantity"] = newest.quantity
    return told


def _delta(row: Row, parts: Iterable[_Part]) -> int:
    return 0 if row["amount_minor"] == NO_AMOUNT else int(row["amount_minor"]) - sum(part.total for part in parts)


def _more(row: Row, parts: Iterable[_Part]) -> Decimal:
    nothing = Decimal(0)
    if row["quantity"] is None:
        return nothing
    return Decimal(row["quantity"]) - sum((part.quantity or nothing for part in parts), nothing)


def _first_in_first_out(deliveries: pd.DataFrame, split: dict[str, list[_Part]]) -> pd.DataFrame:
    """Units delivered of a line in several parts, each row cut where one part is full and the next begins."""
    told: list[Row] = []
    named = deliveries["line_id"].isin(split) & deliveries["measure"].eq("units")
    done: dict[str, Decimal] = {}
    ordered: list[Row] = deliveries[named].sort_values(["on", "delivery_id"]).to_dict("records")  # type: ignore[assignment]
    for row in ordered:
        parts = split[row["line_id"]]
        before = done.get(row["line_id"], Decimal(0))
        after = done[row["line_id"]] = before + row["value"]
        low = Decimal(0)
        for part in parts:
            high = Decimal("Infinity") if part is parts[-1] else low + (part.quantity or Decimal(0))
            floor = low if part is not parts[0] else Decimal("-Infinity")
            share = min(max(after, floor), high) - min(max(before, floor), high)
            if share:
                told.append({**row, "line_id": part.name, "value": share})
            low = high
    return _with(deliveries[~named], told)
