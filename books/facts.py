"""The store's records as one company's facts: ids unique over all sources, each customer and each contract once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from books.contracts import Match, by_deal, matches, merge
from books.identity import same_customers
from model.records import TABLES

# A table's own id, which others refer to.
_OWN = {"customers": "customer_id", "products": "product_id", "contracts": "contract_id", "contract_lines": "line_id",
        "invoices": "invoice_id"}  # fmt: skip


@dataclass(frozen=True)
class Unified:
    """`tables`: facts for engine.build; `aliases`: other ids and names of customers; `matched`: contracts made one."""

    tables: dict[str, pd.DataFrame]
    aliases: dict[str, str]
    matched: pd.DataFrame


def unify(tables: Mapping[str, pd.DataFrame], authority: Sequence[str], customers: Mapping[str, str]) -> Unified:
    """Makes one set of facts from what several systems say.

    `authority`: connectors in the order in which their contracts govern; those not named follow by name.
    `customers`: customers known to be one, "source:id" → "source:id".
    """
    found = {source for frame in tables.values() for source in frame["source"].unique()}
    order = [*[name for name in authority if name in found], *sorted(found - set(authority))]
    facts = _unique_ids(tables, order)
    if len(order) < 2 and not customers:
        return Unified(facts, {}, _listed(facts, []))
    same_deal = by_deal(facts["contracts"], order)
    whose = (tables["contracts"]["source"] + ":" + tables["contracts"]["customer_id"]).tolist()
    pairs = [(whose[match.dropped], whose[match.kept]) for match in same_deal]
    standing = same_customers(tables["customers"], customers, pairs, order)
    own = tables["customers"]["source"] + ":" + tables["customers"]["customer_id"]
    unique = dict(zip(own, facts["customers"]["customer_id"], strict=True))
    becomes = {unique[name]: unique[other] for name, other in standing.items() if other != name}
    aliases = _aliases(facts["customers"], tables["customers"], becomes)
    facts = _one_customer(facts, becomes)
    agreed = matches(facts["contracts"], facts["contract_lines"], facts["contracts"]["customer_id"], order)
    return Unified(merge(facts, agreed), aliases, _listed(facts, agreed))


def _unique_ids(tables: Mapping[str, pd.DataFrame], order: Sequence[str]) -> dict[str, pd.DataFrame]:
    """An id that two sources use stays with the foremost; in the others it reads "source:id"."""
    facts = dict(tables)
    for name, column in _OWN.items():
        frame = tables[name]
        used: set[str] = set()
        clashes: set[tuple[str, str]] = set()
        for source in order:
            ids = set(frame.loc[frame["source"] == source, column])
            clashes |= {(source, value) for value in ids & used}
            used |= ids
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


def _prefixed(frame: pd.DataFrame, column: str, clashes: set[tuple[str, str]]) -> pd.DataFrame:
    values = [f"{source}:{value}" if (source, value) in clashes else value
              for source, value in zip(frame["source"], frame[column], strict=True)]  # fmt: skip
    return frame.assign(**{column: pd.Series(values, frame.index, object)})


def _one_customer(facts: Mapping[str, pd.DataFrame], becomes: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Every reference to a customer reads as the one it is; what the governing record leaves blank the others fill."""
    out = dict(facts)
    rows = facts["customers"].assign(group=[becomes.get(name, name) for name in facts["customers"]["customer_id"]])
    texts = ("parent_id", "domain", "tax_id", "region", "segment")
    filled = {c: dict(rows[rows[c] != ""].groupby("group")[c].first().items()) for c in texts}
    rows = rows[rows["customer_id"] == rows["group"]]
    for column, known in filled.items():
        values = [own or known.get(group, "") for own, group in zip(rows[column], rows["group"], strict=True)]
        rows = rows.assign(**{column: pd.Series(values, rows.index, object)})
    out["customers"] = rows.drop(columns="group").reset_index(drop=True)
    for name, table in TABLES.items():
        for held in table.columns:
            if held.refers == "customers":
                named = [becomes.get(value, value) for value in out[name][held.name]]
                out[name] = out[name].assign(**{held.name: pd.Series(named, out[name].index, object)})
    return out


def _aliases(unique: pd.DataFrame, own: pd.DataFrame, becomes: Mapping[str, str]) -> dict[str, str]:
    """Other ids and names under which a customer is found."""
    found: dict[str, str] = {}
    for name, plain, title in zip(unique["customer_id"], own["customer_id"], unique["name"], strict=True):
        for alias in {name, plain, title} if name in becomes else {plain} - {name}:
            found.setdefault(str(alias), becomes.get(name, name))
    return found


def _listed(facts: Mapping[str, pd.DataFrame], agreed: Sequence[Match]) -> pd.DataFrame:
    """The matched pairs with what each side states, so that a difference between the systems is seen."""
    contracts, lines = facts["contracts"], facts["contract_lines"]
    names = facts["customers"].set_index("customer_id")["name"]
    stated = lines.groupby("contract_id")["amount_minor"].sum()
    rows = []
    for match in agreed:
        kept, same = contracts.iloc[match.kept], contracts.iloc[match.dropped]
        rows.append({
            "kept_source": kept["source"], "kept": kept["contract_id"], "same_source": same["source"],
            "same": same["contract_id"], "by": match.by, "customer": names.get(kept["customer_id"], ""),
            "currency": kept["currency"], "kept_minor": int(stated.get(kept["contract_id"], 0)),
            "same_minor": int(stated.get(same["contract_id"], 0)),
        })  # fmt: skip
    columns = ("kept_source", "kept", "same_source", "same", "by", "customer", "currency", "kept_minor", "same_minor")
    return pd.DataFrame(rows, columns=list(columns))
