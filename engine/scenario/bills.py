"""What of documents and cash a shock can still reach: what stands on bills that are written after its day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.arithmetic import IntArray
from engine.balances import FORMULAS, RECEIVABLE
from engine.clocks import FOREVER
from engine.kernel import Formula
from engine.kinds import BILLED, CASH, CASH_TAX, TAX
from engine.slices import Slice

BILLS: Mapping[str, Formula] = {
    "billed": FORMULAS["billed"],
    "collected": FORMULAS["collected"],
    "receivable": RECEIVABLE,
    "paid": Formula(plus=(CASH,), minus=(CASH_TAX,)),
}
"""Figures that are sums of documents and cash; `paid` is the cash that deferred revenue counts by policy `paid`."""


def on_later_bills(chosen: Slice, formula: Formula, start: int, last: int) -> IntArray:
    """Of each contract, what the formula holds at the end of the day `last` on invoices issued after the day `start`.

    What is credited, paid or written off goes with its invoice; what names none goes by its own day. Minor units of the
    contract's currency.
    """
    ledger = chosen.ledger
    rows, at = chosen.rows(ledger.bounds["entries"])
    weight = formula.weights[ledger.entries["kind"][rows]]
    invoice, day = ledger.entries["invoice"][rows], ledger.entries["day"][rows]
    billed = (invoice >= 0) & np.isin(ledger.entries["kind"][rows], (BILLED, TAX))
    # The last place stands for no invoice.
    issued_on = np.full(len(ledger.invoices["due_on"]) + 1, FOREVER)
    np.minimum.at(issued_on, invoice[billed], day[billed])
    issued = np.where(issued_on[invoice] < FOREVER, issued_on[invoice], day)
    counted = (weight != 0) & (day <= last) & (issued > start)
    out = np.zeros(chosen.contracts.size, np.int64)
    np.add.at(out, at[counted], ledger.entries["amount"][rows][counted] * weight[counted])
    return out
