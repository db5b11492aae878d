"""Where an amount belongs: the promise a document names, else the contract of its invoice, else the customer.

A home is a code: promises first, then contracts, then each customer in each currency.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.ids import Ids, TextArray
from engine.parties import Parties
from engine.promises import Promises
from model.frames import Facts


class Placed(NamedTuple):
    """Documents beside invoices: the position of the invoice they settle and of the promise they name (-1 for none), and
    their home."""

    invoice: IntArray
    line: IntArray
    home: IntArray


class Homes:
    """The homes of a company's documents, and what they are found by."""

    def __init__(self, facts: Facts, who: Parties, promises: Promises) -> None:
        self.who, self.promises, self.invoices = who, promises, facts["invoices"]
        self.invoice_ids = Ids(self.invoices["invoice_id"].to_numpy(object))
        documents = (facts["invoices"], facts["credit_notes"], facts["payments"])
        self.currencies = np.array(sorted({c for frame in documents for c in frame["currency"]} | {""}), object)

    @property
    def under_customer(self) -> int:
        """The first code that stands for a customer."""
        return len(self.promises) + len(self.who.contracts)

    def contract(self, home: IntArray) -> IntArray:
        """The contract of each home, -1 for what stands under its customer."""
        contracts = np.r_[self.promises.contract, np.arange(len(self.who.contracts))]
        return pick(contracts, np.where(home < self.under_customer, home, -1), -1)

    def of(self, line: IntArray, contract: IntArray, customer: IntArray, currency: TextArray) -> IntArray:
        """The home of each amount; another currency than the contract's is kept under the customer."""
        owner = np.where(line >= 0, pick(self.promises.contract, line, -1), contract)
        owner = np.where(owner >= len(self.who.contracts), -1, owner)
        own = self.who.contracts["currency"].to_numpy(object)
        fits = (owner >= 0) & (own[owner] == currency) if own.size else np.zeros(line.size, bool)
        codes = {name: n for n, name in enumerate(self.currencies.tolist())}
        code = np.array([codes[name] for name in currency.tolist()], np.int64)
        under_customer = self.under_customer + customer * self.currencies.size + code
        return np.where(fits, np.where(line >= 0, line, len(self.promises) + owner), under_customer)

    def or_only(self, line: IntArray, contract: IntArray, customer: IntArray, currency: TextArray) -> IntArray:
        """The contract of each document; one that names neither promise nor contract is the customer's only contract's.

        Only where the customer is committed to just one in that currency; else the contract stays -1.
        """
        if not ((line < 0) & (contract < 0)).any():
            return contract
        own = pd.DataFrame({"customer": self.who.customer_of, "currency": self.who.contracts["currency"],
                            "contract": np.arange(len(self.who.contracts))})[self.who.committed]  # fmt: skip
        single = own.drop_duplicates(["customer", "currency"], keep=False)
        asked = pd.DataFrame({"customer": customer, "currency": currency})
        found = asked.merge(single, on=["customer", "currency"], how="left")["contract"]
        return np.where((line < 0) & (contract < 0), found.fillna(-1).to_numpy(np.int64), contract)

    def credits(self, rows: pd.DataFrame) -> Placed:
        """Where credit notes belong; one that names nothing is its customer's only contract's."""
        line = self.promises.index(rows["line_id"].to_numpy(object))
        invoice, customer, contract = self._named(rows)
        contract = self.or_only(line, contract, customer, rows["currency"].to_numpy(object))
        return Placed(invoice, line, self.of(line, contract, customer, rows["currency"].to_numpy(object)))

    def cash(self, rows: pd.DataFrame) -> Placed:
        """Where payments, refunds and disputes belong; cash on no invoice is applied to none."""
        line = np.full(len(rows), -1, np.int64)
        invoice, customer, contract = self._named(rows)
        return Placed(invoice, line, self.of(line, contract, customer, rows["currency"].to_numpy(object)))

    def _named(self, rows: pd.DataFrame) -> tuple[IntArray, IntArray, IntArray]:
        """The invoice, the customer, and the contract of the invoice that each document names."""
        invoice = self.invoice_ids.find(rows["invoice_id"].to_numpy(object))
        # What is in another currency settles nothing of the invoice it names; it is the customer's (engine.quality_bills).
        billed_in = pick(self.invoices["currency"].to_numpy(object), invoice, "")
        invoice = np.where(billed_in == rows["currency"].to_numpy(object), invoice, -1)
        customer = self.who.customer_ids.find(rows["customer_id"].to_numpy(object))
        # An invoice without lines still names its contract.
        contract = pick(self.who.contract_index(self.invoices["contract_id"].to_numpy(object)), invoice, -1)
        return invoice, customer, contract
