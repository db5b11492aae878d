"""Cash: payments, refunds and disputes, applied to what their invoices bill or held on account, and the tax in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.documents.apportion import Bills, Credits, tax_in_cash
from engine.documents.entries import Entries
from engine.documents.homes import Homes
from engine.documents.shares import distribute
from engine.kinds import CASH, CASH_TAX, CREDITED, ON_ACCOUNT, TAX_CREDITED


def receive(rows: pd.DataFrame, homes: Homes, bills: Bills, entries: Entries) -> pd.DataFrame:
    """Adds cash where it belongs, the credits being added already; returns it by payment: their positions, days, invoices (-1
    for none) and signed amounts."""
    if rows.empty:
        return pd.DataFrame({name: np.zeros(0, np.int64) for name in ("payment", "day", "invoice", "cash")})
    order = np.argsort(rows["received_on"].to_numpy(np.int64), kind="stable")
    rows = rows.take(order).reset_index(drop=True)
    where = homes.cash(rows)
    cash = _signed(rows)
    day, raw, invoice = rows["received_on"].to_numpy(np.int64), rows["raw_id"].to_numpy(np.int64), where.invoice
    which, home, share = distribute(where, cash, day, bills, bills.net + bills.tax)
    applied = invoice[which] >= 0
    entries.add(CASH, home, day[which], np.where(applied, share, 0), invoice[which], raw[which])
    entries.add(ON_ACCOUNT, home, day[which], np.where(applied, 0, share), invoice[which], raw[which])
    if bills.tax.any():
        row = np.where(applied, bills.place(invoice[which], home), -1)
        turn = np.lexsort((which, row))
        turn = turn[row[turn] >= 0]
        of = which[turn]
        part = tax_in_cash(bills, _credits(bills, entries), row[turn], day[of], share[turn])
        entries.add(CASH_TAX, home[turn], day[of], part, invoice[of], raw[of])
    return pd.DataFrame({"payment": order, "day": day, "invoice": invoice, "cash": cash})


def _credits(bills: Bills, entries: Entries) -> Credits:
    """What was credited so far, by what its invoice bills."""
    papers = entries.columns()
    rows = np.isin(papers["kind"], (CREDITED, TAX_CREDITED)) & (papers["invoice"] >= 0)
    papers = {name: values[rows] for name, values in papers.items()}
    net = np.where(papers["kind"] == CREDITED, -papers["amount"], 0)
    return Credits.of(bills.place(papers["invoice"], papers["home"]), papers["day"], net, -papers["amount"] - net)


def _signed(rows: pd.DataFrame) -> IntArray:
    """What each row brings in: a refund takes cash out whatever its sign, a dispute as the first of its invoice does."""
    amount, kind = rows["amount_minor"].to_numpy(np.int64), rows["kind"].to_numpy(object)
    refunded, disputed = -np.abs(amount), -amount * _first_sign(rows, amount)
    return np.select([kind == "refund", kind == "dispute"], [refunded, disputed], amount)


def _first_sign(rows: pd.DataFrame, amount: IntArray) -> IntArray:
    """The sign of the first dispute of each invoice: it takes cash out, and a row of the other sign brings it back."""
    signs = pd.DataFrame(
        {"customer": rows["customer_id"], "invoice": rows["invoice_id"], "sign": np.sign(amount)}, rows.index
    )
    signs = signs.iloc[np.flatnonzero(rows["kind"] == "dispute"), :]
    first = signs.groupby(["customer", "invoice"])["sign"].transform("first")
    return first.reindex(rows.index, fill_value=0).to_numpy(np.int64)
