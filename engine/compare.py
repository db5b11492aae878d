"""Two ledgers of one company: which contracts differ between them, and what brought the difference about.

A figure is a sum over contracts, so what changed it is found contract by contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.arithmetic import IntArray
from engine.clocks import FOREVER
from engine.ledger import Ledger
from engine.methods import ADDED, FEE
from engine.slices import Slice

# What decides over figures in each table; what only tells where a row came from does not.
_CONTRACT = ("status", "signed_on", "start_on", "end_on", "currency", "committed", "notice_days", "evergreen")
_OBLIGATION = ("id", "kind", "method", "start_on", "end_on", "booked_on", "stated")
_SEGMENT = ("amount", "clock", "a", "b", "length", "from_day", "to_day")
_ENTRY = ("day", "amount", "kind")
_CAUSES = (
    ("amendment", "amendments"),
    ("estimate ", "estimates"),
    ("credit note ", "credit notes"),
    ("status of ", "cancellations"),
)


@dataclass(frozen=True)
class ContractChange:
    """Why a contract's figures differ: the kind of cause, the causes by name, and the source records that are new."""

    contract: str
    cause: str
    names: tuple[str, ...]
    raw_ids: tuple[int, ...]


def changed_contracts(before: Ledger, after: Ledger) -> list[str]:
    """Ids of the contracts whose figures may differ between two ledgers, in order; one that only one has included."""
    first, second = _prints(before), _prints(after)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def causes(before: Ledger, after: Ledger, contracts: Iterable[str]) -> dict[str, ContractChange]:
    """What brought the difference about, for each of those contracts.

    new contracts (none was committed before), amendments, cancellations, estimates, credit notes, changed terms (the
    contract or a line reads otherwise), late facts (deliveries, invoices, payments and their like).
    """
    old, new = _positions(before), _positions(after)
    return {name: _change(name, before, old.get(name), after, new.get(name)) for name in contracts}


def _change(name: str, before: Ledger, old: int | None, after: Ledger, new: int | None) -> ContractChange:
    was = old is not None and bool(before.contracts["committed"][old])
    now = new is not None and bool(after.contracts["committed"][new])
    if new is None or (was and not now):
        return ContractChange(name, "contracts gone", (f"contract {name}",), ())
    had, has = _evidence(before, old), _evidence(after, new)
    fresh = tuple(sorted(has.raw_ids - had.raw_ids))
    if now and not was:
        return ContractChange(name, "new contracts", (f"contract {name}",), fresh)
    words = sorted(has.causes - had.causes) + [f"amendment: {line}" for line in sorted(has.added - had.added)]
    for prefix, cause in _CAUSES:
        if found := tuple(word for word in words if word.startswith(prefix)):
            return ContractChange(name, cause, found, fresh)
    if has.terms != had.terms:
        return ContractChange(name, "changed terms", (f"contract {name}",), fresh)
    return ContractChange(name, "late facts", (), fresh)


@dataclass(frozen=True)
class _Evidence:
    """What a contract's figures stand on; `added`: lines that amendments brought."""

    causes: frozenset[str]
    added: frozenset[str]
    raw_ids: frozenset[int]
    terms: object


def _evidence(ledger: Ledger, position: int | None) -> _Evidence:
    """What a contract's figures stand on in a ledger."""
    if position is None:
        return _Evidence(frozenset(), frozenset(), frozenset(), None)
    part = Slice.make(ledger, np.array([position]), None)
    tables = [(ledger.entries, part.rows(ledger.bounds["entries"])[0])]
    owner = np.asarray(ledger.versions["obligation"])
    if part.obligations.size:
        first, last = int(part.obligations.min()), int(part.obligations.max())
        tables.append((ledger.versions, np.flatnonzero((owner >= first) & (owner <= last))))
    texts, raws = set[str](), {int(ledger.contracts["raw_id"][position])}
    for table, rows in tables:
        texts |= {str(ledger.causes["text"][cause]) for cause in set(np.asarray(table["cause"])[rows].tolist())}
        raws |= set(np.asarray(table["raw_id"])[rows].tolist())
    terms = (
        tuple(ledger.contracts[column][position] for column in _CONTRACT),
        tuple(tuple(np.asarray(ledger.obligations[column])[part.obligations].tolist()) for column in _OBLIGATION),
    )
    ids, kinds = (np.asarray(ledger.obligations[column])[part.obligations] for column in ("id", "kind"))
    added = frozenset(str(line) for line in ids[np.isin(kinds, (ADDED, FEE))])
    return _Evidence(frozenset(texts), added, frozenset(raw for raw in raws if raw), terms)


def _positions(ledger: Ledger) -> Mapping[str, int]:
    """Where each contract stands; one that is known no more stands only in closed periods, and nowhere here."""
    known = np.asarray(ledger.contracts["until"]) == FOREVER
    return {str(ledger.contracts["id"][row]): int(row) for row in np.flatnonzero(known) if ledger.contracts["id"][row]}


def _prints(ledger: Ledger) -> dict[str, int]:
    """A number for each contract that two ledgers share only if all that decides over its figures is the same.

    A contract that closed periods have as another customer's stands in several rows, and may be seen otherwise up to a close
    (engine.views): all of it counts.
    """
    total = _row_prints(ledger)
    with np.errstate(over="ignore"):
        for view in ledger.views:
            seen = np.r_[_row_prints(view.ledger), np.uint64(1)][view.at]
            seen += pd.util.hash_array(np.full(seen.size, view.to_day))
            total[view.contract] = total[view.contract] * np.uint64(31) + seen
        found: dict[str, int] = {}
        for name, value in zip(ledger.contracts["id"], total.tolist(), strict=True):
            if name:
                found[str(name)] = found.get(str(name), 0) + value
    return found


def _row_prints(ledger: Ledger) -> npt.NDArray[np.uint64]:
    """A number for each row of contracts, from the rows that stand on it."""
    count = len(ledger.contracts["id"])
    total = np.zeros(count, np.uint64)
    obligation = np.asarray(ledger.obligations["contract"])
    customer = np.asarray(ledger.customers["id"])[np.asarray(ledger.contracts["customer"])]
    product = np.asarray(ledger.obligations["product"])
    products = np.array([*ledger.products["id"], ""], object)[product]
    due = np.array([*ledger.invoices["due_on"], 0], np.int64)[np.asarray(ledger.entries["invoice"])]
    parts: list[tuple[IntArray, dict[str, object]]] = [
        (
            np.arange(count),
            {"customer": customer, "until": ledger.contracts["until"], **{c: ledger.contracts[c] for c in _CONTRACT}},
        ),
        (obligation, {"product": products, **{c: ledger.obligations[c] for c in _OBLIGATION}}),
        (obligation[ledger.segments["obligation"]], {c: ledger.segments[c] for c in _SEGMENT}),
        (obligation[ledger.entries["obligation"]], {"due": due, **{c: ledger.entries[c] for c in _ENTRY}}),
    ]
    for salt, (owner, columns) in enumerate(parts, 1):
        rows = pd.util.hash_pandas_object(pd.DataFrame(columns), index=False).to_numpy(np.uint64)
        with np.errstate(over="ignore"):
            np.add.at(total, owner, rows * np.uint64(2 * salt + 1))
    return total
