"""Invoices, credit notes and cash: what was billed, what is owed, and for which promise (ASC 606-10-45-1 to -5)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from engine.arithmetic import IntArray
from engine.documents.apportion import Bills
from engine.documents.due import due_on
from engine.documents.entries import Entries
from engine.documents.given_up import write_off
from engine.documents.homes import Homes
from engine.documents.invoiced import bill, invoice_lines
from engine.documents.noted import credit
from engine.documents.received import receive
from engine.parties import Parties
from engine.promises import Promises
from model.frames import Facts


@dataclass(frozen=True)
class Receivables:
    """All documents and cash as `entries`, by their `homes`.

    `lines`: invoice lines (engine.documents.invoiced); `credits`: credit notes that lower a price (engine.documents.noted);
    `receipts`: cash by payment (engine.documents.received); `due_on`: when each invoice is due.
    """

    homes: Homes
    entries: dict[str, IntArray]
    lines: pd.DataFrame
    credits: pd.DataFrame
    receipts: pd.DataFrame
    due_on: IntArray


def receivables(facts: Facts, who: Parties, promises: Promises) -> Receivables:
    """The documents of a company. Credits come before cash, for they lower the tax in it, and what is given up is last."""
    homes, entries = Homes(facts, who, promises), Entries()
    lines = invoice_lines(facts["invoice_lines"], homes)
    bills = Bills.of(lines)
    bill(lines, entries)
    credits = credit(facts["credit_notes"], homes, bills, entries)
    receipts = receive(facts["payments"], homes, bills, entries)
    due = due_on(lines, homes)
    write_off(homes, due, entries)
    return Receivables(homes, entries.columns(), lines, credits, receipts, due)
