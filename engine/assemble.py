"""The parts of a ledger put in order: customers, their contracts, their obligations, and what belongs to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.arithmetic import IntArray, is_ascending, pick, places
from engine.clocks import FOREVER
from engine.events import Causes
from engine.exceptions import Findings
from engine.grouped import starts
from engine.ids import Ids
from engine.lines import Lines
from engine.methods import ADDED, UNALLOCATED
from engine.parties import Parties
from engine.progress import Evidence, key_of
from engine.promises import Promises
from engine.receivables import Receivables
from engine.texts import objects
from engine.versions import SEPARATE
from engine.written import Written
from model.frames import Facts
from model.records import NO_AMOUNT, NO_DAY


@dataclass
class Assembled:
    """Tables of columns, in their final order."""

    parts: dict[str, dict[str, Any]]
    findings: Findings

    def tables(self, facts: Facts, aliases: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """All tables of engine.ledger.TABLES."""
        known = sorted(aliases)
        of = Ids(self.parts["customers"]["id"]).find([aliases[alias] for alias in known])
        known, of = [alias for alias, place in zip(known, of.tolist(), strict=True) if place >= 0], of[of >= 0]
        rates = facts["fx_rates"].sort_values(["from_currency", "to_currency", "kind", "on"], ignore_index=True)
        return {
            **self.parts,
            "aliases": {"alias": objects(known), "customer": of},
            "rates": {"on": rates["on"].to_numpy(np.int64), "rate": objects([str(r) for r in rates["rate"]]),
                      **{n: rates[n].to_numpy(object) for n in ("from_currency", "to_currency", "kind")}},
            "exceptions_table": self.findings.columns(self.parts["obligations"]["contract"], self.parts["contracts"]["customer"]),
        }  # fmt: skip


def assemble(who: Parties, what: Promises, proof: Evidence, written: Written, money: Receivables, causes: Causes,
             findings: Findings) -> Assembled:  # fmt: skip
    """Puts everything in the order of customer, contract and line; amounts without a promise get one that stands for the
    rest."""
    cash = money.entries
    lines, contracts = len(what), len(who.contracts)
    extra = np.unique(cash["home"][cash["home"] >= lines])
    whole, under = extra[extra < lines + contracts] - lines, extra[extra >= lines + contracts] - lines - contracts
    holder, code = under // money.homes.currencies.size, under % money.homes.currencies.size
    contract_customer = np.r_[who.customer_of, holder]
    order = np.argsort(contract_customer, kind="stable")
    contract_at = places(order)
    names, kind, ob_contract, ob_order = what.line_id, what.kind, what.contract, np.arange(lines)
    if extra.size:  # promises stand in order already: what stands for the rest comes between them
        names = _padded(names, extra.size, "")
        kind = _padded(kind, extra.size, UNALLOCATED)
        ob_contract = contract_at[np.r_[ob_contract, whole, contracts + np.arange(holder.size)]]
        ob_order = np.argsort(ob_contract * 8 + kind, kind="stable")
    ob_at = places(ob_order) if extra.size else ob_order
    home = np.where(cash["home"] < lines, cash["home"], lines + np.searchsorted(extra, cash["home"]))
    invoices, invoice_at = _invoices(money, who)
    parts = {
        "customers": _customers(who),
        "products": {n: who.products[c].to_numpy(object) for n, c in (("id", "product_id"), ("name", "name"), ("family", "family"))},
        "contracts": _contracts(who, holder, money.homes.currencies[code], contract_customer, order),
        "obligations": _obligations(what, proof, written.versions, names, kind, ob_contract, ob_order, extra.size),
        **{name: _at(getattr(written, name), ob_at) for name in ("stretches", "segments")},
        "plans": written.plans,
        "versions": _at({name: values for name, values in written.versions.items() if name != "end"}, ob_at),
        "entries": _entries(_at(written.moved, ob_at),
                            {**cash, "home": ob_at[home], "invoice": pick(invoice_at, cash["invoice"], -1)}),
        "invoices": invoices,
        "causes": {"text": objects(causes.texts)},
    }  # fmt: skip
    findings.settle(ob_at, contract_at)
    return Assembled(parts, findings)


def _at(rows: Lines, ob_at: IntArray) -> Lines:
    """Rows of promises, which keep their order, where those stand."""
    return rows if is_ascending(ob_at) else {**rows, "obligation": ob_at[rows["obligation"]]}


def _entries(moved: Lines, cash: Mapping[str, IntArray]) -> Lines:
    """Commitment, notes and documents in one table, sorted by obligation, day and kind."""
    moved["kind"] = moved.pop("movement")
    if not cash["day"].size:
        return {**moved, "invoice": np.full(moved["day"].size, -1)}
    more = {**cash, "obligation": cash["home"], "cause": np.zeros_like(cash["day"])}
    rows = moved["day"].size
    entries = {name: np.concatenate([moved.pop(name), more[name]]) for name in list(moved)}
    entries["invoice"] = np.concatenate([np.full(rows, -1), cash["invoice"]])
    order = np.argsort(key_of(entries["obligation"], entries["day"]) * 32 + entries["kind"], kind="stable")
    return {name: entries.pop(name)[order] for name in list(entries)}


def _customers(who: Parties) -> dict[str, Any]:
    names = (("id", "customer_id"), ("name", "name"), ("parent", "parent_id"), ("segment", "segment"), ("region", "region"),
             ("source", "source"))  # fmt: skip
    return {n: who.customers[c].to_numpy(object) for n, c in names}


def _contracts(who: Parties, holder: IntArray, currency: Any, customer: IntArray, order: IntArray) -> dict[str, Any]:
    frame, more = who.contracts, holder.size
    texts = (
        ("id", "contract_id"),
        ("number", "number"),
        ("status", "status"),
        ("sales_rep", "sales_rep"),
        ("source", "source"),
    )
    numbers = (("signed_on", "signed_on", NO_DAY), ("start_on", "start_on", NO_DAY), ("end_on", "end_on", NO_DAY),
               ("notice_days", "terminable_on_notice_days", NO_AMOUNT), ("raw_id", "raw_id", 0))  # fmt: skip
    flags = {"evergreen": frame["evergreen"].to_numpy(bool), "committed": who.committed}
    return {
        **{n: _padded(frame[c].to_numpy(object), more, "")[order] for n, c in texts},
        **{n: _padded(frame[c].to_numpy(np.int64), more, missing)[order] for n, c, missing in numbers},
        **{n: _padded(flag.astype(np.int64), more, 0)[order] for n, flag in flags.items()},
        "customer": customer[order], "currency": np.concatenate([frame["currency"].to_numpy(object), currency])[order],
        "until": np.full(order.size, FOREVER),
    }  # fmt: skip


def _obligations(what: Promises, proof: Evidence, versions: Lines, names: Any, kind: IntArray, contract: IntArray,
                 order: IntArray, more: int) -> dict[str, Any]:  # fmt: skip
    proven = np.full(len(what), NO_DAY)
    np.maximum.at(proven, proof.obligation, proof.day)
    apart, agreed_end = np.zeros(len(what), np.int64), what.end.copy()
    first = starts(versions["obligation"])
    last = np.r_[first[1:], versions["obligation"].size][: first.size] - 1
    apart[versions["obligation"][first]] = versions["rule"][first] == SEPARATE
    apart &= what.kind == ADDED
    agreed_end[versions["obligation"][last]] = versions["end"][last]
    columns = {
        "product": (what.product, -1), "method": (what.method, -1), "start_on": (what.start, NO_DAY), "end_on": (what.end, NO_DAY),
        "agreed_end_on": (agreed_end, NO_DAY), "proven_on": (proven, NO_DAY), "apart": (apart, 0), "booked_on": (what.booked, NO_DAY),
        "stated": (what.stated, 0), "raw_id": (what.raw_id, 0), "description": (what.description, ""),
    }  # fmt: skip
    padded = {"id": names, "contract": contract, "kind": kind,
              **{name: _padded(values, more, missing) for name, (values, missing) in columns.items()}}  # fmt: skip
    return padded if is_ascending(order) else {name: values[order] for name, values in padded.items()}


def _padded(values: Any, more: int, missing: Any) -> Any:
    """The values and, after them, so many of those that are missing."""
    return np.concatenate([values, np.full(more, missing, values.dtype)]) if more else values


def _invoices(money: Receivables, who: Parties) -> tuple[dict[str, Any], IntArray]:
    """Invoices by customer and id, and where each of the facts stands among them."""
    bills = money.homes.invoices
    customer = who.customer_ids.find(bills["customer_id"].to_numpy(object))
    order = np.argsort(customer, kind="stable")
    columns = {"id": bills["invoice_id"].to_numpy(object), "number": bills["number"].to_numpy(object),
               "issued_on": bills["issued_on"].to_numpy(np.int64), "due_on": money.due_on, "status": bills["status"].to_numpy(object),
               "raw_id": bills["raw_id"].to_numpy(np.int64), "customer": customer}  # fmt: skip
    return {name: values[order] for name, values in columns.items()}, places(order)
