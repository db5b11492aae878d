"""The parts of a ledger put in order: customers, their contracts, their obligations, and what belongs to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.agreed import Agreed
from engine.arithmetic import IntArray, pick
from engine.books import Entries
from engine.clocks import FOREVER
from engine.events import Causes
from engine.exceptions import Findings
from engine.ids import Ids
from engine.lines import Lines, with_ends
from engine.methods import ADDED, UNALLOCATED
from engine.progress import key_of
from engine.promises import Parties, Promises
from engine.receivables import Receivables
from engine.texts import objects
from engine.versions import SEPARATE, Versions
from model.frames import Facts
from model.records import NO_AMOUNT, NO_DAY

_SHOWN = ("obligation", "since", "rule", "cause", "raw_id")
KEPT = (*_SHOWN, "end")
"""The columns of versions that a ledger is put together from."""


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


def assemble(who: Parties, what: Promises, versions: Versions, segments: Lines, known: Agreed, moved: Sequence[Entries],
             money: Receivables, causes: Causes, findings: Findings) -> Assembled:  # fmt: skip
    """Sorts everything by customer, contract and line; amounts without a promise get one that stands for the rest.

    `moved`: commitment and notes. Of `segments` nothing is left: both would not find room.
    """
    cash = money.columns()
    lines, contracts = len(what), len(who.contracts)
    extra = np.unique(cash["home"][cash["home"] >= lines])
    whole, under = extra[extra < lines + contracts] - lines, extra[extra >= lines + contracts] - lines - contracts
    holder, code = under // money.currencies.size, under % money.currencies.size
    contract_customer = np.r_[who.customer_of, holder]
    order = np.argsort(contract_customer, kind="stable")
    contract_at = np.empty_like(order)
    contract_at[order] = np.arange(order.size)
    ob_contract = contract_at[np.r_[what.contract, whole, contracts + np.arange(holder.size)]]
    names = _padded(what.line_id, extra.size, "")
    kind = np.r_[what.kind, np.full(extra.size, UNALLOCATED)]
    ob_order = np.argsort(ob_contract * 8 + kind, kind="stable")
    ob_at = np.empty_like(ob_order)
    ob_at[ob_order] = np.arange(ob_order.size)
    home = np.where(cash["home"] < lines, cash["home"], lines + np.searchsorted(extra, cash["home"]))
    invoices, invoice_at = _invoices(money, who)
    version_order = np.argsort(ob_at[versions.obligation], kind="stable")
    version_at = np.empty_like(version_order)
    version_at[version_order] = np.arange(version_order.size)
    parts = {
        "customers": _customers(who),
        "products": {n: who.products[c].to_numpy(object) for n, c in (("id", "product_id"), ("name", "name"), ("family", "family"))},
        "contracts": _contracts(who, holder, money.currencies[code], contract_customer, order),
        "obligations": _obligations(what, versions, names, kind, ob_contract, ob_order, extra.size),
        **known.tables(ob_at),
        "segments": _segments(segments, ob_at, version_at),
        "versions": {**{n: getattr(versions, n)[version_order] for n in _SHOWN}, "obligation": ob_at[versions.obligation][version_order]},
        "entries": _entries([each.columns() for each in moved], {**cash, "home": home, "invoice": pick(invoice_at, cash["invoice"], -1)},
                            ob_at),
        "invoices": invoices,
        "causes": {"text": objects(causes.texts)},
    }  # fmt: skip
    findings.settle(ob_at, contract_at)
    return Assembled(parts, findings)


def _segments(segments: Lines, ob_at: IntArray, version_at: IntArray) -> Lines:
    """Sorted by obligation and day."""
    segments["obligation"], segments["version"] = ob_at[segments["obligation"]], version_at[segments["version"]]
    order = np.argsort(key_of(segments["obligation"], segments["from_day"]), kind="stable")
    return with_ends({name: segments.pop(name)[order] for name in list(segments)})


def _entries(noted: Sequence[Mapping[str, IntArray]], cash: Mapping[str, IntArray], ob_at: IntArray) -> Lines:
    """Commitment, notes and documents in one table, sorted by obligation, day and kind."""

    def joined(name: str, of_cash: IntArray) -> IntArray:
        return np.concatenate([*(part[name] for part in noted), of_cash])

    entries = {
        "obligation": ob_at[joined("obligation", cash["home"])], "kind": joined("movement", cash["kind"]),
        **{name: joined(name, cash[name]) for name in ("day", "amount", "raw_id")},
        "cause": joined("cause", np.zeros_like(cash["day"])),
    }  # fmt: skip
    entries["invoice"] = np.full(entries["day"].size, -1)
    entries["invoice"][entries["day"].size - cash["day"].size :] = cash["invoice"]
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


def _obligations(
    what: Promises, versions: Versions, names: Any, kind: IntArray, contract: IntArray, order: IntArray, more: int
) -> dict[str, Any]:
    last, proof = versions.current, versions.progress.proof
    proven = np.full(len(what), NO_DAY)
    np.maximum.at(proven, proof.obligation, proof.day)
    apart = np.zeros(len(what), np.int64)
    apart[versions.obligation[::-1]] = versions.rule[::-1] == SEPARATE  # by its first version
    apart &= what.kind == ADDED
    agreed_end = np.where(last >= 0, versions.end[last], what.end) if versions.size else what.end
    columns = {
        "product": (what.product, -1), "method": (what.method, -1), "start_on": (what.start, NO_DAY), "end_on": (what.end, NO_DAY),
        "agreed_end_on": (agreed_end, NO_DAY), "proven_on": (proven, NO_DAY), "apart": (apart, 0), "booked_on": (what.booked, NO_DAY),
        "stated": (what.stated, 0), "raw_id": (what.raw_id, 0), "description": (what.description, ""),
    }  # fmt: skip
    return {"id": names[order], "contract": contract[order], "kind": kind[order],
            **{name: _padded(values, more, missing)[order] for name, (values, missing) in columns.items()}}  # fmt: skip


def _padded(values: Any, more: int, missing: Any) -> Any:
    """The values and, after them, so many of those that are missing."""
    return np.concatenate([values, np.full(more, missing, values.dtype)]) if more else values


def _invoices(money: Receivables, who: Parties) -> tuple[dict[str, Any], IntArray]:
    """Invoices by customer and id, and where each of the facts stands among them."""
    bills = money.invoices
    issued, due = bills["issued_on"].to_numpy(np.int64), bills["due_on"].to_numpy(np.int64)
    contract = who.contract_index(bills["contract_id"].to_numpy(object))
    terms = np.r_[who.contracts["payment_terms_days"].to_numpy(np.int64), NO_AMOUNT][contract]
    agreed = np.where(terms == NO_AMOUNT, issued, issued + np.where(terms == NO_AMOUNT, 0, terms))
    customer = who.customer_ids.find(bills["customer_id"].to_numpy(object))
    order = np.argsort(customer, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    columns = {"id": bills["invoice_id"].to_numpy(object), "number": bills["number"].to_numpy(object), "issued_on": issued,
               "due_on": np.where(due == NO_DAY, agreed, due), "status": bills["status"].to_numpy(object),
               "raw_id": bills["raw_id"].to_numpy(np.int64), "customer": customer}  # fmt: skip
    return {name: values[order] for name, values in columns.items()}, place
