"""Invoice lines: what is billed and the tax on it, which the customer owes and which is never revenue."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.documents.entries import Entries
from engine.documents.homes import Homes
from engine.kinds import BILLED, TAX
from model.records import NO_AMOUNT

FINAL = ("open", "paid", "uncollectible")
"""The statuses of an invoice that bills."""


def invoice_lines(rows: pd.DataFrame, homes: Homes) -> pd.DataFrame:
    """The lines of the invoices that are there, with invoice, promise (`line`), home, tax, day, whether they bill (`final`) and
    the record of their invoice (`doc_raw`); in the order of invoices and homes."""
    invoice = homes.invoice_ids.find(rows["invoice_id"].to_numpy(object))
    order = np.argsort(invoice, kind="stable")
    order = order[invoice[order] >= 0]
    rows = rows.take(order).assign(invoice=invoice[order])
    bill = homes.invoices.iloc[rows["invoice"]]
    line = homes.promises.index(rows["line_id"].to_numpy(object))
    contract = homes.who.contract_index(bill["contract_id"].to_numpy(object))
    customer = homes.who.customer_ids.find(bill["customer_id"].to_numpy(object))
    contract = homes.or_only(line, contract, customer, bill["currency"].to_numpy(object))
    tax = rows["tax_minor"].to_numpy(np.int64)
    return rows.assign(
        line=line, home=homes.of(line, contract, customer, bill["currency"].to_numpy(object)),
        tax=np.where(tax == NO_AMOUNT, 0, tax), day=bill["issued_on"].to_numpy(np.int64),
        final=bill["status"].isin(FINAL).to_numpy(), doc_raw=bill["raw_id"].to_numpy(np.int64),
    ).sort_values(["invoice", "home"], ignore_index=True)  # fmt: skip


def bill(lines: pd.DataFrame, entries: Entries) -> None:
    """Adds what is billed."""
    rows = lines[lines["final"]]
    home, day, invoice, raw = (rows[n].to_numpy(np.int64) for n in ("home", "day", "invoice", "raw_id"))
    entries.add(BILLED, home, day, rows["amount_minor"].to_numpy(np.int64), invoice, raw)
    entries.add(TAX, home, day, rows["tax"].to_numpy(np.int64), invoice, raw)
