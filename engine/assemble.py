"""The parts of a ledger put in order: customers, their contracts, their obligations, and what belongs to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.agreed import Agreed
from engine.arithmetic import IntArray
from engine.books import Books
from engine.clocks import FOREVER
from engine.events import Causes
from engine.exceptions import Findings
from engine.lines import Lines
from engine.methods import ADDED, UNALLOCATED
from engine.promises import Parties, Promises
from engine.receivables import Receivables
from engine.versions import SEPARATE, Versions
from model.frames import Facts
from model.records import NO_AMOUNT, NO_DAY

_KEPT = ("obligation", "since", "rule", "cause", "raw_id")


@dataclass
class Assembled:
    """Tables of columns, in their final order."""

    parts: dict[str, dict[str, Any]]
    findings: Findings

    def tables(self, facts: Facts, aliases: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """All tables of engine.ledger.TABLES."""
        place = {name: n for n, name in enumerate(self.parts["customers"]["id"])}
        known = [(alias, place[name]) for alias, name in sorted(aliases.items()) if name in place]
        rates = facts["fx_rates"].sort_values(["from_currency", "to_currency", "kind", "on"], ignore_index=True)
        return {
            **self.parts,
            "aliases": {"alias": _texts([a for a, _ in known]), "customer": np.array([p for _, p in known], np.int64)},
            "rates": {"on": rates["on"].to_numpy(np.int64), "rate": _texts([str(r) for r in rates["rate"]]),
                      **{n: rates[n].to_numpy(object) for n in ("from_currency", "to_currency", "kind")}},
            "exceptions_table": self.findings.columns(),
        }  # fmt: skip


def assemble(facts: Facts, who: Parties, what: Promises, versions: Versions, segments: Lines, known: Agreed, books: Books,
             money: Receivables, causes: Causes, findings: Findings) -> Assembled:  # fmt: skip
    """Sorts everything by customer, contract and line; amounts without a promise get one that stands for the rest."""
    cash = money.columns()
    lines, contracts = len(what), len(who.contracts)
    extra = np.unique(cash["home"][cash["home"] >= lines])
    whole, under = extra[extra < lines + contracts] - lines, extra[extra >= lines + contracts] - lines - contracts
    holder, code = under // money.currencies.size, under % money.currencies.size
    contract_customer = np.r_[who.customer_of, holder]
    order = np.lexsort((np.arange(contracts + holder.size), contract_customer))
    contract_at = np.empty_like(order)
    contract_at[order] = np.arange(order.size)
    ob_contract = contract_at[np.r_[what.contract, whole, contracts + np.arange(holder.size)]]
    names = np.array([*what.line_id, *[""] * extra.size, None], object)[:-1]
    kind = np.r_[what.kind, np.full(extra.size, UNALLOCATED)]
    rank = np.argsort(np.argsort(names.astype(str), kind="stable"), kind="stable")
    ob_order = np.lexsort((rank, kind, ob_contract))
    ob_at = np.empty_like(ob_order)
    ob_at[ob_order] = np.arange(ob_order.size)
    code_at = {int(value): lines + n for n, value in enumerate(extra)}
    home = np.where(cash["home"] < lines, cash["home"], [code_at.get(int(h), 0) for h in cash["home"]]).astype(np.int64)
    moved, noted = books.entries.columns(), books.notes.columns()
    moved = {name: np.r_[values, noted[name]] for name, values in moved.items()}
    entries = {
        "obligation": ob_at[np.r_[moved["obligation"], home]], "day": np.r_[moved["day"], cash["day"]],
        "amount": np.r_[moved["amount"], cash["amount"]], "kind": np.r_[moved["movement"], cash["kind"]],
        "cause": np.r_[moved["cause"], np.zeros(home.size, np.int64)], "raw_id": np.r_[moved["raw_id"], cash["raw_id"]],
        "invoice": np.r_[np.full(moved["day"].size, -1), cash["invoice"]],
    }  # fmt: skip
    by = np.lexsort((entries["kind"], entries["day"], entries["obligation"]))
    version_order = np.lexsort((np.arange(versions.size), ob_at[versions.obligation]))
    version_at = np.empty_like(version_order)
    version_at[version_order] = np.arange(version_order.size)
    cut = {**segments, "obligation": ob_at[segments["obligation"]], "version": version_at[segments["version"]]}
    by_ob = np.lexsort((cut["from_day"], cut["obligation"]))
    parts = {
        "customers": _customers(who),
        "products": {n: who.products[c].to_numpy(object) for n, c in (("id", "product_id"), ("name", "name"), ("family", "family"))},
        "contracts": _contracts(who, holder, money.currencies[code], contract_customer, order),
        "obligations": _obligations(what, versions, names, kind, ob_contract, ob_order, extra.size),
        **known.tables(ob_at),
        "segments": {name: values[by_ob] for name, values in cut.items()},
        "versions": {**{n: getattr(versions, n)[version_order] for n in _KEPT}, "obligation": ob_at[versions.obligation][version_order]},
        "entries": {name: values[by] for name, values in entries.items()},
        "invoices": _invoices(money, who),
        "causes": {"text": _texts(causes.texts)},
    }  # fmt: skip
    findings.settle(ob_at, parts, code_at)
    return Assembled(parts, findings)


def _customers(who: Parties) -> dict[str, Any]:
    names = (("id", "customer_id"), ("name", "name"), ("parent", "parent_id"), ("segment", "segment"), ("region", "region"),
             ("source", "source"))  # fmt: skip
    return {n: who.customers[c].to_numpy(object) for n, c in names}


def _contracts(who: Parties, holder: IntArray, currency: Any, customer: IntArray, order: IntArray) -> dict[str, Any]:
    frame, more = who.contracts, holder.size
    texts = {
        n: np.array([*frame[c], *[""] * more, None], object)[:-1][order]
        for n, c in (
            ("id", "contract_id"),
            ("number", "number"),
            ("status", "status"),
            ("sales_rep", "sales_rep"),
            ("source", "source"),
        )
    }
    numbers = {n: np.r_[frame[c].to_numpy(np.int64), np.full(more, missing)][order] for n, c, missing in (
        ("signed_on", "signed_on", NO_DAY), ("start_on", "start_on", NO_DAY), ("end_on", "end_on", NO_DAY),
        ("notice_days", "terminable_on_notice_days", NO_AMOUNT), ("raw_id", "raw_id", 0))}  # fmt: skip
    flags = {"evergreen": frame["evergreen"].to_numpy(bool), "committed": who.committed}
    return {
        **texts, **numbers, "customer": customer[order], "until": np.full(order.size, FOREVER),
        "currency": np.array([*frame["currency"], *currency, None], object)[:-1][order],
        **{n: np.r_[v.astype(np.int64), np.zeros(more, np.int64)][order] for n, v in flags.items()},
    }  # fmt: skip


def _obligations(
    what: Promises, versions: Versions, names: Any, kind: IntArray, contract: IntArray, order: IntArray, more: int
) -> dict[str, Any]:
    def padded(values: IntArray, missing: int) -> IntArray:
        return np.r_[values, np.full(more, missing)].astype(np.int64)[order]

    last, proof = versions.current, versions.progress.proof
    proven = np.full(len(what), NO_DAY)
    np.maximum.at(proven, proof.obligation, proof.day)
    apart = np.zeros(len(what), np.int64)
    apart[versions.obligation[::-1]] = versions.rule[::-1] == SEPARATE  # by its first version
    apart &= what.kind == ADDED
    agreed_end = np.where(last >= 0, versions.end[last], what.end) if versions.size else what.end
    return {
        "id": names[order], "contract": contract[order], "kind": kind[order], "product": padded(what.product, -1),
        "method": padded(what.method, -1), "start_on": padded(what.start, NO_DAY), "end_on": padded(what.end, NO_DAY),
        "agreed_end_on": padded(agreed_end, NO_DAY), "proven_on": padded(proven, NO_DAY),
        "apart": padded(apart, 0),
        "booked_on": padded(what.booked, NO_DAY), "stated": padded(what.stated, 0), "raw_id": padded(what.raw_id, 0),
        "description": np.array([*what.description, *[""] * more, None], object)[:-1][order],
    }  # fmt: skip


def _invoices(money: Receivables, who: Parties) -> dict[str, Any]:
    bills = money.invoices
    issued, due = bills["issued_on"].to_numpy(np.int64), bills["due_on"].to_numpy(np.int64)
    contract = who.contract_index(bills["contract_id"].to_numpy(object))
    terms = np.r_[who.contracts["payment_terms_days"].to_numpy(np.int64), NO_AMOUNT][contract]
    agreed = np.where(terms == NO_AMOUNT, issued, issued + np.where(terms == NO_AMOUNT, 0, terms))
    return {"id": bills["invoice_id"].to_numpy(object), "number": bills["number"].to_numpy(object), "issued_on": issued,
            "due_on": np.where(due == NO_DAY, agreed, due), "status": bills["status"].to_numpy(object),
            "raw_id": bills["raw_id"].to_numpy(np.int64)}  # fmt: skip


def _texts(values: list[str]) -> Any:
    return np.array([*values, None], object)[:-1]
