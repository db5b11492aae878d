"""Puts views together: the rows of chosen contracts out of one or two ledgers, in the places of a union."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.arithmetic import BoolArray, IntArray, places
from engine.clocks import FOREVER
from engine.ledger import Ledger
from engine.union import ROWS, Source, Union
from engine.views import View
from model.policy import Policy

Columns = dict[str, Any]
_STAND_ON = (("segments", "versions", "version"), ("plans", "stretches", "stretch"))


def seen_now(union: Union, late: BoolArray) -> View:
    """The late contracts as all that is known shows them, for the open days."""
    now = union.now
    own = np.flatnonzero(late[now.contract])
    return _view(union, [(now, own)], np.flatnonzero(late), FOREVER, now.ledger.policy)


def seen_then(union: Union, late: BoolArray, end: int) -> View:
    """The late contracts as they were known at the close, without what closes before it had corrected."""
    base = union.base
    parts = []
    corrected = np.zeros(base.contract.size, bool)
    for view in base.ledger.views:
        if view.to_day == FOREVER:
            corrected[view.contract] = True
            parts.append((_source(view, base), np.arange(len(view.ledger.contracts["id"]))))
    parts.append((base, np.flatnonzero(late[base.contract] & ~corrected)))
    return _view(union, parts, np.flatnonzero(late), end, base.ledger.policy)


def kept(union: Union) -> list[View]:
    """The views of the closes before, in the places of the union."""
    made = []
    for view in union.base.ledger.views:
        if view.to_day != FOREVER:
            source = _source(view, union.base)
            own = np.arange(len(view.ledger.contracts["id"]))
            contracts = np.sort(union.base.contract[view.contract])
            made.append(_view(union, [(source, own)], contracts, view.to_day, view.ledger.policy))
    return made


def housed(view: View, ledger: Ledger) -> View:
    """The view with the customers, products and documents of the ledger it belongs to."""
    tables = {name: getattr(view.ledger, name) for name in ("contracts", "obligations", *ROWS)}
    return View(view.to_day, ledger.part(view.ledger.policy, tables), view.contract, view.at, view.obligation)


def _source(view: View, base: Source) -> Source:
    """A view of the base as a source of its own."""
    known = np.flatnonzero(view.at >= 0)
    contract = np.empty(known.size, np.int64)
    contract[view.at[known]] = base.contract[view.contract[known]]
    own = base.obligation[view.obligation]
    return Source(view.ledger, base.customer, base.product, contract, own, base.invoice, base.cause)


def _view(
    union: Union, parts: Sequence[tuple[Source, IntArray]], contracts: IntArray, to_day: int, policy: Policy
) -> View:
    """`parts`: sources, each with the contracts to take (its own numbers); `contracts`: all the view speaks of."""
    taken: list[dict[str, Columns]] = []
    for source, own in parts:
        first = [sum(len(tables[name]["obligation"]) for tables in taken) for name in ("versions", "stretches")]
        taken.append(_taken(source, own, *first))
    tables = {name: _stacked([tables[name] for tables in taken]) for name in taken[0]}
    place = {name: np.argsort(tables[name]["at"], kind="stable") for name in ("contracts", "obligations")}
    tables |= {name: {c: v[order] for c, v in tables[name].items()} for name, order in place.items()}
    # Obligations of a union stand by contract, so that sorted by their places they are by contract here too.
    contract, obligation = tables["contracts"].pop("at"), tables["obligations"].pop("at")
    tables["obligations"]["contract"] = np.searchsorted(contract, tables["obligations"]["contract"])
    for name in ROWS:
        tables[name]["obligation"] = np.searchsorted(obligation, tables[name]["obligation"])
    for name, rows, column in _STAND_ON:
        order = np.argsort(tables[rows]["obligation"], kind="stable")
        at = places(order)
        tables[name][column] = at[tables[name][column]]
    for name in ROWS:
        order = np.argsort(tables[name]["obligation"], kind="stable")
        tables[name] = {column: values[order] for column, values in tables[name].items()}
    del tables["plans"]["obligation"]
    found = np.searchsorted(contract, contracts)
    known = np.isin(contracts, contract)
    return View(to_day, union.now.ledger.part(policy, tables), contracts, np.where(known, found, -1), obligation)


def _taken(source: Source, contracts: IntArray, version: int, stretch: int) -> dict[str, Columns]:
    """The rows of those contracts; contracts and obligations with `at`, their place in the union.

    `version`, `stretch`: the numbers from which those count.
    """
    ledger = source.ledger
    chosen = np.zeros(source.contract.size, bool)
    chosen[contracts] = True
    promised = chosen[ledger.obligations["contract"]]
    tables = {
        "contracts": _rows(ledger.contracts, chosen) | {"at": source.contract[chosen]},
        "obligations": _rows(ledger.obligations, promised) | {"at": source.obligation[promised]},
    }
    agreed, owned = tables["contracts"], tables["obligations"]
    agreed["customer"] = source.customer[agreed["customer"]]
    owned["contract"] = source.contract[owned["contract"]]
    owned["product"] = np.r_[source.product, -1][owned["product"]]
    wanted = np.zeros(int(source.obligation.max(initial=-1)) + 1, bool)
    wanted[source.obligation[promised]] = True
    kept = {name: wanted[source.rows(name)["obligation"]] for name in ROWS}
    tables |= {name: {c: v[kept[name]] for c, v in source.rows(name).items()} for name in ROWS}
    for (name, rows, column), first in zip(_STAND_ON, (version, stretch), strict=True):
        tables[name][column] = first + (np.cumsum(kept[rows]) - 1)[tables[name][column]]
    return tables


def _rows(table: Any, chosen: BoolArray) -> Columns:
    return {name: np.asarray(table[name])[chosen] for name in table.keys()}  # noqa: SIM118 (read from a file)


def _stacked(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
