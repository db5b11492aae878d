"""Where systems differ about what is one: a list with amounts, never an average.

A row for each thing on which the other system says something else than the one that governs, for each committed contract
or finished invoice that one of several systems has alone, and for each pair that a person has still to judge.

Columns: kind (customer, contract, invoice), finding, customer, source and id (what governs), other_source and other_id,
matched_by, amount_minor, other_amount_minor, difference_minor (other less governing), currency, detail, day (signed or
issued).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from books.contracts import Match
from books.documents import invoiced
from books.rules import Pair
from model.frames import NO_AMOUNT, NO_DAY
from model.periods import day_of
from model.records import COMMITTED

COLUMNS = (
    "kind", "finding", "customer", "source", "id", "other_source", "other_id", "matched_by", "amount_minor",
    "other_amount_minor", "difference_minor", "currency", "detail", "day",
)  # fmt: skip
_TEXTS = ("kind", "finding", "customer", "source", "id", "other_source", "other_id", "matched_by", "currency", "detail")
_CONTRACT = ("source", "contract_id", "customer_id", "status", "currency", "signed_on", "start_on", "end_on")
_INVOICE = ("source", "invoice_id", "customer_id", "status", "currency", "issued_on")
_FINISHED = ("open", "paid", "uncollectible")
Row = dict[str, Any]


def empty() -> pd.DataFrame:
    """No difference."""
    return _frame([])


def reconcile(
    facts: Mapping[str, pd.DataFrame],
    contracts: Sequence[Match],
    invoices: Sequence[tuple[int, int, str]],
    asked: Sequence[Pair],
    invoice_facts: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """All differences. `facts`: before contracts were merged; `invoice_facts`: before invoices were."""
    names = dict(zip(facts["customers"]["customer_id"], facts["customers"]["name"], strict=True))
    rows = [
        *_contracts(facts, contracts, names),
        *_invoices(invoice_facts, invoices, names),
        *(_asked(pair) for pair in asked),
    ]
    return _frame(rows)


def _contracts(facts: Mapping[str, pd.DataFrame], matched: Sequence[Match], names: Mapping[str, str]) -> Iterator[Row]:
    if facts["contracts"]["source"].nunique() < 2:
        return
    heads: list[Any] = facts["contracts"][[*_CONTRACT]].to_dict("records")
    lines = facts["contract_lines"]
    price = lines.groupby("contract_id")["amount_minor"].sum().to_dict()
    first = _extreme(lines, "start_on", "min")
    last = _extreme(lines, "end_on", "max")
    for head in heads:
        head["amount"] = int(price.get(head["contract_id"], 0))
        head["start_on"] = _known(first.get(head["contract_id"], NO_DAY), head["start_on"])
        head["end_on"] = _known(last.get(head["contract_id"], NO_DAY), head["end_on"])
        head["day"] = head["signed_on"]
    for match in matched:
        kept, other = heads[match.kept], heads[match.dropped]
        made = _Differences("contract", kept, other, match.by, names)
        yield from made.amount("price differs")
        yield from made.text("currency", "currency differs")
        for column, finding in (("start_on", "start differs"), ("end_on", "end differs")):
            yield from made.dates(column, finding)
    yield from _alone("contract", heads, {r for m in matched for r in (m.kept, m.dropped)}, COMMITTED, names)


def _invoices(
    facts: Mapping[str, pd.DataFrame], matched: Sequence[tuple[int, int, str]], names: Mapping[str, str]
) -> Iterator[Row]:
    if facts["invoices"]["source"].nunique() < 2:
        return
    heads: list[Any] = facts["invoices"][[*_INVOICE]].to_dict("records")
    lines = facts["invoice_lines"]
    billed = invoiced(lines)
    taxed = lines[lines["tax_minor"] != NO_AMOUNT].groupby("invoice_id")["tax_minor"].sum().to_dict()
    for head in heads:
        head["amount"] = int(billed.get(head["invoice_id"], 0))
        head["tax"] = int(taxed.get(head["invoice_id"], 0))
        head["day"] = head["issued_on"]
    for kept_row, dropped_row, by in matched:
        kept, other = heads[kept_row], heads[dropped_row]
        made = _Differences("invoice", kept, other, by, names)
        yield from made.amount("amount differs")
        yield from made.amount("tax differs", "tax")
        yield from made.text("currency", "currency differs")
        if (kept["status"] in _FINISHED) != (other["status"] in _FINISHED):
            yield from made.text("status", "status differs")
        yield from made.dates("issued_on", "day differs")
    yield from _alone("invoice", heads, {r for k, d, _ in matched for r in (k, d)}, _FINISHED, names)


class _Differences:
    """What the other of two records says otherwise."""

    def __init__(self, kind: str, kept: Row, other: Row, by: str, names: Mapping[str, str]) -> None:
        self._kept, self._other = kept, other
        self._row = {
            "kind": kind, "customer": names.get(kept["customer_id"], ""), "source": kept["source"],
            "id": kept[f"{kind}_id"], "other_source": other["source"], "other_id": other[f"{kind}_id"],
            "matched_by": by, "day": kept["day"],
        }  # fmt: skip

    def amount(self, finding: str, column: str = "amount") -> Iterator[Row]:
        one, other = self._kept[column], self._other[column]
        if self._kept["currency"] == self._other["currency"] and one != other:
            amounts = {"amount_minor": one, "other_amount_minor": other, "difference_minor": other - one}
            yield {**self._row, "finding": finding, "currency": self._kept["currency"], **amounts}

    def text(self, column: str, finding: str) -> Iterator[Row]:
        if self._kept[column] != self._other[column]:
            yield {**self._row, "finding": finding, "detail": f"{self._kept[column]}, the other {self._other[column]}"}

    def dates(self, column: str, finding: str) -> Iterator[Row]:
        one, other = int(self._kept[column]), int(self._other[column])
        if one != other and NO_DAY not in (one, other):
            yield {**self._row, "finding": finding, "detail": f"{day_of(one)}, the other {day_of(other)}"}


def _alone(
    kind: str, heads: Sequence[Row], matched: set[int], counting: Sequence[str], names: Mapping[str, str]
) -> Iterator[Row]:
    """What one of several systems that have such things has alone."""
    sources = {head["source"] for head in heads if head["status"] in counting}
    for row, head in enumerate(heads):
        if len(sources) > 1 and row not in matched and head["status"] in counting:
            yield {
                "kind": kind, "finding": f"only in {head['source']}", "customer": names.get(head["customer_id"], ""),
                "source": head["source"], "id": head[f"{kind}_id"], "amount_minor": head["amount"],
                "difference_minor": -head["amount"], "currency": head["currency"], "day": head["day"],
            }  # fmt: skip


def _asked(pair: Pair) -> Row:
    source, _, own = pair.left.partition(":")
    other, _, its = pair.right.partition(":")
    return {
        "kind": pair.kind.removesuffix("s"), "finding": "to be judged", "customer": pair.names[0], "source": source,
        "id": own, "other_source": other, "other_id": its, "matched_by": f"{pair.by} ({pair.score})",
        "detail": f"backlog matches accept {pair.id}, or split", "day": NO_DAY,
    }  # fmt: skip


def _extreme(lines: pd.DataFrame, column: str, which: str) -> dict[str, int]:
    dated = lines[lines[column] != NO_DAY].groupby("contract_id")[column]
    return dict((dated.min() if which == "min" else dated.max()).items())  # type: ignore[arg-type]


def _known(first: int, otherwise: int) -> int:
    return int(first if first != NO_DAY else otherwise)


def _frame(rows: Sequence[Row]) -> pd.DataFrame:
    blank = {**dict.fromkeys(_TEXTS, ""), "day": NO_DAY}
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name, blank.get(name, NO_AMOUNT)) for row in rows], dtype=object if name in _TEXTS else "int64")
            for name in COLUMNS
        }
    )  # fmt: skip
