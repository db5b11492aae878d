"""Invoices, credit notes and cash: what was billed, what is owed, and for which promise (ASC 606-10-45-1 to -5).

Amounts find their home: the promise an invoice line names, else the contract its invoice names, else the customer.
Tax is kept apart: it is owed by the customer and is never revenue.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.apportion import Bills, Credits, tax_in_cash
from engine.arithmetic import IntArray, pick
from engine.ids import Ids, TextArray
from engine.kinds import BILLED, CASH, CASH_TAX, CREDITED, ON_ACCOUNT, TAX, TAX_CREDITED, WRITTEN_OFF
from engine.promises import Parties, Promises
from model.frames import Facts
from model.records import NO_AMOUNT, NO_DAY

FINAL = ("open", "paid", "uncollectible")


class Receivables:
    """All documents as entries: home, day, amount, kind, invoice (position in the invoices, -1 for none), raw_id."""

    def __init__(self, facts: Facts, who: Parties, promises: Promises) -> None:
        self.who, self.promises = who, promises
        self.invoices = facts["invoices"]
        self.invoice_ids = Ids(self.invoices["invoice_id"].to_numpy(object))
        documents = (facts["invoices"], facts["credit_notes"], facts["payments"])
        self.currencies = np.array(sorted({c for frame in documents for c in frame["currency"]} | {""}), object)
        self.mismatched: list[IntArray] = []
        self._parts: list[dict[str, IntArray]] = []
        self.lines = self._invoice_lines(facts["invoice_lines"])
        self._bills = Bills.of(self.lines)
        self._bill()
        self.credits = self._credit(facts["credit_notes"])
        self.receipts = self._receive(facts["payments"])
        self._write_off()

    def columns(self) -> dict[str, IntArray]:
        """All entries as columns."""
        names = ("home", "day", "amount", "kind", "invoice", "raw_id")
        return {n: np.concatenate([np.zeros(0, np.int64), *(part[n] for part in self._parts)]) for n in names}

    def home(self, line: IntArray, contract: IntArray, customer: IntArray, currency: TextArray) -> IntArray:
        """The code of the home of each amount; another currency than the contract's is kept under the customer."""
        owner = np.where(line >= 0, pick(self.promises.contract, line, -1), contract)
        owner = np.where(owner >= len(self.who.contracts), -1, owner)
        own = self.who.contracts["currency"].to_numpy(object)
        fits = (owner >= 0) & (own[owner] == currency) if own.size else np.zeros(line.size, bool)
        codes = {name: n for n, name in enumerate(self.currencies.tolist())}
        code = np.array([codes[name] for name in currency.tolist()], np.int64)
        under_customer = len(self.promises) + len(self.who.contracts) + customer * self.currencies.size + code
        return np.where(fits, np.where(line >= 0, line, len(self.promises) + owner), under_customer)

    def _or_only(self, line: IntArray, contract: IntArray, customer: IntArray, currency: TextArray) -> IntArray:
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

    def _add(
        self, kind: int, home: IntArray, day: IntArray, amount: IntArray, invoice: IntArray, raw_id: IntArray
    ) -> None:
        rows = np.flatnonzero(amount)
        parts = {"home": home, "day": day, "amount": amount, "invoice": invoice, "raw_id": raw_id}
        self._parts.append({n: v[rows] for n, v in parts.items()} | {"kind": np.full(rows.size, kind)})

    def _invoice_lines(self, rows: pd.DataFrame) -> pd.DataFrame:
        invoice = self.invoice_ids.find(rows["invoice_id"].to_numpy(object))
        order = np.argsort(invoice, kind="stable")
        order = order[invoice[order] >= 0]
        rows = rows.take(order).assign(invoice=invoice[order])
        bill = self.invoices.iloc[rows["invoice"]]
        line = self.promises.index(rows["line_id"].to_numpy(object))
        contract = self.who.contract_index(bill["contract_id"].to_numpy(object))
        customer = self.who.customer_ids.find(bill["customer_id"].to_numpy(object))
        contract = self._or_only(line, contract, customer, bill["currency"].to_numpy(object))
        home = self.home(line, contract, customer, bill["currency"].to_numpy(object))
        self.mismatched.append(
            rows["raw_id"].to_numpy(np.int64)[(home >= self.under_customer) & ((line >= 0) | (contract >= 0))]
        )
        tax = rows["tax_minor"].to_numpy(np.int64)
        return rows.assign(
            line=line, home=home, tax=np.where(tax == NO_AMOUNT, 0, tax), day=bill["issued_on"].to_numpy(np.int64),
            final=bill["status"].isin(FINAL).to_numpy(), doc_raw=bill["raw_id"].to_numpy(np.int64),
        ).sort_values(["invoice", "home"], ignore_index=True)  # fmt: skip

    @property
    def under_customer(self) -> int:
        """The first code that stands for a customer."""
        return len(self.promises) + len(self.who.contracts)

    def _contract_of(self, home: IntArray) -> IntArray:
        """The contract of each home, -1 for what stands under its customer."""
        contracts = np.r_[self.promises.contract, np.arange(len(self.who.contracts))]
        return pick(contracts, np.where(home < self.under_customer, home, -1), -1)

    def _bill(self) -> None:
        rows = self.lines[self.lines["final"]]
        home, day, invoice, raw = (rows[n].to_numpy(np.int64) for n in ("home", "day", "invoice", "raw_id"))
        self._add(BILLED, home, day, rows["amount_minor"].to_numpy(np.int64), invoice, raw)
        self._add(TAX, home, day, rows["tax"].to_numpy(np.int64), invoice, raw)

    def _credit(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Credit notes where they belong; returns those that lower a price, by line or contract (engine.events)."""
        if rows.empty:
            return pd.DataFrame({n: np.zeros(0, np.int64) for n in ("which", "contract", "line", "amount", "day", "raw_id")}
                                | {"cancels": np.zeros(0, bool), "name": np.zeros(0, object)})  # fmt: skip
        where = self._placed(rows, "line_id")
        tax = rows["tax_minor"].to_numpy(np.int64)
        tax = np.where(tax == NO_AMOUNT, 0, tax)
        amount, day = rows["amount_minor"].to_numpy(np.int64), rows["issued_on"].to_numpy(np.int64)
        bad = (rows["reason"] == "bad_debt").to_numpy()
        parts = []
        for net, kind in ((True, CREDITED), (False, TAX_CREDITED)):
            basis = self._bills.net if net else self._bills.tax_or_net
            which, home, share = self._distribute(where, amount if net else tax, day, basis)
            final = which[~bad[which]], home[~bad[which]], share[~bad[which]]
            lost = which[bad[which]], home[bad[which]], share[bad[which]]
            raw, invoice = rows["raw_id"].to_numpy(np.int64), where["invoice"]
            self._add(kind, final[1], day[final[0]], -final[2], invoice[final[0]], raw[final[0]])
            self._add(WRITTEN_OFF, lost[1], day[lost[0]], lost[2], invoice[lost[0]], raw[lost[0]])
            if net:
                parts.append(pd.DataFrame({"which": which, "home": home, "amount": share}))
        return self._lowering(rows, pd.concat(parts), where["line"])

    def _lowering(self, rows: pd.DataFrame, shares: pd.DataFrame, line: IntArray) -> pd.DataFrame:
        reason = rows["reason"].to_numpy(object)
        lowers = np.isin(reason, ("price_concession", "cancellation", "refund"))
        shares = shares[lowers[shares["which"]] & (shares["home"] < self.under_customer)]
        contract = self._contract_of(shares["home"].to_numpy(np.int64))
        shares = shares.assign(contract=contract, line=line[shares["which"]])
        grouped = shares.groupby(["which", "contract", "line"], as_index=False)["amount"].sum()
        note = rows.iloc[grouped["which"]]
        return grouped.assign(
            day=note["issued_on"].to_numpy(np.int64), raw_id=note["raw_id"].to_numpy(np.int64),
            cancels=note["reason"].isin(("cancellation", "refund")).to_numpy(), name=note["credit_note_id"].to_numpy(object),
        )  # fmt: skip

    def _placed(self, rows: pd.DataFrame, line_column: str | None) -> dict[str, IntArray]:
        invoice = self.invoice_ids.find(rows["invoice_id"].to_numpy(object))
        # What is in another currency settles nothing of the invoice it names; it is the customer's (engine.quality_bills).
        billed_in = pick(self.invoices["currency"].to_numpy(object), invoice, "")
        invoice = np.where(billed_in == rows["currency"].to_numpy(object), invoice, -1)
        nothing = np.full(len(rows), -1, np.int64)
        line = self.promises.index(rows[line_column].to_numpy(object)) if line_column else nothing
        customer = self.who.customer_ids.find(rows["customer_id"].to_numpy(object))
        contract = nothing
        if len(self.invoices):  # an invoice without lines still names its contract
            named = self.who.contract_index(self.invoices["contract_id"].to_numpy(object))
            contract = np.where(invoice >= 0, named[invoice], -1)
        if line_column:  # cash on no invoice is applied to none
            contract = self._or_only(line, contract, customer, rows["currency"].to_numpy(object))
        home = self.home(line, contract, customer, rows["currency"].to_numpy(object))
        return {"invoice": invoice, "line": line, "home": home}

    def _distribute(
        self, where: dict[str, IntArray], amount: IntArray, day: IntArray, basis: IntArray
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Each amount to its own home, or over what its invoice bills (engine.apportion): which amount, home, share."""
        over = np.flatnonzero((where["invoice"] >= 0) & (where["line"] < 0))
        which, row, share = self._bills.over(where["invoice"][over], day[over], amount[over], basis)
        reached = np.zeros(amount.size, bool)
        reached[over[which]] = True
        alone = np.flatnonzero(~reached)
        return (
            np.r_[over[which], alone],
            np.r_[self._bills.home[row], where["home"][alone]],
            np.r_[share, amount[alone]],
        )

    def _receive(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Cash where it belongs; returns it by payment: their positions, days, invoices (-1 for none) and signed amounts."""
        if rows.empty:
            return pd.DataFrame({name: np.zeros(0, np.int64) for name in ("payment", "day", "invoice", "cash")})
        order = np.argsort(rows["received_on"].to_numpy(np.int64), kind="stable")
        rows = rows.take(order).reset_index(drop=True)
        where = self._placed(rows, None)
        amount = rows["amount_minor"].to_numpy(np.int64)
        kind = rows["kind"].to_numpy(object)
        cash = np.select(
            [kind == "refund", kind == "dispute"], [-np.abs(amount), -amount * _first_sign(rows, amount)], amount
        )
        day, raw, invoice = rows["received_on"].to_numpy(np.int64), rows["raw_id"].to_numpy(np.int64), where["invoice"]
        which, home, share = self._distribute(where, cash, day, self._bills.net + self._bills.tax)
        applied = invoice[which] >= 0
        self._add(CASH, home, day[which], np.where(applied, share, 0), invoice[which], raw[which])
        self._add(ON_ACCOUNT, home, day[which], np.where(applied, 0, share), invoice[which], raw[which])
        self._tax_in_cash(which, home, share, invoice[which], day, raw)
        return pd.DataFrame({"payment": order, "day": day, "invoice": invoice, "cash": cash})

    def _tax_in_cash(
        self, which: IntArray, home: IntArray, share: IntArray, invoice: IntArray, day: IntArray, raw: IntArray
    ) -> None:
        """The part of each receipt that is tax (engine.apportion)."""
        if not self._bills.tax.any():
            return
        papers = self.columns()
        rows = np.isin(papers["kind"], (CREDITED, TAX_CREDITED)) & (papers["invoice"] >= 0)
        papers = {name: values[rows] for name, values in papers.items()}
        net = np.where(papers["kind"] == CREDITED, -papers["amount"], 0)
        credited = self._bills.place(papers["invoice"], papers["home"])
        credits = Credits.of(credited, papers["day"], net, -papers["amount"] - net)
        row = np.where(invoice >= 0, self._bills.place(invoice, home), -1)
        order = np.lexsort((which, row))
        order = order[row[order] >= 0]
        of = which[order]
        part = tax_in_cash(self._bills, credits, row[order], day[of], share[order])
        self._add(CASH_TAX, home[order], day[of], part, invoice[order], raw[of])

    def _write_off(self) -> None:
        """An uncollectible invoice stays billed; what is owed on it when it is given up is written off receivables.

        What a later document or receipt moves was written off already: it is taken back on that day, and no earlier one.
        """
        entries = self.columns()
        lost = (self.invoices["status"] == "uncollectible").to_numpy()
        if not lost.any():
            return
        sign = np.select(
            [entries["kind"] == CASH, entries["kind"] == CASH_TAX, entries["kind"] == WRITTEN_OFF], [-1, 0, -1], 1
        )
        rows = np.flatnonzero((entries["invoice"] >= 0) & lost[entries["invoice"]])
        given_up = self._given_up()[entries["invoice"][rows]]
        owed = pd.DataFrame(
            {
                "invoice": entries["invoice"][rows],
                "home": entries["home"][rows],
                "day": np.maximum(entries["day"][rows], given_up),
                "amount": (entries["amount"] * sign)[rows],
            }
        )
        owed = owed.groupby(["invoice", "home", "day"], as_index=False).agg({"amount": "sum"})
        bill = self.invoices.iloc[owed["invoice"]]
        home, day, amount, invoice = (owed[name].to_numpy(np.int64) for name in ("home", "day", "amount", "invoice"))
        self._add(WRITTEN_OFF, home, day, amount, invoice, bill["raw_id"].to_numpy(np.int64))

    def _given_up(self) -> IntArray:
        """The day on which each invoice would be written off: as it says, else when it is due."""
        said = self.invoices["written_off_on"].to_numpy(np.int64)
        return np.where(said != NO_DAY, said, self.due_on())

    def due_on(self) -> IntArray:
        """When each invoice is due: as it says, else after the payment terms of its contract, else when it is issued."""
        said, issued = (self.invoices[n].to_numpy(np.int64) for n in ("due_on", "issued_on"))
        terms = pick(self.who.contracts["payment_terms_days"].to_numpy(np.int64), self._contracts(), NO_AMOUNT)
        return np.where(said != NO_DAY, said, issued + np.where(terms == NO_AMOUNT, 0, terms))

    def _contracts(self) -> IntArray:
        """The contract of each invoice: the one it names, else the one that all its lines belong to, else -1."""
        named = self.who.contract_index(self.invoices["contract_id"].to_numpy(object))
        if (named >= 0).all():
            return named
        home, invoice = (self.lines[name].to_numpy(np.int64) for name in ("home", "invoice"))
        contract = self._contract_of(home)
        least, most = np.full(named.size, len(self.who.contracts)), np.full(named.size, -1)
        np.minimum.at(least, invoice, contract)
        np.maximum.at(most, invoice, contract)
        return np.where((named < 0) & (least == most), most, named)


def _first_sign(rows: pd.DataFrame, amount: IntArray) -> IntArray:
    """The sign of the first dispute of each invoice: it takes cash out, and a row of the other sign brings it back."""
    signs = pd.DataFrame(
        {"customer": rows["customer_id"], "invoice": rows["invoice_id"], "sign": np.sign(amount)}, rows.index
    )
    signs = signs[:].iloc[np.flatnonzero(rows["kind"] == "dispute"), :]
    first = signs.groupby(["customer", "invoice"])["sign"].transform("first")
    return first.reindex(rows.index, fill_value=0).to_numpy(np.int64)
