"""A ledger brought up to date: only the customers whom something has touched since the last whole one are made anew.

Beside a ledger that was made whole lies a file that says which state of the store it stands on and whose each record was
(books.owners). What the store has been told since names the customers it touches; with those they are linked to, their
records alone are read and made into their part of the ledger, which is spliced into the whole one (engine.splice).

It is made whole again when what changed may reach everybody, or so much has that nothing would be saved: `_reaches_all`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from books.owners import LOOSE, OWNED, groups
from engine import file
from engine.arithmetic import BoolArray, IntArray
from engine.promises import decimals
from engine.splice import place_of
from model.errors import LedgerBroken
from store.changes import Changes, Mark, changes, values_of
from store.columns import reading
from store.facts import read_some

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

    from engine.ledger import Ledger
    from store.columns import Read

RECORDS = ".records"
SHARE = 10
"""With more than one customer in so many touched, the ledger is made whole."""
_ALL = ("products", "fx_rates")
"""Tables read whole: they are small, and belong to nobody."""
_DIGITS = 9  # more decimals in a quantity change the unit of all (engine.build)
_log = logging.getLogger("backlog.books")


@dataclass(frozen=True)
class Touched:
    """`gone`: the places in the whole ledger of the customers to be made anew; `facts`: their records, and what belongs to
    nobody."""

    gone: IntArray
    facts: dict[str, pd.DataFrame]


def keep(
    ledger: Ledger, standing: str, mark: Mark, facts: Mapping[str, pd.DataFrame], numbers: Mapping[str, IntArray]
) -> None:
    """Writes down beside a whole ledger what an update needs: the state it stands on, and whose each record is.

    `standing`: how records were read; `numbers`: by table the version of each row of the facts.
    """
    assert ledger.path is not None  # noqa: S101
    if not in_order(ledger):
        return
    customers, of = groups(facts, ledger)
    tables = {"customers": {"group": customers}}
    for name in OWNED:
        order = np.argsort(numbers[name])
        tables[f"{name} records"] = {"version": numbers[name][order], "group": of[name][order]}
    file.write(
        ledger.path.with_suffix(RECORDS), tables, {"standing": standing, "mark": mark.said, "fine": _fine(facts)}
    )


def ids(whole: Ledger, made: Touched) -> set[str]:
    """The ids of the customers to be made anew: of those that go, and those that come."""
    return {*whole.customers["id"][made.gone].tolist(), *made.facts["customers"]["customer_id"].tolist()}


def in_order(ledger: Ledger) -> bool:
    """Whether the customers of a ledger stand by id: those of closed books that are known no more come after the others."""
    return all(one < other for one, other in pairwise(np.asarray(ledger.customers["id"]).tolist()))


def touched(engine: sa.Engine, whole: Ledger, standing: str) -> Touched | None:
    """What has to be made anew of a whole ledger, None where all has to be."""
    assert whole.path is not None  # noqa: S101
    try:
        records = file.Reader(whole.path.with_suffix(RECORDS))
    except LedgerBroken:
        return None
    with reading(engine, little=True) as read:
        mark = Mark.parse(records.facts["mark"])
        if records.facts["standing"] != standing or not records.facts["fine"]:
            return None
        changed, now = changes(read, mark), Mark.now(read)
        customers = np.asarray(records.column("customers", "group"))
        if reason := _reaches_all(mark, now, changed):
            _log.info("the ledger is made whole: %s", reason)
            return None
        group = _groups(read, changed, records, customers, whole)
        gone = np.flatnonzero(group[customers])
        if gone.size * SHARE > customers.size:
            _log.info("the ledger is made whole: %s of %s customers are touched", gone.size, customers.size)
            return None
        facts = read_some(read, {name: _wanted(name, changed, records, group) for name in (*OWNED, *_ALL)})
    return Touched(gone, facts) if _fine(facts) else None


def _reaches_all(before: Mark, now: Mark, changed: Changes) -> str:
    """Why everything has to be made anew, blank if not."""
    if before.store != now.store or any(now.newest[name] < number for name, number in before.newest.items()):
        return "the store is another one"
    if (before.aliases, before.decisions) != (now.aliases, now.decisions):
        return "records were found to be one"
    if "products" in changed:
        return "products have changed"
    return ""


def _groups(read: Read, changed: Changes, records: file.Reader, customers: IntArray, whole: Ledger) -> BoolArray:
    """For each group whether anything touches it; what belongs to nobody (the last place) may touch any."""
    hit = np.zeros(customers.size + 1, bool)
    hit[LOOSE] = True
    for name in OWNED:
        version, group = (np.asarray(records.column(f"{name} records", column)) for column in ("version", "group"))
        hit[group[_found(version, changed.ended[name])]] = True
    ids = whole.customers["id"]
    for name in _customers(read, changed):
        place = place_of(ids, name)
        if place < len(ids) and ids[place] == name:
            hit[customers[place]] = True
    return hit


def _customers(read: Read, changed: Changes) -> set[str]:
    """The ids of all customers that records which came are of, or name."""
    named: dict[str, set[str]] = {name: set() for name in ("customers", "contracts", "contract_lines", "invoices")}
    for table in OWNED:
        for column, ids in changed.refers[table].items():
            if column in _NAMES:
                named[_NAMES[column]] |= set(ids)
    lines = named["contract_lines"]
    added = [values_of(read, table, key, lines, "contract_id") for table, key in
             (("contract_lines", "record_id"), ("amendments", "new_line_id"))]  # fmt: skip
    named["contracts"] |= {contract for found in added for contract in found.values()}
    for column, target in (("customer_id", "customers"), ("contract_id", "contracts")):
        named[target] |= set(values_of(read, "invoices", "record_id", named["invoices"], column).values())
    named["customers"] |= set(values_of(read, "contracts", "record_id", named["contracts"], "customer_id").values())
    return named["customers"] - {""}


_NAMES = {"customer_id": "customers", "contract_id": "contracts", "line_id": "contract_lines", "new_line_id": "contract_lines",
          "invoice_id": "invoices"}  # fmt: skip


def _wanted(name: str, changed: Changes, records: file.Reader, group: BoolArray) -> IntArray | None:
    """The versions of a table that are to be read, None for all."""
    if name in _ALL:
        return None
    version, of = (np.asarray(records.column(f"{name} records", column)) for column in ("version", "group"))
    mine = group[of]
    mine[_found(version, changed.ended[name])] = False
    return np.concatenate([version[mine], changed.came[name]])


def _found(versions: IntArray, asked: IntArray) -> IntArray:
    """Where those of the asked versions stand that are among the known ones (ascending)."""
    place = np.searchsorted(versions, asked)
    there = place < versions.size
    there[there] = versions[place[there]] == asked[there]
    return np.asarray(place[there])


def _fine(facts: Mapping[str, pd.DataFrame]) -> bool:
    """Whether the quantities of the facts are told in the usual unit."""
    columns = (("contract_lines", "quantity"), ("amendments", "quantity"), ("deliveries", "value"))
    return decimals(*(facts[table][name].to_numpy(object) for table, name in columns)) <= _DIGITS
