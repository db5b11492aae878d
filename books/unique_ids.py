"""Ids that are unique over all systems: what one system alone calls so keeps its id, what two do is told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import pandas as pd

from books.rules import Rules
from model.records import TABLES

OWN = {"customers": "customer_id", "products": "product_id", "contracts": "contract_id", "contract_lines": "line_id",
       "amendments": "amendment_id", "invoices": "invoice_id"}  # fmt: skip
"""By table its own id, which others refer to, or which a promise is named by: the fee of a termination."""
_NOBODYS = ("fx_rates", "financials", "capacity", "targets")
"""A system that tells nothing else knows no customer: there is nobody to match with."""


@dataclass(frozen=True)
class Systems:
    """What of all records tells on each: `order`, the systems as they govern; `clashes`, by table the ids (source, id) that a
    system before this one has too; `nobodys`, where only some records are given: domains that very many customers have."""

    order: Sequence[str]
    clashes: Mapping[str, Set[tuple[str, str]]]
    nobodys: Set[str] = frozenset()

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame], authority: Sequence[str]) -> Systems:
        """Told by the tables: those of `authority` in its order, then the others by name."""
        found = {
            source for name, frame in tables.items() if name not in _NOBODYS for source in set(frame["source"].tolist())
        }
        order = [*[name for name in authority if name in found], *sorted(found - set(authority))]
        return cls(order, {name: _repeated(tables[name][["source", column]], order) for name, column in OWN.items()})


def unique_ids(tables: Mapping[str, pd.DataFrame], systems: Systems) -> dict[str, pd.DataFrame]:
    """An id that two sources use stays with the foremost; in the others it reads "source:id"."""
    facts = dict(tables)
    for name, clashes in systems.clashes.items():
        if clashes:
            for other, table in TABLES.items():
                for held in table.columns:
                    if (
                        held.refers == name
                        or (other == name and held.name == OWN[name])
                        or (name == "contract_lines" and held.name == "new_line_id")
                    ):
                        facts[other] = _prefixed(facts[other], held.name, clashes)
    return facts


def clashes(pairs: Iterable[tuple[str, str]], order: Sequence[str]) -> set[tuple[str, str]]:
    """Of ids as (source, id) those that a system before their own in the order has too."""
    rank, first = {source: n for n, source in enumerate(order)}, dict[str, str]()
    by_rank = sorted(pairs, key=lambda pair: rank.get(pair[0], len(rank)))
    return {(source, value) for source, value in by_rank if first.setdefault(value, source) != source}


def former_ids(facts: pd.DataFrame, own: pd.DataFrame, rules: Rules) -> list[tuple[str, str]]:
    """Ids of customers that a vendor has merged into others, each with whom it means: a question by one is answered for the
    other."""
    old_of: dict[tuple[str, str], list[str]] = {}
    for (source, kind), names in rules.former.items():
        if kind == "customers":
            for old, new in names.items():
                old_of.setdefault((source, new), []).append(old)
    if not old_of:
        return []
    columns = (facts["customer_id"].tolist(), own["source"].tolist(), own["customer_id"].tolist())
    return [
        (old, unique) for unique, source, plain in zip(*columns, strict=True) for old in old_of.get((source, plain), ())
    ]


def _repeated(frame: pd.DataFrame, order: Sequence[str]) -> set[tuple[str, str]]:
    """The clashes of a table's ids."""
    ids = frame.iloc[:, 1]
    if ids.is_monotonic_increasing:  # as the store gives them
        values = ids.to_numpy(object)
        repeated = values[1:][values[1:] == values[:-1]].tolist()
    else:
        repeated = ids[ids.duplicated()].tolist()
    both = frame[ids.isin(repeated)] if repeated else frame.iloc[:0]
    return clashes(zip(both["source"].tolist(), both.iloc[:, 1].tolist(), strict=True), order)


def _prefixed(frame: pd.DataFrame, column: str, clashes: Set[tuple[str, str]]) -> pd.DataFrame:
    values = [f"{source}:{value}" if (source, value) in clashes else value
              for source, value in zip(frame["source"], frame[column], strict=True)]  # fmt: skip
    return frame.assign(**{column: pd.Series(values, frame.index, object)})
