"""Ids that are unique over all systems: what one system alone calls so keeps its id, what two do is told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from books.rules import Rules
from model.records import TABLES

OWN = {"customers": "customer_id", "products": "product_id", "contracts": "contract_id", "contract_lines": "line_id",
       "invoices": "invoice_id"}  # fmt: skip
"""By table its own id, which others refer to."""


def unique_ids(tables: Mapping[str, pd.DataFrame], order: Sequence[str]) -> dict[str, pd.DataFrame]:
    """An id that two sources use stays with the foremost; in the others it reads "source:id"."""
    facts = dict(tables)
    for name, column in OWN.items():
        frame = tables[name]
        clashes = _clashes(frame[["source", column]], order)
        if clashes:
            for other, table in TABLES.items():
                for held in table.columns:
                    if (
                        held.refers == name
                        or (other == name and held.name == column)
                        or (name == "contract_lines" and held.name == "new_line_id")
                    ):
                        facts[other] = _prefixed(facts[other], held.name, clashes)
    return facts


def former_ids(facts: pd.DataFrame, own: pd.DataFrame, rules: Rules) -> dict[str, str]:
    """Ids of customers that a vendor has merged into others: a question by one is answered for the other."""
    found: dict[str, str] = {}
    old_of: dict[tuple[str, str], list[str]] = {}
    for (source, kind), names in rules.former.items():
        if kind == "customers":
            for old, new in names.items():
                old_of.setdefault((source, new), []).append(old)
    if old_of:
        for unique, source, plain in zip(facts["customer_id"], own["source"], own["customer_id"], strict=True):
            for old in old_of.get((source, plain), ()):
                found.setdefault(old, unique)
    return found


def _clashes(frame: pd.DataFrame, order: Sequence[str]) -> set[tuple[str, str]]:
    """Ids that a system has and one before it in the order too, as (source, id)."""
    ids = frame.iloc[:, 1]
    if ids.is_monotonic_increasing:  # as the store gives them
        values = ids.to_numpy(object)
        repeated = values[1:][values[1:] == values[:-1]].tolist()
    else:
        repeated = ids[ids.duplicated()].tolist()
    clashes: set[tuple[str, str]] = set()
    if repeated:
        rank, first = {source: n for n, source in enumerate(order)}, dict[str, str]()
        both = frame[ids.isin(repeated)]
        pairs = sorted(zip(both["source"], both.iloc[:, 1], strict=True), key=lambda pair: rank.get(pair[0], len(rank)))
        clashes = {(source, value) for source, value in pairs if first.setdefault(value, source) != source}
    return clashes


def _prefixed(frame: pd.DataFrame, column: str, clashes: set[tuple[str, str]]) -> pd.DataFrame:
    values = [f"{source}:{value}" if (source, value) in clashes else value
              for source, value in zip(frame["source"], frame[column], strict=True)]  # fmt: skip
    return frame.assign(**{column: pd.Series(values, frame.index, object)})
