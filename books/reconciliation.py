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

import numpy as np
import pandas as pd

from books.belonging import Belonging
from books.contracts import Match
from books.rules import Pair
from model.frames import NO_AMOUNT, NO_DAY
from model.periods import day_of
from model.records import COMMITTED

COLUMNS = (
    "kind", "finding", "customer", "source", "id", "other_source", "other_id", "matched_by", "amount_minor",
    "other_amount_minor", "difference_minor", "currency", "detail", "day",
)  # fmt: skip
_TEXTS = ("kind", "finding", "customer", "source", "id", "other_source", "other_id", "matched_by", "currency", "detail")
_HEAD = ("source", "customer_id", "status", "currency")
_FINISHED = ("open", "paid", "uncollectible")
Row = dict[str, Any]


def empty() -> pd.DataFrame:
    """No difference."""
    return _frame([])


def reconcile(
    facts: Mapping[str, pd.DataFrame],
    contracts: Sequence[Match],
    stated: Belonging,
    invoices: Sequence[tuple[int, int, str]],
    billed: Belonging,
    asked: Sequence[Pair],
) -> pd.DataFrame:
    """All differences. `facts`: each customer once, contracts and invoices as their systems have them; `stated`, `billed`:
    which of those each line belongs to."""
    names = dict(zip(facts["customers"]["customer_id"].tolist(), facts["customers"]["name"].tolist(), strict=True))
    rows = [
        *_contracts(facts["contracts"], contracts, stated, names),
        *_invoices(facts["invoices"], invoices, billed, facts["invoice_lines"], names),
        *(_asked(pair) for pair in asked),
    ]
    return _frame(rows)


def _contracts(
    frame: pd.DataFrame, matched: Sequence[Match], stated: Belonging, names: Mapping[str, str]
) -> Iterator[Row]:
    if frame["source"].nunique() < 2:
        return
    first, last = stated.first("start_on"), stated.last("end_on")
    heads = _Heads(frame, "contract", names, amount=stated.total("amount_minor"), day=frame["signed_on"].to_numpy(),
                   start_on=np.where(first == NO_DAY, frame["start_on"], first),
                   end_on=np.where(last == NO_DAY, frame["end_on"], last))  # fmt: skip
    for kept, dropped, by in heads.unlike(matched, "amount", "currency", "start_on", "end_on"):
        made = _Differences("contract", heads[kept], heads[dropped], by, names)
        yield from made.amount("price differs")
        yield from made.text("currency", "currency differs")
        for column, finding in (("start_on", "start differs"), ("end_on", "end differs")):
            yield from made.dates(column, finding)
    yield from heads.alone(matched, COMMITTED)


def _invoices(frame: pd.DataFrame, matched: Sequence[tuple[int, int, str]], billed: Belonging, lines: pd.DataFrame,
              names: Mapping[str, str]) -> Iterator[Row]:  # fmt: skip
    if frame["source"].nunique() < 2:
        return
    taxed = lines["tax_minor"].to_numpy(np.int64) != NO_AMOUNT
    finished = frame["status"].isin(_FINISHED).to_numpy()
    heads = _Heads(frame, "invoice", names, amount=billed.total("amount_minor"), tax=billed.total("tax_minor", taxed),
                   day=frame["issued_on"].to_numpy(), finished=finished)  # fmt: skip
    for kept, dropped, by in heads.unlike(matched, "amount", "tax", "currency", "finished", "day"):
        one, other = heads[kept], heads[dropped]
        made = _Differences("invoice", one, other, by, names)
        yield from made.amount("amount differs")
        yield from made.amount("tax differs", "tax")
        yield from made.text("currency", "currency differs")
        if one["finished"] != other["finished"]:
            yield from made.text("status", "status differs")
        yield from made.dates("day", "day differs")
    yield from heads.alone(matched, _FINISHED)


class _Heads:
    """Contracts or invoices with what their lines come to; only those that are looked at become rows."""

    def __init__(self, frame: pd.DataFrame, kind: str, names: Mapping[str, str], **more: Any) -> None:
        self._kind, self._names = kind, names
        self._columns = {name: frame[name].to_numpy() for name in (*_HEAD, f"{kind}_id")} | more

    def __getitem__(self, row: int) -> Row:
        return {name: values[row] for name, values in self._columns.items()}

    def unlike(self, matched: Sequence[tuple[int, int, str]], *columns: str) -> Iterator[tuple[int, int, str]]:
        """The pairs of which any column differs."""
        kept, dropped = (np.array([match[side] for match in matched], np.int64) for side in (0, 1))
        differs = np.zeros(kept.size, bool)
        for values in (self._columns[name] for name in columns):
            differs |= values[kept] != values[dropped]
        return (matched[at] for at in np.flatnonzero(differs).tolist())

    def alone(self, matched: Sequence[tuple[int, int, str]], counting: Sequence[str]) -> Iterator[Row]:
        """What one of several systems that have such things has alone."""
        counts = pd.Series(self._columns["status"], dtype=object).isin(counting).to_numpy().copy()
        if len(set(self._columns["source"][counts].tolist())) < 2:
            return
        counts[[row for match in matched for row in match[:2]]] = False
        for row in np.flatnonzero(counts).tolist():
            head = self[row]
            yield {
                "kind": self._kind, "finding": f"only in {head['source']}", "customer": self._names.get(head["customer_id"], ""),
                "source": head["source"], "id": head[f"{self._kind}_id"], "amount_minor": head["amount"],
                "difference_minor": -head["amount"], "currency": head["currency"], "day": head["day"],
            }  # fmt: skip


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


def _asked(pair: Pair) -> Row:
    source, _, own = pair.left.partition(":")
    other, _, its = pair.right.partition(":")
    return {
        "kind": pair.kind.removesuffix("s"), "finding": "to be judged", "customer": pair.names[0], "source": source,
        "id": own, "other_source": other, "other_id": its, "matched_by": f"{pair.by} ({pair.score})",
        "detail": f"backlog matches accept {pair.id}, or split", "day": NO_DAY,
    }  # fmt: skip


def _frame(rows: Sequence[Row]) -> pd.DataFrame:
    blank = {**dict.fromkeys(_TEXTS, ""), "day": NO_DAY}
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name, blank.get(name, NO_AMOUNT)) for row in rows], dtype=object if name in _TEXTS else "int64")
            for name in COLUMNS
        }
    )  # fmt: skip
