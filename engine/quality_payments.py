"""Quality of payments: more than their invoice asked for, less than nothing, dated ahead of the day they were told.

The cash counts as it is told, on its day; what is found here changes no figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.promises import Parties
from engine.receivables import FINAL, Receivables
from model.frames import Facts
from model.money import to_decimal
from model.periods import day_of
from model.records import NO_AMOUNT

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
    names = _Names(money, who)
    for at in np.flatnonzero((amount < 0) & ~payments["kind"].isin(("refund", "dispute")).to_numpy(bool)).tolist():
        row = payments.iloc[at].to_dict()
        text = (
            f"payment {row['payment_id']} takes {_money(-amount[at], row)} out of cash; what is paid back is a refund"
        )
        yield names.found("negative_payment", row, int(day[at]), int(amount[at]), text)
    for at in np.flatnonzero((known > 0) & (day > known + _OTHER_ZONE)).tolist():
        row = payments.iloc[at].to_dict()
        text = f"{row['kind']} {row['payment_id']} of {_money(amount[at], row)} is dated {day_of(int(day[at]))}"
        yield names.found("payment_dated_ahead", row, int(known[at]), int(amount[at]), text)
    yield from _beyond(facts, money, names)


class _Names:
    """Whose a payment is: the customer and contract of the invoice it names, else its own customer."""

    def __init__(self, money: Receivables, who: Parties) -> None:
        self._money, self._who = money, who

    def found(self, rule: str, row: Record, day: int, amount: int, text: str) -> Found:
        """A finding about a payment."""
        at = int(self._money.invoice_ids.find([row["invoice_id"]])[0])
        its = self._money.invoices.iloc[at] if at >= 0 else row
        owner = int(self._who.customer_ids.find([its["customer_id"]])[0])
        customer = self._who.customers["name"].iloc[owner] if owner >= 0 else its["customer_id"]
        return {"rule": rule, "owner": owner, "customer": customer, "contract": its["contract_id"] if at >= 0 else "",
                "line": "", "day": day, "amount": amount, "currency": row["currency"], "text": text, "source": row["source"],
                "raw_id": int(row["raw_id"])}  # fmt: skip


def _beyond(facts: Facts, money: Receivables, names: _Names) -> Iterator[Found]:
    """Invoices on which more was paid than was owed on the day, and that was not paid back since."""
    invoices, payments = money.invoices, facts["payments"]
    cash = money.receipts[money.receipts["invoice"] >= 0]
    if cash.empty:
        return
    credits = _credits(facts, money)
    final = money.lines[money.lines["final"]]
    billed = _by_invoice(final, final["amount_minor"].to_numpy(np.int64) + final["tax"].to_numpy(np.int64), invoices)
    credited = _by_invoice(credits, credits["amount"].to_numpy(np.int64), invoices)
    over = _by_invoice(cash, cash["cash"].to_numpy(np.int64), invoices) - np.maximum(billed - credited, 0)
    suspects = np.flatnonzero(over > 0)
    paid = dict(iter(cash[cash["invoice"].isin(suspects)].groupby("invoice")))
    noted = dict(iter(credits[credits["invoice"].isin(suspects)].groupby("invoice")))
    for invoice in suspects.tolist():
        days = noted[invoice][["day", "amount"]].to_numpy(np.int64).tolist() if invoice in noted else []
        rows = paid[invoice][["day", "payment", "cash"]].to_numpy(np.int64).tolist()
        beyond, last, owed = _excess(rows, days, int(billed[invoice]))
        if last < 0:
            continue
        row, bill = payments.iloc[last].to_dict(), invoices.iloc[invoice]
        why = "" if bill["status"] in FINAL else f", for it is {bill['status']}"
        text = (f"{row['kind']} {row['payment_id']} on invoice {bill['number'].strip() or bill['invoice_id']}, of which "
                f"{_money(owed, row)} were owed{why}")  # fmt: skip
        yield names.found("paid_beyond_invoice", row, int(row["received_on"]), min(beyond, int(over[invoice])), text)


def _credits(facts: Facts, money: Receivables) -> pd.DataFrame:
    """Credit notes with the tax they take back, on the invoices they name; what is given up as bad debt may still be paid."""
    notes = facts["credit_notes"]
    at = money.invoice_ids.find(notes["invoice_id"].to_numpy(object))
    fits = pick(money.invoices["currency"].to_numpy(object), at, "") == notes["currency"].to_numpy(object)
    tax = notes["tax_minor"].to_numpy(np.int64)
    whole = notes["amount_minor"].to_numpy(np.int64) + np.where(tax == NO_AMOUNT, 0, tax)
    made = pd.DataFrame({"invoice": at, "day": notes["issued_on"].to_numpy(np.int64), "amount": whole})
    return made[(at >= 0) & fits & (notes["reason"] != "bad_debt").to_numpy(bool)]


def _by_invoice(rows: pd.DataFrame, amounts: IntArray, invoices: pd.DataFrame) -> IntArray:
    total = np.zeros(len(invoices), np.int64)
    np.add.at(total, rows["invoice"].to_numpy(np.int64), amounts)
    return total


def _excess(cash: list[list[int]], credits: list[list[int]], billed: int) -> tuple[int, int, int]:
    """What was paid on an invoice beyond what was owed on the day, the last payment that did so (-1: none), and what had been
    owed before it.

    `cash`: day, payment and amount of each, in the order of their days; `credits`: day and amount. A credit of the same day
    comes after the payment: it gives back what had been paid rightly.
    """
    paid = beyond = owed = 0
    last = -1
    for day, payment, amount in cash:
        asked = max(billed - sum(credit for on, credit in credits if on < day), 0)
        excess = min(paid + amount - asked, amount)
        if excess > 0:
            beyond, last, owed = beyond + excess, payment, max(asked - paid, 0)
        paid += amount
    return beyond, last, owed


def _money(minor: Any, row: Record) -> str:
    return f"{to_decimal(int(minor), row['currency']):,} {row['currency']}"
