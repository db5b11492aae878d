"""Which contracts anything late has reached: those whose rows up to a close, or whose terms, are not what they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.clocks import FOREVER
from engine.kinds import BILLED
from engine.union import ROWS, Source, Union

# Where a row came from says nothing about what it comes to, nor do the numbers of rows it stands on.
_NO_FIGURES = ("cause", "raw_id", "version", "stretch")
_OWN_PLACES = ("customer", "contract", "product", "until")  # and these are told by the union


def touched(union: Union, end: int) -> BoolArray:
    """For each contract of the union: whether the books of now differ from those of the close, in anything that a figure
    of a day up to `end` stands on. Documents dated later do not; later terms do, for they move what was planned.
    """
    base, now = union.base, union.now
    count = len(union.contracts.table["id"])
    before, after = np.zeros(count, bool), np.zeros(count, bool)
    before[base.contract], after[now.contract] = True, True
    both = before & after
    unlike = _other_terms(union, count)
    for name in ROWS:
        unlike |= _other_rows(union.contract_of, _until(base, name, end), _until(now, name, end), count)
    late = (before & ~after) | (both & unlike) | (~before & _begun(union, end, count))
    if base.ledger.policy != now.ledger.policy:
        late |= before
    for view in base.ledger.views:  # what was late once stands in the books with its correction from then on
        if view.to_day == FOREVER:
            late[base.contract[view.contract]] = True
    return late


def _until(source: Source, name: str, end: int) -> dict[str, Any]:
    """The rows of a table that count; of documents those up to the close, for later ones are not its matter."""
    rows = source.rows(name)
    if name == "entries":
        kept = (rows["day"] <= end) | (rows["kind"] < BILLED)
        rows = {column: values[kept] for column, values in rows.items()}
    if name == "plans":
        rows["held_from"] = source.ledger.stretches["from_day"][rows["stretch"]]
    return {column: values for column, values in rows.items() if column not in _NO_FIGURES}


def _other_terms(union: Union, count: int) -> BoolArray:
    """Contracts whose own terms differ, or how one of their promises is earned."""
    unlike = np.zeros(count, bool)
    for joined, table in ((union.contracts, "contracts"), (union.obligations, "obligations")):
        rows, other = _shared(joined.base, joined.now)
        base, now = (getattr(source.ledger, table) for source in (union.base, union.now))
        for column in (name for name in now.keys() if name not in (*_NO_FIGURES, *_OWN_PLACES)):  # noqa: SIM118
            values = np.asarray(now[column])
            if values.dtype != object:  # words are no figures
                changed = joined.base[rows][np.asarray(base[column])[rows] != values[other]]
                unlike[changed if table == "contracts" else union.contract_of[changed]] = True
    return unlike


def _shared(base: IntArray, now: IntArray) -> tuple[IntArray, IntArray]:
    """The rows that both have: their numbers in each."""
    size = max(int(base.max(initial=-1)), int(now.max(initial=-1))) + 1
    at = np.full(size, -1)
    at[now] = np.arange(now.size)
    rows = np.flatnonzero(at[base] >= 0)
    return rows, at[base[rows]]


def _other_rows(contract_of: IntArray, one: Mapping[str, Any], other: Mapping[str, Any], count: int) -> BoolArray:
    """Contracts whose rows differ in number or in any column, in the order both ledgers keep them."""
    sides = []
    for rows in (one, other):
        order = np.argsort(rows["obligation"], kind="stable")
        sides.append(({name: values[order] for name, values in rows.items()}, contract_of[rows["obligation"][order]]))
    (left, left_of), (right, right_of) = sides
    unlike = np.bincount(left_of, minlength=count) != np.bincount(right_of, minlength=count)
    a, b = np.flatnonzero(~unlike[left_of]), np.flatnonzero(~unlike[right_of])
    for name in left:
        unlike[left_of[a][left[name][a] != right[name][b]]] = True
    return unlike


def _begun(union: Union, end: int, count: int) -> BoolArray:
    """Contracts that have anything in the books of now by the end of the close."""
    begun = np.zeros(count, bool)
    for name, day in (("entries", "day"), ("segments", "from_day")):
        rows = union.now.rows(name)
        begun[union.contract_of[rows["obligation"][rows[day] <= end]]] = True
    return begun
