"""The store's records as one company's facts: ids unique over all sources, each customer and each contract once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from books.belonging import Belonging, renamed
from books.contracts import Contracts, Match
from books.documents import Documents, once
from books.identity import same_customers
from books.merging import merge
from books.reconciliation import empty, reconcile
from books.rules import Names, Pair, Rules
from books.unique_ids import Systems, former_ids, unique_ids
from engine.arithmetic import BoolArray, IntArray
from engine.texts import objects
from model.records import TABLES


@dataclass(frozen=True)
class Unified:
    """`tables`: facts for engine.build; `aliases`: other ids and names of customers; `matched`: contracts made one;
    `pairs`: all records that were made one; `asked`: pairs that wait for a person; `reconciliation`: where systems differ;
    `as_read`: one system told all of it, and every record stands as it was read. `told`: every record still there, under an
    id of its own; `claims`: each alias with each customer that it could mean, of whom the first has it; `nobodys`: domains that
    are nobody's own, for very many customers have them."""

    tables: dict[str, pd.DataFrame]
    aliases: dict[str, str]
    matched: pd.DataFrame
    pairs: list[Pair]
    asked: list[Pair]
    reconciliation: pd.DataFrame
    told: dict[str, pd.DataFrame]
    systems: Systems
    claims: list[tuple[str, str]]
    nobodys: Set[str] = frozenset()
    as_read: bool = False


def unify(tables: Mapping[str, pd.DataFrame], authority: Sequence[str], rules: Rules | None = None,
          systems: Systems | None = None) -> Unified:  # fmt: skip
    """Makes one set of facts from what several systems say.

    `authority`: connectors in the order in which they govern; those not named follow by name. `systems`: what all records
    tell, where the tables are only those of some customers.
    """
    rules = rules or Rules()
    systems = systems or Systems.of(tables, authority)
    order = systems.order
    facts = told = unique_ids(tables, systems)
    former = former_ids(facts["customers"], tables["customers"], rules)
    if len(order) < 2 and not rules.customers and not rules.decisions:
        facts = {**told, "customers": _parents(told["customers"], np.arange(len(told["customers"])), {})}
        return Unified(
            facts, dict(reversed(former)), _listed(facts, []), [], [], empty(), told, systems, former, as_read=True
        )
    stated, billed = (Belonging(facts[name][f"{name[:-1]}_id"], facts[lines], f"{name[:-1]}_id") for name, lines in
                      (("contracts", "contract_lines"), ("invoices", "invoice_lines")))  # fmt: skip
    contracts = Contracts(facts["contracts"], tables["contracts"]["contract_id"], rules, order)
    contracts.decided()
    contracts.by_deal()
    pairs = _customers(tables["contracts"], contracts.found())
    who = same_customers(tables["customers"], rules, pairs, order, systems.nobodys)
    ids, root = facts["customers"]["customer_id"].to_numpy(object), np.array(who.root, np.int64)
    others = np.flatnonzero(root != np.arange(root.size))
    becomes = dict(zip(ids[others].tolist(), ids[root[others]].tolist(), strict=True))
    claims = [*_aliases(facts["customers"], tables["customers"], becomes), *former]
    claims = [(alias, becomes.get(name, name)) for alias, name in claims]
    facts = _one_customer(facts, root, others, becomes)
    own = stated.total("amount_minor", _of_one_system(facts, stated))
    asked = contracts.by_amount(own, facts["contracts"]["customer_id"].tolist())
    agreed = contracts.found()
    merged = merge(facts, agreed, stated)
    invoices = Names(tables["invoices"]["source"].tolist(), tables["invoices"]["invoice_id"].tolist())
    documents = once(merged, invoices, billed, rules, order)
    waiting = [*who.suggested, *asked, *documents.asked]
    return Unified(
        documents.facts, dict(reversed(claims)), _listed(facts, agreed, stated, contracts.names),
        [*who.pairs, *(contracts.pair(m.kept, m.dropped, m.by) for m in agreed), *_paired(documents, invoices, merged)],
        waiting, reconcile(facts, agreed, stated, documents.invoices, billed, waiting),
        told, systems, claims, who.nobodys,
    )  # fmt: skip


def _customers(contracts: pd.DataFrame, found: Sequence[Match]) -> list[tuple[str, str]]:
    """Whose the contracts are that are one, each as "source:id"."""
    sources, customers = contracts["source"].tolist(), contracts["customer_id"].tolist()
    return [(f"{sources[match.dropped]}:{customers[match.dropped]}", f"{sources[match.kept]}:{customers[match.kept]}")
            for match in found]  # fmt: skip


def _of_one_system(facts: Mapping[str, pd.DataFrame], stated: Belonging) -> BoolArray:
    """Which lines are told by the system that tells of their contract."""
    lines, contracts = (facts[name]["source"].to_numpy(object) for name in ("contract_lines", "contracts"))
    told, systems = pd.factorize(np.concatenate([lines, contracts]))
    return (
        np.asarray(told[: lines.size] == np.append(told[lines.size :], -1)[stated.of])
        if systems.size
        else np.zeros(0, bool)
    )


def _paired(documents: Documents, names: Names, facts: Mapping[str, pd.DataFrame]) -> list[Pair]:
    numbers = facts["invoices"]["number"].tolist()
    return [
        Pair("invoices", names[kept], names[dropped], by, (str(numbers[kept]), str(numbers[dropped])))
        for kept, dropped, by in documents.invoices
    ]


def _one_customer(facts: Mapping[str, pd.DataFrame], root: IntArray, others: IntArray, becomes: Mapping[str, str]
                  ) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Every reference to a customer reads as the one it is; what the governing record leaves blank the others fill.

    `root`: the row that stands for each customer, `others`: the rows that another stands for.
    """
    out, rows = dict(facts), _parents(facts["customers"], root, becomes)
    filled = {}
    for column in ("parent_id", "domain", "tax_id", "region", "segment"):
        values = rows[column].to_numpy(object)
        tell = others[(values[others] != "") & (values[root[others]] == "")][
            ::-1
        ]  # the first is written last, and stays
        if tell.size:
            values = values.copy()
            values[root[tell]] = values[tell]
            filled[column] = pd.Series(values, rows.index, object)
    stay = np.delete(np.arange(root.size), others)
    out["customers"] = rows.assign(**filled).take(stay).reset_index(drop=True)
    for name, table in TABLES.items():
        for held in table.columns:
            if held.refers == "customers" and not held.loosely:
                out[name] = renamed(out[name], held.name, becomes)
    return out


def _parents(rows: pd.DataFrame, root: IntArray, becomes: Mapping[str, str]) -> pd.DataFrame:
    """The customers, the parent of each read as the customer that it is; nobody is the parent of himself."""
    out = renamed(rows, "parent_id", becomes)
    parents, own = out["parent_id"].to_numpy(object), rows["customer_id"].to_numpy(object)[root]
    itself = parents == own
    if not itself.any():
        return out
    return out.assign(parent_id=pd.Series(np.where(itself, "", parents), out.index, object))


def _aliases(unique: pd.DataFrame, own: pd.DataFrame, becomes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Other ids and names under which a customer is found."""
    columns = (unique["customer_id"].tolist(), own["customer_id"].tolist(), unique["name"].tolist())
    for name, plain, title in zip(*columns, strict=True):
        if name in becomes:
            yield from ((alias, becomes[name]) for alias in (name, plain, str(title)))
        elif plain != name:
            yield plain, name


def _listed(facts: Mapping[str, pd.DataFrame], agreed: Sequence[Match], stated: Belonging | None = None,
            names: Names | None = None) -> pd.DataFrame:  # fmt: skip
    """The matched contracts with what each side states, so that a difference between the systems is seen.

    Columns out: kept_source, kept, kept_name (the contract that governs: its system, its id among all, "source:id"),
    same_source, same, same_name (the one it stands for), by, customer, currency, kept_minor, same_minor.
    """
    columns = ("kept_source", "kept", "kept_name", "same_source", "same", "same_name", "by", "customer", "currency",
               "kept_minor", "same_minor")  # fmt: skip
    if stated is None or names is None or not agreed:
        return pd.DataFrame([], columns=list(columns))
    contracts, amounts = facts["contracts"], stated.total("amount_minor")
    titles = dict(zip(facts["customers"]["customer_id"].tolist(), facts["customers"]["name"].tolist(), strict=True))
    made: dict[str, Any] = {}
    for side, rows in (("kept", [match.kept for match in agreed]), ("same", [match.dropped for match in agreed])):
        for name, column in ((f"{side}_source", "source"), (side, "contract_id")):
            made[name] = contracts[column].to_numpy(object)[rows]
        made[f"{side}_name"] = objects([names[row] for row in rows])
        made[f"{side}_minor"] = amounts[rows]
    kept = [match.kept for match in agreed]
    made["by"] = objects([match.by for match in agreed])
    made["customer"] = objects(
        [titles.get(whose, "") for whose in contracts["customer_id"].to_numpy(object)[kept].tolist()]
    )
    made["currency"] = contracts["currency"].to_numpy(object)[kept]
    return pd.DataFrame({name: pd.Series(made[name], dtype=made[name].dtype) for name in columns})
