"""Closed periods: the books as they were known at the close hold to its last day, and what became known later comes after.

    figure(d) = as known at the close      for every day d up to the close's last day
                as known now               for every day after it

so the difference between the two on the last closed day is booked on the first open one, as entries and segments of
their own: the prior-period corrections. Contracts that nothing late has reached keep their rows as they are. A chain of
closes is this rule applied once for each, for the books of the last close were made by it.

Source: semantics.md, Recognition; ASC 250-10-45-27 (out-of-period adjustments)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray, pick, places
from engine.causes import in_order
from engine.closed_rates import closed_rates
from engine.corrections import Corrections, agreed_since, corrections
from engine.gather import housed, kept, seen_now, seen_then
from engine.kinds import CORRECTION
from engine.ledger import Ledger
from engine.lines import on_day, with_ends
from engine.touched import touched
from engine.union import Union, unite
from model.records import NO_DAY

Columns = dict[str, Any]


@dataclass(frozen=True)
class Closed:
    """The last close: the books as they were known then (earlier closes included), and its last day (a day number)."""

    books: Ledger
    end: int


def carry(closed: Closed, now: Ledger, reaching_back: Columns) -> Ledger:
    """The books that the close holds: `closed.books` to its last day, `now` from the day after it.

    `now`: the ledger of all that is known, as if no period had been closed; `reaching_back`: what the catch-ups of its open
    days say of closed ones (engine.schedule), which is told apart as a correction on the same day.
    Holds: every figure of a day up to the close's last is that of `closed.books`; every figure of a later day, and every
    flow since the beginning, is that of `now`.
    """
    union = unite(closed.books, now)
    late = touched(union, closed.end)
    backdated = agreed_since(union, reaching_back)
    late[union.contract_of[backdated["obligation"]]] = True
    then, since = seen_then(union, late, closed.end), seen_now(union, late)
    found = corrections(then, since, union, closed.end, backdated)
    books = Ledger(
        now.version, now.known_at, now.policy, now.reporting,
        customers=union.customers.table, products=union.products.table, contracts=_contracts(union, closed.end),
        obligations=_obligations(union, late, closed.end), invoices=union.invoices.table,
        **_rows(union, late, closed.end, found), rates=closed_rates(closed.books.rates, now.rates, closed.end),
        causes={"text": np.array([*found.texts, None], object)[:-1]}, aliases=now.aliases,
        exceptions_table=_exceptions(union), views=(), path=None,
    )  # fmt: skip
    views = [*kept(union), *((then, since) if late.any() else ())]
    in_order(books, views)
    books.views = tuple(housed(view, books) for view in views if view.contract.size)
    return books


def _contracts(union: Union, end: int) -> Columns:
    """Contracts of both; `until` is the last day of one that is known no more, or is another customer's now."""
    table, gone = dict(union.contracts.table), union.contracts.gone
    table["until"] = np.where(gone, np.minimum(table["until"], end), table["until"])
    return table


def _obligations(union: Union, late: BoolArray, end: int) -> Columns:
    """Promises of both; a closed period keeps the day on which one was booked, and a late one is booked after it."""
    table = dict(union.obligations.table)
    booked = table["booked_on"].copy()
    new = np.ones(booked.size, bool)
    new[union.base.obligation] = False
    after = new & late[union.contract_of] & (booked != NO_DAY)
    booked[after] = np.maximum(booked[after], end + 1)
    booked[union.base.obligation] = union.base.ledger.obligations["booked_on"]
    return {**table, "booked_on": booked}


def _exceptions(union: Union) -> Columns:
    """Exceptions are those of what is known now, in the places of the union; its customers come first there."""
    now = union.now
    table = {name: np.asarray(values) for name, values in now.ledger.exceptions_table.items()}
    return {**table, **{name: pick(place, table[name], -1) for name, place in
                        (("contract", now.contract), ("obligation", now.obligation))}}  # fmt: skip


def _rows(union: Union, late: BoolArray, end: int, found: Corrections) -> dict[str, Columns]:
    """Segments, versions and entries: of late contracts the closed days from the base, the rest from what is known now."""
    versions, was, is_, marked = _versions(union, late, end, found)
    then, now = (_late(source.rows("segments"), union, late) for source in (union.base, union.now))
    old, new = then[1] & (then[0]["from_day"] <= end), ~now[1] | (now[0]["to_day"] > end)
    before, after = _take(then[0], old), _take(now[0], new)
    before |= {"to_day": np.minimum(before["to_day"], end), "version": was[before["version"]]}
    opened = np.where(now[1][new], np.maximum(after["from_day"], end + 1), after["from_day"])
    after |= {"from_day": opened, "version": is_[after["version"]]}
    revenue = with_ends(on_day(np.full(found.revenue["amount"].size, end + 1), found.revenue["amount"]))
    corrected = {**revenue, "obligation": found.revenue["obligation"], "raw_id": found.revenue["raw_id"],
                 "version": _corrected(versions, found.revenue["obligation"])}  # fmt: skip
    then, now = (_late(source.rows("entries"), union, late) for source in (union.base, union.now))
    moved = [_take(then[0], then[1] & (then[0]["day"] <= end)), _take(now[0], ~now[1] | (now[0]["day"] > end))]
    return {
        "segments": with_ends(
            _sorted([before, after, corrected, *_apart(found, is_, marked)], ("from_day", "obligation"))
        ),
        "versions": {name: values for name, values in versions.items() if name != "rank"},
        # What was to come is asked of late contracts by their views (engine.views), of the others as it is known now.
        "stretches": union.now.rows("stretches"),
        "plans": {name: np.asarray(values) for name, values in union.now.ledger.plans.items()},
        "entries": _sorted([*moved, found.entries], ("kind", "day", "obligation")),
    }


def _apart(found: Corrections, is_: IntArray, marked: IntArray) -> list[Columns]:
    """What of catch-ups is a correction, as one, and taken off them; `is_`, `marked`: where the versions of both stand."""
    rows = found.backdated
    own = {name: rows[name] for name in ("obligation", "raw_id")}
    return [
        {**with_ends(on_day(rows["day"], amount)), **own, "version": version}
        for amount, version in ((rows["amount"], marked), (-rows["amount"], is_[rows["version"]]))
    ]


def _versions(
    union: Union, late: BoolArray, end: int, found: Corrections
) -> tuple[Columns, IntArray, IntArray, IntArray]:
    """Versions with those of corrections, and where each of base and now stands among them (-1: nowhere), and each of those
    that tell a correction of terms agreed later apart.

    The terms that are in force on the first open day are stated anew from that day, after the correction to them.
    """
    (base, then), (now, since) = (_late(source.rows("versions"), union, late) for source in (union.base, union.now))
    force = np.flatnonzero(since & (now["since"] <= end + 1))
    force = force[np.r_[now["obligation"][force][1:] != now["obligation"][force][:-1], True][: force.size]]
    opened = ~since | (now["since"] > end)
    opened[force] = True
    old, new = np.flatnonzero(then & (base["since"] <= end)), np.flatnonzero(opened)
    before, after = _take(base, old), _take(now, new)
    after["since"] = np.where(since[new], np.maximum(after["since"], end + 1), after["since"])
    back = {**{name: found.backdated[name] for name in ("obligation", "cause", "raw_id")}, "since": found.backdated["day"],
            "rule": np.full(found.backdated["day"].size, CORRECTION)}  # fmt: skip
    parts = [
        {**part, "rank": np.full(part["since"].size, rank)}
        for part, rank in ((before, 1), (after, 1), (_marks(found, end), 0), (back, 0))
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["rank"], joined["since"], joined["obligation"]))
    place = places(order)
    was, is_ = np.full(base["since"].size, -1), np.full(now["since"].size, -1)
    was[old], is_[new] = place[: old.size], place[old.size : old.size + new.size]
    marked = place[place.size - back["since"].size :]
    return {name: values[order] for name, values in joined.items()}, was, is_, marked


def _marks(found: Corrections, end: int) -> Columns:
    """A version for each promise that is corrected: revenue names its cause, else its first entry does."""
    obligation = np.r_[found.revenue["obligation"], found.entries["obligation"]]
    _, first = np.unique(obligation, return_index=True)
    count = first.size
    columns = {
        name: np.r_[found.revenue[name], found.entries[name]][first] for name in ("obligation", "cause", "raw_id")
    }
    return {**columns, "since": np.full(count, end + 1), "rule": np.full(count, CORRECTION)}


def _corrected(versions: Columns, obligation: IntArray) -> IntArray:
    """The newest correction of each of those promises."""
    marks = np.flatnonzero(versions["rank"] == 0)
    return marks[np.searchsorted(versions["obligation"][marks], obligation)]


def _late(rows: Columns, union: Union, late: BoolArray) -> tuple[Columns, BoolArray]:
    return rows, late[union.contract_of[rows["obligation"]]]


def _take(rows: Columns, kept: Any) -> Columns:
    return {name: values[kept] for name, values in rows.items()}


def _sorted(parts: Sequence[Columns], by: Sequence[str]) -> Columns:
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort([joined[name] for name in by])
    return {name: values[order] for name, values in joined.items()}
