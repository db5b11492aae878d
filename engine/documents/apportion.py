"""Credits and cash over what their invoice bills: an invoice that is paid or credited in full leaves nothing on any line.

A document that names no line is for all that its invoice bills, charges and deductions alike: with 120 and −20 billed, the
whole 100 are 120 of the one and −20 of the other. It is the running total that is shared out, and a document has the
difference it makes, so that instalments leave no cent either (ASC 606-10-45-4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick, prorate
from engine.grouped import running, spread, starts, sums
from engine.progress import key_of


@dataclass(frozen=True)
class Bills:
    """What each invoice bills to each home, a row each, sorted by both: minor units without tax, and the tax."""

    invoice: IntArray
    home: IntArray
    net: IntArray
    tax: IntArray

    @classmethod
    def of(cls, lines: pd.DataFrame) -> Bills:
        """From invoice lines, sorted by invoice and home."""
        invoice, home, net, tax = (
            lines[name].to_numpy(np.int64) for name in ("invoice", "home", "amount_minor", "tax")
        )
        if not invoice.size:
            return cls(invoice, home, net, tax)
        first = np.flatnonzero(np.r_[True, (np.diff(invoice) != 0) | (np.diff(home) != 0)])
        return cls(invoice[first], home[first], np.add.reduceat(net, first), np.add.reduceat(tax, first))

    @property
    def tax_or_net(self) -> IntArray:
        """The tax; on an invoice that bills none, the amounts without it."""
        taxed = np.unique(self.invoice[self.tax != 0])
        return np.where(np.isin(self.invoice, taxed), self.tax, self.net)

    def over(
        self, invoice: IntArray, day: IntArray, amount: IntArray, basis: IntArray
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Amounts over what their invoices bill: which amount, which row, how much.

        In the order of their days, up to the invoice's total in proportion to `basis` (a row each), signs kept; what goes
        beyond that, or against it, in proportion to the rows that have the sign of the total.
        """
        order = np.lexsort((np.arange(invoice.size), day, invoice))
        of = invoice[order]
        low, high = np.searchsorted(self.invoice, of, "left"), np.searchsorted(self.invoice, of, "right")
        has = high > low
        order, of, low, count = order[has], of[has], low[has], (high - low)[has]
        if not order.size:
            return order, order, order
        which = np.repeat(np.arange(order.size), count)
        begin = starts(which)
        row = np.arange(which.size) - begin[which] + low[which]
        total = sums(basis[row], which)
        sign = np.where(total < 0, -1, 1)
        to_date = running(amount[order], of)
        within = np.clip(to_date, np.minimum(total, 0), np.maximum(total, 0))
        weight = basis[row] * sign[which]
        share = spread(within, weight, which) + spread(to_date - within, np.maximum(weight, 0), which)
        # What the documents of the same invoice before had is not had again.
        later = np.flatnonzero(np.r_[False, of[1:] == of[:-1]][which])
        share[later] -= share.copy()[later - count[which[later]]]
        return order[which], row, share

    def place(self, invoice: IntArray, home: IntArray) -> IntArray:
        """The row of each invoice and home, -1 where it bills nothing to that home."""
        width = int(max(part.max(initial=0) for part in (self.home, home))) + 1
        key, asked = self.invoice * width + self.home, invoice * width + home
        at = np.searchsorted(key, asked)
        at = np.where(at < key.size, at, -1)
        return np.where(pick(key, at, -1) == asked, at, -1)


@dataclass(frozen=True)
class Credits:
    """What credit notes took off each row of `Bills`: running totals of net and tax, sorted by row and day."""

    row: IntArray
    day: IntArray
    net: IntArray
    tax: IntArray

    @classmethod
    def of(cls, row: IntArray, day: IntArray, net: IntArray, tax: IntArray) -> Credits:
        """From single amounts, in any order."""
        order = np.lexsort((day, row))
        row, day = row[order], day[order]
        return cls(row, day, running(net[order], row), running(tax[order], row))

    def at(self, row: IntArray, day: IntArray) -> tuple[IntArray, IntArray]:
        """Net and tax credited of each row by the end of each day."""
        place = np.searchsorted(key_of(self.row, self.day), key_of(row, day), "right") - 1
        found = pick(self.row, place, -1) == row
        net, tax = (np.where(found, pick(values, place, 0), 0) for values in (self.net, self.tax))
        return net, tax


def tax_in_cash(bills: Bills, credits: Credits, row: IntArray, day: IntArray, cash: IntArray) -> IntArray:
    """The part of each receipt that is tax, as tax is of what the bill comes to on that day, less credits.

    `row`: of `bills`, receipts of one together and in the order of their days. Of the running total the share is taken, so
    that a bill paid in full has its tax in full, and tax that was credited is in the cash no more once it is given back.
    """
    to_date = running(cash, row)
    off_net, off_tax = credits.at(row, day)
    net, tax = bills.net[row], bills.tax[row]
    left_net, left_tax = net - off_net, tax - off_tax
    # A bill that was credited away gives no measure; then it is the bill as it was written.
    kept = np.sign(left_net + left_tax) == np.sign(net + tax)
    net, tax = np.where(kept, left_net, net), np.where(kept, left_tax, tax)
    sign = np.where(net + tax < 0, -1, 1)
    net, tax = np.maximum(net * sign, 0), np.maximum(tax * sign, 0)
    nothing = net + tax == 0
    taxes = to_date - prorate(to_date, np.where(nothing, 1, net), np.where(nothing, 1, net + tax))
    before = np.r_[0, taxes[:-1]][: taxes.size]
    return taxes - np.where(np.r_[False, row[1:] == row[:-1]][: row.size], before, 0)
