"""Quality of payments: more than their invoice asked for, less than nothing, dated ahead of the day they were told.

The cash counts as it is told, on its day; what is found here changes no figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.documents.invoiced import FINAL
from engine.grouped import running, starts
from engine.parties import Parties
from engine.progress import key_of
from engine.receivables import Receivables
from model.frames import Facts
from model.money import to_decimal
from model.periods import day_of
from model.records import NO_AMOUNT, NO_DAY

Found = dict[str, Any]
Record = Mapping[Any, Any]

_OTHER_ZONE = 1
"""Days by which a payment's day may be later than the day it was told: the one is local, the other UTC."""


def payment_findings(facts: Facts, who: Parties, money: Receivables) -> Iterator[Found]:
    """Every finding about payments, refunds and disputes."""
    payments = facts["payments"]
    if payments.empty:
        return
    amount, day, known = (payments[name].to_numpy(np.int64) for name in ("amount_minor", "received_on", "known_on"))
    below = np.flatnonzero((amount < 0) & ~payments["kind"].isin(("refund", "dispute")).to_numpy(bool))
    ahead = np.flatnonzero((known > 0) & (day > known + _OTHER_ZONE))
    beyond, over, owed = _beyond(facts, money)
    for rule, at, days, amounts, told in (
        ("negative_payment", below, day[below], amount[below], [_below] * below.size),
        ("payment_dated_ahead", ahead, known[ahead], amount[ahead], [_ahead] * ahead.size),
        ("paid_beyond_invoice", beyond, day[beyond], over, [_over(each) for each in owed.tolist()]),
    ):
        if at.size:
            yield from _found(rule, payments.iloc[at], days, amounts, told, who, money)


def _found(rule: str, rows: pd.DataFrame, days: IntArray, amounts: IntArray, told: Sequence[Any], who: Parties,
           money: Receivables) -> Iterator[Found]:  # fmt: skip
    """Findings about payments. Each is of the invoice's customer and contract where it names one, else of its own customer."""
    bills, at = money.homes.invoices, money.homes.invoice_ids.find(rows["invoice_id"].to_numpy(object))
    theirs = np.where(
        at >= 0, pick(bills["customer_id"].to_numpy(object), at, ""), rows["customer_id"].to_numpy(object)
    )
    owner = who.customer_ids.find(theirs)
    names = who.customers["name"].to_numpy(object)
    contracts = pick(bills["contract_id"].to_numpy(object), at, "")
    papers = [bills.iloc[n] if n >= 0 else None for n in at.tolist()]
    for n, row in enumerate(rows.to_dict("records")):
        yield {
            "rule": rule, "owner": int(owner[n]), "customer": names[owner[n]] if owner[n] >= 0 else theirs[n],
            "contract": contracts[n], "line": "", "day": int(days[n]), "amount": int(amounts[n]),
            "currency": row["currency"], "text": told[n](row, papers[n]), "source": row["source"],
            "raw_id": int(row["raw_id"]),
        }  # fmt: skip


def _below(row: Record, _bill: Any) -> str:
    return f"payment {row['payment_id']} takes {_money(-row['amount_minor'], row)} out of cash; what is paid back is a refund"


def _ahead(row: Record, _bill: Any) -> str:
    return (
        f"{row['kind']} {row['payment_id']} of {_money(row['amount_minor'], row)} is dated {day_of(row['received_on'])}"
    )


def _over(owed: int) -> Any:
    def told(row: Record, bill: Any) -> str:
        why = "" if bill["status"] in FINAL else f": the invoice is {bill['status']}"
        number = bill["number"].strip() or bill["invoice_id"]
        return f"{row['kind']} {row['payment_id']} on invoice {number}, of which {_money(owed, row)} were owed{why}"

    return told


def _beyond(facts: Facts, money: Receivables) -> tuple[IntArray, IntArray, IntArray]:
    """Invoices on which more was paid than was owed on the day, and that was not paid back since: the last payment that did so,
    what is over, and what had been owed before that payment.

    A credit of the same day comes after the payment: it gives back what had been paid rightly.
    """
    nothing = np.zeros(0, np.int64)
    cash, count = money.receipts[money.receipts["invoice"] >= 0], len(money.homes.invoices)
    if cash.empty:
        return nothing, nothing, nothing
    final = money.lines[money.lines["final"]]
    billed, paid = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(billed, final["invoice"].to_numpy(np.int64), (final["amount_minor"] + final["tax"]).to_numpy(np.int64))
    np.add.at(paid, cash["invoice"].to_numpy(np.int64), cash["cash"].to_numpy(np.int64))
    credit_key, credited = _credits(facts, money)
    every = np.arange(count)
    whole = _by(credit_key, credited, _begin(every + 1), _begin(every))
    over = paid - np.maximum(billed - whole, 0)
    cash = cash[over[cash["invoice"].to_numpy(np.int64)] > 0].sort_values("invoice", kind="stable")
    if cash.empty:
        return nothing, nothing, nothing
    invoice, day, amount, payment = (cash[name].to_numpy(np.int64) for name in ("invoice", "day", "cash", "payment"))
    before = running(amount, invoice) - amount
    asked = np.maximum(billed[invoice] - _by(credit_key, credited, key_of(invoice, day), _begin(invoice)), 0)
    excess = np.clip(before + amount - asked, 0, np.maximum(amount, 0))
    first = starts(invoice)
    total = np.minimum(np.add.reduceat(excess, first), over[invoice[first]])
    last = np.maximum.reduceat(np.where(excess > 0, np.arange(excess.size), -1), first)
    told = (total > 0) & (last >= 0)
    last = last[told]
    return payment[last], total[told], np.maximum(asked - before, 0)[last]


def _credits(facts: Facts, money: Receivables) -> tuple[IntArray, IntArray]:
    """Credit notes on the invoices they name, with the tax they take back: keys of invoice and day in order, and running
    totals. What is given up as bad debt may still be paid."""
    notes = facts["credit_notes"]
    at = money.homes.invoice_ids.find(notes["invoice_id"].to_numpy(object))
    fits = pick(money.homes.invoices["currency"].to_numpy(object), at, "") == notes["currency"].to_numpy(object)
    rows = np.flatnonzero((at >= 0) & fits & (notes["reason"] != "bad_debt").to_numpy(bool))
    tax = notes["tax_minor"].to_numpy(np.int64)
    whole = (notes["amount_minor"].to_numpy(np.int64) + np.where(tax == NO_AMOUNT, 0, tax))[rows]
    key = key_of(at[rows], notes["issued_on"].to_numpy(np.int64)[rows])
    order = np.argsort(key, kind="stable")
    return key[order], np.r_[0, np.cumsum(whole[order])]


def _begin(invoice: IntArray) -> IntArray:
    """The key before every day of an invoice."""
    return key_of(invoice, np.full_like(invoice, NO_DAY))


def _by(key: IntArray, totals: IntArray, until: IntArray, since: IntArray) -> IntArray:
    """What running totals come to between two keys, the first of them included and the last not."""
    return np.asarray(totals[np.searchsorted(key, until)] - totals[np.searchsorted(key, since)])


def _money(minor: Any, row: Record) -> str:
    return f"{to_decimal(int(minor), row['currency']):,} {row['currency']}"
