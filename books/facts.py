"""The store's records as one company's facts: ids unique over all sources, each customer and each contract once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from books.contracts import Contracts, Match
from books.documents import Documents, once
from books.identity import same_customers
from books.merging import merge
from books.reconciliation import empty, reconcile
from books.rules import Pair, Rules
from model.records import TABLES

# A table's own id, which others refer to.
_OWN = {"customers": "customer_id", "products": "product_id", "contracts": "contract_id", "contract_lines": "line_id",
        "invoices": "invoice_id"}  # fmt: skip


# A system that tells nothing else knows no customer: there is nobody to match with.
_NOBODYS = ("fx_rates", "financials", "capacity", "targets")


@dataclass(frozen=True)
class Unified:
    """`tables`: facts for engine.build; `aliases`: other ids and names of customers; `matched`: contracts made one;
    `pairs`: all records that were made one; `asked`: pairs that wait for a person; `reconciliation`: where systems differ;
    `as_read`: one system told all of it, and every record stands as it was read."""

    tables: dict[str, pd.DataFrame]
    aliases: dict[str, str]
    matched: pd.DataFrame
    pairs: list[Pair]
    asked: list[Pair]
    reconciliation: pd.DataFrame
    as_read: bool = False


def unify(tables: Mapping[str, pd.DataFrame], authority: Sequence[str], rules: Rules | None = None) -> Unified:
    """Makes one set of facts from what several systems say.

    `authority`: connectors in the order in which they govern; those not named follow by name.
    """
    rules = rules or Rules()
    found = {source for name, frame in tables.items() if name not in _NOBODYS for source in frame["source"].unique()}
    order = [*[name for name in authority if name in found], *sorted(found - set(authority))]
    facts = _unique_ids(tables, order)
    former = _former(facts["customers"], tables["customers"], rules)
    if len(order) < 2 and not rules.customers and not rules.decisions:
        return Unified(facts, former, _listed(facts, []), [], [], empty(), as_read=True)
    own = {name: _named(tables[name], _OWN[name]) for name in ("customers", "contracts", "invoices")}
    contracts = Contracts(facts["contracts"], own["contracts"], rules, order)
    contracts.decided()
    contracts.by_deal()
    whose = _named(tables["contracts"], "customer_id")
    pairs = [(whose[match.dropped], whose[match.kept]) for match in contracts.found()]
    who = same_customers(tables["customers"], rules, pairs, order)
    unique = dict(zip(own["customers"], facts["customers"]["customer_id"], strict=True))
    becomes = {unique[name]: unique[other] for name, other in who.standing.items() if other != name}
    aliases = {**former, **_aliases(facts["customers"], tables["customers"], becomes)}
    aliases = {alias: becomes.get(name, name) for alias, name in aliases.items()}
    facts = _one_customer(facts, becomes)
    asked = contracts.by_amount(facts["contract_lines"], facts["contracts"]["customer_id"].tolist())
    agreed = contracts.found()
    merged = merge(facts, agreed)
    documents = once(merged, own["invoices"], rules, order)
    waiting = [*who.suggested, *asked, *documents.asked]
    return Unified(
        documents.facts, aliases, _listed(facts, agreed, own["contracts"]),
        [*who.pairs, *(contracts.pair(m.kept, m.dropped, m.by) for m in agreed), *_paired(documents, own["invoices"], merged)],
        waiting, reconcile(facts, agreed, documents.invoices, waiting, merged),
    )  # fmt: skip


def _named(frame: pd.DataFrame, column: str) -> list[str]:
    """Records as "source:id", by their own system's ids."""
    return [f"{source}:{own}" for source, own in zip(frame["source"], frame[column], strict=True)]


def _paired(documents: Documents, names: Sequence[str], facts: Mapping[str, pd.DataFrame]) -> list[Pair]:
    numbers = facts["invoices"]["number"].tolist()
    return [
        Pair("invoices", names[kept], names[dropped], by, (str(numbers[kept]), str(numbers[dropped])))
        for kept, dropped, by in documents.invoices
    ]


def _former(facts: pd.DataFrame, own: pd.DataFrame, rules: Rules) -> dict[str, str]:
    """Ids of customers that a vendor has merged into others: a question by one is answered for the other."""
    found: dict[str, str] = {}
    for unique, source, plain in zip(facts["customer_id"], own["source"], own["customer_id"], strict=True):
        for old, new in rules.former.get((source, "customers"), {}).items():
            if new == plain:
                found.setdefault(old, unique)
    return found


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


def _listed(facts: Mapping[str, pd.DataFrame], agreed: Sequence[Match], names: Sequence[str] = ()) -> pd.DataFrame:
    """The matched contracts with what each side states, so that a difference between the systems is seen.

    Columns out: kept_source, kept, kept_name (the contract that governs: its system, its id among all, "source:id"),
    same_source, same, same_name (the one it stands for), by, customer, currency, kept_minor, same_minor.
    """
    contracts = facts["contracts"]
    titles = dict(zip(facts["customers"]["customer_id"], facts["customers"]["name"], strict=True))
    stated = facts["contract_lines"].groupby("contract_id")["amount_minor"].sum().to_dict()
    sources, ids, whose, currencies = (
        contracts[c].tolist() for c in ("source", "contract_id", "customer_id", "currency")
    )
    rows = []
    for match in agreed:
        kept, same = match.kept, match.dropped
        rows.append({
            "kept_source": sources[kept], "kept": ids[kept], "kept_name": names[kept],
            "same_source": sources[same], "same": ids[same], "same_name": names[same],
            "by": match.by, "customer": titles.get(whose[kept], ""), "currency": currencies[kept],
            "kept_minor": int(stated.get(ids[kept], 0)), "same_minor": int(stated.get(ids[same], 0)),
        })  # fmt: skip
    columns = ("kept_source", "kept", "kept_name", "same_source", "same", "same_name", "by", "customer", "currency",
               "kept_minor", "same_minor")  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))
